/** Starting one program: its process group, its output as it comes, and its end. What limits it is decided elsewhere. */
import { spawn } from "node:child_process";

export interface ChildStart {
  bin: string;
  argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Exactly these bytes, then end of file; without it stdin is closed. */
  stdin?: string | Uint8Array | undefined;
}

/** How a program ended by itself, or why it did not begin. */
export type StartedEnd =
  | { kind: "ended"; code: number | null; signal: NodeJS.Signals | null }
  | { kind: "not_found" }
  | { kind: "spawn_failed"; error: string };

export interface ChildEvents {
  /** Takes a chunk; the program is not read further before it is taken. */
  onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void | Promise<void>;
  /** Called with the number of the program's group when it has begun. */
  onStart?: (pid: number) => void;
  /** Called once, when the program has ended and all its output was handed on. */
  onEnd: (end: StartedEnd) => void;
}
/** Starts a program and answers how to signal its group. */
export type StartChild = (start: ChildStart, events: ChildEvents) => (signal: "SIGTERM" | "SIGKILL") => void;

/** Signals everything in a program's group. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function faultOf(err: Error): StartedEnd {
  const isMissing = "code" in err && err.code === "ENOENT";
  return isMissing ? { kind: "not_found" } : { kind: "spawn_failed", error: err.message };
}

/** Starts a program without a shell in its own process group; when it ends, the rest of its group is told to die. */
export const startChild: StartChild = (start, { onOutput, onStart, onEnd }) => {
  const { bin, argv, env, cwd, stdin } = start;
  const child = spawn(bin, [...argv], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  let isOver = false;
  const end = (how: StartedEnd) => {
    if (isOver) return;
    isOver = true;
    signalGroup(child.pid, "SIGKILL");
    onEnd(how);
  };
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    stream?.on("data", (chunk: Buffer) => {
      const taken = onOutput(name, chunk);
      if (taken === undefined) return;
      stream.pause();
      void taken.then(() => stream.resume());
    });
  }
  child.on("error", (err) => end(faultOf(err)));
  // A grandchild may keep the pipes open after the child is gone: the group is ended at exit, then the pipes close.
  child.on("exit", () => signalGroup(child.pid, "SIGKILL"));
  child.on("close", (code, signal) => end({ kind: "ended", code, signal }));
  child.stdin?.on("error", () => undefined).end(stdin);
  return (signal) => (isOver ? undefined : signalGroup(child.pid, signal));
};
