import { timingSafeEqual } from "node:crypto";

import { hmacSha256 } from "@thor/kit/derived-key";

const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/** Checks GitHub's signature of the raw bytes; a header that is missing, doubled or malformed is no signature. */
export const createGithubSignature =
  (secret: string) =>
  (body: Buffer, signature: unknown): boolean => {
    const [, hex] = typeof signature === "string" ? (SIGNATURE.exec(signature) ?? []) : [];
    return hex !== undefined && timingSafeEqual(Buffer.from(hex, "hex"), hmacSha256(secret, body));
  };
