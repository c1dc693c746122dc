/** kill -9 of every process at random moments: each mention still has exactly one visible end, and nothing runs twice. */
import { setTimeout as pause } from "node:timers/promises";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { isOutcome, runsOf, startStack, type Stack } from "../stack/stack.ts";

/** A few in CI; `THOR_CHAOS_MENTIONS=50` and more for the long proof. */
const MENTIONS = Number(process.env["THOR_CHAOS_MENTIONS"] ?? 8);
const VICTIMS = ["gateway", "runner", "remote-cli", "opencode"];
const PER_MENTION_MS = 30_000;

/** Small and repeatable; the seed is printed so that a failure can be played again. */
function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

async function mentionUntilHeard(stack: Stack, text: string): Promise<string> {
  const ts = await stack.say(text);
  await pause(200);
  return ts;
}

const endsOf = async (stack: Stack, ts: string) => (await stack.thread(ts)).filter(isOutcome);

it(
  `gives ${MENTIONS} mentions one end each while everything is killed at random`,
  async () => {
    const seed = Number(process.env["THOR_CHAOS_SEED"] ?? Date.now() % 1_000_000);
    process.stdout.write(`chaos seed ${seed}\n`);
    const chance = createChance(seed);
    const stack = await startStack();
    const threads: string[] = [];
    const over = new AbortController();
    const kills: string[] = [];
    const killing = (async () => {
      while (!over.signal.aborted) {
        await pause(1500 + chance() * 5000);
        const victim = VICTIMS[Math.floor(chance() * VICTIMS.length)] ?? "runner";
        if (over.signal.aborted) return;
        stack.kill(victim);
        kills.push(victim);
      }
    })();
    for (let at = 0; at < MENTIONS; at += 1) {
      threads.push(await mentionUntilHeard(stack, `@thor echo token-${at}-end`));
      await pause(chance() * 3000);
    }
    over.abort();
    await killing;
    const open = async () => {
      const ends = await Promise.all(threads.map((ts) => endsOf(stack, ts)));
      const runs = await stack.ledger.openTriggers();
      return ends.every((list) => list.length > 0) && runs.length === 0 ? ends : undefined;
    };
    const ends = await eventually("every thread has its end", open, 120_000 + MENTIONS * PER_MENTION_MS);
    process.stdout.write(`kills: ${kills.join(" ")}\n`);

    expect(ends.filter((list) => list.length !== 1).map((list) => list.map(({ text }) => text))).toEqual([]);
    for (const ts of threads) expect(await runsOf(stack, ts)).toHaveLength(1);
    const working = (await Promise.all(threads.map((ts) => stack.thread(ts))))
      .flat()
      .filter(({ text }) => text.startsWith("⏳"));
    expect(working).toEqual([]);
    expect(await stack.sim("/_sim/invariants")).toEqual({ broken: [] });
  },
  300_000 + MENTIONS * PER_MENTION_MS,
);
