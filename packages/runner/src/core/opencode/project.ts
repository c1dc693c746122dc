/** What Thor reads of OpenCode's events and answers: strict projections, everything else is dropped or named as drift. */
import { z } from "zod";

const MAX_ID = 128;
const Id = z.string().min(1).max(MAX_ID);
export const SessionId = z
  .string()
  .max(MAX_ID)
  .regex(/^ses_[A-Za-z0-9]+$/);

const Tokens = z.object({
  input: z.number(),
  output: z.number(),
  reasoning: z.number(),
  cache: z.object({ read: z.number(), write: z.number() }),
});

const ErrorData = z.object({
  message: z.string().optional(),
  name: z.string().optional(),
  statusCode: z.number().optional(),
  isRetryable: z.boolean().optional(),
});
export const OpencodeError = z.object({
  name: z.string().optional(),
  message: z.string().optional(),
  data: ErrorData.optional(),
});
export type OpencodeError = z.infer<typeof OpencodeError>;

/** The words of an error, in the order of how much they say. */
export const errorText = ({ data, message, name }: OpencodeError) =>
  data?.message ?? message ?? data?.name ?? name ?? "Unknown error";

const MessageInfo = z.object({
  id: Id,
  sessionID: SessionId,
  role: z.enum(["user", "assistant"]),
  parentID: z.string().optional(),
  finish: z.string().optional(),
  modelID: z.string().optional(),
  providerID: z.string().optional(),
  error: OpencodeError.optional(),
  summary: z.unknown().optional(),
  cost: z.number().optional(),
  tokens: Tokens.optional(),
  time: z.object({ created: z.number(), completed: z.number().optional() }),
});

export type MessageInfo = z.infer<typeof MessageInfo>;

const partIds = { id: Id, sessionID: SessionId, messageID: Id };
const ToolState = z.object({
  status: z.enum(["pending", "running", "completed", "error"]),
  title: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  output: z.string().optional(),
  error: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  time: z.object({ start: z.number().optional(), end: z.number().optional() }).optional(),
});

const ToolPart = z.object({
  ...partIds,
  type: z.literal("tool"),
  tool: z.string(),
  callID: z.string(),
  state: ToolState,
});
const TextPart = z.object({
  ...partIds,
  type: z.enum(["text", "reasoning"]),
  text: z.string(),
  synthetic: z.boolean().optional(),
  time: z.object({ start: z.number().optional(), end: z.number().optional() }).optional(),
});
const StepFinishPart = z.object({
  ...partIds,
  type: z.literal("step-finish"),
  reason: z.string().optional(),
  cost: z.number(),
  tokens: Tokens,
});
const OtherPart = z.object({ ...partIds, type: z.string() });
export const Part = z.union([ToolPart, TextPart, StepFinishPart, OtherPart]);
export type Part = z.infer<typeof Part>;
export type StepFinishPart = z.infer<typeof StepFinishPart>;
export type ToolPart = z.infer<typeof ToolPart>;

export const isToolPart = (part: Part): part is ToolPart => part.type === "tool" && "state" in part;
/** Text or reasoning with its words. */
export const isWordsPart = (part: Part): part is z.infer<typeof TextPart> =>
  (part.type === "text" || part.type === "reasoning") && "text" in part;
export const isTextPart = (part: Part): part is z.infer<typeof TextPart> => part.type === "text" && isWordsPart(part);
export const isStepFinish = (part: Part): part is z.infer<typeof StepFinishPart> =>
  part.type === "step-finish" && "tokens" in part;

export const StoredMessage = z.object({ info: MessageInfo, parts: z.array(Part) });
export type StoredMessage = z.infer<typeof StoredMessage>;

export const SessionStatus = z.discriminatedUnion("type", [
  z.object({ type: z.literal("idle") }),
  z.object({ type: z.literal("busy") }),
  z.object({ type: z.literal("retry"), attempt: z.number(), message: z.string(), next: z.number() }),
]);
export type SessionStatus = z.infer<typeof SessionStatus>;

const sessionID = SessionId;
const OpencodeEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("session.created"),
    info: z.object({ id: SessionId, parentID: SessionId.optional(), directory: z.string() }),
  }),
  z.object({
    type: z.literal("session.updated"),
    info: z.object({ id: SessionId, cost: z.number().optional(), tokens: Tokens.optional() }),
  }),
  z.object({ type: z.literal("session.deleted"), info: z.object({ id: SessionId }) }),
  z.object({ type: z.literal("session.status"), sessionID, status: SessionStatus }),
  z.object({ type: z.literal("session.idle"), sessionID }),
  z.object({ type: z.literal("session.error"), sessionID: SessionId.optional(), error: OpencodeError }),
  z.object({ type: z.literal("message.updated"), info: MessageInfo }),
  z.object({ type: z.literal("message.part.updated"), part: Part }),
  z.object({ type: z.literal("message.part.delta"), sessionID }),
  z.object({ type: z.literal("permission.asked"), id: z.string(), sessionID }),
  z.object({ type: z.literal("question.asked"), id: z.string(), sessionID }),
]);
export type OpencodeEvent = z.infer<typeof OpencodeEvent>;
const KNOWN: ReadonlySet<string> = new Set(OpencodeEvent.options.map(({ shape }) => shape.type.value));

const KNOWN_AND_IGNORED =
  /^(server|plugin|catalog|reference|integration|project|file|lsp|pty|tui|mcp|vcs|ide|installation|command|worktree|workspace|global|models-dev)\.|^session\.(diff|compacted|next)|^todo\.|^message\.(removed|part\.removed)|^(permission|question)\.(replied|rejected|updated)/;

const Frame = z.object({
  directory: z.string().optional(),
  payload: z.object({ id: z.string().optional(), type: z.string(), properties: z.unknown().optional() }),
});

export type Projected =
  | { kind: "event"; id?: string | undefined; directory: string; event: OpencodeEvent }
  | { kind: "ignored" }
  /** A type or field that this version of Thor does not expect; named, counted, never fatal. */
  | { kind: "drift"; type: string; field: string };

/** Reads one frame of the global event stream. */
export function projectFrame(json: unknown): Projected {
  const frame = Frame.safeParse(json);
  if (!frame.success) return { kind: "drift", type: "frame", field: String(frame.error.issues[0]?.path.join(".")) };
  const { type, properties, id } = frame.data.payload;
  // Durable events come a second time as `sync` copies.
  if (type === "sync" || KNOWN_AND_IGNORED.test(type)) return { kind: "ignored" };
  if (!KNOWN.has(type)) return { kind: "drift", type, field: "type" };
  const parsed = OpencodeEvent.safeParse({ type, ...asRecord(properties) });
  if (!parsed.success) return { kind: "drift", type, field: String(parsed.error.issues[0]?.path.join(".")) };
  return { kind: "event", id, directory: frame.data.directory ?? "", event: parsed.data };
}

const asRecord = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});

/** The session an event belongs to; undefined for a failure that names none. */
export function sessionOf(event: OpencodeEvent): string | undefined {
  switch (event.type) {
    case "session.created":
    case "session.updated":
    case "session.deleted":
      return event.info.id;
    case "message.updated":
      return event.info.sessionID;
    case "message.part.updated":
      return event.part.sessionID;
    case "session.status":
    case "session.idle":
    case "session.error":
    case "message.part.delta":
    case "permission.asked":
    case "question.asked":
      return event.sessionID;
  }
}
