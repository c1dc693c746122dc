/** What the doctor finds, and how it is told. Pure. */

export type Finding =
  | { kind: "ok"; says: string }
  /** There is nothing to look at. */
  | { kind: "skipped"; says: string }
  | { kind: "warning" | "failing"; says: string; fix: string };

export interface Check {
  group: "machine" | "files" | "ledger" | "services";
  name: string;
  look: () => Promise<Finding> | Finding;
  /** Mends what can be mended without a loss; says what it did. */
  mend?: (() => string | undefined) | undefined;
}

export type Checked = Pick<Check, "group" | "name"> & { finding: Finding };

export const ok = (says: string): Finding => ({ kind: "ok", says });
export const skipped = (says: string): Finding => ({ kind: "skipped", says });
export const warning = (says: string, fix: string): Finding => ({ kind: "warning", says, fix });
export const failing = (says: string, fix: string): Finding => ({ kind: "failing", says, fix });

/** 1 when something fails, 2 when something only wants a look, else 0. */
export function exitCodeOf(checked: readonly Checked[]): number {
  const kinds = new Set(checked.map(({ finding }) => finding.kind));
  if (kinds.has("failing")) return 1;
  return kinds.has("warning") ? 2 : 0;
}

const SIGNS = { ok: "ok     ", skipped: "skipped", warning: "warning", failing: "FAILING" } as const;

/** One line a check, its fix below it. */
export const linesOf = (checked: readonly Checked[]): string[] =>
  checked.flatMap(({ group, name, finding }) => [
    `${SIGNS[finding.kind]}  ${group}: ${name} — ${finding.says}`,
    ...("fix" in finding ? [`           ${finding.fix}`] : []),
  ]);

/** What tools read. */
export const reportOf = (checked: readonly Checked[]) => ({
  ok: exitCodeOf(checked) !== 1,
  checks: checked.map(({ group, name, finding: { kind, ...said } }) => ({ group, name, result: kind, ...said })),
});
