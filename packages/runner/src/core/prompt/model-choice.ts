/** Which model a run uses and how hard it thinks, as the operator chose for its channel or for where it came from. */
export interface ModelChoice {
  model?: { providerID: string; modelID: string } | undefined;
  /** OpenCode's name for a level of thinking. */
  variant?: string | undefined;
}

/** `provider/model` and an effort, as written in thor.json. */
export interface ModelWish {
  model?: string | undefined;
  effort?: string | undefined;
}

export interface ModelRules {
  default?: ModelWish | undefined;
  sources: Readonly<Partial<Record<string, ModelWish>>>;
  channels: Readonly<Partial<Record<string, ModelWish>>>;
}

/** What OpenCode offers: variants by `provider/model`. */
export type ModelOffer = ReadonlyMap<string, { limit?: number | undefined; variants: readonly string[] }>;

/** The channel's wish before the source's before the general one, each for itself. */
export function wishFor(rules: ModelRules, from: { channel?: string | undefined; source: string }): ModelWish {
  const wishes = [from.channel === undefined ? undefined : rules.channels[from.channel], rules.sources[from.source]];
  const [channel, source] = wishes;
  return {
    model: channel?.model ?? source?.model ?? rules.default?.model,
    effort: channel?.effort ?? source?.effort ?? rules.default?.effort,
  };
}

export interface Chosen extends ModelChoice {
  /** What was wished for and is not on offer. */
  dropped: readonly string[];
}

const namesOf = (model: string) => {
  const slash = model.indexOf("/");
  return { providerID: model.slice(0, slash), modelID: model.slice(slash + 1) };
};

const lost = (wished: string | undefined, used: string | undefined) =>
  wished === undefined || wished === used ? [] : [wished];

/** A wish that OpenCode does not offer is dropped, never sent: it would fail the run. */
export function choose({ model, effort }: ModelWish, offer: ModelOffer, standard: string | undefined): Chosen {
  const used = model !== undefined && offer.has(model) ? model : undefined;
  const variants = offer.get(used ?? standard ?? "")?.variants;
  const variant = variants?.find((name) => name === effort);
  return {
    ...(used === undefined ? {} : { model: namesOf(used) }),
    ...(variant === undefined ? {} : { variant }),
    dropped: [...lost(model, used), ...lost(effort, variant)],
  };
}
