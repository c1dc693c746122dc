/** What the thread is told after a stop: what ended, and what became of everything that waited. */
export interface StopFacts {
  /** Who wanted it, as Slack shows people; absent for people without an account there. */
  by?: string | undefined;
  hadRun: boolean;
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

export function stopReport({ by, hadRun, cancelled, kept, withdrawn, executing }: StopFacts): string {
  const who = by === undefined ? "" : ` by <@${by}>`;
  const lines = [
    `⏹ Stopped${who}${hadRun ? "" : ": nothing was running"}`,
    ...(cancelled > 0 ? [`• ${counted(cancelled, "waiting event", "waiting events")} cancelled`] : []),
    ...(withdrawn > 0 ? [`• ${counted(withdrawn, "request for approval", "requests for approval")} withdrawn`] : []),
    ...(executing > 0 ? [`• ${counted(executing, "approved action", "approved actions")} already under way`] : []),
    ...(kept > 0 ? [`• ${counted(kept, "message", "messages")} kept until you write again`] : []),
  ];
  return lines.join("\n");
}
