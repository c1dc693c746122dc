/** Texts under a derived key, as base64url HMAC-SHA-256: whoever shares the secret can prove them. */
import { deriveKey, hmacSha256, isSameSecret } from "./derived-key.ts";

const signatureBy = (key: Buffer, text: string) => hmacSha256(key, text).toString("base64url");

/** Signs for one use (see `deriveKey`). */
export function createSigner(secret: string, salt: string, use: string): (text: string) => string {
  const key = deriveKey(secret, salt, use);
  return (text) => signatureBy(key, text);
}

/** Proves signatures of one use; what was signed under any of the secrets counts, so that they can be rotated. */
export function createSignatureCheck(
  secrets: readonly string[],
  salt: string,
  use: string,
): (text: string, signature: string) => boolean {
  const keys = secrets.map((secret) => deriveKey(secret, salt, use));
  // Every key is tried, so that the time taken does not tell which one fitted.
  return (text, signature) => keys.filter((key) => isSameSecret(signature, signatureBy(key, text))).length > 0;
}
