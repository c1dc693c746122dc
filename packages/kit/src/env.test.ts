import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";
import { z } from "zod";

import { EnvError, envInt, envSecret, envUrl, readEnv } from "./env.ts";
import { tempDir } from "./testing/temp-dir.ts";

const shape = {
  PORT: envInt({ min: 0, max: 65_535 }).default(3002),
  SECRET: envSecret,
  URL: envUrl,
  NOTE: z.string().optional(),
};

it("trims values, treats blank as unset, fills defaults and reads secrets from files", () => {
  const file = join(tempDir(), "secret");
  writeFileSync(file, `${"s".repeat(32)}\n`);
  const env = readEnv(shape, { PORT: " ", SECRET_FILE: file, URL: "http://a.example//", NOTE: "  " });
  expect(env).toEqual({ PORT: 3002, SECRET: "s".repeat(32), URL: "http://a.example", NOTE: undefined });
});

const readFaulty = () => readEnv(shape, { PORT: "0x10", SECRET: "hunter2" });

it("names every fault at once and shows no value", () => {
  expect(readFaulty).toThrow(EnvError);
  expect(readFaulty).toThrow(/PORT[^]*SECRET[^]*Missing required env var URL/);
  expect(readFaulty).not.toThrow(/hunter2/);
});
