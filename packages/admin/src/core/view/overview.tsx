/** The overview: what wants a person, what runs, what today was like, who is alive. */
import { formatCount, formatDuration, formatUsd } from "@thor/views/format";
import type { RunState } from "@thor/views/run-state";
import { Empty, Mark, type Moment, Panel, StateMark, When } from "@thor/views/ui/parts";
import { Text, Words } from "@thor/views/ui/text";

import type { Attention } from "../attention.ts";
import { Act } from "./act.tsx";

const Call = ({ call, csrf, moment }: { call: Attention; csrf: string; moment: Moment }) => (
  <li id={`call-${call.key.replaceAll(/[^A-Za-z0-9-]/g, "_")}`}>
    <span class="what">
      <Text value={call.what} />
      {call.since === undefined ? undefined : (
        <span class="quiet">
          {" "}
          · since <When at={call.since} moment={moment} />
        </span>
      )}
    </span>
    <a href={call.href}>
      <Words value={call.word} />
    </a>
    <div class="actions">
      <Act
        csrf={csrf}
        action="/admin/attention/snooze"
        word="Hide 1 h"
        fields={{ key: call.key, size: call.size, hours: 1 }}
      />
      <Act
        csrf={csrf}
        action="/admin/attention/snooze"
        word="24 h"
        fields={{ key: call.key, size: call.size, hours: 24 }}
      />
    </div>
  </li>
);

/** What wants a person, worst first. */
export const NeedsAttention = ({
  calls,
  csrf,
  moment,
}: {
  calls: readonly Attention[];
  csrf: string;
  moment: Moment;
}) => (
  <Panel id="attention" title="Needs attention">
    {calls.length === 0 ? (
      <Empty value="Nothing needs you. Thor is working normally." />
    ) : (
      <ul class="attention">
        {calls.map((call) => (
          <Call call={call} csrf={csrf} moment={moment} />
        ))}
      </ul>
    )}
  </Panel>
);

export interface OpenRunCard {
  id: string;
  anchorId: string;
  title: string;
  state: RunState;
  elapsedMs: number;
  tool?: string | undefined;
  costMicros: number;
}

const RunCard = ({ run, csrf }: { run: OpenRunCard; csrf: string }) => (
  <article class="panel" id={`now-${run.id}`}>
    <h3>
      <a href={`/admin/conversations/${run.anchorId}/runs/${run.id}`}>
        <Text value={run.title} />
      </a>
    </h3>
    <p>
      <StateMark state={run.state} />{" "}
      <Words value={`${formatDuration(run.elapsedMs)} · ${formatUsd(run.costMicros)}`} />
    </p>
    <p class="quiet">
      <Text value={run.tool ?? "No tool call yet"} />
    </p>
    <div class="actions">
      <Act
        csrf={csrf}
        action={`/admin/conversations/${run.anchorId}/stop`}
        word="Stop…"
        tone="danger"
        fields={{ run: run.id }}
      />
    </div>
  </article>
);

/** Runs that are open right now. */
export const Now = ({ runs, csrf }: { runs: readonly OpenRunCard[]; csrf: string }) => (
  <Panel id="now" title="Now">
    {runs.length === 0 ? (
      <Empty value="Nothing runs right now. Mention @thor in Slack to start something." />
    ) : (
      <div class="grid">
        {runs.map((run) => (
          <RunCard run={run} csrf={csrf} />
        ))}
      </div>
    )}
  </Panel>
);

export interface Day {
  runs: number;
  tokens: number;
  costMicros: number;
  unpricedTokens: number;
}

const Figure = ({ name, value, usual }: { name: string; value: string; usual: string }) => (
  <div class="figure">
    <span class="quiet">
      <Words value={name} />
    </span>
    <strong>
      <Words value={value} />
    </strong>
    <span class="quiet">
      <Words value={`${usual} a day lately`} />
    </span>
  </div>
);

/** Today beside the average of the seven days before. */
export const Today = ({ today, usual }: { today: Day; usual: Day }) => (
  <Panel id="today" title="Today">
    <div class="figures">
      <Figure name="Runs" value={String(today.runs)} usual={usual.runs.toFixed(1)} />
      <Figure name="Tokens" value={formatCount(today.tokens)} usual={formatCount(Math.round(usual.tokens))} />
      <Figure name="Cost" value={formatUsd(today.costMicros)} usual={formatUsd(usual.costMicros)} />
    </div>
    {today.unpricedTokens === 0 ? undefined : (
      <p class="quiet">
        <Words value={`No price recorded for ${formatCount(today.unpricedTokens)} tokens.`} />
      </p>
    )}
  </Panel>
);

export interface Health {
  services: readonly { name: string; live: boolean; seenAt: number }[];
  integrations: readonly { name: string; state: string }[];
}
export const LINK_TONES = new Map<string, "good" | "bad" | "wait">([
  ["ready", "good"],
  ["down", "bad"],
  ["refused", "bad"],
  ["drift", "wait"],
]);

/** Who is alive, and which links work. */
export const HealthStrip = ({ services, integrations }: Health) => (
  <Panel id="health" title="Health">
    <ul class="strip">
      {services.map(({ name, live }) => (
        <li>
          <Mark tone={live ? "good" : "bad"} word={`${name} ${live ? "alive" : "not seen"}`} />
        </li>
      ))}
      {integrations.map(({ name, state }) => (
        <li>
          <Mark tone={LINK_TONES.get(state) ?? "still"} word={`${name} ${state}`} />
        </li>
      ))}
    </ul>
    {services.length + integrations.length === 0 ? <Empty value="No service has reported yet." /> : undefined}
  </Panel>
);
