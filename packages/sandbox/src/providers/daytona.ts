/** Sandboxes at Daytona, through its SDK. What we must know of one is in its labels, so that nothing of ours can lose it. */
import { Daytona, type Sandbox } from "@daytonaio/sdk";
import { sha256Hex } from "@thor/kit/derived-key";

import { TRANSFER, type Provider } from "../provider.ts";
import type { Found } from "../pure/choose.ts";
import { SandboxFailure } from "../pure/failure.ts";
import { sandboxName } from "../pure/name.ts";
import { repeatable, statusOf, toFailure } from "./daytona-errors.ts";
import { execAtDaytona, SESSION_PREFIX } from "./daytona-exec.ts";

export interface DaytonaOptions {
  apiKey: string;
  apiUrl: string;
  worktrees: string;
  instance: string;
  settings: () => {
    snapshot: string;
    idleStopMs: number;
    keepStoppedForMs: number;
    network: "open" | "block" | { allow: readonly string[] };
  };
}

const PAGE = 100;
const CREATE_S = 120;
const START_S = 180;
const RESTORE_S = 300;
const TRANSFER_S = 600;
const STATES: Readonly<Record<string, Found["state"]>> = {
  started: "started",
  creating: "starting",
  starting: "starting",
  restoring: "starting",
  pulling_snapshot: "starting",
  stopping: "stopping",
  stopped: "stopped",
  archiving: "stopped",
  archived: "archived",
  error: "error",
  build_failed: "error",
  destroying: "destroying",
};
const minutes = (ms: number) => Math.max(1, Math.round(ms / 60_000));
const timeOf = (text: string | undefined) => (text === undefined ? 0 : Date.parse(text));

function foundOf({ id, name, labels, state, createdAt, updatedAt }: Sandbox): Found {
  const label = (key: string) => labels[key] ?? "";
  return {
    id,
    name,
    root: label("thor-cwd"),
    anchor: label("thor-anchor"),
    sha: label("thor-sha"),
    state: STATES[state ?? ""] ?? "other",
    createdAt: timeOf(createdAt),
    lastUsedAt: timeOf(updatedAt),
  };
}

function networkOf(network: ReturnType<DaytonaOptions["settings"]>["network"]) {
  if (network === "open") return {};
  return network === "block" ? { networkBlockAll: true } : { domainAllowList: network.allow.join(",") };
}

/** Makes one; a name that is taken is tried once more with a hash. */
function createCreate(daytona: Daytona, { instance, worktrees, settings }: DaytonaOptions) {
  return async ({ root, anchor }: { root: string; anchor: string }): Promise<Sandbox> => {
    const { snapshot, idleStopMs, keepStoppedForMs, network } = settings();
    const labels = { "thor-managed": "true", "thor-cwd": root, "thor-instance": instance, "thor-anchor": anchor };
    const isEphemeral = keepStoppedForMs === 0;
    const wanted = (isHashed: boolean) => ({
      name: sandboxName(root, worktrees, { hash: sha256Hex(`${instance}${root}`), isHashed }),
      snapshot,
      labels: { ...labels },
      autoStopInterval: minutes(idleStopMs),
      ...(isEphemeral ? { ephemeral: true } : { autoDeleteInterval: minutes(keepStoppedForMs) }),
      ...networkOf(network),
    });
    const make = (isHashed: boolean) => daytona.create(wanted(isHashed), { timeout: CREATE_S });
    try {
      return await make(false).catch((err: unknown) => {
        if (statusOf(err) === 409) return make(true);
        throw err;
      });
    } catch (err) {
      throw toFailure(err, snapshot);
    }
  };
}

async function* capped(source: AsyncIterable<unknown>, maxBytes: number): AsyncIterable<Uint8Array> {
  let left = maxBytes;
  for await (const chunk of source) {
    if (!(chunk instanceof Uint8Array)) throw new Error("a file that is not bytes");
    left -= chunk.length;
    if (left < 0) throw new SandboxFailure("file too large to sync: the changes are larger than 500 MiB together");
    yield chunk;
  }
}

