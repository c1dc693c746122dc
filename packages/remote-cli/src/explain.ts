/** Answers one question about the policy on standard output: argv is `<working directory or empty> <tool> <arguments…>`. */
import { createSqlParser } from "./adapters/sql-parser.ts";
import { explanationOf } from "./core/explanation.ts";
import { createExplain } from "./flows/explain.ts";

const [cwd = "", tool = "", ...args] = process.argv.slice(2);
const { explain, tools } = createExplain(createSqlParser());
const decision = await explain(tool, args, cwd === "" ? undefined : cwd);
if (decision === undefined) {
  process.stderr.write(`unknown tool ${tool}; known are ${tools.join(", ")}\n`);
  process.exitCode = 2;
} else process.stdout.write(`${JSON.stringify(explanationOf(decision))}\n`);
