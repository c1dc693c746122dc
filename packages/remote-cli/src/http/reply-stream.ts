/** A call's output as it comes: lines of JSON, a sign of life in between, and exactly one line that ends it. */

import type { ExecLine } from "@thor/domain/exec";
import type { FastifyReply } from "fastify";

const HEARTBEAT_MS = 30_000;

/** Takes a reply over and streams into it. */
export function openStream({ raw }: FastifyReply, heartbeatMs = HEARTBEAT_MS) {
  const write = (line: ExecLine) => void (raw.writableEnded || raw.write(`${JSON.stringify(line)}\n`));
  raw.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  raw.flushHeaders();
  const heartbeat = setInterval(() => write({ type: "heartbeat" }), heartbeatMs);
  return {
    write,
    end: (exitCode: number) => {
      clearInterval(heartbeat);
      write({ type: "exit", exitCode });
      raw.end();
    },
  };
}
