/** One command in a session of its own at Daytona, followed to its end and never started twice. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import type { Sandbox } from "@daytonaio/sdk";

import type { Command, CommandWatch } from "../provider.ts";
import { quote } from "../pure/compose.ts";
import { SandboxFailure, SandboxGone } from "../pure/failure.ts";
import { repeatable, statusOf, toFailure } from "./daytona-errors.ts";

export const SESSION_PREFIX = "thor-exec-";
const ACTIVITY_MS = 5 * 60_000;
const RECONNECTS = 3;
const CALL_S = 30;

/** The command leads a group whose number it writes down, in an environment of seven words. */
function wrapped({ text, isOwn }: Command, pidFile: string): string {
  const words = `HOME="$HOME" PATH="$PATH" USER="\${USER:-$(id -un)}" LANG=C.UTF-8 TERM=dumb CI=1 THOR_SANDBOX=daytona`;
  const inner = `echo $$ > ${pidFile}; exec env -i ${words} bash ${isOwn ? "-c" : "-lc"} ${quote(text)}`;
  return `setsid --wait bash -c ${quote(inner)}`;
}

const killText = (pidFile: string, signal: "TERM" | "KILL") =>
  `for i in 1 2 3 4 5; do [ -s ${pidFile} ] && break; sleep 0.2; done; kill -${signal} -- -$(cat ${pidFile})`;

/** Follows the output; a stream that drops is taken up again after what was printed. */
async function follow(sandbox: Sandbox, at: { session: string; command: string }, watch: CommandWatch): Promise<void> {
  const printed = { stdout: 0, stderr: 0 };
  for (let attempt = 0; ; attempt += 1) {
    const seen = { stdout: 0, stderr: 0 };
    const take = (stream: "stdout" | "stderr") => (text: string) => {
      const fresh = text.slice(Math.max(0, printed[stream] - seen[stream]));
      seen[stream] += text.length;
      if (fresh === "") return;
      printed[stream] += fresh.length;
      watch.onOutput(stream, Buffer.from(fresh));
    };
    const isBroken = await sandbox.process
      .getSessionCommandLogs(at.session, at.command, take("stdout"), take("stderr"))
      .then(
        () => false,
        () => true,
      );
    const { exitCode } = await repeatable(() => sandbox.process.getSessionCommand(at.session, at.command));
    if (exitCode !== undefined || watch.signal.aborted) return;
    if (attempt >= RECONNECTS)
      throw new SandboxFailure(
        isBroken ? "Daytona is unreachable: the output broke off" : "the command's end is unknown",
      );
    await pause(200);
  }
}

async function end(sandbox: Sandbox, pidFile: string, graceMs: number): Promise<void> {
  const signal = (name: "TERM" | "KILL") =>
    sandbox.process.executeCommand(killText(pidFile, name), "/", undefined, CALL_S).catch(() => undefined);
  if (graceMs > 0) {
    await signal("TERM");
    await pause(graceMs);
  }
  await signal("KILL");
}

async function exitCodeOf(sandbox: Sandbox, at: { session: string; command: string }, watch: CommandWatch) {
  const { exitCode } = await repeatable(() => sandbox.process.getSessionCommand(at.session, at.command));
  if (exitCode !== undefined) return exitCode;
  watch.onOutput("stderr", Buffer.from("[sandbox] exit code unknown\n"));
  return 1;
}

async function isGone(sandbox: Sandbox): Promise<boolean> {
  try {
    await sandbox.refreshData();
    return sandbox.state !== "started";
  } catch (err) {
    return statusOf(err) === 404;
  }
}

/** Runs text to its end; a cancelled one gets its time to end, then is ended. */
export async function execAtDaytona(sandbox: Sandbox, command: Command, watch: CommandWatch): Promise<number> {
  const session = `${SESSION_PREFIX}${randomUUID()}`;
  const pidFile = `/tmp/${session}.pid`;
  const activity = setInterval(() => void sandbox.refreshActivity().catch(() => undefined), ACTIVITY_MS);
  let ending: Promise<void> | undefined;
  const stop = () => void (ending ??= end(sandbox, pidFile, watch.graceMs()));
  try {
    await repeatable(() => sandbox.process.createSession(session));
    if (watch.signal.aborted) return 130;
    const request = { command: wrapped(command, pidFile), runAsync: true };
    const { cmdId } = await sandbox.process.executeSessionCommand(session, request, CALL_S);
    if (cmdId === undefined) throw new SandboxFailure("Daytona did not say which command it started");
    watch.signal.addEventListener("abort", stop, { once: true });
    if (watch.signal.aborted) stop();
    const at = { session, command: cmdId };
    await follow(sandbox, at, watch);
    await ending;
    return watch.signal.aborted ? 130 : await exitCodeOf(sandbox, at, watch);
  } catch (err) {
    if (await isGone(sandbox)) throw new SandboxGone();
    throw toFailure(err);
  } finally {
    clearInterval(activity);
    watch.signal.removeEventListener("abort", stop);
    await sandbox.process.deleteSession(session).catch(() => undefined);
  }
}
