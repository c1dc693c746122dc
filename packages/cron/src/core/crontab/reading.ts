/** What a look at the crontab's place finds. */
export type CrontabReading =
  | { kind: "text"; text: string }
  | { kind: "missing" }
  | { kind: "unreadable"; reason: string };
