/** The composition root of admin. */
import { aboutProcess } from "@thor/kit/about-process";
import { sha256Hex } from "@thor/kit/derived-key";
import type { Log } from "@thor/kit/flow/log";
import { startLoop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import type { RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import { verifyInThread } from "@thor/ledger/audit/verify-thread";
import type { Ledger } from "@thor/ledger/port";
import { requireLedger } from "@thor/ledger/require-ledger";
import { addAssets } from "@thor/views/http/assets";
import { createCsrf } from "@thor/views/http/csrf";
import { addPreferences, readForms } from "@thor/views/http/form";
import { addGate } from "@thor/views/http/operator";
import { addPageHeaders } from "@thor/views/http/page-headers";
import { createStreams } from "@thor/views/http/stream";
import type { FastifyInstance } from "fastify";

import { createSteerApproval } from "./adapters/remote-cli-client.ts";
import { createReadStore } from "./adapters/store-facts.ts";
import { createCrontab, createReadPeople, createThorJson } from "./adapters/text-files.ts";
import type { AdminConfig } from "./config.ts";
import { discardNotice } from "./core/discard-notice.ts";
import { aliasActions } from "./flows/actions/aliases.ts";
import { approvalActions } from "./flows/actions/approvals.ts";
import { attentionActions } from "./flows/actions/attention.ts";
import { auditActions } from "./flows/actions/audit.ts";
import { conversationActions } from "./flows/actions/conversation.ts";
import { egressActions } from "./flows/actions/egress.ts";
import { createPerform } from "./flows/actions/perform.ts";
import { queueActions } from "./flows/actions/queue.ts";
import { scheduleActions } from "./flows/actions/schedules.ts";
import { systemActions } from "./flows/actions/system.ts";
import { createConfigFile } from "./flows/config-file.ts";
import { approvalsPage, createApprovalPage } from "./flows/pages/approvals.ts";
import { auditEntryPage, auditPage } from "./flows/pages/audit.ts";
import { createConfigPages } from "./flows/pages/config.ts";
import { conversationPage } from "./flows/pages/conversation.ts";
import { conversationsPage } from "./flows/pages/conversations.ts";
import { egressPage } from "./flows/pages/egress.ts";
import { integrationPage, integrationsPage, policyPage } from "./flows/pages/integrations.ts";
import { createOverview } from "./flows/pages/overview.ts";
import { eventPage, queuePage } from "./flows/pages/queue.ts";
import { schedulePage, schedulesPage } from "./flows/pages/schedules.ts";
import { createSystemPage } from "./flows/pages/system.ts";
import { usagePage } from "./flows/pages/usage.ts";
import { createPeople } from "./flows/people.ts";
import { addActions } from "./http/actions.ts";
import { addDownloads, addSearch, conversationDownloads, recordDownloads } from "./http/downloads.ts";
import { addPages } from "./http/pages.ts";
import { addPolicy } from "./http/policy.ts";
import { addRunPage } from "./http/run-page.ts";
import { addPropose, addTextEditor } from "./http/text-editor.ts";

const BODY_LIMIT = 512 * 1024;
const HEARTBEAT_MS = 10_000;
const { now } = systemClock;
interface Given {
  config: AdminConfig;
  ledger: Ledger;
  log: Log;
}
const TOPICS = ["events", "outbox", "triggers", "anchors", "approvals", "cards", "settings", "status"] as const;

const VERIFY_MS = 10 * 60_000;
const pathOf = ({ databaseUrl }: AdminConfig) => databaseUrl.replace(/^sqlite:/, "");

/** Walks the chain of the very file that this process has open. */
const createVerify = (config: AdminConfig) => (expect: { seq: number; hash: string } | undefined) => {
  const { current, accepted } = config.secrets;
  return verifyInThread({ path: pathOf(config), secret: current, previous: accepted.slice(1), expect }, VERIFY_MS);
};

/** What pages and actions are made of. */
function createParts({ config, ledger, log }: Given) {
  const newId = createIds(now);
  const people = createPeople({ readPeople: createReadPeople(config.configPath) });
  const thorJson = createThorJson(config.configPath);
  const crontab = createCrontab(config.crontabPath);
  const files = [
    { file: thorJson, base: "/admin/config", title: "Config" },
    { file: crontab, base: "/admin/schedules/edit", title: "Crontab" },
  ].map((place) => ({ ...place, config: createConfigFile({ ...ledger, digest: sha256Hex }, place.file) }));
  const pages = [
    createOverview({ configFaults: people.faults }),
    conversationsPage,
    conversationPage,
    queuePage,
    eventPage,
    approvalsPage,
    createApprovalPage(people),
    ...files.flatMap((place) => createConfigPages({ ...place, digest: sha256Hex })),
    schedulesPage,
    schedulePage,
    integrationsPage,
    integrationPage,
    policyPage,
    egressPage,
    auditPage,
    auditEntryPage,
    usagePage,
    createSystemPage({ readStore: createReadStore(pathOf(config)) }),
  ];
  const deps = { ...ledger, ...people, newId };
  const steer = createSteerApproval({ url: config.remoteCliUrl, secret: config.secrets.current });
  const actions = [
    ...attentionActions(ledger),
    ...conversationActions(deps),
    ...aliasActions(ledger),
    ...queueActions({ ...ledger, noticeOf: discardNotice }),
    ...approvalActions({ ...deps, steer }),
    ...scheduleActions(ledger),
    ...egressActions(ledger),
    ...systemActions(ledger),
    ...auditActions({ ...ledger, log, now, verify: createVerify(config) }),
  ];
  return { config, ledger, log, files, pages, actions, perform: createPerform({ ...ledger, now, newId }) };
}

/** Everything behind the sign-in. */
function addSurface(server: FastifyInstance, parts: ReturnType<typeof createParts>) {
  const { config, ledger, log, pages, actions, perform, files } = parts;
  const csrf = createCsrf({ secrets: config.secrets, origin: config.origin, surface: "admin", now });
  const streams = createStreams(server, { ...ledger, watch: (fn) => ledger.watch(TOPICS, fn) });
  void server.register((scope, _options, done) => {
    addPageHeaders(scope);
    addGate(scope, { secrets: config.secrets.accepted, admins: { listed: config.admins } });
    readForms(scope);
    const assets = addAssets(scope, "/admin");
    const { environment, simulated, hosts } = config;
    const facts = { assets, csrf, environment, simulated, now };
    const deps = { ...ledger, log, facts, hosts, streams, pages, actions, perform, digest: sha256Hex };
    addPreferences(scope, { prefix: "/admin", csrf });
    addSearch(scope, deps);
    addDownloads(scope, deps, [...conversationDownloads(deps), ...recordDownloads(deps)]);
    addRunPage(scope, deps);
    addPages(scope, deps);
    addActions(scope, deps);
    for (const place of files) addTextEditor(scope, deps, place);
    for (const place of files.slice(0, 1)) addPropose(scope, deps, place);
    addPolicy(scope, { ...deps, remoteCliUrl: config.remoteCliUrl, secret: config.secrets.current });
    done();
  });
}

export async function startAdmin(config: AdminConfig, log: Log): Promise<RunningService> {
  const ledger = await requireLedger({
    url: config.databaseUrl,
    service: "admin",
    secret: config.secrets.current,
    log,
  });
  const server = createServer({ log, bodyLimitBytes: BODY_LIMIT });
  server.get("/health", async (_request, reply) => {
    const { kind } = await ledger.probe();
    return reply.code(kind === "ok" ? 200 : 503).send({ ok: kind === "ok" });
  });
  addSurface(server, createParts({ config, ledger, log }));
  const beat = async () => {
    await ledger.heartbeat({ service: "admin", instance: String(process.pid), detail: aboutProcess({}) });
    return HEARTBEAT_MS;
  };
  const heartbeat = startLoop({ name: "heartbeat", log, turn: beat });
  await server.listen({ port: config.port, host: config.bindAddress });
  log.info({ event: "admin_started", addresses: server.addresses() }, "admin started");
  return {
    close: async () => {
      await heartbeat.stop();
      await server.close();
      await ledger.close();
    },
  };
}
