/** `thor doctor`: looks at everything that can be wrong, says what to do, mends what is safe to mend. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { openLedger } from "@thor/ledger/open";

import { fileChecks } from "./doctor/files.ts";
import { exitCodeOf, linesOf, reportOf, type Check } from "./doctor/finding.ts";
import { ledgerChecks } from "./doctor/ledger.ts";
import { machineChecks } from "./doctor/machine.ts";
import { runChecks } from "./doctor/run-checks.ts";
import { serviceChecks } from "./doctor/services.ts";
import { layoutOf, ROOT, type Layout } from "./start/layout.ts";
import { RunFile } from "./start/run-file.ts";
import { openSecrets } from "./start/secrets.ts";

const DOCTOR_HELP = `thor doctor [--json] [--only machine|files|ledger|services] [--fix]
looks at this machine, the data directory (THOR_DATA_DIR, .thor) and the services that run from it.
Exit code: 0 all is well, 1 something fails, 2 something wants a look. --fix mends modes of files.
`;

interface Speaker {
  out: (line: string) => void;
  err: (line: string) => void;
}

function readRunFile({ runFile }: Layout): RunFile | undefined {
  try {
    return RunFile.parse(JSON.parse(readFileSync(runFile, "utf8")));
  } catch {
    return undefined;
  }
}

/** Keeps the result for Admin, when there is a ledger to keep it in. */
async function keep({ database }: Layout, secret: string, report: ReturnType<typeof reportOf>): Promise<void> {
  const opened = await openLedger({
    url: `sqlite:${database}`,
    service: "doctor",
    instance: String(process.pid),
    secret,
  });
  if (opened.kind !== "opened") return;
  await opened.ledger.recordDoctor({ by: "doctor", ok: report.ok, checks: report.checks });
  await opened.ledger.close();
}

function mendAll(checks: readonly Check[], { out }: Speaker): void {
  for (const { name, mend } of checks) {
    const did = mend?.();
    if (did !== undefined) out(`mended   ${name}: ${did}`);
  }
}

function checksFor(layout: Layout, env: Readonly<Record<string, string | undefined>>) {
  const hasData = existsSync(layout.secretsFile);
  const secret = env["THOR_INTERNAL_SECRET"] ?? (hasData ? openSecrets(layout.secretsFile).THOR_INTERNAL_SECRET : "");
  const previousSecrets = env["THOR_INTERNAL_SECRET_PREVIOUS"];
  const checks = [
    ...machineChecks(layout),
    ...fileChecks(layout),
    ...ledgerChecks({ layout, secret, previousSecrets }),
    ...serviceChecks(readRunFile(layout)),
  ];
  return { secret, checks };
}

/** Runs the checks; the answer is the exit code. */
export async function doctorCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  speaker: Speaker,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean" },
      only: { type: "string" },
      fix: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    speaker.out(DOCTOR_HELP);
    return 0;
  }
  const layout = layoutOf(resolve(ROOT, env["THOR_DATA_DIR"] ?? ".thor"));
  mkdirSync(layout.data, { recursive: true, mode: 0o700 });
  const { secret, checks } = checksFor(layout, env);
  const wanted = checks.filter(({ group }) => values.only === undefined || group === values.only);
  if (wanted.length === 0) {
    speaker.err(`there is no group ${values.only}\n${DOCTOR_HELP}`);
    return 1;
  }
  if (values.fix === true) mendAll(wanted, speaker);
  const checked = await runChecks(wanted);
  const report = reportOf(checked);
  for (const line of values.json === true ? [JSON.stringify(report)] : linesOf(checked)) speaker.out(line);
  if (existsSync(layout.database)) await keep(layout, secret, report);
  return exitCodeOf(checked);
}
