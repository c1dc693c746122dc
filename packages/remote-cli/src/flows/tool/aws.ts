/** aws: reading operations run, everything else asks a person. */
import { awsHelp, judgeAws } from "../../core/aws/judge.ts";
import { readAws, renderAws } from "../../core/aws/words.ts";
import type { Call, Decision, Sink } from "../../core/call.ts";
import type { Variables } from "../../core/credentials.ts";
import { denialText, type Denial } from "../../core/denial.ts";
import type { RunTool } from "./run-tool.ts";

export interface AwsDeps {
  variables: Variables;
  run: RunTool;
}

const CREDENTIALS = `AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION
  AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI
  AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_EC2_METADATA_DISABLED`.split(/\s+/);

function environmentOf({ variables }: AwsDeps): Record<string, string> {
  const given = CREDENTIALS.flatMap((name) => {
    const value = variables[name] ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  return {
    AWS_PAGER: "",
    AWS_CONFIG_FILE: variables["AWS_CONFIG_FILE"] ?? "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    ...Object.fromEntries(given),
  };
}

/** The aws tool. */
export function createAwsDecide(deps: AwsDeps) {
  return (call: Call): Promise<Decision> => Promise.resolve(decide(deps, call));
}

function decide(deps: AwsDeps, { args, cwd }: Call): Decision {
  const refuse = (denial: Denial, commandId: string): Decision => ({
    kind: "deny",
    rule: denial.rule,
    text: denialText("aws", args, denial),
    target: { commandId },
  });
  const words = readAws(args);
  if (words.kind === "denied") return refuse(words, "unknown");
  if (words.kind === "help")
    return {
      kind: "answer",
      stdout: awsHelp(args.find((word) => /^[a-z]/.test(word) && word !== "help")),
      target: { commandId: "help" },
    };
  const commandId = `aws.${words.call.service}.${words.call.operation}`;
  const verdict = judgeAws(words.call);
  if (verdict.kind === "denied") return refuse(verdict, commandId);
  const argv = renderAws(verdict.call);
  const plan = { bin: "aws", argv, env: environmentOf(deps), timeClass: "aws" as const };
  const runnable = {
    target: { commandId },
    canonical: argv,
    execute: (signal: AbortSignal, sink: Sink) => deps.run(plan, { signal, sink }),
    close: () => Promise.resolve(),
  };
  if (verdict.kind === "allow") return { kind: "run", isRead: true, ...runnable };
  return { kind: "ask", asked: { tool: "awsExec", args: { cwd, argv }, warning: verdict.warning }, ...runnable };
}
