/** Everything that the runner's flows are made of: stores, connections, and what is known of the world. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { sha256Hex } from "@thor/kit/derived-key";
import { createLimiter } from "@thor/kit/flow/limiter";
import type { Log } from "@thor/kit/flow/log";
import { createSharedCall } from "@thor/kit/flow/shared-call";
import { readPlainFile } from "@thor/kit/plain-file";
import { systemClock } from "@thor/kit/system-clock";
import type { Ledger } from "@thor/ledger/port";
import type { WorkspaceConfigView } from "@thor/workspace-config/loader";

import { createOpencodeClient } from "../adapters/opencode-client.ts";
import { openOpencodeStream } from "../adapters/opencode-stream.ts";
import { createPassFiles } from "../adapters/pass-files.ts";
import { createSlackProgress, type SlackProgress } from "../adapters/slack-progress.ts";
import type { RunnerConfig } from "../config.ts";
import { stepText } from "../core/budget/check.ts";
import { createRedact } from "../core/redact.ts";
import { createAdoptChild, createFindChildren } from "../flows/adopt-child.ts";
import { createEarlierWork } from "../flows/earlier-work.ts";
import { createGatherNotes } from "../flows/gather-notes.ts";
import { createBudget } from "../flows/keep-budget.ts";
import { createKnownChannels } from "../flows/known-channels.ts";
import { createKnownModels } from "../flows/known-models.ts";
import { createLastWords } from "../flows/last-words.ts";
import type { Typed } from "../flows/observe-session.ts";
import { createProvePlugin } from "../flows/prove-plugin.ts";
import { createRouteEvents } from "../flows/route-events.ts";
import { createTakeSnapshot } from "../flows/take-snapshot.ts";
import type { Turn } from "../flows/turn.ts";
import { createTurns } from "../flows/turns.ts";
import { createWritePass } from "../flows/write-pass.ts";
import { createWritePrompt } from "../flows/write-prompt.ts";

const { now } = systemClock;
/** Looks at stored messages at once; OpenCode works on one thread. */
const MAX_PAGES = 4;

/** What the composition root hands in. */
export interface Given {
  config: RunnerConfig;
  ledger: Ledger;
  view: WorkspaceConfigView;
  log: Log;
}

const cannotSpeak = () => Promise.resolve({ kind: "refused" as const, code: "slack_not_configured" });

/** Slack's verbs, or ones that say nothing when no token is set. */
function slackOf({ slack, secrets }: RunnerConfig): SlackProgress & { canSpeak: boolean } {
  if (slack !== undefined)
    return { ...createSlackProgress({ ...slack, secret: secrets.current, now }), canSpeak: true };
  return {
    post: cannotSpeak,
    postCard: cannotSpeak,
    update: cannotSpeak,
    findControl: cannotSpeak,
    findCard: cannotSpeak,
    findAgentPost: cannotSpeak,
    setStatus: cannotSpeak,
    audienceOf: cannotSpeak,
    visibilityOf: cannotSpeak,
    canSpeak: false,
  };
}

const dateText = (at: number) => new Date(at).toISOString().slice(0, 16);

/** What people are told about how commands run, from the probe's result beside the passes. */
const createNotes = (passesDir: string) => async (): Promise<readonly string[]> => {
  const cell = await readFile(`${passesDir}/cell`, "utf8").catch(() => "");
  return cell.trim() === "off" ? ["commands run without isolation"] : [];
};

/** The prompt's half: notes, records, people, models. */
function createPrompting({ config, ledger, view, log }: Given, known: ReturnType<typeof createKnown>) {
  const gatherNotes = createGatherNotes({
    config: view.current,
    memoryDir: join(config.workspace, "memory"),
    privateDir: join(config.workspace, "memory-private"),
    readNote: readPlainFile,
  });
  const earlierWork = createEarlierWork({ ...ledger, dateText });
  return createWritePrompt({
    ...ledger,
    log,
    digest: sha256Hex,
    config: view.current,
    gatherNotes,
    earlierWork,
    ...known,
    offer: known.models.offer,
  });
}

