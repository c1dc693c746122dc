/** The ports of a start: kept between starts, moved when somebody else has them. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";

import { z } from "zod";

const DEFAULTS = {
  frontDoor: 8080,
  sim: 8090,
  simGit: 8443,
  simApi: 8444,
  runner: 3000,
  gateway: 3002,
  remoteCli: 3004,
  admin: 3005,
  scheduler: 3006,
  opencode: 4096,
};
type PortName = keyof typeof DEFAULTS;
export type Ports = Readonly<Record<PortName, number>>;

const Kept = z.partialRecord(z.string(), z.number().int().min(1).max(65_535));

function readKept(file: string): z.infer<typeof Kept> {
  try {
    return Kept.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {};
  }
}

/** Opens a port for a moment; 0 when it is taken. */
function tryPort(port: number): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(0));
    server.listen({ port, host: "127.0.0.1" }, () => {
      const address = server.address();
      const found = address === null || typeof address === "string" ? 0 : address.port;
      server.close(() => resolve(found));
    });
  });
}

async function freePort(wanted: number, taken: ReadonlySet<number>): Promise<number> {
  const near = wanted === 0 ? [] : Array.from({ length: 50 }, (_, step) => wanted + step);
  for (const port of near) if (!taken.has(port) && (await tryPort(port)) !== 0) return port;
  for (;;) {
    const port = await tryPort(0);
    if (!taken.has(port) && port !== 0) return port;
  }
}

/** `any` takes whatever is free; a number is the front door's port and must be free. */
export async function choosePorts(file: string, frontDoor: number | "any" | undefined): Promise<Ports> {
  const kept = frontDoor === "any" ? {} : readKept(file);
  const taken = new Set<number>();
  const choose = async (name: PortName) => {
    const wanted = frontDoor === "any" ? 0 : (kept[name] ?? DEFAULTS[name]);
    const port = await freePort(wanted, taken);
    taken.add(port);
    return port;
  };
  if (typeof frontDoor === "number") {
    if ((await tryPort(frontDoor)) === 0) throw new Error(`port ${frontDoor} is taken`);
    kept["frontDoor"] = frontDoor;
  }
  const ports: Ports = {
    frontDoor: await choose("frontDoor"),
    sim: await choose("sim"),
    simGit: await choose("simGit"),
    simApi: await choose("simApi"),
    runner: await choose("runner"),
    gateway: await choose("gateway"),
    remoteCli: await choose("remoteCli"),
    admin: await choose("admin"),
    scheduler: await choose("scheduler"),
    opencode: await choose("opencode"),
  };
  writeFileSync(file, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}
