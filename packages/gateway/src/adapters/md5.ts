import { createHash } from "node:crypto";

/** A short name for a text; proves nothing. */
export const md5Hex = (text: string) => createHash("md5").update(text).digest("hex");
