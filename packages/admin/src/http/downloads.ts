/** Files that pages offer: tables, a conversation, a receipt, the audit; each download is on record. */
import type { Ledger } from "@thor/ledger/port";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { approvalReceipt } from "../flows/pages/approvals.ts";
import { auditExport } from "../flows/pages/audit.ts";
import { conversationExport } from "../flows/pages/conversation.ts";
import { conversationsCsv, resolveSearch } from "../flows/pages/conversations.ts";
import { usageCsv } from "../flows/pages/usage.ts";
import { askedOf, type PagesDeps, sendNothing } from "./pages.ts";

export interface DownloadsDeps
  extends
    PagesDeps,
    Pick<
      Ledger,
      | "appendAudit"
      | "conversationRows"
      | "conversationsNamed"
      | "conversationsEndingWith"
      | "anchorById"
      | "aliasesOf"
      | "sessionsOf"
      | "triggersOf"
      | "stepMarks"
      | "stepsById"
      | "listApprovals"
      | "auditPage"
      | "approvalById"
      | "auditBySeq"
      | "auditLines"
      | "auditHead"
      | "usageByDay"
    > {}

const MAX_AT_ONCE = 2;

/** A person's downloads at once have a bound. */
function createTurnstile() {
  const inside = new Map<string, number>();
  return async <T>(email: string, work: () => Promise<T>): Promise<T | undefined> => {
    const count = inside.get(email) ?? 0;
    if (count >= MAX_AT_ONCE) return undefined;
    inside.set(email, count + 1);
    try {
      return await work();
    } finally {
      inside.set(email, (inside.get(email) ?? 1) - 1);
    }
  };
}

export interface Download {
  path: string;
  /** Its name in the evidence. */
  event: string;
  file: (request: FastifyRequest) => { name: string; type: string };
  /** Undefined when there is no such thing. */
  make: (request: FastifyRequest) => Promise<string | ReadableStream<string> | undefined>;
}

/** Adds one route for each file. */
export function addDownloads(scope: FastifyInstance, deps: DownloadsDeps, downloads: readonly Download[]): void {
  const inTurn = createTurnstile();
  const note = ({ operator, id, url }: FastifyRequest, event: string, decision: string) =>
    deps.appendAudit({
      service: "admin",
      event,
      actorKind: "admin",
      actor: operator.email,
      target: url.split("?")[0] ?? url,
      decision,
      requestId: id,
    });
  const send = async (download: Download, request: FastifyRequest, reply: FastifyReply) => {
    const made = await inTurn(request.operator.email, async () => ({ body: await download.make(request) }));
    if (made === undefined)
      return reply.code(429).header("retry-after", "10").send("Two downloads at once are enough.");
    if (made.body === undefined) return sendNothing(deps, request, reply);
    await note(request, download.event, "done");
    const { name, type } = download.file(request);
    return reply.header("content-disposition", `attachment; filename="${name}"`).type(type).send(made.body);
  };
  for (const download of downloads) scope.get(download.path, (request, reply) => send(download, request, reply));
}

const Ids = z.object({ anchorId: z.uuidv7() });

/** Files about conversations. */
export const conversationDownloads = (deps: DownloadsDeps): Download[] => [
  {
    path: "/admin/conversations.csv",
    event: "admin.export",
    file: () => ({ name: "conversations.csv", type: "text/csv; charset=utf-8" }),
    make: (request) => conversationsCsv(deps, askedOf(request, deps)),
  },
  {
    path: "/admin/conversations/:anchorId/export.json",
    event: "admin.export",
    file: () => ({ name: "conversation.json", type: "application/json; charset=utf-8" }),
    make: async (request) => {
      const ids = Ids.safeParse(request.params).data;
      const exported = ids && (await conversationExport(deps, ids.anchorId));
      return exported === undefined ? undefined : JSON.stringify(exported, null, 2);
    },
  },
];

const formatOf = (request: FastifyRequest, deps: DownloadsDeps) =>
  askedOf(request, deps).query["format"] === "csv" ? ("csv" as const) : ("ndjson" as const);

/** Files of the record. */
export const recordDownloads = (deps: DownloadsDeps): Download[] => [
  {
    path: "/admin/approvals/:approvalId/receipt",
    event: "admin.export",
    file: () => ({ name: "receipt.json", type: "application/json; charset=utf-8" }),
    make: async (request) => {
      const receipt = await approvalReceipt(deps, askedOf(request, deps).params["approvalId"] ?? "");
      return receipt === undefined ? undefined : JSON.stringify(receipt, null, 2);
    },
  },
  {
    path: "/admin/usage.csv",
    event: "admin.export",
    file: () => ({ name: "usage.csv", type: "text/csv; charset=utf-8" }),
    make: (request) => usageCsv(deps, askedOf(request, deps)),
  },
  {
    path: "/admin/audit/export",
    event: "admin.export",
    file: (request) =>
      formatOf(request, deps) === "csv"
        ? { name: "audit.csv", type: "text/csv; charset=utf-8" }
        : { name: "audit.ndjson", type: "application/x-ndjson" },
    make: (request) => {
      const from = Number(askedOf(request, deps).query["from"] ?? 0);
      const wanted = { from: Number.isFinite(from) ? from : 0, format: formatOf(request, deps) };
      return Promise.resolve(ReadableStream.from(auditExport(deps, wanted)));
    },
  },
];

/** `GET /admin/search?q=`: to the one thing that is meant, or to the list. */
export function addSearch(scope: FastifyInstance, deps: DownloadsDeps): void {
  scope.get("/admin/search", async (request, reply) => {
    const { query } = askedOf(request, deps);
    return reply.redirect(await resolveSearch(deps, query["q"] ?? ""), 303);
  });
}
