/** What the thread is told after a stop: what was done, what was not, and what became of everything that waited. */
import { formatDuration, inertLabel } from "../progress/render.ts";
import type { Deeds } from "./deeds.ts";

export interface StopFacts {
  /** Who wanted it, as Slack shows people; absent for people without an account there. */
  by?: string | undefined;
  /** The run that was ended; absent when nothing was running. */
  run?: (Deeds & { tookMs: number; viewUrl: string | undefined }) | undefined;
  /** Waiting events of machines that were cancelled. */
  cancelled: number;
  /** Waiting messages of people that stay. */
  kept: number;
  /** Requests for approval that were withdrawn. */
  withdrawn: number;
  /** Approved actions that were already being carried out and cannot be called back. */
  executing: number;
}

const counted = (count: number, one: string, many: string) => (count === 1 ? `1 ${one}` : `${count} ${many}`);

function deedLines({ done, filesEdited, interrupted }: Deeds): string[] {
  const edited = filesEdited > 0 ? [`${counted(filesEdited, "file", "files")} edited`] : [];
  const all = [...done.map(inertLabel), ...edited];
  return [
    ...(all.length > 0 ? [`• done: ${all.join(", ")}`] : []),
    ...(interrupted.length > 0 ? [`• interrupted: ${interrupted.map(inertLabel).join(", ")}`] : []),
  ];
}

export function stopReport({ by, run, cancelled, kept, withdrawn, executing }: StopFacts): string {
  const who = by === undefined ? "" : ` by <@${by}>`;
  const how = run === undefined ? ": nothing was running" : ` after ${formatDuration(run.tookMs)}`;
  const lines = [
    `⏹ Stopped${who}${how}`,
    ...(run === undefined ? [] : deedLines(run)),
    ...(cancelled > 0 ? [`• ${counted(cancelled, "waiting event", "waiting events")} cancelled`] : []),
    ...(withdrawn > 0 ? [`• ${counted(withdrawn, "request for approval", "requests for approval")} withdrawn`] : []),
    ...(executing > 0 ? [`• ${counted(executing, "approved action", "approved actions")} already under way`] : []),
    ...(kept > 0 ? [`• ${counted(kept, "message", "messages")} kept until you write again`] : []),
    ...(run?.viewUrl === undefined ? [] : [`<${run.viewUrl}|View>`]),
  ];
  return lines.join("\n");
}
