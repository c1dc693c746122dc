/** `git status --porcelain=v2 -z`, as the changed paths and what became of them. */

export interface Changed {
  path: string;
  /** Not in the commit. */
  isNew: boolean;
}

export const STATUS = [
  "status",
  "--porcelain=v2",
  "-z",
  "--untracked-files=all",
  "--no-renames",
  "--ignore-submodules=all",
] as const;

const FIELDS: Readonly<Record<string, number>> = { "1": 8, u: 10 };

function afterFields(record: string, count: number): string {
  let at = 0;
  for (let field = 0; field < count; field += 1) at = record.indexOf(" ", at) + 1;
  return record.slice(at);
}

/** Reads the list; undefined when it is not what git writes. */
export function parseStatus(text: string): Changed[] | undefined {
  const changed: Changed[] = [];
  for (const record of text.split("\0")) {
    if (record === "" || record.startsWith("# ") || record.startsWith("! ")) continue;
    if (record.startsWith("? ")) changed.push({ path: record.slice(2), isNew: true });
    else {
      const count = FIELDS[record[0] ?? ""];
      if (count === undefined) return undefined;
      const isNew = record.startsWith("1 A");
      changed.push({ path: afterFields(record, count), isNew });
    }
  }
  return changed;
}

/** How many changed paths each top directory has, most first. */
export function topCounts(paths: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const top = path.includes("/") ? `${path.split("/")[0] ?? ""}/` : path;
    counts.set(top, (counts.get(top) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 5);
  return sorted.map(([top, count]) => `${top} ${count}`).join(", ");
}
