/** Who reads a channel, as Slack says; remembered for a while, and not knowing means: everybody. */
type Audience = "direct" | "team" | "shared";

const FRESH_MS = 5 * 60_000;
const MAX_KNOWN = 500;

export function createKnownAudiences(deps: {
  now: () => number;
  ask: (
    channel: string,
  ) => Promise<{ kind: "ok"; body: Audience } | { kind: "limited" | "refused" | "unreachable" | "unknown" }>;
}) {
  const known = new Map<string, { audience: Audience; at: number }>();
  return async (channel: string): Promise<Audience> => {
    const fresh = known.get(channel);
    if (fresh !== undefined && deps.now() - fresh.at < FRESH_MS) return fresh.audience;
    const answer = await deps.ask(channel);
    if (answer.kind !== "ok") return "shared";
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(channel, { audience: answer.body, at: deps.now() });
    return answer.body;
  };
}
