/** The script that makes the proxy's authority: fresh, again, half there, in the way, renewed. */
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

const SCRIPT = join(import.meta.dirname, "../../scripts/mitmproxy-ca-init.sh");
const run = (out: string, ...more: string[]) => spawnSync(SCRIPT, ["--out", out, ...more], { encoding: "utf8" });
const filesOf = (out: string) => {
  const [key, cert, shown] = ["mitmproxy-ca-key.pem", "mitmproxy-ca-cert.pem", "public/mitmproxy-ca.pem"];
  return { key: join(out, key ?? ""), cert: join(out, cert ?? ""), shown: join(out, shown ?? "") };
};

it("makes a pair that may sign and nothing else, once, and mends modes and the public copy", () => {
  const out = join(tempDir(), "ca");
  expect(run(out)).toMatchObject({ status: 0, stdout: expect.stringContaining("Made an authority") });
  const { key, cert, shown } = filesOf(out);
  const made = new X509Certificate(readFileSync(cert));
  expect([made.ca, made.subject.startsWith("CN=Thor egress CA ")]).toEqual([true, true]);
  expect(Date.parse(made.validTo) - Date.parse(made.validFrom)).toBe(1825 * 86_400_000);
  expect([key, cert, shown].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o644, 0o644]);
  rmSync(shown);
  expect(run(out)).toMatchObject({ status: 0, stdout: "" });
  expect(readFileSync(shown, "utf8")).toBe(readFileSync(cert, "utf8"));
});

it("changes nothing when half is missing or a directory is in the way, and says so", () => {
  const out = join(tempDir(), "ca");
  run(out);
  const { key, cert, shown } = filesOf(out);
  rmSync(cert);
  expect(run(out)).toMatchObject({ status: 1, stderr: expect.stringContaining("without") });
  expect(existsSync(cert)).toBe(false);
  rmSync(key);
  mkdirSync(cert);
  expect(run(out)).toMatchObject({ status: 1, stderr: expect.stringContaining("is a directory") });
  expect([existsSync(key), existsSync(shown)]).toEqual([false, true]);
  expect(run(out, "--frobnicate")).toMatchObject({ status: 1, stderr: expect.stringContaining("unknown argument") });
});

it("keeps the old pair when it makes a new one", () => {
  const out = join(tempDir(), "ca");
  run(out);
  const { cert } = filesOf(out);
  const before = readFileSync(cert, "utf8");
  expect(run(out, "--rotate")).toMatchObject({ status: 0, stdout: expect.stringContaining("Restart mitmproxy") });
  expect(readFileSync(cert, "utf8")).not.toBe(before);
  const kept = readdirSync(out).filter((name) => /^mitmproxy-ca-(key|cert)\.pem\.\d{8}T\d{6}Z$/.test(name));
  expect(kept).toHaveLength(2);
});
