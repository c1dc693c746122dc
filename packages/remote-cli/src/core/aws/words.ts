/** What was typed after `aws`, taken apart as the AWS CLI does it, without guessing: names in full, values that are values. */
import type { Denial } from "../denial.ts";

export interface AwsOption {
  name: string;
  values: readonly string[];
}
export interface AwsCall {
  service: string;
  operation: string;
  /** Words before the first option. */
  operands: readonly string[];
  options: readonly AwsOption[];
  globals: readonly AwsOption[];
}
export type AwsWords = { kind: "call"; call: AwsCall } | { kind: "help" } | ({ kind: "denied" } & Denial);

/** Options of every command; `true` when a value follows. */
const GLOBALS: Readonly<Record<string, RegExp | undefined>> = {
  "--region": /^[a-z]{2}(-[a-z]+)+-\d$/,
  "--output": /^(json|text|table|yaml)$/,
  "--query": /^[^\p{Cc}]{1,2048}$/u,
  "--no-paginate": undefined,
  "--max-items": /^\d{1,6}$/,
  "--page-size": /^\d{1,6}$/,
  "--starting-token": /^[^\s-][^\s]{0,4096}$/,
  "--no-cli-pager": undefined,
};
const REFUSED = `--endpoint-url --profile --debug --no-verify-ssl --no-sign-request --ca-bundle --cli-input-json
  --cli-input-yaml --cli-auto-prompt --no-cli-auto-prompt --cli-binary-format --cli-read-timeout --cli-connect-timeout
  --version --generate-cli-skeleton --color --cli-error-format`.split(/\s+/);
const NAME = /^[a-z0-9][a-z0-9.-]{0,80}$/;
const MAX_VALUE = 65_536;

const deny = (rule: string, reason: string): AwsWords => ({ kind: "denied", rule, reason });

function nameFault(name: string): string | undefined {
  if (name === "--") return "-- is not used here";
  if (!name.startsWith("--")) return `single-dash option ${name} is not available`;
  const isCut = (full: string) => name.length >= 3 && full.startsWith(name);
  const refused = REFUSED.find(isCut);
  if (refused !== undefined) return `${refused} is not available${name === refused ? "" : `, nor is ${name}`}`;
  const cut = Object.keys(GLOBALS).find((full) => full !== name && isCut(full));
  if (cut !== undefined) return `write ${cut} in full`;
  return /^--[a-z0-9][a-zA-Z0-9-]*$/.test(name) ? undefined : `${name} is not the name of an option`;
}

function valueFault(value: string): string | undefined {
  if (value.length > MAX_VALUE) return `a value is longer than ${MAX_VALUE} characters`;
  if (/\p{Cc}/u.test(value)) return "a value holds a control character";
  return /file:\/\/|fileb:\/\/|@=/i.test(value) ? "values are never read from files" : undefined;
}

interface Taken {
  words: string[];
  options: { name: string; values: string[] }[];
}

/** Starts an option, with its value when that is attached. */
function takeOption(token: string, taken: Taken): string | undefined {
  const equals = token.indexOf("=");
  const name = equals === -1 ? token : token.slice(0, equals);
  const values = equals === -1 ? [] : [token.slice(equals + 1)];
  taken.options.push({ name, values });
  return nameFault(name) ?? values.map(valueFault).find((text) => text !== undefined);
}

/** A word belongs to the option before it, unless that one can take no more. */
function takeWord(token: string, { words, options }: Taken): string | undefined {
  const last = options.at(-1);
  const isGlobal = last !== undefined && last.name in GLOBALS;
  const isFull = isGlobal && last.values.length >= (GLOBALS[last.name] === undefined ? 0 : 1);
  (last === undefined || isFull ? words : last.values).push(token);
  return valueFault(token);
}

/** Words in front, then options with the words that follow them. */
function take(args: readonly string[]): Taken | { fault: string } {
  const taken: Taken = { words: [], options: [] };
  for (const token of args) {
    const isOption = token.startsWith("-") && token !== "-";
    const fault = (isOption ? takeOption : takeWord)(token, taken);
    if (fault !== undefined) return { fault };
  }
  return taken;
}

function globalFault({ name, values }: AwsOption): string | undefined {
  const pattern = GLOBALS[name];
  if (pattern === undefined) return values.length > 0 ? `${name} takes no value` : undefined;
  return values.length === 1 && pattern.test(values[0] ?? "") ? undefined : `the value of ${name} is not accepted`;
}

function isHelp(args: readonly string[]): boolean {
  const [first] = args;
  if (args.length <= 1) return first === undefined || /^(help|--version|--help|-h)$/.test(first);
  return args.at(-1) === "help" && !args.some((word) => word.startsWith("-"));
}

/** The call in the words and options that were taken apart. */
function callOf({ words, options: all }: Taken): AwsWords {
  const globals = all.filter(({ name }) => name in GLOBALS);
  const options = all.filter(({ name }) => !(name in GLOBALS));
  const [service = "", operation, ...operands] = words;
  if (!NAME.test(service)) return deny("argv", "aws <service> <operation> [options]");
  if (operation === undefined) return all.length === 0 ? { kind: "help" } : deny("argv", "the operation is missing");
  if (!NAME.test(operation)) return deny("argv", `"${operation.slice(0, 60)}" is not the name of an operation`);
  return { kind: "call", call: { service, operation, operands, options, globals } };
}

/** Reads argv; what is left to judge is which operation it is and whether its options are known. */
export function readAws(args: readonly string[]): AwsWords {
  if (isHelp(args)) return { kind: "help" };
  const taken = take(args);
  if ("fault" in taken) return deny("argv", taken.fault);
  const globals = taken.options.filter(({ name }) => name in GLOBALS);
  const fault = globals.map(globalFault).find((text) => text !== undefined);
  if (fault !== undefined) return deny("value.invalid", fault);
  const isTwice = new Set(globals.map(({ name }) => name)).size < globals.length;
  return isTwice ? deny("option.repeat", "an option is given twice") : callOf(taken);
}

const written = ({ name, values }: AwsOption) => [name, ...values];

/** The canonical words: operation, operands, options, then what holds for every command. */
export const renderAws = ({ service, operation, operands, options, globals }: AwsCall): string[] => [
  service,
  operation,
  ...operands,
  ...options.flatMap(written),
  ...globals.filter(({ name }) => name !== "--no-cli-pager").flatMap(written),
  "--no-cli-pager",
];
