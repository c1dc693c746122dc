/** Opens a form after its press was answered; a form that opens takes the press back, because what it brings counts. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import type { Answer } from "@thor/slack/pure/answer";

/** How long a press waits for its form: longer than Slack takes to open one. */
export const FORM_MS = 5000;

export interface OpenFormDeps extends Pick<Ledger, "withdrawPromise"> {
  log: Log;
  openForm: (opener: string, view: object) => Promise<Answer<object>>;
}

/** `row` is what the press recorded, if anything; while the form fails to open, it stands. */
export type OpenLater = (opener: string, view: object, row?: string) => void;

export function createOpenLater(deps: OpenFormDeps): OpenLater {
  const open = async (opener: string, view: object, row: string | undefined): Promise<void> => {
    const opened = await deps.openForm(opener, view);
    if (opened.kind === "ok" && row !== undefined) await deps.withdrawPromise({ id: row });
    if (opened.kind !== "ok") deps.log.warn({ event: "form_not_opened", row, result: opened.kind }, "form not opened");
  };
  return (opener, view, row) =>
    void open(opener, view, row).catch((err: unknown) => deps.log.error({ event: "form_failed", err }, "form failed"));
}
