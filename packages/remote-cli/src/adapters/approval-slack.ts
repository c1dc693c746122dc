/** Slack as approvals need it: cards with a hidden mark, files, people, groups, and whose workspace this is. */
import type { SlackApi } from "@thor/slack/client";
import { readIdentity } from "@thor/slack/identity";
import { readGroupMembers, readPerson } from "@thor/slack/people";
import { createThread } from "@thor/slack/thread";
import { createUpload } from "@thor/slack/upload";

/** How far our clock and Slack's may be apart. */
const CLOCKS_APART_MS = 60_000;
const MARK = "thor_approval";

interface Place {
  channel: string;
  threadTs?: string | undefined;
}

export function createApprovalSlack(api: SlackApi, apiUrl: string) {
  const { post, update, find } = createThread(api);
  const upload = createUpload(api, apiUrl);
  let team: string | undefined;

  const teamId = async (): Promise<string | undefined> => {
    if (team !== undefined) return team;
    const identity = await readIdentity(api);
    if (identity.kind === "ok") team = identity.body.team_id;
    return team;
  };

  return {
    teamId,
    post: (place: Place, shown: { text: string; blocks?: readonly object[] | undefined }, mark: string) =>
      post({ ...place, ...shown, metadata: { event_type: MARK, event_payload: { mark } } }),
    update: (place: { channel: string; ts: string }, shown: { text: string; blocks?: readonly object[] | undefined }) =>
      update({ ...place, ...shown }),
    /** In the thread, or among what was said in the channel a little before and ever since `oldest`. */
    find: ({ channel, threadTs, oldest }: Place & { oldest: number }, mark: string) =>
      find(
        { channel, threadTs, oldest: ((oldest - CLOCKS_APART_MS) / 1000).toFixed(6) },
        ({ metadata }) => metadata?.event_type === MARK && metadata.event_payload["mark"] === mark,
      ),
    upload: (place: Place, { name, text }: { name: string; text: string }) =>
      upload({ ...place, files: [{ name, bytes: new TextEncoder().encode(text) }] }),
    readPerson: async (id: string) => {
      const [person, ours] = await Promise.all([readPerson(api, id), teamId()]);
      if (person.kind !== "ok" || ours === undefined) return { kind: "failed" as const };
      const { teamId: theirs, ...facts } = person.body;
      return { kind: "ok" as const, body: { ...facts, isOurTeam: theirs === ours } };
    },
    readGroup: async (id: string) => {
      const members = await readGroupMembers(api, id);
      return members.kind === "ok" ? members : { kind: "failed" as const };
    },
  };
}
