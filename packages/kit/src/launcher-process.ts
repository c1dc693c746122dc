/**
 * The launcher: a process that is small, because starting a program copies the tables of whoever starts it. It starts
 * what it is told, passes on what the program says, and takes everything with it when its service is gone.
 */
import { startChild } from "./child-start.ts";
import { Order, type Report } from "./launcher-protocol.ts";

const running = new Map<number, ReturnType<typeof startChild>>();

/** Resolves when the service's side of the channel has room again. */
const report = (said: Report) => new Promise<void>((resolve) => process.send?.(said, undefined, {}, () => resolve()));

function obey(order: Order): void {
  const { id } = order;
  if (order.kind === "signal") return running.get(id)?.(order.signal);
  const signalChild = startChild(order.start, {
    onStart: (pid) => void report({ kind: "started", id, pid }),
    onOutput: (stream, chunk) => report({ kind: "output", id, stream, chunk }),
    onEnd: (end) => {
      running.delete(id);
      void report({ kind: "end", id, end });
    },
  });
  running.set(id, signalChild);
}

process.on("message", (message) => obey(Order.parse(message)));
process.on("disconnect", () => {
  for (const signalChild of running.values()) signalChild("SIGKILL");
  process.exit(0);
});
// A terminal or a supervisor may signal the whole group: what runs ends with the service, in the service's order.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
