/** `sandbox exec`: one command from sync to pull-back. */
import { countOf, isPulledWhole, type Bench, type EngineDeps, type Place, type Ready } from "./bench.ts";
import type { Generations } from "./generations.ts";
import { CANCELLED, guarded, type Outcome } from "./guard.ts";
import type { Exec } from "./pure/arguments.ts";
import { composeCommand, looksLikeInstall } from "./pure/compose.ts";
import { noteOn, runInSandbox, type Ended, type Io } from "./run-command.ts";

const TIMED_OUT = 124;
const NO_NETWORK =
  "this sandbox has no network; vendored or preinstalled tools only, or configure Daytona (DAYTONA_API_KEY)";

const isToPull = ({ pull }: Exec, { exitCode, ended }: Outcome) =>
  ended !== "cancelled" && (pull === "always" || (pull === "success" && exitCode === 0));

export function createExec(deps: EngineDeps, generations: Generations, bench: Bench) {
  const { provider, limits } = deps;

  const tellEnd = (command: Exec, ended: Ended, { io, timeoutMs }: { io: Io; timeoutMs: number }) => {
    const note = noteOn(io);
    if (ended.ended === "timeout") note(`stopped after ${timeoutMs / 1000} s; --timeout <duration> allows more`);
    else if (ended.exitCode !== 0 && !provider.isOnline && looksLikeInstall(command.words)) note(NO_NETWORK);
  };
  const run = async (place: Place, command: Exec, { ready, io }: { ready: Ready; io: Io }): Promise<Outcome> => {
    const { commandTimeoutMs, maxTimeoutMs } = limits();
    const timeoutMs = Math.min(command.timeoutMs ?? commandTimeoutMs, maxTimeoutMs);
    const { found } = ready;
    const text = composeCommand(command.words, place.subPath);
    const ended = await runInSandbox(provider, { found, text, timeoutMs }, io);
    tellEnd(command, ended, { io, timeoutMs });
    const codes: Partial<Record<Ended["ended"], number>> = { cancelled: CANCELLED, timeout: TIMED_OUT };
    return { exitCode: codes[ended.ended] ?? ended.exitCode, ended: ended.ended, sandboxId: found.id };
  };

  const runAndPull = async (place: Place, command: Exec, given: { ready: Ready; io: Io }): Promise<Outcome> => {
    const { io } = given;
    let isPulled = false;
    try {
      const outcome = await run(place, command, given);
      if (!isToPull(command, outcome)) return outcome;
      if (generations.running(place.root) > 1)
        noteOn(io)("other commands run here: half-done files of theirs may be among what is pulled");
      const pulling = await guarded(io, async () => {
        const pulled = await bench.pull(place, given.ready, io);
        isPulled = isPulledWhole(pulled);
        return { exitCode: isPulled ? 0 : 1, ended: "exit", pulled: countOf(pulled) };
      });
      // What the command answered is never hidden by what came after it.
      return { ...pulling, ...outcome, exitCode: outcome.exitCode === 0 ? pulling.exitCode : outcome.exitCode };
    } finally {
      generations.leave(place.root, isPulled);
    }
  };

  return (place: Place, command: Exec, io: Io): Promise<Outcome> =>
    guarded(io, async () => runAndPull(place, command, { ready: await bench.prepare(place, command.isFresh, io), io }));
}
