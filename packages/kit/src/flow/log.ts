/** The logger that flows ask for: facts first, fixed text second. */
type LogLine = (facts: { event: string; [fact: string]: unknown }, text: string) => void;

export interface Log {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}
