/** Values that only gh knows. */
import type { Validator } from "../grammar/spec.ts";
import { branch } from "../grammar/validate/ref.ts";
import { bad, matching, ok, plainFault, text } from "../grammar/validate/text.ts";

export const number = matching("number", /^[1-9]\d{0,9}$/);
export const runId = matching("run id", /^[1-9]\d{0,18}$/);
export const fields = matching("field list", /^[A-Za-z]+(,[A-Za-z]+)*$/, 1000);
export const login = matching("login", /^(@me|[A-Za-z0-9][A-Za-z0-9-]{0,60}(\[bot\])?)$/);
export const label = text(100, "label");
export const title = text(256, "title");
/** Programs of gh's own small languages: they see the answer of the API and a placeholder for a token. */
export const program: Validator = {
  name: "expression",
  check: (given) => {
    const fault = plainFault(given.replaceAll(/[\n\t]/g, " "), 4096);
    return fault === undefined ? ok(given) : bad(fault);
  },
};
export const sha = matching("sha", /^[0-9a-f]{7,64}$/);
export const moment = matching("date", /^[0-9TZ:+.<>=*-]{1,64}$/);
export const workflow = matching("workflow", /^[A-Za-z0-9_./ ()-]{1,200}$/);

const ELSEWHERE = /\b(repo|org|user|owner)\s*:/i;

/** Words of a search, which must not widen it beyond the repository. */
export const searchText: Validator = {
  name: "words",
  check: (given) => {
    const fault = plainFault(given, 1024);
    if (fault !== undefined) return bad(fault);
    return ELSEWHERE.test(given) ? bad("repo:, org:, user: and owner: would search elsewhere") : ok(given);
  },
};

const ADDRESS = /^https:\/\/[^\s?#]{1,300}$/;

/** A pull request by number, by branch, or by its address; the address is judged once the repository is known. */
export const selector: Validator = {
  name: "number, branch or address",
  check: (given, place) => {
    if (given.startsWith("https:")) return ADDRESS.test(given) ? ok(given) : bad("this is not an address");
    return branch.check(given, place);
  },
};

const API_PATH =
  /^(rate_limit|repos\/(\{owner\}\/\{repo\}|[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+)(\/[A-Za-z0-9._~:@!$&'()*+,;=%-]+)*)(\?[^\s#\\]*)?$/;

/** A path of the API below one repository. */
export const apiPath: Validator = {
  name: "repos/{owner}/{repo}/…",
  check: (given) => {
    const fault = plainFault(given, 2048);
    if (fault !== undefined) return bad(fault);
    const [path = ""] = given.split("?");
    const leadsAway = path.split("/").some((part) => part === "." || part === ".." || /%2e|%2f|%5c/i.test(part));
    return !leadsAway && API_PATH.test(given)
      ? ok(given)
      : bad("the path must be repos/{owner}/{repo}/… and lead nowhere else");
  },
};

/** `key=value`; a value that begins with @ would be read from a file. */
export const input: Validator = {
  name: "key=value",
  check: (given) => {
    const value = /^[A-Za-z_][A-Za-z0-9_.-]{0,100}=([^]*)$/.exec(given)?.[1];
    if (value === undefined || given.length > 8192) return bad("this is not key=value");
    return value.startsWith("@") ? bad("a value beginning with @ would be read from a file") : ok(given);
  },
};
