/** Takes held secrets out of what a command prints, also where one is split over two chunks. */

export interface HeldSecret {
  name: string;
  value: string;
}

const MIN_CHARS = 8;

const base64 = (text: string) =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));

const MAX_KNOWN = 1000;
/** Every call asks for the same few secrets. */
const known = new Map<string, readonly string[]>();

/** A secret as it is, as it stands in URLs, in base64, and in basic authentication. */
export function spellingsOf(value: string): readonly string[] {
  const spelled = known.get(value) ?? spell(value);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(value, spelled);
  return spelled;
}

function spell(value: string): string[] {
  if (value.length < MIN_CHARS) return [];
  const basic = base64(`x-access-token:${value}`);
  const all = new Set([value, encodeURIComponent(value), base64(value), basic]);
  // One spelling can end with another, so the longest is looked for first.
  return [...all].toSorted((a, b) => b.length - a.length);
}

export interface Redactor {
  /** Gives back what is safe to show now; a part that could begin a secret waits for more. */
  push: (chunk: string) => string;
  end: () => string;
  count: () => number;
}

/** A text that is whole, without held secrets. */
export function redactText(held: () => readonly HeldSecret[], text: string): string {
  const redactor = createRedactor(held);
  return redactor.push(text) + redactor.end();
}

/** A stream of text in which every held secret reads `[redacted:<name>]`. */
export function createRedactor(held: () => readonly HeldSecret[]): Redactor {
  let kept = "";
  let count = 0;
  const clean = (text: string) => {
    let out = text;
    for (const { name, value } of held()) {
      for (const spelling of spellingsOf(value)) {
        const parts = out.split(spelling);
        count += parts.length - 1;
        out = parts.join(`[redacted:${name}]`);
      }
    }
    return out;
  };
  const longest = () => Math.max(0, ...held().flatMap(({ value }) => spellingsOf(value).map(({ length }) => length)));
  /** How much of the end could be the beginning of a secret. */
  const openTail = (text: string) => {
    const all = held().flatMap(({ value }) => spellingsOf(value));
    for (let size = Math.min(longest() - 1, text.length); size > 0; size -= 1) {
      const tail = text.slice(-size);
      if (all.some((spelling) => spelling.startsWith(tail))) return size;
    }
    return 0;
  };
  return {
    push: (chunk) => {
      const text = clean(kept + chunk);
      const size = openTail(text);
      kept = size === 0 ? "" : text.slice(-size);
      return size === 0 ? text : text.slice(0, -size);
    },
    end: () => {
      const rest = kept;
      kept = "";
      return rest;
    },
    count: () => count,
  };
}
