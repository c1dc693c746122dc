/** Answers one question about the policy on standard output: argv is `<tool> <arguments…>`, `THOR_EXPLAIN_CWD` the place. */
import { explanationOf } from "./core/explanation.ts";
import { EXPLAINED_TOOLS, explainCall } from "./flows/explain.ts";

const [tool = "", ...args] = process.argv.slice(2);
const decision = await explainCall(tool, args, process.env["THOR_EXPLAIN_CWD"]);
if (decision === undefined) {
  process.stderr.write(`unknown tool ${tool}; known are ${EXPLAINED_TOOLS.join(", ")}\n`);
  process.exitCode = 2;
} else process.stdout.write(`${JSON.stringify(explanationOf(decision))}\n`);
