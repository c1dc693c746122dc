/** One job line: a schedule, hey-thor, its options and a quoted prompt. Nothing of it is ever run. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";

import { createScanner, type Fault, type Scanner, type Word } from "./lex.ts";
import { FIELD_COUNT, normaliseFields, normaliseNickname } from "./normalise.ts";

const COMMAND = "hey-thor";
const MAX_PROMPT_BYTES = 16 * 1024;
const MAX_KEY = 512;

/** What a line asks for, before it is known where it works. */
export interface JobText {
  schedule: string;
  key?: string | undefined;
  /** The directory it names, with the column of the name. */
  dir?: Word | undefined;
  prompt: string;
}
export type Read<T> = { kind: "ok"; value: T } | { kind: "fault"; fault: Fault };

type Wrong = { kind: "fault"; fault: Fault };
const wrong = (fault: Fault): Wrong => ({ kind: "fault", fault });
const fault = (code: string, column: number, message: string): Wrong => wrong({ code, column, message });

function countFault(words: readonly Word[], column: number) {
  const message = `a schedule has five fields (minute hour day month weekday); this one has ${words.length}`;
  return fault("field_count", column, message);
}

function readSchedule(scanner: Scanner, length: number): Read<string> {
  const words: Word[] = [];
  for (let word = scanner.word(); word !== undefined; word = scanner.word()) {
    if (words.length === 0 && word.text.startsWith("@")) return normaliseNickname(word);
    if (word.text === COMMAND) return countFault(words, word.column);
    words.push(word);
    if (words.length === FIELD_COUNT) return normaliseFields(words);
  }
  return countFault(words, length + 1);
}

/** What stands where hey-thor should: a sixth field, the old shell form, or a command of somebody else. */
function commandFault(word: Word | undefined, rest: Word, schedule: string) {
  const column = word?.column ?? rest.column;
  if (word === undefined) return fault("command_missing", column, `add ${COMMAND} -- "…"`);
  if (/^[\d*?LW#][\d*,/?LW#-]*$/.test(word.text))
    return fault("field_count", column, "a schedule has five fields; seconds and years are not supported");
  const [, directory, prompt] =
    /^cd\s+(\S+)\s*&&\s*hey-thor\s+(?:--\s+)?(["'].*)$/.exec(`${word.text} ${rest.text}`) ?? [];
  if (directory !== undefined && prompt !== undefined) {
    const suggestion = `${schedule} ${COMMAND} --dir ${directory} -- ${prompt}`;
    return wrong({
      code: "command_shell",
      column,
      message: "there is no shell: the directory is an option",
      suggestion,
    });
  }
  return fault("other_command", column, `other command: only ${COMMAND} is run from here`);
}

interface Options {
  key?: Word | undefined;
  dir?: Word | undefined;
}

function optionFault(word: Word | undefined, end: number) {
  if (word === undefined) return fault("separator_missing", end, `add -- "…" with the prompt`);
  if (/^["']/.test(word.text)) return fault("separator_missing", word.column, "write -- before the prompt");
  if (word.text.startsWith("-"))
    return fault("option_unknown", word.column, `${word.text} is not known; use --key or --dir`);
  return fault("separator_missing", word.column, `write -- before the prompt, and the prompt in quotes`);
}

function readValue(scanner: Scanner, option: Word): Read<Word> {
  const value = scanner.word();
  if (value === undefined || value.text === "--")
    return fault("option_value", value?.column ?? option.column, `${option.text} needs a value`);
  if (/["'\\]/.test(value.text))
    return fault("option_value", value.column, `write the value of ${option.text} without quotes and backslashes`);
  return { kind: "ok", value };
}

const optionOf = (word: Word | undefined): keyof Options | undefined =>
  word?.text === "--key" ? "key" : word?.text === "--dir" ? "dir" : undefined;

function readOptions(scanner: Scanner, end: number): Read<Options> {
  const options: Options = {};
  for (;;) {
    const word = scanner.word();
    if (word?.text === "--") return { kind: "ok", value: options };
    const name = optionOf(word);
    if (word === undefined || name === undefined) return optionFault(word, end);
    if (options[name] !== undefined) return fault("option_twice", word.column, `${word.text} is given twice`);
    const value = readValue(scanner, word);
    if (value.kind === "fault") return value;
    options[name] = value.value;
  }
}

/** Why a key cannot name a conversation. */
export function keyFault(key: string): string | undefined {
  if (key.length > MAX_KEY || !/^\P{C}+$/u.test(key)) return `a key is 1 to ${MAX_KEY} printable characters`;
  if (parseCorrelationKey(key).kind !== "malformed") return undefined;
  return "the key breaks the grammar of its prefix (slack:thread:<channel>/<ts>, git:branch:<repo>:<branch>)";
}

/** Why a prompt cannot be sent. */
export function promptFault(prompt: string): string | undefined {
  if (prompt.trim() === "") return "the prompt is empty";
  const isLong = new TextEncoder().encode(prompt).length > MAX_PROMPT_BYTES;
  return isLong
    ? `the prompt is over ${MAX_PROMPT_BYTES} bytes; put it into a file of the repository and name that`
    : undefined;
}

function readPrompt(scanner: Scanner): Read<string> {
  const { column } = scanner.rest();
  const quoted = scanner.quoted();
  if (quoted.kind === "fault") return quoted;
  const rest = scanner.rest();
  if (rest.text !== "" && !rest.text.startsWith("#"))
    return fault("prompt_trailing", rest.column, "only a # comment may follow the prompt; nothing else is run");
  const why = promptFault(quoted.text);
  return why === undefined ? { kind: "ok", value: quoted.text } : fault("prompt_invalid", column, why);
}

/** Reads a job, or says what is wrong with the first thing that is. */
export function readJob(line: string): Read<JobText> {
  const scanner = createScanner(line);
  const end = line.length + 1;
  const schedule = readSchedule(scanner, line.length);
  if (schedule.kind === "fault") return schedule;
  const command = scanner.word();
  if (command?.text !== COMMAND) return commandFault(command, scanner.rest(), schedule.value);
  const options = readOptions(scanner, end);
  if (options.kind === "fault") return options;
  const { key, dir } = options.value;
  const why = key === undefined ? undefined : keyFault(key.text);
  if (key !== undefined && why !== undefined) return fault("key_invalid", key.column, why);
  const prompt = readPrompt(scanner);
  if (prompt.kind === "fault") return prompt;
  return { kind: "ok", value: { schedule: schedule.value, key: key?.text, dir, prompt: prompt.value } };
}
