/** Finds the sandbox of a worktree, wakes it, or makes one within the limits. */
import type { Provider } from "./provider.ts";
import { chooseSandbox, type Found } from "./pure/choose.ts";
import { SandboxFailure } from "./pure/failure.ts";

export interface ObtainDeps {
  provider: Provider;
  limits: () => { maxActive: number; maxPerConversation: number };
  running: (root: string) => number;
}
interface Asked {
  root: string;
  anchor: string;
  note: (text: string) => void;
}

const isActive = ({ state }: Found) => state === "started" || state === "starting";

async function refuseBeyondLimits({ provider, limits, running }: ObtainDeps, { anchor }: Asked): Promise<void> {
  const active = (await provider.list()).filter(isActive);
  const own = active.filter((found) => found.anchor === anchor);
  const { maxActive, maxPerConversation } = limits();
  if (active.length < maxActive && own.length < maxPerConversation) return;
  const [scope, counted] = own.length >= maxPerConversation ? ["this conversation has", own] : ["there are", active];
  const idle = counted.filter(({ root }) => running(root) === 0).map(({ root }) => root);
  throw new SandboxFailure(
    `${scope} ${counted.length} sandboxes, and no more are allowed; idle: ${idle.join(", ") || "none"}`,
    "sandbox stop in one of them",
  );
}

async function create(deps: ObtainDeps, asked: Asked, broken: readonly Found[]): Promise<Found> {
  for (const found of broken) await deps.provider.remove(found);
  if (broken.some(({ sha }) => sha !== ""))
    asked.note("the sandbox was broken and is replaced: ignored files and caches in it are gone");
  await refuseBeyondLimits(deps, asked);
  return deps.provider.create(asked);
}

/** Answers a sandbox that has started, and whether it is new. */
export const createObtain =
  (deps: ObtainDeps) =>
  async (asked: Asked): Promise<{ found: Found; isNew: boolean }> => {
    const choice = chooseSandbox(await deps.provider.list(asked.root));
    if (choice.kind === "create") return { found: await create(deps, asked, choice.broken), isNew: true };
    const { found, surplus } = choice;
    // Nobody waits for these, and one that stays is tried again next time.
    for (const other of surplus) void deps.provider.remove(other).catch(() => undefined);
    if (found.state !== "started") {
      await refuseBeyondLimits(deps, asked);
      await deps.provider.start(found);
    }
    return { found, isNew: false };
  };
