/** A runner between the real OpenCode, which is given a scripted model and Thor's plugin, and the simulated Slack. */
import { eventually } from "@thor/kit/testing/eventually";
import { startRealOpencode, type OpencodeSetup } from "@thor/simulators/opencode";

import { openStage, type Conversation, type RunningRunner } from "./stage.ts";

export const TURN_MS = 60_000;

interface RealStageOptions {
  config?: object;
  opencode?: OpencodeSetup;
  env?: Record<string, string>;
}

export type RealStage = Awaited<ReturnType<typeof openRealStage>>;

export async function openRealStage({ config = {}, opencode: setup = {}, env = {} }: RealStageOptions = {}) {
  const stage = await openStage(config);
  const opencode = await startRealOpencode(stage.sims.facts.model.baseUrl, { plugin: stage.plugin, ...setup });
  let runner: RunningRunner = await stage.start(opencode.url, env);

  const marked = async (conversation: Conversation, mark: string) =>
    (await stage.thread(conversation)).filter(({ metadata }) => metadata?.event_type === mark);
  const seen = (mark: string, what: string) => (conversation: Conversation, words: string) =>
    eventually(`the ${what} "${words}"`, async () =>
      (await marked(conversation, mark)).find(({ text }) => text.includes(words)),
    );
  const stepsOf = (triggerId: string | undefined) => stage.ledger.partsOf({ triggerId: triggerId ?? "", limit: 200 });

  return {
    stage,
    opencode,
    runner: () => runner,
    ask: (...asked: Parameters<RunningRunner["ask"]>) => runner.ask(...asked),
    restart: async (more: Record<string, string> = {}) => {
      await runner.close();
      runner = await stage.start(opencode.url, { ...env, ...more });
    },
    scenarios: (...lines: string[]) => stage.sim("PUT", "/_sim/model/scenarios", { yaml: lines.join("\n") }),
    /** All control messages of a thread. */
    controls: (conversation: Conversation) => marked(conversation, "thor_control"),
    control: seen("thor_control", "control message"),
    card: seen("thor_card", "card"),
    stepsOf,
    /** A step whose state, as text, fits. */
    step: (triggerId: string | undefined, pattern: RegExp) =>
      eventually(`a step like ${pattern.source}`, async () =>
        (await stepsOf(triggerId)).find(({ state }) => pattern.test(JSON.stringify(state))),
      ),
    /** The run once it is over, and what was promised to people about it. */
    said: async (triggerId: string | undefined) => {
      const run = await stage.ended(triggerId, TURN_MS);
      const items = await stage.promises(run.id);
      return { run, items, text: JSON.stringify(items) };
    },
    /** All that was ever promised to a thread, as text to look for words in. */
    promised: async ({ channel, threadTs }: Conversation) => {
      const { rows } = await stage.ledger.listPromises({ stream: `slack:${channel}/${threadTs}`, limit: 50 });
      return JSON.stringify(await Promise.all(rows.map(({ id }) => stage.ledger.promisePayload({ id }))));
    },
    close: async () => {
      await runner.close();
      await opencode.close();
      await stage.close();
    },
  };
}
