/** What a connected upstream offers against what its manifest expects: a report for operators, and what may be used. */
import { tierOf } from "@thor/integrations/tier";
import type { Log } from "@thor/kit/flow/log";
import { canonicalJson } from "@thor/kit/pure/canonical-json";
import type { Ledger } from "@thor/ledger/port";

import { driftReport, isRefusing, withdrawnBy, type Drift } from "../../core/mcp/drift.ts";
import type { UpstreamTool } from "../../core/mcp/tool.ts";
import type { Judged } from "./connection.ts";
import type { Upstream } from "./upstreams.ts";

export interface JudgeToolsDeps extends Pick<Ledger, "recordIntegration" | "appendAudit" | "listIntegrationTools"> {
  log: Log;
  now: () => number;
  digest: (text: string) => string;
  /** In production an upstream may differ: what is not as expected is withdrawn, the rest goes on. */
  isTolerant: boolean;
}

const MAX_SHOWN = 40;
const MAX_TOOLS = 500;

const summary = (drifts: readonly Drift[]) => drifts.slice(0, MAX_SHOWN).map(({ kind, tool }) => `${kind}: ${tool}`);

export const createJudgeTools = (deps: JudgeToolsDeps) => {
  const { log, digest } = deps;

  const report = async (upstream: Upstream, drifts: readonly Drift[]) => {
    if (drifts.length === 0) return;
    const { targetKey } = upstream;
    log.warn({ event: "policy_drift", upstream: targetKey, drift: summary(drifts) }, "an upstream is not as expected");
    await deps.appendAudit({
      service: "remote-cli",
      event: "mcp.drift",
      actorKind: "service",
      actor: "remote-cli",
      target: targetKey,
      decision: "noted",
      detail: { drift: summary(drifts).join("\n").slice(0, 3000) },
    });
  };

  return async (upstream: Upstream, offered: readonly UpstreamTool[]): Promise<Judged> => {
    const { integration, targetKey, isBuiltIn } = upstream;
    const current = new Map(offered.map((tool) => [tool.name, digest(canonicalJson(tool.inputSchema))]));
    const stored = await deps.listIntegrationTools({ integration: targetKey });
    const accepted = new Map(stored.map(({ tool, schema_digest }) => [tool, schema_digest]));
    const drifts = driftReport(integration, offered, { accepted, current });
    const isRefused = isBuiltIn && !deps.isTolerant && isRefusing(drifts);
    await report(upstream, drifts);
    const now = deps.now();
    await deps.recordIntegration({
      integration: targetKey,
      ...(isRefused ? { lastError: summary(drifts).join(", ").slice(0, 500) } : {}),
      state: isRefused ? "refused" : drifts.length === 0 ? "ready" : "drift",
      drift: summary(drifts),
      ...(isRefused ? {} : { lastOkAt: now }),
      tools: offered.slice(0, MAX_TOOLS).map(({ name }) => ({
        tool: name,
        tier: tierOf(integration, name).kind,
        schemaDigest: current.get(name) ?? "",
        seenUpstreamAt: now,
      })),
    });
    if (isRefused)
      return { kind: "refused", error: `its tools differ from what Thor expects: ${summary(drifts).join(", ")}` };
    const tools = new Map(offered.map((tool) => [tool.name, tool]));
    return { kind: "accepted", offer: { tools, withdrawn: withdrawnBy(drifts) } };
  };
};
