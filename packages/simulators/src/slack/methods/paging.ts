/** Pages by cursor, as every list of Slack's. */
import { SlackError } from "../slack-error.ts";

const cursorAt = (index: number) => Buffer.from(`next:${index}`).toString("base64");

function cursorIndex(cursor: string | undefined): number {
  if (cursor === undefined || cursor === "") return 0;
  const index = /^next:(\d+)$/.exec(Buffer.from(cursor, "base64").toString());
  if (index === null) throw new SlackError("invalid_cursor");
  return Number(index[1]);
}

interface Window {
  cursor?: string | undefined;
  limit?: number | undefined;
}

/** The rows of one page and the cursor of the next; an empty cursor ends it. */
export function pageOf<Row>(rows: readonly Row[], { cursor, limit = 100 }: Window) {
  const start = cursorIndex(cursor);
  const end = start + limit;
  const hasMore = rows.length > end;
  return { rows: rows.slice(start, end), hasMore, next: { next_cursor: hasMore ? cursorAt(end) : "" } };
}
