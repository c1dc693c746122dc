/** What a person asked `hey-thor` for. */
import { keyFault, promptFault } from "./crontab/job.ts";

export const USAGE = `hey-thor [--key K] [--dir D] [--dry-run] -- "prompt"   ask Thor once, now
hey-thor --list                                         the next times of every job
hey-thor --check [file]                                 what is wrong with a crontab
`;

export type Asked =
  | { kind: "post"; prompt: string; key: string | undefined; dir: string | undefined; isDry: boolean }
  | { kind: "list" }
  | { kind: "check"; file: string | undefined }
  | { kind: "help" }
  | { kind: "usage"; message: string };

const usage = (message: string): Asked => ({ kind: "usage", message });

interface Options {
  key?: string;
  dir?: string;
  isDry?: true;
}

/** Takes the options before `--`, or says which word is not one. */
function readOptions(words: readonly string[]): Options | string {
  const options: Options = {};
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const name = word === "--key" ? "key" : word === "--dir" ? "dir" : undefined;
    if (word === "--dry-run") options.isDry = true;
    else if (name === undefined) return `${word} is not known`;
    else if (options[name] !== undefined) return `${word} is given twice`;
    else {
      const value = words[(at += 1)];
      if (value === undefined) return `${word} needs a value`;
      options[name] = value;
    }
  }
  return options;
}

function readPost(args: readonly string[]): Asked {
  const end = args.indexOf("--");
  if (end === -1) return usage(`write -- "prompt" at the end`);
  const [prompt, ...more] = args.slice(end + 1);
  if (prompt === undefined || more.length > 0) return usage("the prompt is one quoted word after --");
  const options = readOptions(args.slice(0, end));
  if (typeof options === "string") return usage(options);
  const { key, dir, isDry = false } = options;
  const why = promptFault(prompt) ?? (key === undefined ? undefined : keyFault(key));
  return why === undefined ? { kind: "post", prompt, key, dir, isDry } : usage(why);
}

/** Reads the words of the command line. */
export function parseHeyThor(args: readonly string[]): Asked {
  const [first, second, ...more] = args;
  if (first === undefined || first === "--help" || first === "help") return { kind: "help" };
  if (first === "--list" && second === undefined) return { kind: "list" };
  if (first === "--check" && more.length === 0) return { kind: "check", file: second };
  return readPost(args);
}
