/** Passes: what the agent's side may know of one session, with the token that proves it. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import type { Pass } from "@thor/domain/pass";
import { formatSessionToken, SESSION_TOKEN_KEY, sessionTokenMessage } from "@thor/domain/session-token";
import { writeFileAtomic } from "@thor/kit/atomic-file";
import { createSigner } from "@thor/kit/signer";

const VALID_MS = 24 * 3_600_000;

export function createPassFiles({ directory, secret, now }: { directory: string; secret: string; now: () => number }) {
  const sign = createSigner(secret, THOR_KEY_SALT, SESSION_TOKEN_KEY);
  const pathOf = (sessionId: string) => join(directory, `${sessionId}.json`);
  const tokenOf = (sessionId: string) => formatSessionToken(sign(sessionTokenMessage(sessionId)));
  return {
    tokenOf,
    remove: (sessionId: string): Promise<void> => rm(pathOf(sessionId), { force: true }),
    /** Written before the session's first prompt; without it no command of the session runs. */
    write: async ({
      sessionId,
      anchorId,
      cwd,
      ...given
    }: {
      sessionId: string;
      anchorId: string;
      cwd: string;
    } & Pick<Pass, "guide" | "memory">): Promise<void> => {
      const pass: Pass = {
        session: sessionId,
        anchor: anchorId,
        token: tokenOf(sessionId),
        cwd,
        worktreesFile: join(directory, anchorId, "worktrees"),
        ...given,
        expiresAt: now() + VALID_MS,
      };
      await mkdir(join(directory, anchorId), { recursive: true, mode: 0o750 });
      await writeFileAtomic(pathOf(sessionId), `${JSON.stringify(pass)}\n`, 0o640);
    },
  };
}
