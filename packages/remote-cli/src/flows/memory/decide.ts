/** Notes about a person: read and written in that person's own direct message, nowhere else. */
import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";
import { memorySlugOf } from "@thor/workspace-config/pure/memory-slug";
import type { User } from "@thor/workspace-config/pure/schema/people";

import type { Call, Decision, Outcome, Sink } from "../../core/call.ts";
import { asksOnlyHelp } from "../../core/grammar/words.ts";
import {
  ONLY_DIRECT,
  onlyHumanOf,
  parseMemory,
  shownNotes,
  USAGE,
  type MemoryCommand,
} from "../../core/memory/command.ts";

/** More than any file may hold: whoever owns the notes sees all of them. */
const WHOLE_BYTES = 1024 * 1024;

export interface MemoryDeps {
  users: () => readonly User[];
  maxBytesPerFile: () => number;
  files: {
    read: (slug: string, maxBytes: number) => Promise<{ private: string | undefined; shared: string | undefined }>;
    write: (slug: string, text: string) => Promise<void>;
    forget: (slug: string) => Promise<number>;
  };
}

type Known = Exclude<MemoryCommand, { kind: "usage" }>;

export function createMemoryDecide({ users, maxBytesPerFile, files }: MemoryDeps) {
  const inOrder = createKeyedMutex();

  /** What is answered; a text that does not fit is not written. */
  const carryOut = async (slug: string, command: Known): Promise<{ exitCode: number; said: string }> => {
    if (command.kind === "show") return { exitCode: 0, said: shownNotes(await files.read(slug, WHOLE_BYTES)) };
    if (command.kind === "forget") return { exitCode: 0, said: `forgotten: ${await files.forget(slug)} files\n` };
    const before = command.kind === "append" ? (await files.read(slug, WHOLE_BYTES)).private : undefined;
    const text = before === undefined ? command.text : `${before}\n${command.text}`;
    const max = maxBytesPerFile();
    if (Buffer.byteLength(text) > max)
      return {
        exitCode: 1,
        said: `that would be more than ${max} bytes; shorten the notes with: memory person replace\n`,
      };
    await files.write(slug, text);
    return { exitCode: 0, said: "noted\n" };
  };

  return (call: Call): Promise<Decision> => {
    const { args, stdin, caller } = call;
    const command = parseMemory(args, stdin);
    const target = { commandId: `memory.${command.kind}` };
    if (asksOnlyHelp(args)) return Promise.resolve({ kind: "answer", stdout: USAGE, target });
    if (command.kind === "usage") return Promise.resolve({ kind: "deny", rule: "memory.usage", text: USAGE, target });
    const person = onlyHumanOf(caller);
    const user = person === undefined ? undefined : users().find(({ slack }) => slack === person);
    if (user === undefined)
      return Promise.resolve({ kind: "deny", rule: "memory.audience", text: ONLY_DIRECT, target });
    const slug = memorySlugOf(user);
    const execute = async (_signal: AbortSignal, sink: Sink): Promise<Outcome> => {
      const { exitCode, said } = await inOrder(slug, () => carryOut(slug, command));
      sink(exitCode === 0 ? "stdout" : "stderr", said);
      return { stdout: "", stderr: "", exitCode, ended: "exit" };
    };
    return Promise.resolve({
      kind: "run",
      target: { ...target, object: slug },
      canonical: args,
      isRead: command.kind === "show",
      execute,
      close: () => Promise.resolve(),
    });
  };
}
