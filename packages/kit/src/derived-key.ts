import { createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** A key for one use, from a long-lived secret: HKDF-SHA-256, 32 bytes, info `<salt>/<use>/v1`. */
export function deriveKey(secret: string, salt: string, use: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, `${salt}/${use}/v1`, 32));
}

export const hmacSha256 = (key: Buffer | string, text: string | Buffer) =>
  createHmac("sha256", key).update(text).digest();

export const sha256Hex = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const digestOf = (text: string) => createHash("sha256").update(text).digest();

/** Compares two secrets in constant time, whatever their lengths; two empty ones are never equal. */
export function isSameSecret(given: string, expected: string): boolean {
  if (given === "" || expected === "") return false;
  return timingSafeEqual(digestOf(given), digestOf(expected));
}
