/** Starts programs from a small process of its own: forking a service costs time with every megabyte that it holds. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { signalGroup, type ChildEvents, type StartChild, type StartedEnd } from "./child-start.ts";
import { Report, type Order } from "./launcher-protocol.ts";
import { LEAN_FLAGS } from "./lean-node.ts";

const PROGRAM = fileURLToPath(new URL("./launcher-process.ts", import.meta.url));

interface Running {
  events: ChildEvents;
  launcher: ChildProcess;
  pid?: number | undefined;
}

export interface Launcher {
  start: StartChild;
  /** Ends the launcher and everything that it still runs. */
  close: () => void;
}

const tell = (launcher: ChildProcess, order: Order) => void launcher.send(order, () => undefined);

/** Opens a launcher; one that dies is replaced at the next start, and what it ran is ended. */
export function openLauncher(): Launcher {
  const running = new Map<number, Running>();
  let lastId = 0;
  let current: ChildProcess | undefined;

  const end = (id: number, how: StartedEnd) => {
    const events = running.get(id)?.events;
    running.delete(id);
    events?.onEnd(how);
  };
  const hear = (message: unknown) => {
    const report = Report.parse(message);
    const child = running.get(report.id);
    if (report.kind === "end") end(report.id, report.end);
    else if (report.kind === "started" && child !== undefined) child.pid = report.pid;
    else if (report.kind === "output") void child?.events.onOutput(report.stream, Buffer.from(report.chunk));
  };
  const open = (): ChildProcess => {
    // Nothing of the service's environment: a program can look at its parent.
    const launcher = fork(PROGRAM, { execArgv: [...LEAN_FLAGS], env: {}, stdio: "ignore", serialization: "advanced" });
    const lose = () => {
      if (current === launcher) current = undefined;
      for (const [id, child] of running) {
        if (child.launcher !== launcher) continue;
        signalGroup(child.pid, "SIGKILL");
        end(id, { kind: "spawn_failed", error: "the launcher ended" });
      }
    };
    launcher.on("message", hear).on("exit", lose).on("error", lose);
    // A process that has nothing else to do may end.
    launcher.unref();
    launcher.channel?.unref();
    return launcher;
  };
  return {
    start: ({ bin, argv, env, cwd, stdin }, events) => {
      lastId += 1;
      const id = lastId;
      const launcher = (current ??= open());
      running.set(id, { events, launcher });
      tell(launcher, { kind: "start", id, start: { bin, argv: [...argv], env: { ...env }, cwd, stdin } });
      return (signal) => (running.has(id) ? tell(launcher, { kind: "signal", id, signal }) : undefined);
    },
    close: () => {
      current?.disconnect();
    },
  };
}
