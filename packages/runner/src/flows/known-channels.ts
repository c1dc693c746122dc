/** What Slack says about channels, remembered for a while. */
const FRESH_MS = 5 * 60_000;
const MAX_KNOWN = 500;

export function createKnownChannels<Fact>(deps: {
  now: () => number;
  ask: (
    channel: string,
  ) => Promise<{ kind: "ok"; body: Fact } | { kind: "limited" | "refused" | "unreachable" | "unknown" }>;
  /** What counts while Slack does not say. */
  otherwise: Fact;
}) {
  const known = new Map<string, { fact: Fact; at: number }>();
  return async (channel: string): Promise<Fact> => {
    const fresh = known.get(channel);
    if (fresh !== undefined && deps.now() - fresh.at < FRESH_MS) return fresh.fact;
    const answer = await deps.ask(channel);
    if (answer.kind !== "ok") return deps.otherwise;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(channel, { fact: answer.body, at: deps.now() });
    return answer.body;
  };
}
