/** One simulated sandbox that has started: a bubblewrap cell without a network, and the daemon in it. */
import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import type { DaemonOrder } from "./daemon.ts";

const DAEMON = fileURLToPath(new URL("daemon.ts", import.meta.url));
const HOME = "/home/daytona";
const NODE = "/opt/node";
const MERGED = ["/bin", "/sbin", "/lib", "/lib64", "/lib32"];
const ETC = ["/etc/passwd", "/etc/group", "/etc/ssl/certs", "/etc/alternatives", "/etc/ld.so.cache"];
const Line = z.object({
  id: z.number(),
  stream: z.enum(["stdout", "stderr"]).optional(),
  data: z.string().optional(),
  end: z.union([z.number(), z.string()]).optional(),
});
export type CellLine = z.infer<typeof Line>;

function argvOf(directory: string): string[] {
  const system = MERGED.filter((path) => existsSync(path)).flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path],
  );
  const own = (name: string) => {
    mkdirSync(join(directory, name), { recursive: true });
    return join(directory, name);
  };
  const env = { HOME, PATH: `${NODE}:/usr/local/bin:/usr/bin:/bin`, USER: "daytona", LANG: "C.UTF-8" };
  const words = [
    "--disable-userns --die-with-parent --uid 1000 --gid 1000 --clearenv --ro-bind /usr /usr --proc /proc --dev /dev",
    `--ro-bind ${dirname(process.execPath)} ${NODE} --ro-bind ${DAEMON} /opt/daemon.ts`,
    `--bind ${own("tmp")} /tmp --bind ${own("home")} ${HOME} --bind ${own("work")} /workspace/sandbox`,
  ].flatMap((line) => line.split(" "));
  return [
    ...["user", "pid", "ipc", "uts", "net"].map((name) => `--unshare-${name}`),
    ...words,
    ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...system,
    ...ETC.flatMap((path) => ["--ro-bind-try", path, path]),
    "--",
    `${NODE}/node`,
    "/opt/daemon.ts",
    "serve",
  ];
}

/** Starts the cell; ending it ends everything in it. */
export function openCell(directory: string) {
  const child = spawn("bwrap", argvOf(directory), {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: "/usr/bin:/bin" },
  });
  const takers = new Map<number, (line: CellLine) => void>();
  let lastId = 0;
  let isOver = false;
  const over = () => {
    isOver = true;
    for (const [id, take] of takers) take({ id, end: "the sandbox is not running" });
    takers.clear();
  };
  child.on("error", over).on("exit", over);
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = Line.parse(JSON.parse(text));
    takers.get(line.id)?.(line);
    if (line.end !== undefined) takers.delete(line.id);
  });
  /** Hands an order in; its lines come until one has `end`. Answers its number. */
  const order = (given: Omit<DaemonOrder, "id">, take: (line: CellLine) => void): number => {
    lastId += 1;
    const id = lastId;
    if (isOver) take({ id, end: "the sandbox is not running" });
    else {
      takers.set(id, take);
      child.stdin.write(`${JSON.stringify({ ...given, id })}\n`);
    }
    return id;
  };
  return {
    order,
    /** An order and its end: what it printed or read, and its code. */
    ask: (given: Omit<DaemonOrder, "id">) =>
      new Promise<{ end: number | string; data: Buffer }>((resolve) => {
        const chunks: Buffer[] = [];
        order(given, ({ data, end }) => {
          if (data !== undefined) chunks.push(Buffer.from(data, "base64"));
          if (end !== undefined) resolve({ end, data: Buffer.concat(chunks) });
        });
      }),
    close: () => void child.kill("SIGKILL"),
  };
}
export type Cell = ReturnType<typeof openCell>;
