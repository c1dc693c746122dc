/** What OpenCode offers, asked seldom: limits for the control message, and names a run may ask for. */
import type { ModelOffer } from "../core/prompt/model-choice.ts";

const FRESH_MS = 5 * 60_000;

interface Offer {
  models: ModelOffer;
  standard: string | undefined;
}

export interface KnownModelsDeps {
  now: () => number;
  ask: () => Promise<{ kind: "ok"; body: Offer } | { kind: "missing" | "refused" | "failed" }>;
}

export function createKnownModels({ now, ask }: KnownModelsDeps) {
  let known: { offer: Offer; at: number } | undefined;
  let asking: Promise<Offer | undefined> | undefined;

  /** A failed look-up keeps what was known before, and is not remembered itself. */
  const refresh = async (): Promise<Offer | undefined> => {
    const answer = await ask();
    if (answer.kind === "ok") known = { offer: answer.body, at: now() };
    return known?.offer;
  };
  const offer = (): Promise<Offer | undefined> => {
    if (known !== undefined && now() - known.at < FRESH_MS) return Promise.resolve(known.offer);
    asking ??= refresh().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return {
    offer,
    /** What is known by now; what is not is asked for meanwhile. */
    contextLimit: (model: string): number | undefined => {
      void offer();
      return known?.offer.models.get(model)?.limit;
    },
  };
}
