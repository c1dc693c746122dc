/** A process by more than its number: numbers are used again, number and start time are not. */
import { execFileSync } from "node:child_process";

/** When a process started, as the system tells it; undefined when there is none. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const told = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", timeout: 5000 });
    return told.trim() === "" ? undefined : told.trim();
  } catch {
    return undefined;
  }
}

/** Ends a process group for good. */
export function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
