/** Where the bytes of files go in and come out. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";

import { serve } from "../control/serve.ts";
import type { MethodContext } from "./methods/method.ts";

/** A file as a person adds it. */
export const Upload = z.strictObject({
  name: z.string().min(1).max(255),
  content: z.string().max(1_000_000),
  mimetype: z.string().default("text/plain"),
});
export type Upload = z.infer<typeof Upload>;

/** An upload is the bare bytes or a form with one file: Slack takes both. */
async function uploadedBytes(request: FastifyRequest): Promise<Buffer> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return body;
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  const file = [...form.values()].find((value) => typeof value !== "string");
  return file === undefined ? Buffer.alloc(0) : Buffer.from(await file.arrayBuffer());
}

/** Mounts the upload address and the private download, which sends who has no token to a page for people. */
export function mountFiles(server: FastifyInstance, { world, workspace }: MethodContext): void {
  server.post<{ Params: { id: string } }>("/slack/upload/:id", (request, reply) => {
    const call = { sim: "slack", method: "upload", body: undefined, request, reply };
    return serve(world, call, async () => {
      const file = workspace.files.get(request.params.id);
      const bytes = await uploadedBytes(request);
      if (file === undefined || file.content !== "") return { status: 404, body: "file_not_found" };
      if (bytes.length !== file.size) return { status: 400, body: "wrong length" };
      workspace.files.put(file.id, { ...file, content: bytes.toString("base64") });
      return { status: 200, body: `OK - ${bytes.length}` };
    });
  });

  server.get<{ Params: { place: string } }>("/slack/files-pri/:place/*", (request, reply) => {
    const call = { sim: "slack", method: "download", body: undefined, request, reply };
    return serve(world, call, () => {
      const { app, files } = workspace;
      const file = files.get(request.params.place.replace(`${app.teamId}-`, ""));
      if (file === undefined) return { status: 404, body: "file_not_found" };
      if (request.headers.authorization !== `Bearer ${app.botToken}`)
        return { status: 302, headers: { location: app.webUrl() }, body: "" };
      return { status: 200, headers: { "content-type": file.mimetype }, body: Buffer.from(file.content, "base64") };
    });
  });
}
