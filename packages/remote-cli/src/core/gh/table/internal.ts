/** What Thor's own services ask of gh: look-ups, reactions, notices. The agent's commands are other rows. */
import { command, lists, one, separate, values } from "../../grammar/rows.ts";
import type { Command, CommandSpec, Shaped, Validator } from "../../grammar/spec.ts";
import { valuesOf } from "../../grammar/spec.ts";
import { among, int, matching, ok, bad } from "../../grammar/validate/text.ts";

const fullName = matching("owner/repo", /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/, 201);
const fields = matching("field list", /^[A-Za-z]+(,[A-Za-z]+)*$/, 500);
const apiPath = matching("path", /^repos\/[A-Za-z0-9._/-]+$/, 400);
const MAX_FIELD = 70_000;
/** `name=value`; a value that begins with @ would be read from a file, and only -F does that: -f is verbatim. */
const field: Validator = {
  name: "name=value",
  check: (text) => (/^[a-z_]{1,40}=/.test(text) && text.length <= MAX_FIELD ? ok(text) : bad("not a name=value")),
};

interface ApiRow {
  method: "GET" | "POST" | "PATCH";
  path: RegExp;
  fields: RegExp;
}
const REACTION = /^content=(\+1|-1|laugh|confused|heart|hooray|rocket|eyes)$/;
const PAGE = /^(per_page=\d{1,3}|page=\d{1,3}|since=[0-9TZ:-]{10,30})$/;
const BODY = /^body=[^]+$/;
const REPO = String.raw`^repos/[^/]+/[^/]+`;
const API: readonly ApiRow[] = [
  ...["issues/comments", "pulls/comments", "issues"].flatMap((kind): ApiRow[] => {
    const path = new RegExp(`${REPO}/${kind}/\\d{1,18}/reactions$`);
    return [
      { method: "POST", path, fields: REACTION },
      { method: "GET", path, fields: PAGE },
    ];
  }),
  { method: "POST", path: new RegExp(`${REPO}/issues/\\d{1,10}/comments$`), fields: BODY },
  { method: "GET", path: new RegExp(`${REPO}/issues/\\d{1,10}/comments$`), fields: PAGE },
  { method: "PATCH", path: new RegExp(`${REPO}/issues/comments/\\d{1,18}$`), fields: BODY },
];

/** The method says what the fields become: a body, or a query. It is always spelled out, because -f alone means POST. */
function apiShape(given: Command): Shaped {
  const [method = ""] = valuesOf(given, "-X");
  const [path = ""] = given.positionals;
  const row = API.find((allowed) => allowed.method === method && allowed.path.test(path));
  if (row === undefined) return { kind: "bad", reason: "this request is not one of those that Thor makes" };
  const wrong = valuesOf(given, "-f").find((text) => !row.fields.test(text));
  return wrong === undefined ? { kind: "ok", command: given } : { kind: "bad", reason: "a field is not allowed here" };
}

export const GH_INTERNAL_COMMANDS: readonly CommandSpec[] = [
  command("pr view", {
    options: separate([...values("--repo", fullName), ...values("--json", fields)]),
    positionals: [one("number", int(1, 999_999_999))],
    effect: "net-read",
    facts: ["origin"],
    class: "network",
  }),
  command("pr checks", {
    id: "pr.checks.json",
    when: ["--json"],
    options: separate([...values("--repo", fullName), ...values("--json", fields)]),
    positionals: [one("number", int(1, 999_999_999))],
    effect: "net-read",
    facts: ["origin"],
    class: "network",
  }),
  command("pr checks", {
    options: separate(values("--repo", fullName)),
    positionals: [one("number", int(1, 999_999_999))],
    effect: "net-read",
    facts: ["origin"],
    class: "network",
  }),
  command("api", {
    options: separate([...values("-X", among("GET POST PATCH")), ...lists("-f", field)]),
    positionals: [one("path", apiPath)],
    shape: apiShape,
    effect: "net-write",
    facts: ["origin"],
    class: "network",
  }),
];
