/** Which upstreams a conversation may use, with whose credentials, over which connection. Nothing here guesses. */
import { INTEGRATIONS } from "@thor/integrations/index";
import type { Integration, McpTarget, Values } from "@thor/integrations/manifest";
import { operatorIntegration } from "@thor/integrations/operator";
import { resolveValues, type Environment, type ProfileCredentials } from "@thor/integrations/resolve-values";
import { tightened } from "@thor/integrations/tighten";
import type { Admission } from "@thor/workspace-config/pure/admission";
import { durationMs } from "@thor/workspace-config/pure/schema/words";

import { targetFault } from "../../core/mcp/target.ts";
import type { Connection } from "./connection.ts";

const NONE = { approve: [], hide: [] };
const CALL_MS = 60_000;
const RETIRE_MS = 300_000;
const SHUTDOWN_MS = 10_000;

export interface Upstream {
  id: string;
  integration: Integration;
  targetKey: string;
  target: McpTarget;
  values: Values;
  timeoutMs: number;
  isBuiltIn: boolean;
}
export type Available = { kind: "usable"; upstream: Upstream } | { kind: "broken"; id: string; text: string };

export interface UpstreamsDeps {
  admission: () => Admission;
  environment: Environment;
  open: (upstream: Upstream) => Connection;
}

interface Known {
  integration: Integration;
  timeoutMs: number;
  isBuiltIn: boolean;
}

/** Every integration of this installation that a profile may see, tightened as the operator says. */
function knownTo({ tightening, upstreams }: Admission, profile: string | undefined): Known[] {
  const builtIn = INTEGRATIONS.map((integration) => ({
    integration: tightened(integration, tightening[integration.id] ?? NONE),
    timeoutMs: CALL_MS,
    isBuiltIn: true,
  }));
  const own = Object.entries(upstreams)
    .filter(([, { profiles }]) => profiles === undefined || (profile !== undefined && profiles.includes(profile)))
    .map(([id, entry]) => ({
      integration: operatorIntegration(id, entry),
      timeoutMs: entry.timeout === undefined ? CALL_MS : durationMs(entry.timeout),
      isBuiltIn: false,
    }));
  return [...builtIn, ...own];
}

function resolve(known: Known, environment: Environment, profile: ProfileCredentials | undefined): Available[] {
  const { integration } = known;
  const { id } = integration;
  const resolved = resolveValues(integration.variables, environment, profile);
  if (resolved.kind === "absent") return [];
  if (resolved.kind === "incomplete")
    return [{ kind: "broken", id, text: `${id}: these variables are missing: ${resolved.missing.join(", ")}` }];
  const target = integration.mcp(resolved.values);
  const fault = targetFault(target);
  if (fault !== undefined) return [{ kind: "broken", id, text: `${id}: ${fault}` }];
  const targetKey = `${id}:${resolved.isSuffixed ? (profile?.name ?? "") : "GLOBAL"}`;
  return [{ kind: "usable", upstream: { ...known, id, targetKey, target, values: resolved.values } }];
}

/** What must be the same for a connection to be used on. */
const signatureOf = ({ target, integration: { tools } }: Upstream) => JSON.stringify([target, tools]);

/** Connections by target, so that profiles with the same credentials share one. */
function createPool(open: UpstreamsDeps["open"]) {
  const pool = new Map<string, { signature: string; connection: Connection }>();
  const drop = (targetKey: string, withinMs: number) => {
    const entry = pool.get(targetKey);
    pool.delete(targetKey);
    return entry?.connection.close(withinMs);
  };
  return {
    get: (upstream: Upstream): Connection => {
      const { targetKey } = upstream;
      const signature = signatureOf(upstream);
      const entry = pool.get(targetKey);
      if (entry?.signature === signature) return entry.connection;
      void drop(targetKey, RETIRE_MS);
      const connection = open(upstream);
      pool.set(targetKey, { signature, connection });
      return connection;
    },
    /** Lets go of what the configuration no longer has. */
    keepOnly: (current: ReadonlyMap<string, string>) => {
      for (const [targetKey, { signature }] of pool)
        if (current.get(targetKey) !== signature) void drop(targetKey, RETIRE_MS);
    },
    entries: () => [...pool].map(([targetKey, { connection }]) => ({ targetKey, connection })),
    close: async () => {
      await Promise.all(Array.from(pool.keys(), async (targetKey) => drop(targetKey, SHUTDOWN_MS)));
    },
  };
}

export function createUpstreams({ admission, environment, open }: UpstreamsDeps) {
  const pool = createPool(open);
  let seen: Admission | undefined;
  let byProfile = new Map<string | undefined, Available[]>();

  const build = (current: Admission, name: string | undefined): Available[] => {
    const profile = name === undefined ? undefined : current.profiles[name];
    const isOwn = profile?.credentials === "own";
    const credentials = name === undefined ? undefined : { name, isOwn };
    return knownTo(current, name).flatMap((known) => resolve(known, environment, credentials));
  };

  const refresh = (): Admission => {
    const current = admission();
    if (current === seen) return current;
    seen = current;
    const names = [undefined, ...Object.keys(current.profiles)];
    byProfile = new Map(names.map((name) => [name, build(current, name)]));
    const usable = [...byProfile.values()].flat().flatMap((one) => (one.kind === "usable" ? [one.upstream] : []));
    pool.keepOnly(new Map(usable.map((upstream) => [upstream.targetKey, signatureOf(upstream)])));
    return current;
  };

  return {
    /** Everything a profile may use, and what of it an operator has to mend. */
    available: (profile: string | undefined): readonly Available[] => {
      refresh();
      return byProfile.get(profile) ?? [];
    },
    connection: pool.get,
    /** Connects in the background to what everybody uses. */
    warm: () => {
      refresh();
      for (const one of byProfile.get(undefined) ?? []) if (one.kind === "usable") void pool.get(one.upstream).ready();
    },
    status: pool.entries,
    configured: () => {
      refresh();
      return (byProfile.get(undefined) ?? []).length;
    },
    close: pool.close,
  };
}
export type Upstreams = ReturnType<typeof createUpstreams>;
