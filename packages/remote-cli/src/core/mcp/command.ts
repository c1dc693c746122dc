/** `mcp` as typed: which of its forms was meant. */

export type McpRequest =
  | { kind: "upstreams"; isJson: boolean }
  | { kind: "tools"; upstream: string; search: string | undefined }
  | { kind: "tool"; upstream: string; tool: string }
  | {
      kind: "call";
      upstream: string;
      tool: string;
      /** JSON, or `-` for standard input. */
      argument: string;
      isJson: boolean;
      timeoutMs: number | undefined;
    };
type Parsed = { kind: "request"; request: McpRequest } | { kind: "refused"; reason: string };

export const MCP_FORMS = `usage: mcp [list] [--json]                      upstreams of this conversation
       mcp <upstream> [--search <text>]         its tools
       mcp <upstream> <tool>                    one tool, with its input schema
       mcp <upstream> <tool> '<json>' | -       calls it; - reads the JSON object from standard input
options of a call: --timeout <duration up to 5m>, --json (the whole result), --out <path> (write it there)
`;

const WITH_VALUE = ["--search", "--timeout"];
const FLAGS = ["--json", "--help", "-h"];
const UNIT_MS = new Map([
  ["s", 1000],
  ["m", 60_000],
]);
const MAX_TIMEOUT_MS = 300_000;

type Scanned = { kind: "words"; words: string[]; options: Map<string, string> } | { kind: "refused"; reason: string };
const refused = (reason: string): { kind: "refused"; reason: string } => ({ kind: "refused", reason });

function scan(args: readonly string[]): Scanned {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    const isValued = WITH_VALUE.includes(word);
    if (!isValued && !FLAGS.includes(word)) return refused("unknown option");
    if (options.has(word)) return refused(`${word} is given twice`);
    const value = isValued ? args[(at += 1)] : "";
    if (value === undefined) return refused(`${word} needs a value`);
    options.set(word, value);
  }
  return { kind: "words", words, options };
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit = ""] = /^([1-9][0-9]{0,3})(s|m)$/.exec(text) ?? [];
  const ms = Number(amount) * (UNIT_MS.get(unit) ?? Number.NaN);
  return ms <= MAX_TIMEOUT_MS ? ms : undefined;
}

const request = (given: McpRequest): Parsed => ({ kind: "request", request: given });

/** Reads the words; names are checked where they are known. */
export function parseMcp(args: readonly string[]): Parsed {
  const scanned = scan(args);
  if (scanned.kind === "refused") return scanned;
  return formOf(scanned);
}

type Words = Extract<Scanned, { kind: "words" }>;

/** Why options and words do not go together. */
function formFault({ words, options }: Words, isCall: boolean): string | undefined {
  const timeout = options.get("--timeout");
  if (words.length > 3) return "too many words";
  if (timeout !== undefined && timeoutOf(timeout) === undefined)
    return "--timeout is a duration of at most 5m, such as 90s";
  if (!isCall && timeout !== undefined) return "--timeout is for calls";
  return options.has("--search") && words.length !== 1 ? "--search is for the tools of one upstream" : undefined;
}

function formOf(scanned: Words): Parsed {
  const { words, options } = scanned;
  const [upstream, tool, argument] = words;
  const isCall = argument !== undefined && !options.has("--help") && !options.has("-h");
  const fault = formFault(scanned, isCall);
  if (fault !== undefined) return refused(fault);
  const isJson = options.has("--json");
  if (upstream === undefined || (upstream === "list" && tool === undefined))
    return request({ kind: "upstreams", isJson });
  if (tool === undefined) return request({ kind: "tools", upstream, search: options.get("--search") });
  if (!isCall) return request({ kind: "tool", upstream, tool });
  const timeoutMs = timeoutOf(options.get("--timeout"));
  return request({ kind: "call", upstream, tool, argument, isJson, timeoutMs });
}
