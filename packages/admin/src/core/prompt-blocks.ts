/** A stored prompt in the blocks that it was made of; a private note stays between its person and the agent. */
import { z } from "zod";

const Facts = z.object({ blocks: z.array(z.object({ kind: z.string(), bytes: z.number(), sha256: z.string() })) });

export interface PromptBlock {
  kind: string;
  bytes: number;
  sha256: string;
  /** Undefined for what is not shown. */
  text: string | undefined;
}

const SEPARATOR_BYTES = 2;
const isPrivate = (kind: string) => kind.startsWith("private:");

/** Cuts a prompt by the sizes that were stored with it; one that does not fit them is not shown at all. */
export function promptBlocks(prompt: string, revs: unknown): PromptBlock[] {
  const bytes = Buffer.from(prompt);
  const blocks = Facts.safeParse(revs).data?.blocks ?? [];
  const total = blocks.reduce((sum, block) => sum + block.bytes + SEPARATOR_BYTES, -SEPARATOR_BYTES);
  if (blocks.length === 0 || total !== bytes.length)
    return [{ kind: "prompt", bytes: bytes.length, sha256: "", text: undefined }];
  let at = 0;
  return blocks.map((block) => {
    const text = bytes.subarray(at, at + block.bytes).toString("utf8");
    at += block.bytes + SEPARATOR_BYTES;
    return { ...block, text: isPrivate(block.kind) ? undefined : text };
  });
}
