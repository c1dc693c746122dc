/** Runs checks at once, each with its own deadline; a check that breaks is a finding of its own. */
import type { Check, Checked, Finding } from "./finding.ts";

const DEADLINE_MS = 10_000;

function late(name: string): { answer: Promise<Finding>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<Finding>((resolve) => {
    timer = setTimeout(
      () =>
        resolve({
          kind: "failing",
          says: `no answer within ${DEADLINE_MS / 1000} s`,
          fix: `See what holds up ${name}.`,
        }),
      DEADLINE_MS,
    );
  });
  return { answer, cancel: () => clearTimeout(timer) };
}

async function lookAt({ name, look }: Check): Promise<Finding> {
  const deadline = late(name);
  try {
    return await Promise.race([Promise.resolve().then(look), deadline.answer]);
  } catch (err) {
    const says = err instanceof Error ? err.message : String(err);
    return { kind: "failing", says, fix: "This check itself broke: report it with the line above." };
  } finally {
    deadline.cancel();
  }
}

export const runChecks = (checks: readonly Check[]): Promise<Checked[]> =>
  Promise.all(checks.map(async (check) => ({ group: check.group, name: check.name, finding: await lookAt(check) })));
