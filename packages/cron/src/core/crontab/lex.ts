/** The words of one line with their columns; nothing in them means anything to a shell, because there is none. */

/** What is wrong with a line, where (1-based column), and what to do about it. */
export interface Fault {
  code: string;
  column: number;
  message: string;
  suggestion?: string | undefined;
}
export interface Word {
  text: string;
  column: number;
}

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n" };

/** The lines of a file, numbered from 1. */
export const numberedLines = (text: string): { lineNo: number; text: string }[] =>
  text.split("\n").map((line, at) => ({ lineNo: at + 1, text: line.replace(/\r$/, "") }));

/** The first character that nobody can see, as a fault. */
export function invisibleFault(text: string): Fault | undefined {
  const at = text.search(CONTROL);
  if (at === -1) return undefined;
  return { code: "control_character", column: at + 1, message: "a control character; delete it" };
}

export type Quoted = { kind: "quoted"; text: string; end: number } | { kind: "fault"; fault: Fault };

function readSingle(line: string, start: number): Quoted {
  const end = line.indexOf("'", start + 1);
  if (end === -1) return openQuote(start, "'");
  return { kind: "quoted", text: line.slice(start + 1, end), end: end + 1 };
}

const openQuote = (start: number, quote: string): Quoted => ({
  kind: "fault",
  fault: {
    code: "prompt_open",
    column: start + 1,
    message: `the prompt's ${quote} is never closed; close it on this line`,
  },
});

function readDouble(line: string, start: number): Quoted {
  let text = "";
  for (let at = start + 1; at < line.length; at += 1) {
    const char = line[at] ?? "";
    if (char === '"') return { kind: "quoted", text, end: at + 1 };
    if (char !== "\\") {
      text += char;
      continue;
    }
    const meant = ESCAPES[line[at + 1] ?? ""];
    if (meant === undefined) {
      const message = String.raw`only \" \\ and \n are escapes; write \\ for a backslash, or use '…'`;
      return { kind: "fault", fault: { code: "prompt_escape", column: at + 1, message } };
    }
    text += meant;
    at += 1;
  }
  return openQuote(start, '"');
}

/** Walks a line from left to right. */
export function createScanner(line: string) {
  let at = 0;
  const skipBlanks = () => {
    while (/[ \t]/.test(line[at] ?? "")) at += 1;
  };
  return {
    /** The next word and the place behind it; undefined at the end of the line. */
    word: (): Word | undefined => {
      skipBlanks();
      const [text] = /^[^ \t]+/.exec(line.slice(at)) ?? [];
      if (text === undefined) return undefined;
      const word = { text, column: at + 1 };
      at += text.length;
      return word;
    },
    /** Everything from the next word on. */
    rest: (): Word => {
      skipBlanks();
      return { text: line.slice(at).trimEnd(), column: at + 1 };
    },
    /** The quoted text that must stand here. */
    quoted: (): Quoted => {
      skipBlanks();
      const quote = line[at];
      if (quote !== '"' && quote !== "'") {
        const isEnd = at >= line.length;
        const message = isEnd ? `the prompt is missing; add "…" after --` : `the prompt must be in quotes: "…" or '…'`;
        return { kind: "fault", fault: { code: isEnd ? "prompt_missing" : "prompt_quote", column: at + 1, message } };
      }
      const read = quote === "'" ? readSingle(line, at) : readDouble(line, at);
      if (read.kind === "quoted") at = read.end;
      return read;
    },
  };
}
export type Scanner = ReturnType<typeof createScanner>;
