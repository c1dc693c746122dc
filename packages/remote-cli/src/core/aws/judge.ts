/** Which calls of AWS run, which a person is asked about, and which are no calls at all. */
import type { Denial } from "../denial.ts";
import { LISTED, WRITING_FILES } from "./operations.ts";
import type { AwsCall, AwsOption } from "./words.ts";

export type AwsVerdict =
  | { kind: "allow"; call: AwsCall }
  | { kind: "ask"; call: AwsCall; warning?: string | undefined }
  | ({ kind: "denied" } & Denial);

type Takes = "nothing" | "one" | "many";
const TAKES: Readonly<Record<string, Takes>> = { "!": "nothing", "*": "many" };

/** `name: words` lines, of which a long one goes on in the next. */
const rowsOf = (table: string) =>
  table
    .replaceAll(/\n {2,}/g, " ")
    .trim()
    .split("\n")
    .map((line): [string, string[]] => {
      const [name = "", rest = ""] = line.split(/:(.*)/s);
      return [name, rest.split(" ").filter((word) => word !== "")];
    });

const OPERATIONS: ReadonlyMap<string, ReadonlyMap<string, Takes>> = new Map(
  rowsOf(LISTED).map(([name, options]) => [
    name,
    new Map(options.map((word) => [`--${word.replace(/[!*]$/, "")}`, TAKES[word.at(-1) ?? ""] ?? "one"])),
  ]),
);
const OUTFILES = new Set(
  rowsOf(WRITING_FILES).flatMap(([service, names]) => names.map((name) => `${service} ${name}`)),
);

const REVEALING =
  /^(lambda (get-function|get-function-configuration|list-functions)|ecs describe-(task-definition|tasks)|ec2 describe-(instance-attribute|launch-template-versions)|glue get-connections?|cloudformation (describe-stacks|get-template)|configure (get|export-credentials)|(sts|secretsmanager|kms) .*|ssm get-parameter.*|ecr (get-login-password|get-authorization-token)|rds generate-db-auth-token|iam create-access-key)$/;
const WARNING = "the result may hold credentials or environments";

const denied = (rule: string, reason: string, instead?: string): AwsVerdict => ({
  kind: "denied",
  rule,
  reason,
  instead,
});

const S3_URI = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,62}(\/[^\p{Cc}]*)?$/u;
const S3_LOCAL = new Set(["cp", "mv", "sync", "rm", "rb", "ls", "presign", "mb", "website"]);
const MAX_PRESIGN_SECONDS = 3600;

function optionFault(options: readonly AwsOption[], known: ReadonlyMap<string, Takes>): string | undefined {
  for (const { name, values } of options) {
    const takes = known.get(name);
    if (takes === undefined)
      return `option ${name} is not one of this operation; known are: ${[...known.keys()].slice(0, 12).join(" ")}`;
    const isFitting = takes === "many" ? values.length > 0 : values.length === (takes === "one" ? 1 : 0);
    if (!isFitting) return `${name} takes ${takes === "one" ? "one value" : takes}`;
  }
  return new Set(options.map(({ name }) => name)).size < options.length ? "an option is given twice" : undefined;
}

/** Only addresses in S3 are copied from, to or listed; nothing on this side. */
function s3Fault({ service, operation, operands, options }: AwsCall): string | undefined {
  if (service !== "s3" || !S3_LOCAL.has(operation)) return undefined;
  const words = [...operands, ...options.flatMap(({ values }) => values.slice(1))];
  return words.every((word) => S3_URI.test(word)) ? undefined : "only s3:// addresses can be named";
}

function presign(call: AwsCall): AwsVerdict {
  if (call.operands.length !== 1) return denied("positional.count", "one s3:// address is needed");
  const [given] = call.options;
  if (given === undefined)
    return {
      kind: "allow",
      call: { ...call, options: [{ name: "--expires-in", values: [String(MAX_PRESIGN_SECONDS)] }] },
    };
  const seconds = given.values[0] ?? "";
  if (!/^\d{1,7}$/.test(seconds)) return denied("value.invalid", "--expires-in is a number of seconds");
  return Number(seconds) <= MAX_PRESIGN_SECONDS ? { kind: "allow", call } : { kind: "ask", call };
}

function judgeListed(call: AwsCall, known: ReadonlyMap<string, Takes>): AwsVerdict {
  const fault = optionFault(call.options, known);
  if (fault !== undefined) return denied("option.unknown", fault);
  if (call.service === "s3" && call.operation === "presign") return presign(call);
  const maxOperands = call.service === "s3" ? 1 : 0;
  return call.operands.length > maxOperands
    ? denied("positional.count", `argument "${call.operands[maxOperands]?.slice(0, 60) ?? ""}" is one too many`)
    : { kind: "allow", call };
}

/** The file that an operation would write becomes standard output; any other name is refused. */
function withoutFile(call: AwsCall): AwsCall | undefined {
  const last = call.options.at(-1);
  const tail = [...call.operands, ...call.options.flatMap(({ values }) => values.slice(1))];
  if (tail.length !== 1 || !(tail[0] === "-" || tail[0] === "/dev/stdout")) return undefined;
  if (call.operands.length === 1) return { ...call, operands: ["/dev/stdout"] };
  if (last === undefined || last.values.length !== 2) return undefined;
  return {
    ...call,
    options: [...call.options.slice(0, -1), { ...last, values: [last.values[0] ?? "", "/dev/stdout"] }],
  };
}

/** Listed operations run; everything else that is well-formed needs a person. */
export function judgeAws(call: AwsCall): AwsVerdict {
  const name = `${call.service} ${call.operation}`;
  const local = s3Fault(call);
  if (local !== undefined) return denied("local.path", local);
  const known = OPERATIONS.get(name);
  if (known !== undefined) return judgeListed(call, known);
  const settled = OUTFILES.has(name) ? withoutFile(call) : call;
  if (settled === undefined) return denied("local.path", "the result cannot go to a file", `aws ${name} … -`);
  return { kind: "ask", call: settled, ...(REVEALING.test(name) ? { warning: WARNING } : {}) };
}

/** Services and operations that run without asking. */
export function awsHelp(service: string | undefined): string {
  const names = [...OPERATIONS.keys()].filter((name) => service === undefined || name.startsWith(`${service} `));
  const rows = names.map((name) => `  aws ${name} ${[...(OPERATIONS.get(name)?.keys() ?? [])].join(" ")}`.trimEnd());
  const head =
    rows.length === 0 ? `No operation of ${service ?? ""} runs without a person's approval.` : "Without approval:";
  return `usage: aws <service> <operation> [options]\n${head}\n${rows.join("\n")}\nEvery other operation asks a person first.\n`;
}
