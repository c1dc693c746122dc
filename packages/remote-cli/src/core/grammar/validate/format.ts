/** Format strings: only placeholders that print what is stored. Those that start a program (`%G*`, describe, signature) are not listed. */
import type { Validator } from "../spec.ts";
import { bad, ok, plainFault } from "./text.ts";

const MAX_FORMAT = 1024;
const NAMED = new Set(["oneline", "short", "medium", "full", "fuller", "reference", "email", "mboxrd", "raw"]);
const PRETTY =
  /^%[-+ ]?(?:[HhTtPpDdSsefbBNmn%]|[ac][nNeElLdDrtiIsh]|g[DdnNeEs]|w\([\d,]{0,12}\)|x[0-9A-Fa-f]{2}|C(?:\([a-z0-9, #]{1,40}\)|red|green|blue|reset)|(?:<\|?|>{1,2}\|?|><)\(\d{1,4}(?:,[a-z]{1,6})?\)|\(trailers(?::[A-Za-z0-9=,:_ %-]{0,120})?\))/;
const ATOM =
  /^%(?:%|[0-9A-Fa-f]{2}|x[0-9A-Fa-f]{2}|\(\*?(?:refname|objecttype|objectname|objectsize|objectmode|deltabase|rest|path|stage|eolinfo|eolattr|upstream|push|HEAD|symref|worktreepath|tree|parent|numparent|object|type|tag|author|authorname|authoremail|authordate|committer|committername|committeremail|committerdate|tagger|taggername|taggeremail|taggerdate|creator|creatordate|subject|body|contents|trailers|color|align|end|if|then|else)(?::[A-Za-z0-9=,.:_ %-]{0,120})?\))/;

function strangePlaceholder(text: string, allowed: RegExp): string | undefined {
  let at = text.indexOf("%");
  while (at !== -1) {
    const found = allowed.exec(text.slice(at))?.[0];
    if (found === undefined) return text.slice(at, at + 12);
    at = text.indexOf("%", at + found.length);
  }
  return undefined;
}

function checkFormat(text: string, allowed: RegExp) {
  const fault = plainFault(text, MAX_FORMAT);
  if (fault !== undefined) return bad(fault);
  const strange = strangePlaceholder(text, allowed);
  return strange === undefined ? ok(text) : bad(`placeholder ${strange} is not allowed`);
}

export const prettyFormat: Validator = {
  name: "format",
  check: (text) => {
    if (NAMED.has(text)) return ok(text);
    const isCustom = /^t?format:/.test(text) || text.includes("%");
    return isCustom ? checkFormat(text, PRETTY) : bad(`"${text}" is not a known format`);
  },
};

export const atomFormat: Validator = { name: "format", check: (text) => checkFormat(text, ATOM) };
