/** A certificate authority of the simulator's own, made on first start and renewed before its end. */
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;

export interface Certificates {
  caFile: string;
  cert: string;
  key: string;
}

function stillGood(caFile: string, now: number): boolean {
  try {
    return Date.parse(new X509Certificate(readFileSync(caFile)).validTo) - now > RENEW_BEFORE_MS;
  } catch {
    return false;
  }
}

/** The certificate library wants its polyfill loaded before itself, and is needed on first start only. */
async function makeNew(now: number) {
  await import("reflect-metadata");
  const { makeCertificates } = await import("./make-certificates.ts");
  return makeCertificates(now);
}

/** The certificates of a directory; made anew when missing or within 30 days of their end. */
export async function openCertificates(directory: string, now: number): Promise<Certificates> {
  const caFile = join(directory, "ca.pem");
  const certFile = join(directory, "leaf.pem");
  const keyFile = join(directory, "leaf.key");
  if (!stillGood(caFile, now)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const made = await makeNew(now);
    writeFileSync(keyFile, made.key, { mode: 0o600 });
    writeFileSync(certFile, made.cert);
    writeFileSync(caFile, made.ca);
  }
  return { caFile, cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}
