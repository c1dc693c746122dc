/** When a child is usable: it says so in its first line, or its own health route does. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

import { requestJson } from "@thor/kit/json-client";
import { z } from "zod";

import type { Ready } from "./child-plan.ts";

const POLL_MS = 60;
const ASK_WITHIN_MS = 3000;

function firstLine(child: ChildProcess, withinMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const giveUp = setTimeout(() => resolve(undefined), withinMs);
    child.stdout?.on("data", (chunk: Buffer) => {
      if (text.includes("\n")) return;
      text += chunk.toString();
      if (!text.includes("\n")) return;
      clearTimeout(giveUp);
      resolve(text.split("\n")[0]);
    });
  });
}

/** What stands at a dotted path of an answer. */
const at = (body: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((found, name) => {
    const inner = z.record(z.string(), z.unknown()).safeParse(found);
    return inner.success ? inner.data[name] : undefined;
  }, body);

async function isUsable({ url, headers, until }: Extract<Ready, { kind: "http" }>): Promise<boolean> {
  const schema = z.record(z.string(), z.unknown());
  const answer = await requestJson({ url, method: "GET", headers: { ...headers }, timeoutMs: ASK_WITHIN_MS, schema });
  return answer.kind === "ok" && (until === undefined || at(answer.body, until.path) === until.equals);
}

/** Resolves with the ready line (or an empty text), or with undefined when the time is over. */
export async function becomesReady(ready: Ready, child: ChildProcess, withinMs: number): Promise<string | undefined> {
  if (ready.kind === "line") return firstLine(child, withinMs);
  const end = performance.now() + withinMs;
  while (performance.now() < end && child.exitCode === null && child.signalCode === null) {
    if (await isUsable(ready)) return "";
    await pause(POLL_MS);
  }
  return undefined;
}
