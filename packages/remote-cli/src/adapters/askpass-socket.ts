/** Answers git's one question for a password over the call's own socket: the right address, the right ticket, once. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

import { isSameSecret } from "@thor/kit/derived-key";
import type { Log } from "@thor/kit/flow/log";

export interface AskpassAnswer {
  /** `https://<host>/<owner>/<repo>`, without `.git`. */
  url: string;
  token: string;
}

const MAX_QUESTION = 4096;
const PROMPT = /^Password for '(https:\/\/[^']+)': ?$/;

/** The address in git's question, without user and suffix; nothing when it is another kind of question. */
function askedUrl(prompt: string): string | undefined {
  const url = PROMPT.exec(prompt)?.[1];
  const prefix = "https://x-access-token@";
  if (url === undefined || !url.startsWith(prefix)) return undefined;
  return `https://${url.slice(prefix.length).replace(/\.git$/, "")}`;
}

function answerTo(line: string, answer: AskpassAnswer, ticket: string): string | undefined {
  const at = line.indexOf(" ");
  const isTicket = isSameSecret(line.slice(0, at), ticket);
  const isAddress = askedUrl(line.slice(at + 1)) === answer.url;
  return isTicket && isAddress ? answer.token : undefined;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

/** Opens the socket beside a ticket file; closing it ends every later question without an answer. */
export async function openAskpass(options: {
  directory: string;
  answer: AskpassAnswer;
  log: Log;
}): Promise<{ close: () => Promise<void> }> {
  const { directory, answer, log } = options;
  const ticket = randomBytes(24).toString("base64url");
  let isUsed = false;
  const reply = (socket: Socket, line: string) => {
    const token = isUsed ? undefined : answerTo(line, answer, ticket);
    if (token === undefined) log.warn({ event: "askpass_refused", url: answer.url }, "a password question was refused");
    else isUsed = true;
    socket.end(token ?? "");
  };
  const server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8").setTimeout(5000, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      text += String(chunk);
      const end = text.indexOf("\n");
      if (end !== -1) reply(socket, text.slice(0, end));
      else if (text.length > MAX_QUESTION) socket.destroy();
    });
  });
  await writeFile(join(directory, "ticket"), ticket, { mode: 0o600 });
  await listen(server, join(directory, "askpass.sock"));
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}
