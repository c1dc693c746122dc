/** Secrets of a local start: made once, kept for this user only. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";

const NAMES = {
  THOR_INTERNAL_SECRET: "",
  CRON_SECRET: "",
  SLACK_SIGNING_SECRET: "",
  SLACK_BOT_TOKEN: "xoxb-sim-",
  GITHUB_WEBHOOK_SECRET: "",
  OPENCODE_SERVER_PASSWORD: "",
  THOR_MODEL_API_KEY: "sim-",
};
type SecretName = keyof typeof NAMES;
export type Secrets = Readonly<Record<SecretName, string>>;

function readExisting(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

/** The secrets of a directory; what is missing is made, what is there stays. */
export function openSecrets(file: string): Secrets {
  const existing = readExisting(file);
  const secretOf = (name: SecretName) => existing[name] ?? NAMES[name] + randomBytes(32).toString("base64url");
  const secrets: Secrets = {
    THOR_INTERNAL_SECRET: secretOf("THOR_INTERNAL_SECRET"),
    CRON_SECRET: secretOf("CRON_SECRET"),
    SLACK_SIGNING_SECRET: secretOf("SLACK_SIGNING_SECRET"),
    SLACK_BOT_TOKEN: secretOf("SLACK_BOT_TOKEN"),
    GITHUB_WEBHOOK_SECRET: secretOf("GITHUB_WEBHOOK_SECRET"),
    OPENCODE_SERVER_PASSWORD: secretOf("OPENCODE_SERVER_PASSWORD"),
    THOR_MODEL_API_KEY: secretOf("THOR_MODEL_API_KEY"),
  };
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return secrets;
}