async function wake(sandbox: Sandbox, { state }: Found): Promise<void> {
  if (state === "stopping") await sandbox.waitUntilStopped(START_S);
  if (state === "starting") await sandbox.waitUntilStarted(START_S);
  else await sandbox.start(state === "archived" ? RESTORE_S : START_S);
  await sandbox.fs.createFolder(TRANSFER, "700");
}

/** The sandboxes of this installation, as far as they were seen. */
function createAccount(daytona: Daytona, { instance }: DaytonaOptions) {
  const known = new Map<string, Sandbox>();
  const all = (root?: string) =>
    repeatable(async () => {
      const own = { "thor-managed": "true", "thor-instance": instance };
      const labels = root === undefined ? own : { ...own, "thor-cwd": root };
      const listed: Sandbox[] = [];
      for await (const sandbox of daytona.list({ labels, limit: PAGE })) listed.push(sandbox);
      for (const sandbox of listed) known.set(sandbox.id, sandbox);
      return listed;
    });
  return {
    all,
    open: async ({ id }: Found) => known.get(id) ?? repeatable(() => daytona.get(id)),
    know: (sandbox: Sandbox) => void known.set(sandbox.id, sandbox),
    remove: async ({ id }: Found) => {
      known.delete(id);
      await repeatable(async () => {
        try {
          await (await daytona.get(id)).delete();
        } catch (err) {
          if (statusOf(err) !== 404) throw err;
        }
      });
    },
    /** Ends what an earlier process left running. */
    reap: async () => {
      for (const sandbox of (await all()).filter(({ state }) => state === "started"))
        for (const { sessionId } of await sandbox.process.listSessions())
          if (sessionId.startsWith(SESSION_PREFIX)) await sandbox.process.deleteSession(sessionId);
    },
  };
}

/** Files that go over and come back. */
function createFiles(open: (found: Found) => Promise<Sandbox>): Pick<Provider, "put" | "get"> {
  return {
    put: async (found, from, name) => {
      const sandbox = await open(found);
      await repeatable(() => sandbox.fs.uploadFile(from, `${TRANSFER}/${name}`, TRANSFER_S));
    },
    get: async function* (found, name, maxBytes) {
      const sandbox = await open(found);
      const path = `${TRANSFER}/${name}`;
      const source = await repeatable(() => sandbox.fs.downloadFileStream(path, TRANSFER_S));
      yield* capped(source, maxBytes);
      await sandbox.fs.deleteFile(path).catch(() => undefined);
    },
  };
}

/** Opens the account; what an earlier process left running there is ended. */
export function openDaytonaProvider(options: DaytonaOptions): Provider {
  const daytona = new Daytona({ apiKey: options.apiKey, apiUrl: options.apiUrl });
  const { all, open, know, remove, reap } = createAccount(daytona, options);
  const create = createCreate(daytona, options);
  const reaping = reap().catch(() => undefined);

  return {
    name: "daytona",
    isOnline: options.settings().network !== "block",
    list: async (root) => (await all(root)).map(foundOf),
    create: async (wanted) => {
      await reaping;
      const sandbox = await create(wanted);
      know(sandbox);
      try {
        await repeatable(() => sandbox.fs.createFolder(TRANSFER, "700"));
      } catch (err) {
        await sandbox.delete().catch(() => undefined);
        throw err;
      }
      return foundOf(sandbox);
    },
    start: async (found) => {
      await reaping;
      const sandbox = await open(found);
      await repeatable(() => wake(sandbox, found));
    },
    stop: async (found) => {
      const sandbox = await open(found);
      await repeatable(() => sandbox.stop(START_S));
      return sandbox.autoDeleteInterval === 0 ? "removed" : "kept";
    },
    remove,
    setSha: async (found, sha) => {
      const sandbox = await open(found);
      await repeatable(async () => {
        // The API replaces the whole set.
        await sandbox.refreshData();
        await sandbox.setLabels({ ...sandbox.labels, "thor-sha": sha });
      });
    },
    ...createFiles(open),
    exec: async (found, command, watch) => {
      await reaping;
      return execAtDaytona(await open(found), command, watch);
    },
    close: async () => {
      await reaping;
      await daytona[Symbol.asyncDispose]();
    },
  };
}
