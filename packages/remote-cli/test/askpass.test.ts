/** The one question for a password: who asks differently gets nothing. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Log } from "@thor/kit/flow/log";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { openAskpass } from "../src/adapters/askpass-socket.ts";

const HELPER = fileURLToPath(new URL("../src/askpass.ts", import.meta.url));
const answer = { url: "https://github.com/acme/r", token: "ghs_the_token_of_this_call" };
const right = "Password for 'https://x-access-token@github.com/acme/r.git': ";

async function open() {
  const directory = tempDir();
  const events: string[] = [];
  const keep = ({ event }: { event: string }) => void events.push(event);
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  const socket = await openAskpass({ directory, answer, log });
  const ticket = readFileSync(join(directory, "ticket"), "utf8");
  const say = (line: string) =>
    new Promise<string>((resolve) => {
      let text = "";
      const talk = connect(join(directory, "askpass.sock"), () => talk.write(line));
      talk.setEncoding("utf8").on("data", (chunk) => (text += String(chunk)));
      talk.on("close", () => resolve(text)).on("error", () => resolve("nobody answers"));
    });
  const helper = (question: string) =>
    new Promise<{ code: number | null; stdout: string }>((resolve) => {
      const child = spawn(process.execPath, [HELPER, question], { env: { HOME: directory } });
      let stdout = "";
      child.stdout.on("data", (chunk) => (stdout += String(chunk)));
      child.on("close", (code) => resolve({ code, stdout }));
    });
  return { socket, ticket, say, helper, events };
}

it("gives the token to the helper once, for the very repository, with the ticket, while the call runs", async () => {
  const { socket, ticket, say, helper, events } = await open();
  for (const question of [
    "Password for 'https://x-access-token@evil.example/acme/r': ",
    "Password for 'https://x-access-token@github.com/acme/other': ",
    "Password for 'https://x-access-token@github.com/acme/r/../other': ",
    "Password for 'https://x-access-token@github.com.evil.example/acme/r': ",
    "Password for 'https://evil@github.com/acme/r': ",
    "Password for 'http://x-access-token@github.com/acme/r': ",
    "Username for 'https://github.com/acme/r': ",
    "Passphrase for key: ",
    "",
  ])
    expect([question, await say(`${ticket} ${question}\n`)]).toEqual([question, ""]);
  for (const wrong of ["", `${ticket}x`, ticket.slice(1), ticket.toUpperCase()])
    expect([wrong, await say(`${wrong} ${right}\n`)]).toEqual([wrong, ""]);
  expect(events).toEqual(Array.from({ length: 13 }, () => "askpass_refused"));
  expect(await say("x".repeat(5000))).toBe("");
  expect(await helper("Password for 'https://x-access-token@evil.example/acme/r': ")).toEqual({ code: 1, stdout: "" });
  expect(await helper(right)).toEqual({ code: 0, stdout: `${answer.token}\n` });
  expect(await helper(right)).toEqual({ code: 1, stdout: "" });
  expect(await say(`${ticket} ${right}\n`)).toBe("");
  await socket.close();
  expect(await say(`${ticket} ${right}\n`)).toBe("nobody answers");
});