function createKnown(client: ReturnType<typeof createOpencodeClient>, slack: SlackProgress) {
  return {
    models: createKnownModels({ now, ask: client.offer }),
    audienceOf: createKnownChannels({ now, ask: slack.audienceOf, otherwise: "shared" as const }),
    visibilityOf: createKnownChannels({ now, ask: slack.visibilityOf, otherwise: "gated" as const }),
  };
}

/** OpenCode: the turns of this process, the stream that feeds them, and what is stored of them. */
function createOpencodeSide({ config, ledger, log }: Given, client: ReturnType<typeof createOpencodeClient>) {
  const { opencode, passesDir, secrets } = config;
  const passes = createPassFiles({ directory: passesDir, secret: secrets.current, now });
  const writePass = createWritePass({ ...ledger, readNote: readPlainFile, digest: sha256Hex, write: passes.write });
  const turns = createTurns<Turn>();
  const adopt = createAdoptChild({ ...ledger, log, pause, writePass });
  const toAll = (kind: "gap_open" | "gap_closed") => () => {
    for (const turn of turns.all()) turn.feed({ kind });
  };
  const gapClosed = toAll("gap_closed");
  /** Set once there is somebody to open runs. */
  const foreign: { observe: (typed: Typed) => void } = { observe: () => undefined };
  const listener = {
    onEvent: createRouteEvents({ turns, adopt, observe: (typed) => foreign.observe(typed) }),
    onGapOpen: toAll("gap_open"),
    onGapClosed: (isNewServer: boolean) => {
      if (isNewServer) plugin.begin();
      gapClosed();
    },
  };
  const stream = openOpencodeStream({ ...opencode, log, clock: systemClock, listener });
  const { isConnected } = stream;
  const plugin = createProvePlugin({
    ...client,
    log,
    now,
    pause,
    isConnected,
    directory: join(config.workspace, "repos"),
    writePass: passes.write,
    removePass: passes.remove,
  });
  const asked = { ...client, status: createSharedCall(client.status), isConnected };
  const limited = createLimiter(MAX_PAGES);
  const messagesFrom: typeof client.messagesFrom = (...of) => limited(() => client.messagesFrom(...of));
  const { tokenOf } = passes;
  const looks = {
    takeSnapshot: createTakeSnapshot({ ...asked, messagesFrom }),
    /** For somebody who waits: not behind the looks of other turns. */
    takeSnapshotNow: createTakeSnapshot(asked),
  };
  return {
    turns,
    stream,
    plugin,
    foreign,
    ...looks,
    writePass,
    tokenOf,
    removePass: passes.remove,
    findChildren: createFindChildren({ ...client, adopt }),
  };
}

/** What every flow of a run is made of. */
export function createParts(given: Given) {
  const { config, ledger, view } = given;
  const client = createOpencodeClient(config.opencode);
  const slack = slackOf(config);
  const known = createKnown(client, slack);
  const { baseUrl } = config;
  const viewUrl = ({ id, anchorId }: { id: string; anchorId: string }) =>
    baseUrl === undefined ? undefined : `${baseUrl}/runner/v/${anchorId}/${id}`;
  const continueStep = () => stepText(view.current().operational.budgets.continueStep);
  return {
    ...given,
    ...createOpencodeSide(given, client),
    client,
    slack,
    known,
    viewUrl,
    holder: `runner:${process.pid}:${randomUUID()}`,
    redact: createRedact([
      ...config.secrets.accepted,
      config.opencode.password,
      config.slack?.token,
      config.metricsToken,
    ]),
    notes: createNotes(config.passesDir),
    writePrompt: createPrompting(given, known),
    budget: createBudget({ ...ledger, now, config: view.current, unpricedUsdPerMtok: config.unpricedUsdPerMtok }),
    lastWords: createLastWords({ ...ledger, now, viewUrl, continueStep }),
    /** Runs whose control message gets its last text here and now. */
    finishing: new Set<string>(),
  };
}
export type Parts = ReturnType<typeof createParts>;
