/** A page is parts that are loaded and drawn one by one: one that fails leaves the others standing. */
import type { Log } from "@thor/kit/flow/log";
import type { Reads } from "@thor/ledger/port";
import { htmlOf } from "@thor/views/html";
import type { Hosts } from "@thor/views/names";
import { BrokenPanel, type Moment } from "@thor/views/ui/parts";

type Topic = "events" | "outbox" | "triggers" | "anchors" | "approvals" | "cards" | "settings" | "status";

/** Who asks for what, and how it is to be drawn. */
export interface Asked {
  path: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  moment: Moment;
  email: string;
  csrf: string;
  hosts: Hosts;
  requestId: string;
}

interface PanelSpec {
  id: string;
  title: string;
  draw: (reads: Reads, asked: Asked) => Promise<JSX.Element>;
}
export interface PageSpec {
  path: string;
  /** What must change for this page to change; none: it stands still. */
  topics: readonly Topic[];
  paceMs?: number | undefined;
  /** Undefined when there is no such thing. */
  title: (reads: Reads, asked: Asked) => Promise<string | undefined>;
  panels: readonly PanelSpec[];
}
export interface DrawnPanel {
  id: string;
  html: string;
}

/** Draws every part of a page; a part that throws is a box that says so. */
export async function drawPanels(
  { panels }: Pick<PageSpec, "panels">,
  { reads, asked, log }: { reads: Reads; asked: Asked; log: Log },
): Promise<DrawnPanel[]> {
  const drawn: DrawnPanel[] = [];
  for (const { id, title, draw } of panels) {
    try {
      drawn.push({ id, html: await draw(reads, asked) });
    } catch (err) {
      log.error({ event: "panel_failed", panel: id, requestId: asked.requestId, err }, "a panel could not be drawn");
      drawn.push({ id, html: htmlOf(BrokenPanel({ id, title, requestId: asked.requestId })) });
    }
  }
  return drawn;
}

/** One of the known words of a parameter, or the usual one. */
export function choose<Word extends string>(
  { query }: Pick<Asked, "query">,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  return words.find((word) => word === query[name]) ?? words[0];
}

/** The address of this page with some parameters changed; an undefined one is left out. */
export function hrefWith(
  { path, query }: Pick<Asked, "path" | "query">,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, ...changes }))
    if (value !== undefined && value !== "") params.set(name, value);
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Newer and older rows of a list, as addresses. */
export const pagesOf = (asked: Asked, next: string | undefined) => ({
  first: asked.query["after"] === undefined ? undefined : hrefWith(asked, { after: undefined }),
  next: next === undefined ? undefined : hrefWith(asked, { after: next }),
});
