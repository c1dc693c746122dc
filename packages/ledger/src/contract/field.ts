/** The kinds of values that cross the ledger's edge; every cap of a column lives here once. */
import type { Json } from "@thor/domain/json";
import { stripInvisible, cutText } from "@thor/kit/pure/cut-text";
import { z } from "zod";

const KIB = 1024;

/** A row id that Thor made. */
export const rowId = z.string().min(1).max(128);
/** A name that the outside gives: a key, a lane, a holder. */
export const name = z.string().min(1).max(1024);
/** Keys that dedupe: printable ASCII, so that two spellings cannot look alike. */
export const dedupeText = z.string().regex(/^[\x20-\x7e]{1,256}$/);
export const timeMs = z.number().int().min(0).max(8.64e15);
export const ttlMs = z.number().int().min(1).max(3_600_000);
export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** The number a lease got when it was taken; a write with an old one is refused. */
export const fence = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Free words (errors, reasons): cut, never refused. */
export const words = (maxChars: number) =>
  z.string().transform((text) => cutText(text.replaceAll("\0", "\uFFFD"), maxChars));
/** One line that people read in lists. */
export const line = (maxChars: number) => z.string().transform((text) => cutText(stripInvisible(text), maxChars));
/** Text that is kept whole or refused. */
export const wholeText = (maxBytes: number) =>
  z
    .string()
    .transform((text) => text.replaceAll("\0", "\uFFFD"))
    .refine((text) => Buffer.byteLength(text) <= maxBytes, `is over ${maxBytes} bytes`);

const anyJson = z.custom<Json>((value) => value !== undefined && typeof value !== "function");

/** Any JSON value up to a size; inside the ledger it travels as its text. */
export const json = (maxBytes: number) =>
  anyJson
    .transform((value) => JSON.stringify(value))
    .refine((text) => Buffer.byteLength(text) <= maxBytes, `is over ${maxBytes} bytes`);

const REFS_MAX_BYTES = 2 * KIB;
/** Ids only; never message text. */
export const refs = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .transform((value) => JSON.stringify(value))
  .refine((text) => Buffer.byteLength(text) <= REFS_MAX_BYTES, `is over ${REFS_MAX_BYTES} bytes`);

export const MAX_PAYLOAD = 1024 * KIB;
export const MAX_PROMISE = 256 * KIB;
export const MAX_PROMPT = 3 * 1024 * KIB;
export const MAX_SMALL = 64 * KIB;
export const ERROR_CHARS = 500;
