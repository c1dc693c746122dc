/** From what a command line asks for to an action: everything that will run, and what has to be the same when it does. */
import type { Json } from "@thor/domain/json";

import type { Action, Ask, Asked, Call, JsonObject } from "../call.ts";

const isJson = (value: unknown): value is Json => value !== undefined;

const jsonOf = (args: Asked["args"]): JsonObject =>
  Object.fromEntries(Object.entries(args).flatMap(([name, value]) => (isJson(value) ? [[name, value]] : [])));

const textIn = (args: JsonObject, name: string): string => {
  const value = args[name];
  return typeof value === "string" ? value : "";
};

/** The same words with another title, in whichever form it was given. */
function retitled(args: readonly string[], title: string): string[] {
  return args.map((word, at) => {
    if (["--title", "-t"].includes(args[at - 1] ?? "")) return title;
    return word.startsWith("--title=") ? `--title=${title}` : word;
  });
}

type Shape = Pick<Action, "store" | "targetKey" | "title" | "fields" | "editable" | "edited" | "alwaysAsk" | "confirm">;

function issueShape(args: JsonObject, call: Call, repository: string): Shape {
  const title = textIn(args, "title");
  return {
    store: "gh",
    targetKey: `gh:${repository}`,
    title: `Create GitHub issue: ${title}`,
    fields: ["title", "body"],
    editable: { title, body: call.stdin ?? "" },
    edited: (fields) => ({ args: retitled(call.args, fields["title"] ?? title), stdin: fields["body"] ?? call.stdin }),
    alwaysAsk: false,
    confirm: false,
  };
}

const awsShape = (call: Call): Shape => ({
  store: "aws",
  targetKey: "aws:GLOBAL",
  title: "Run aws command",
  fields: ["warning", "argv"],
  editable: {},
  edited: () => ({ args: call.args, stdin: call.stdin }),
  alwaysAsk: true,
  confirm: true,
});

/** What rules may look at in a cloud's command. */
function awsFacts(canonical: readonly string[]): JsonObject {
  const [service = "", operation = ""] = canonical;
  const at = canonical.indexOf("--region");
  const region = at < 0 ? undefined : canonical[at + 1];
  return { service, operation, ...(region === undefined ? {} : { region }) };
}

/** The action of a decision; a command line's is what it renders to, with its whole text and its place. */
export function actionOf({ asked, canonical, stdin, target }: Ask, call: Call): Action {
  if ("store" in asked) return asked;
  const { warning } = asked;
  const args: JsonObject = {
    ...jsonOf(asked.args),
    ...(asked.tool === "awsExec" ? awsFacts(canonical) : {}),
    ...(stdin === undefined ? {} : { body: stdin }),
    ...(warning === undefined ? {} : { warning }),
  };
  const shape = asked.tool === "awsExec" ? awsShape(call) : issueShape(args, call, target.object ?? "");
  const context = { argv: canonical, cwd: call.cwd ?? "", object: target.object ?? "" };
  return { ...shape, tool: asked.tool, args, injected: {}, context };
}
