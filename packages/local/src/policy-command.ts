/** `thor policy explain …`: what the policy says about a command, without running it. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import { z } from "zod";

import { layoutOf, ROOT } from "./start/layout.ts";

const POLICY_HELP = `thor policy explain [--json] [--session ID] [--cwd DIR] -- TOOL [arguments]
  what would be decided about a command of the agent, and by which rule; nothing runs.
  With --session a running Thor is asked about that session. Without one the place is imagined: repository acme/r,
  worktree feat/x, default branch main, owner acme, psql alias db, Metabase schema analytics; standard input holds text.
`;
const TIMEOUT_MS = 30_000;
const EXPLAIN = join(ROOT, "packages", "remote-cli", "src", "explain.ts");

type Env = Readonly<Record<string, string | undefined>>;
interface Speaker {
  out: (line: string) => void;
  err: (line: string) => void;
}
interface Question {
  isJson: boolean;
  session?: string | undefined;
  cwd?: string | undefined;
  command: readonly string[];
}
type Answer = { kind: "explained"; explanation: Explanation } | { kind: "failed"; why: string };

const Explanation = z.object({
  decision: z.enum(["allow", "approve", "deny"]),
  rule: z.string(),
  message: z.string().optional(),
  canonical: z.array(z.string()).optional(),
});
type Explanation = z.infer<typeof Explanation>;
const Refusal = z.object({ stderr: z.string() });

/** Options of `explain` end at `--` or at the first word; everything after is the command as it is. */
function readQuestion(args: readonly string[]): Question | undefined {
  const question: Question = { isJson: false, command: [] };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--json") question.isJson = true;
    else if (arg === "--session") question.session = args[(at += 1)];
    else if (arg === "--cwd") question.cwd = args[(at += 1)];
    else if (arg.startsWith("-") && arg !== "--") return undefined;
    else return { ...question, command: args.slice(arg === "--" ? at + 1 : at) };
  }
  return undefined;
}

async function imagined({ command, cwd }: Question): Promise<Answer> {
  const run = promisify(execFile);
  try {
    const { stdout } = await run(process.execPath, [EXPLAIN, cwd ?? "", ...command], { env: {}, timeout: TIMEOUT_MS });
    return { kind: "explained", explanation: Explanation.parse(JSON.parse(stdout)) };
  } catch (err) {
    const said = Refusal.safeParse(err).data?.stderr.trim() ?? "";
    return { kind: "failed", why: said === "" ? String(err) : said };
  }
}

/** What this command needs of run.json. */
const RunningThor = z.object({
  urls: z.object({ remoteCli: z.url() }),
  secrets: z.object({ internal: z.string() }),
});

async function runFileOf(env: Env): Promise<z.infer<typeof RunningThor> | undefined> {
  const { runFile } = layoutOf(resolve(ROOT, env["THOR_DATA_DIR"] ?? ".thor"));
  const text = await readFile(runFile, "utf8").catch(() => undefined);
  return text === undefined ? undefined : RunningThor.parse(JSON.parse(text));
}

/** Asks the remote-cli that runs; its answer is about the session as it is now. */
async function running(question: Question, sessionId: string, env: Env): Promise<Answer> {
  const run = await runFileOf(env);
  if (run === undefined) return { kind: "failed", why: "no Thor runs here; npx pnpm start starts one" };
  const [tool, ...args] = question.command;
  const answer = await requestJson({
    url: `${run.urls.remoteCli}/internal/decide`,
    headers: { [INTERNAL_SECRET_HEADER]: run.secrets.internal },
    body: { tool, args, cwd: question.cwd ?? process.cwd(), sessionId },
    timeoutMs: TIMEOUT_MS,
    schema: Explanation,
  });
  if (answer.kind === "ok") return { kind: "explained", explanation: answer.body };
  return {
    kind: "failed",
    why: `remote-cli did not answer: ${answer.kind === "refused" ? answer.text : answer.error}`,
  };
}

const shellWord = (word: string) =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

function linesOf(tool: string, { decision, rule, message, canonical }: Explanation): string[] {
  return [
    `${decision} (${rule})`,
    ...(message === undefined ? [] : [message.trimEnd()]),
    ...(canonical === undefined ? [] : [[tool, ...canonical.map(shellWord)].join(" ")]),
  ];
}

/** Runs a sub-command; the answer is the exit code, which does not depend on the verdict. */
export async function policyCommand(args: readonly string[], env: Env, { out, err }: Speaker): Promise<number> {
  const [name, ...rest] = args;
  const question = name === "explain" ? readQuestion(rest) : undefined;
  const tool = question?.command[0];
  if (question === undefined || tool === undefined) {
    err(POLICY_HELP);
    return 2;
  }
  const { session, isJson } = question;
  const answer = await (session === undefined ? imagined(question) : running(question, session, env));
  if (answer.kind === "failed") {
    err(answer.why);
    return 2;
  }
  const { explanation } = answer;
  for (const line of isJson ? [JSON.stringify(explanation)] : linesOf(tool, explanation)) out(line);
  return 0;
}
