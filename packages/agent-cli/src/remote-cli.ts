/** The commands on the agent's PATH: what was typed goes to remote-cli, what it says comes back. Holds no policy. */
import { constants } from "node:os";

import { bodyFault } from "./body-check.ts";
import { bodyOf } from "./body.ts";
import { mcpArguments, presentResult } from "./mcp-result.ts";
import { writeReply, type Output } from "./reply.ts";
import { ask, type Caller } from "./request.ts";

const COMMANDS = new Set([
  "git",
  "gh",
  "scoutqa",
  "ldcli",
  "aws",
  "psql",
  "metabase",
  "mcp",
  "approval",
  "sandbox",
  "memory",
  "slack-post-message",
]);
const SLACK_USAGE = `usage: slack-post-message --channel <id> [--thread-ts <ts>] [--blocks-file <path>] [--file <path>]… < text
The text is Slack's own notation (*bold*, <https://… |link>), read from standard input.
`;
const [, , name = "", ...args] = process.argv;
const abort = new AbortController();

function stopOn(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE"): void {
  abort.abort();
  process.exitCode = 128 + constants.signals[signal];
  // The request's end travels before the process ends.
  setTimeout(() => process.exit(), 50);
}

function caller(): Caller | undefined {
  const {
    THOR_REMOTE_CLI_URL: url,
    THOR_OPENCODE_SESSION_ID: sessionId = "",
    THOR_OPENCODE_SESSION_TOKEN: token = "",
    THOR_OPENCODE_CALL_ID: callId = "",
  } = process.env;
  return url === undefined || url === "" ? undefined : { url: url.replace(/\/+$/, ""), sessionId, token, callId };
}

const output = {
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
};

async function run(): Promise<number> {
  if (!COMMANDS.has(name)) {
    output.stderr(`usage: remote-cli ${[...COMMANDS].join("|")} [arguments]\n`);
    return 1;
  }
  if (name === "slack-post-message" && args.length === 1 && ["-h", "--help"].includes(args[0] ?? "")) {
    output.stdout(SLACK_USAGE);
    return 0;
  }
  const fault = bodyFault(name, args);
  if (fault !== undefined) {
    output.stderr(fault);
    return 1;
  }
  const who = caller();
  if (who === undefined) {
    output.stderr("THOR_REMOTE_CLI_URL is not set\n");
    return 1;
  }
  return name === "mcp" ? runMcp(who) : send(who, args, output);
}

/** A result may be too long or not be text at all: then it is kept in files beside the agent. */
async function runMcp(who: Caller): Promise<number> {
  const given = mcpArguments(args);
  const said = { stdout: "" };
  const exitCode = await send(who, given.args, { ...output, stdout: (text) => void (said.stdout += text) });
  output.stdout(exitCode === 0 ? presentResult(said.stdout, given) : said.stdout);
  return exitCode;
}

async function send(who: Caller, sent: readonly string[], to: Output): Promise<number> {
  const body = bodyOf(name, sent, process.env["THOR_WORKSPACE_DIR"] ?? "/workspace");
  const asked = await ask(who, { endpoint: name, body, signal: abort.signal });
  if (asked.kind === "answer") return writeReply(asked.response, to);
  if (asked.kind === "failed") output.stderr(`${asked.line}\n`);
  return 1;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopOn(signal));
process.stdout.on("error", () => stopOn("SIGPIPE"));
process.stderr.on("error", () => undefined);

const exitCode = await run().catch((err: unknown) => {
  output.stderr(`${name}: ${err instanceof Error ? err.message : "failed"}\n`);
  return 1;
});
if (!abort.signal.aborted) process.exitCode = exitCode;
