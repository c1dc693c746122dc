/** The note files that a run may see, as they stand now. */
import { memorySlugOf } from "@thor/workspace-config/pure/memory-slug";
import type { User } from "@thor/workspace-config/pure/schema/people";
import type { ConfigView } from "@thor/workspace-config/pure/standing";

import { tiersFor, type Audience, type Tiers } from "../core/prompt/audience.ts";
import type { Note } from "../core/prompt/compose.ts";

export interface GatherNotesDeps {
  config: () => ConfigView;
  /** Notes that everybody's sessions may read. */
  memoryDir: string;
  /** Notes that only their owner sees, outside everything that agents can read. */
  privateDir: string;
  readNote: (root: string, name: string, maxBytes: number) => Promise<string | undefined>;
}

export interface NotesFor {
  audience: Audience;
  channel?: string | undefined;
  /** The session has not seen the conversation's own notes yet. */
  isNewSession: boolean;
  /** Who asked, when the team knows them. */
  user?: User | undefined;
}

const CHANNEL = /^[CGD][A-Z0-9]{2,20}$/;

interface NoteFile {
  tier: Note["tier"];
  file: string;
  name?: string | undefined;
}

/** Which files those are, by what the audience may see. */
function filesFor({ channel, isNewSession, user }: NotesFor, tiers: Tiers): NoteFile[] {
  const channelFile = channel !== undefined && CHANNEL.test(channel) ? `channels/${channel}.md` : undefined;
  const personFile = user === undefined ? undefined : `people/${memorySlugOf(user)}.md`;
  const files = [
    { tier: "global", file: isNewSession ? "README.md" : undefined },
    { tier: "channel", file: isNewSession ? channelFile : undefined },
    { tier: "person", file: personFile, name: user?.name },
    { tier: "private", file: personFile, name: user?.name },
  ] as const;
  return files.flatMap(({ file, ...rest }) => (file === undefined || !tiers[rest.tier] ? [] : [{ file, ...rest }]));
}

export interface Gathered {
  /** What the prompt shows. */
  notes: Note[];
  /** Files that the session may open by itself, whether they exist yet or not; never a private one. */
  open: string[];
}

export const createGatherNotes =
  (deps: GatherNotesDeps) =>
  async (wanted: NotesFor): Promise<Gathered> => {
    const { admission, operational } = deps.config();
    const { maxBytesPerFile } = operational.memory;
    const tiers = tiersFor(wanted.audience, { ...operational.memory, ...admission.memory });
    const read = async ({ tier, file, name }: NoteFile): Promise<Note> => {
      const root = tier === "private" ? deps.privateDir : deps.memoryDir;
      return { tier, name, path: `${root}/${file}`, text: await deps.readNote(root, file, maxBytesPerFile) };
    };
    const notes = await Promise.all(filesFor(wanted, tiers).map(read));
    // That somebody has no notes is no news; that the conversation has none says where they would go.
    const shown = notes.filter(({ tier, text }) => text !== undefined || tier === "global" || tier === "channel");
    const open = filesFor({ ...wanted, isNewSession: true }, tiers).filter(({ tier }) => tier !== "private");
    return { notes: shown, open: open.map(({ file }) => `${deps.memoryDir}/${file}`) };
  };
export type GatherNotes = ReturnType<typeof createGatherNotes>;
