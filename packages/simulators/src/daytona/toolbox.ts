/** The toolbox part: sessions with commands whose output can be followed, and files. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { z } from "zod";

import type { Answer } from "../control/serve.ts";
import type { Cell } from "./cell.ts";
import type { SimulatedSandbox } from "./sandboxes.ts";

interface CommandState {
  id: string;
  order: number;
  output: { stream: "stdout" | "stderr"; data: Buffer }[];
  exitCode?: number;
  followers: Set<WebSocket>;
}
interface Session {
  commands: Map<string, CommandState>;
}

const MARK = { stdout: Buffer.from([1, 1, 1]), stderr: Buffer.from([2, 2, 2]) };
/** The SDK takes frames apart on its stack: large ones break it. */
const FRAME_BYTES = 8 * 1024;
const Exec = z.looseObject({ command: z.string(), runAsync: z.boolean().optional() });
const Execute = z.looseObject({ command: z.string(), cwd: z.string().optional() });
const missing = (what: string): Answer => ({ status: 404, body: { statusCode: 404, message: `${what} not found` } });
const fine = (body: unknown, status = 200): Answer => ({ status, body });

function sendOutput(socket: WebSocket, stream: "stdout" | "stderr", data: Buffer): void {
  for (let at = 0; at < data.length; at += FRAME_BYTES)
    socket.send(Buffer.concat([MARK[stream], data.subarray(at, at + FRAME_BYTES)]));
}

function startCommand(cell: Cell, text: string, id: string): CommandState {
  const command: CommandState = { id, order: 0, output: [], followers: new Set() };
  command.order = cell.order({ kind: "run", text }, ({ stream, data, end }) => {
    if (stream !== undefined && data !== undefined) {
      const bytes = Buffer.from(data, "base64");
      command.output.push({ stream, data: bytes });
      for (const socket of command.followers) sendOutput(socket, stream, bytes);
    }
    if (end === undefined) return;
    if (typeof end === "number") command.exitCode = end;
    for (const socket of command.followers) socket.close(1000);
  });
  return command;
}

const keyOf = ({ id }: SimulatedSandbox, session: string) => `${id}/${session}`;
type Sessions = Map<string, Session>;

/** What commands of sessions have said. */
function createListening(sessions: Sessions) {
  const commandOf = (sandbox: SimulatedSandbox, session: string, command: string) =>
    sessions.get(keyOf(sandbox, session))?.commands.get(command);
  return {
    command: (sandbox: SimulatedSandbox, session: string, name: string): Answer => {
      const found = commandOf(sandbox, session, name);
      return found === undefined
        ? missing("command")
        : fine({ id: found.id, command: "", ...(found.exitCode === undefined ? {} : { exitCode: found.exitCode }) });
    },
    logs: (sandbox: SimulatedSandbox, session: string, name: string): Answer => {
      const found = commandOf(sandbox, session, name);
      if (found === undefined) return missing("command");
      const of = (wanted: "stdout" | "stderr") =>
        Buffer.concat(found.output.flatMap(({ stream, data }) => (stream === wanted ? [data] : []))).toString("utf8");
      return fine({ output: of("stdout") + of("stderr"), stdout: of("stdout"), stderr: of("stderr") });
    },
    /** All that was said, then what is said until the end. */
    follow: (sandbox: SimulatedSandbox, socket: WebSocket, at: { session: string; command: string }) => {
      const found = commandOf(sandbox, at.session, at.command);
      if (found === undefined) return socket.close(1008);
      for (const { stream, data } of found.output) sendOutput(socket, stream, data);
      if (found.exitCode !== undefined) return socket.close(1000);
      found.followers.add(socket);
      socket.on("close", () => found.followers.delete(socket));
      return undefined;
    },
    /** Breaks every stream off that is followed now. */
    breakOff: () => {
      for (const { commands } of sessions.values())
        for (const { followers } of commands.values()) for (const socket of followers) socket.terminate();
    },
  };
}

/** The sessions of all sandboxes. */
export function createToolbox() {
  const sessions: Sessions = new Map();
  let count = 0;

  return {
    openSession: (sandbox: SimulatedSandbox, body: unknown): Answer => {
      const { sessionId } = z.looseObject({ sessionId: z.string() }).parse(body);
      sessions.set(keyOf(sandbox, sessionId), { commands: new Map() });
      return fine({}, 201);
    },
    listSessions: ({ id }: SimulatedSandbox): Answer => {
      const own = [...sessions].filter(([key]) => key.startsWith(`${id}/`));
      return fine(own.map(([key]) => ({ sessionId: key.slice(id.length + 1), commands: [] })));
    },
    closeSession: async (sandbox: SimulatedSandbox, cell: Cell, name: string): Promise<Answer> => {
      const session = sessions.get(keyOf(sandbox, name));
      if (session === undefined) return missing("session");
      sessions.delete(keyOf(sandbox, name));
      for (const { order } of session.commands.values()) await cell.ask({ kind: "kill", text: String(order) });
      return fine({});
    },
    exec: (sandbox: SimulatedSandbox, cell: Cell, given: { session: string; body: unknown }): Answer => {
      const session = sessions.get(keyOf(sandbox, given.session));
      if (session === undefined) return missing("session");
      const { command } = Exec.parse(given.body);
      count += 1;
      const started = startCommand(cell, command, `cmd-${count}`);
      session.commands.set(started.id, started);
      return fine({ cmdId: started.id }, 202);
    },
    ...createListening(sessions),
  };
}

/** Files, and commands that are waited for. */
export const FILES = {
  execute: async (cell: Cell, body: unknown): Promise<Answer> => {
    const { command, cwd } = Execute.parse(body);
    const { end, data } = await cell.ask({ kind: "run", text: command, ...(cwd === undefined ? {} : { cwd }) });
    return fine({ exitCode: typeof end === "number" ? end : 1, result: data.toString("utf8") });
  },
  upload: async (cell: Cell, request: FastifyRequest): Promise<Answer> => {
    const type = request.headers["content-type"] ?? "";
    const body = request.body instanceof Uint8Array ? Buffer.from(request.body) : Buffer.alloc(0);
    const form = await new Response(body, { headers: { "content-type": type } }).formData();
    const [path, file] = [form.get("files[0].path"), form.get("files[0].file")];
    if (typeof path !== "string" || !(file instanceof Blob)) return { status: 400, body: { message: "no file" } };
    const data = Buffer.from(await file.arrayBuffer()).toString("base64");
    const { end } = await cell.ask({ kind: "write", text: path, data });
    return end === 0 ? fine({}) : { status: 400, body: { statusCode: 400, message: String(end) } };
  },
  download: async (cell: Cell, request: FastifyRequest, reply: FastifyReply): Promise<Answer> => {
    const { paths } = z.looseObject({ paths: z.array(z.string()).length(1) }).parse(request.body);
    const [path = ""] = paths;
    const { end, data } = await cell.ask({ kind: "read", text: path });
    const boundary = "sim-boundary-7d1f0c";
    const part = end === 0 ? "file" : "error";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${part}"; filename="${path}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
    const bytes = end === 0 ? data : Buffer.from(String(end));
    void reply.type(`multipart/form-data; boundary=${boundary}`);
    return fine(Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]));
  },
  folder: async (cell: Cell, path: string): Promise<Answer> => {
    await cell.ask({ kind: "folder", text: path });
    return fine({}, 201);
  },
  remove: async (cell: Cell, path: string): Promise<Answer> => {
    const { end } = await cell.ask({ kind: "remove", text: path });
    return end === 0 ? fine({}) : missing(path);
  },
};
export type Toolbox = ReturnType<typeof createToolbox>;
