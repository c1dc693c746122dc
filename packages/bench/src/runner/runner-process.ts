/** One runner process over a workspace of its own, and turns asked of it. */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { TriggerAnswer } from "@thor/domain/trigger";
import { LEAN_FLAGS } from "@thor/kit/lean-node";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { PASSWORD } from "@thor/simulators/opencode";

import { healthy } from "../policy/remote-cli-process.ts";

const SECRET = "bench-internal-secret-of-32-characters";
const MAIN = `${import.meta.dirname}/../../../runner/src/main.ts`;
const POLL_MS = 10;
const TURN_MS = 120_000;

export interface RunnerProcess {
  /** One message of a new conversation, from the call to the recorded end of its run. */
  turn: (prompt: string) => Promise<void>;
  stop: () => Promise<void>;
}

interface RunnerPlace {
  workspace: string;
  directory: string;
  passesDir: string;
  opencodeUrl: string;
  port: number;
  maxRunningTurns: number;
}

async function openStore(workspace: string) {
  const url = `sqlite:${workspace}/data/thor.db`;
  const opened = await openLedger({ url, service: "bench", instance: "1", secret: SECRET });
  if (opened.kind !== "opened") throw new Error(`the ledger: ${opened.kind}`);
  return opened.ledger;
}

/**
 * Tells when runs end. One look for all of them: the simulated model lives in this process, and a poller for each run
 * would slow the side that is measured through Thor.
 */
function watchEnds({ openTriggers }: Pick<Ledger, "openTriggers">) {
  const waiting = new Map<string, () => void>();
  let isLooking = false;
  const look = async () => {
    isLooking = true;
    while (waiting.size > 0) {
      const asked = [...waiting];
      const open = new Set((await openTriggers()).map(({ id }) => id));
      for (const [id, tell] of asked) if (!open.has(id) && waiting.delete(id)) tell();
      await pause(POLL_MS);
    }
    isLooking = false;
  };
  return {
    of: (triggerId: string): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error(`run ${triggerId} did not end`)), TURN_MS);
      waiting.set(triggerId, () => {
        clearTimeout(timer);
        resolve();
      });
      if (!isLooking) look().catch(reject);
      return promise;
    },
  };
}

export async function startRunnerProcess(place: RunnerPlace): Promise<RunnerProcess> {
  const { workspace, directory, passesDir, opencodeUrl, port, maxRunningTurns } = place;
  const ledger = await openStore(workspace);
  const child = spawn(process.execPath, [...LEAN_FLAGS, "--import", import.meta.resolve("tsx"), MAIN], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      LOG_LEVEL: "error",
      PORT: String(port),
      THOR_BIND_ADDRESS: "127.0.0.1",
      THOR_WORKSPACE_DIR: workspace,
      THOR_INTERNAL_SECRET: SECRET,
      THOR_PASSES_DIR: passesDir,
      THOR_MAX_RUNNING_TURNS: String(maxRunningTurns),
      OPENCODE_URL: opencodeUrl,
      OPENCODE_SERVER_PASSWORD: PASSWORD,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const post = async (prompt: string): Promise<string> => {
    const response = await fetch(`${url}/trigger`, {
      method: "POST",
      headers: { "content-type": "application/json", [INTERNAL_SECRET_HEADER]: SECRET },
      body: JSON.stringify({ prompt, directory }),
    });
    const answer = TriggerAnswer.parse(await response.json());
    if (!("triggerId" in answer)) throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    return answer.triggerId;
  };
  const ends = watchEnds(ledger);
  await healthy(url);
  return {
    turn: async (prompt) => {
      const triggerId = await post(prompt);
      await ends.of(triggerId);
      const run = await ledger.triggerById({ triggerId });
      if (run?.status !== "completed") throw new Error(`the run ended ${String(run?.status)}: ${String(run?.reason)}`);
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      await ledger.close();
    },
  };
}
