/** What answers inside a simulated sandbox: runs commands and keeps files where they are, all of it within the cell. Lines of JSON in, lines of JSON out. */
import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

/** What it is told; `id` names the answer. */
export interface DaemonOrder {
  id: number;
  kind: "run" | "kill" | "read" | "write" | "folder" | "remove";
  /** The command's text, or a path. */
  text: string;
  cwd?: string;
  data?: string;
}
/** What it says; the last line of an order has `end`. */
export interface DaemonLine {
  id: number;
  stream?: "stdout" | "stderr";
  data?: string;
  end?: number | string;
}

const running = new Map<number, number>();
const say = (line: DaemonLine) => process.stdout.write(`${JSON.stringify(line)}\n`);

function run({ id, text, cwd = "/workspace/sandbox" }: DaemonOrder): void {
  const child = spawn("/bin/bash", ["-c", text], { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) running.set(id, child.pid);
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].on("data", (chunk: Buffer) => say({ id, stream, data: chunk.toString("base64") }));
  child.on("error", () => say({ id, end: 127 }));
  child.on("close", (code, signal) => {
    running.delete(id);
    say({ id, end: signal === null ? (code ?? 1) : 137 });
  });
}

function kill({ id, text }: DaemonOrder): void {
  const pid = running.get(Number(text));
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
  say({ id, end: 0 });
}

async function keep({ id, kind, text, data = "" }: DaemonOrder): Promise<void> {
  if (kind === "folder") await mkdir(text, { recursive: true });
  if (kind === "remove") await rm(text, { recursive: true });
  if (kind === "read") say({ id, data: (await readFile(text)).toString("base64") });
  if (kind === "write") {
    await mkdir(dirname(text), { recursive: true });
    await writeFile(text, Buffer.from(data, "base64"));
  }
  say({ id, end: 0 });
}

if (process.argv[2] === "serve")
  createInterface({ input: process.stdin }).on("line", (line) => {
    const order: DaemonOrder = JSON.parse(line);
    if (order.kind === "run") return run(order);
    if (order.kind === "kill") return kill(order);
    return void keep(order).catch((err: unknown) => say({ id: order.id, end: String(err) }));
  });
