/** The names and sessions of a conversation, and what its agent asks people. */
import type { Hosts } from "@thor/views/names";
import { aliasLink } from "@thor/views/names";
import { Empty, Id, Mark, type Moment, Panel, Table, When } from "@thor/views/ui/parts";
import { Away, Text, Words } from "@thor/views/ui/text";

import { Act, ActForm } from "./act.tsx";

export interface NameLine {
  type: string;
  value: string;
  source: string;
  createdAt: number;
  version: number;
}
const isMovable = ({ type }: NameLine) => !type.startsWith("opencode.");

const NameActions = ({ anchorId, name, csrf }: { anchorId: string; name: NameLine; csrf: string }) => {
  const fields = { type: name.type, value: name.value, v: name.version };
  return isMovable(name) ? (
    <div class="actions">
      <Act csrf={csrf} action={`/admin/conversations/${anchorId}/aliases/move`} word="Move…" fields={fields} />
      <Act csrf={csrf} action={`/admin/conversations/${anchorId}/aliases/release`} word="Release…" fields={fields} />
    </div>
  ) : (
    <span class="quiet">kept for ever</span>
  );
};

/** Every outside name, by what it was bound. */
export const NameTable = (props: {
  anchorId: string;
  names: readonly NameLine[];
  moment: Moment;
  hosts: Hosts;
  csrf: string;
}) => (
  <Panel id="names" title="Names">
    <Table
      caption="Names bound to this conversation"
      rows={props.names}
      id={({ type, value }) => `name-${type}-${value.replaceAll(/[^A-Za-z0-9]/g, "_")}`}
      columns={[
        {
          head: "Name",
          cell: ({ type, value }) => {
            const { text, href } = aliasLink(type, value, props.hosts);
            return href === undefined ? <Text value={text} /> : <Away href={href} value={text} />;
          },
        },
        { head: "Kind", cell: ({ type }) => <Words value={type} /> },
        { head: "Bound by", cell: ({ source }) => <Text value={source} /> },
        { head: "Since", cell: ({ createdAt }) => <When at={createdAt} moment={props.moment} /> },
        { head: "Actions", cell: (name) => <NameActions anchorId={props.anchorId} name={name} csrf={props.csrf} /> },
      ]}
    />
  </Panel>
);

export interface SessionLine {
  id: string;
  kind: string;
  status: string;
  agent?: string | undefined;
  parentId?: string | undefined;
  createdAt: number;
}

/** Current and former sessions. */
export const Sessions = ({ sessions, moment }: { sessions: readonly SessionLine[]; moment: Moment }) => (
  <Panel id="sessions" title="Sessions">
    {sessions.length === 0 ? (
      <Empty value="No session yet: the first run opens one." />
    ) : (
      <Table
        caption="OpenCode sessions"
        rows={sessions}
        id={({ id }) => `session-${id}`}
        columns={[
          { head: "Session", cell: ({ id }) => <Id value={id} /> },
          {
            head: "Kind",
            cell: ({ kind, agent }) => <Text value={kind === "sub" ? `sub-agent ${agent ?? ""}` : "main"} />,
          },
          {
            head: "Status",
            cell: ({ status }) => <Mark tone={status === "active" ? "good" : "still"} word={status} />,
          },
          { head: "Opened", cell: ({ createdAt }) => <When at={createdAt} moment={moment} /> },
        ]}
      />
    )}
  </Panel>
);

export interface Question {
  id: string;
  version: number;
  text: string;
  choices: readonly { word: string; choice: string }[];
  takesWords: boolean;
  createdAt: number;
}

/** What the agent asks people, with the same choices as in Slack. */
export const Questions = ({
  questions,
  anchorId,
  csrf,
  moment,
}: {
  questions: readonly Question[];
  anchorId: string;
  csrf: string;
  moment: Moment;
}) => (
  <Panel id="questions" title="Questions">
    {questions.length === 0 ? (
      <Empty value="The agent asks nothing right now." />
    ) : (
      questions.map(({ id, text, choices, takesWords, createdAt }) => (
        <div class="stack" id={`question-${id}`}>
          <p>
            <Text value={text} />{" "}
            <span class="quiet">
              <When at={createdAt} moment={moment} />
            </span>
          </p>
          <div class="actions">
            {choices.map(({ word, choice }) => (
              <Act
                csrf={csrf}
                action={`/admin/conversations/${anchorId}/answer`}
                word={word}
                fields={{ card: id, choice }}
              />
            ))}
          </div>
          {takesWords ? (
            <ActForm
              csrf={csrf}
              action={`/admin/conversations/${anchorId}/answer`}
              fields={{ card: id }}
              class="fields"
            >
              <label class="field">
                <span>In words</span>
                <input type="text" name="text" maxlength="3000" required />
              </label>
              <button type="submit">Answer</button>
            </ActForm>
          ) : undefined}
        </div>
      ))
    )}
  </Panel>
);
