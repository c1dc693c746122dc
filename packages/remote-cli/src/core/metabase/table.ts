/** Rows as text, in the form that was asked for. */

export interface Sheet {
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
}

const cellOf = (value: unknown) =>
  value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function asTable({ columns, rows }: Sheet): string {
  const lines = [columns, ...rows].map((cells) => cells.map((cell) => cellOf(cell).replaceAll(/\s+/g, " ")));
  const widths = columns.map((_, at) => Math.min(60, Math.max(...lines.map((cells) => (cells[at] ?? "").length))));
  const [head = "", ...body] = lines.map((cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(" | ")
      .trimEnd(),
  );
  return `${[head, widths.map((width) => "-".repeat(width)).join("-+-"), ...body].join("\n")}\n`;
}

/** One text of all rows. */
export function writeSheet(sheet: Sheet, format: string): string {
  const { columns, rows } = sheet;
  if (format === "json") {
    const objects = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])));
    return `${JSON.stringify(objects)}\n`;
  }
  if (format === "csv")
    return [columns, ...rows].map((cells) => `${cells.map((cell) => quoted(cellOf(cell))).join(",")}\n`).join("");
  return asTable(sheet);
}
