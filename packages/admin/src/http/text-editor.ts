/** Check, review, save and restore of a file that operators edit; nothing typed is ever lost. */
import { htmlOf } from "@thor/views/html";
import { fieldOf, formOf } from "@thor/views/http/form";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { withRule } from "../core/propose-rule.ts";
import { compareTexts, maskHeaders } from "../core/text-diff.ts";
import { Conflict, Editor, Issues, Review } from "../core/view/config.tsx";
import { Told } from "../core/view/confirm.tsx";
import type { ConfigDeps, ConfigFile, Reviewed } from "../flows/config-file.ts";
import { type ActionsDeps, proveForm, sendBody } from "./actions.ts";
import { keepFlash } from "./frame.ts";
import { askedOf, sendNothing } from "./pages.ts";

export interface EditorDeps extends ActionsDeps, Pick<ConfigDeps, "digest" | "configVersions" | "configVersion"> {}

interface Typed {
  text: string;
  rev: string;
  origin: "admin" | "restore";
}

/** What was typed: browsers send line ends as two characters. */
function typedIn(request: FastifyRequest): Typed {
  const fields = formOf(request);
  const text = (fieldOf(fields, "text") ?? "").replaceAll("\r\n", "\n");
  return {
    text,
    rev: fieldOf(fields, "base") ?? "",
    origin: fieldOf(fields, "origin") === "restore" ? "restore" : "admin",
  };
}

interface Sent {
  deps: EditorDeps;
  config: ConfigFile;
  base: string;
  request: FastifyRequest;
  reply: FastifyReply;
}

const placeOf = ({ deps, config, base, request }: Sent) => ({
  base,
  name: config.file.name,
  csrf: deps.facts.csrf.issue(request.operator.email),
});

const diffOf = ({ deps, config }: Sent, before: string, after: string) =>
  compareTexts(config.file.name, maskHeaders(before, deps.digest), maskHeaders(after, deps.digest));

async function authorOf({ deps, config }: Sent, rev: string): Promise<string> {
  const versions = await deps.configVersions({ file: config.file.name, limit: 20 });
  return versions.find((version) => version.rev === rev)?.author ?? "somebody";
}

/** The page that a review leads to. */
async function sendReviewed(sent: Sent, typed: Typed, reviewed: Reviewed): Promise<FastifyReply> {
  const place = placeOf(sent);
  const title = `Review ${place.name}`;
  switch (reviewed.kind) {
    case "invalid":
      return sendBody(sent, { title, body: htmlOf(Editor({ ...place, ...typed, ...reviewed.checked })), status: 400 });
    case "unchanged":
      return sendBody(sent, {
        title,
        body: htmlOf(Told({ text: "The text is the one that is on disk.", back: sent.base })),
        status: 200,
      });
    case "conflict": {
      const { disk, merged } = reviewed;
      const by = await authorOf(sent, disk.rev);
      const diff = diffOf(sent, disk.text, typed.text);
      const body = htmlOf(Conflict({ ...place, ...typed, diff, diskRev: disk.rev, merged, by }));
      return sendBody(sent, { title, body, status: 409 });
    }
    case "ready": {
      const { disk, sentences, checked } = reviewed;
      const diff = diffOf(sent, disk.text, typed.text);
      return sendBody(sent, {
        title,
        body: htmlOf(Review({ ...place, ...typed, diff, sentences, warnings: checked.warnings })),
        status: 200,
      });
    }
  }
}

async function save(sent: Sent): Promise<FastifyReply> {
  const { config, base, request, reply } = sent;
  const typed = typedIn(request);
  const reason = fieldOf(formOf(request), "reason")?.trim().slice(0, 500);
  const { text, rev, origin } = typed;
  const { email } = request.operator;
  const saved = await config.save({
    text,
    base: rev,
    email,
    origin,
    requestId: request.id,
    reason: reason === "" ? undefined : reason,
  });
  if (saved.kind === "saved")
    return keepFlash(reply, `Saved as version ${saved.version}. Services take it up within seconds.`).redirect(
      base,
      303,
    );
  if (saved.kind !== "failed") return sendReviewed(sent, typed, saved);
  const body =
    htmlOf(Told({ text: saved.why, back: base })) +
    htmlOf(Editor({ ...placeOf(sent), ...typed, issues: [], warnings: [] }));
  return sendBody(sent, { title: "Not saved", body, status: 503 });
}

async function restore(sent: Sent): Promise<FastifyReply> {
  const { deps, config, request, reply } = sent;
  const version = Number(askedOf(request, deps).params["version"]);
  const line = await deps.configVersion({ file: config.file.name, version });
  if (line === undefined) return sendNothing(deps, request, reply);
  const { rev } = await config.file.read();
  const typed = { text: line.text, rev, origin: "restore" as const };
  return sendReviewed(sent, typed, await config.review(line.text, rev));
}

/** A rule for a host that was stopped, as a change of thor.json to be reviewed like any other. */
async function propose(sent: Sent): Promise<FastifyReply> {
  const { config, request } = sent;
  const fields = formOf(request);
  const disk = await config.file.read();
  const text = withRule(disk.text, { host: fieldOf(fields, "host") ?? "", sample: fieldOf(fields, "sample") ?? "" });
  if (text === undefined) {
    const body = htmlOf(Told({ text: "thor.json cannot be read: mend it first.", back: sent.base }));
    return sendBody(sent, { title: "Not proposed", body, status: 409 });
  }
  const typed = { text, rev: disk.rev, origin: "admin" as const };
  return sendReviewed(sent, typed, await config.review(text, disk.rev));
}

/** `POST /admin/egress/propose`. */
export function addPropose(
  scope: FastifyInstance,
  deps: EditorDeps,
  { config, base }: { config: ConfigFile; base: string },
): void {
  scope.post("/admin/egress/propose", async (request, reply) => {
    const sent = { deps, config, base, request, reply };
    return (await proveForm(sent)) ? propose(sent) : reply;
  });
}

/** Adds the routes of one file's editor. */
export function addTextEditor(
  scope: FastifyInstance,
  deps: EditorDeps,
  { config, base }: { config: ConfigFile; base: string },
): void {
  const on = (path: string, act: (sent: Sent) => Promise<FastifyReply>) =>
    scope.post(`${base}${path}`, async (request, reply) => {
      const sent = { deps, config, base, request, reply };
      return (await proveForm(sent)) ? act(sent) : reply;
    });
  on("/check", async ({ request, reply }) =>
    reply.type("text/html; charset=utf-8").send(htmlOf(Issues(config.file.check(typedIn(request).text)))),
  );
  on("/review", async (sent) => {
    const typed = typedIn(sent.request);
    return sendReviewed(sent, typed, await config.review(typed.text, typed.rev));
  });
  on("/save", save);
  on("/versions/:version/restore", restore);
}
