/** Editing a file that steers Thor: the text with its faults, a review before it counts, conflicts, versions. */
import type { Children } from "@kitajs/html";
import type { FileDiff } from "@thor/views/diff";
import { formatBytes } from "@thor/views/format";
import { Diff } from "@thor/views/run/ui/diff";
import { Empty, Facts, Mark, type Moment, Panel, Table, When } from "@thor/views/ui/parts";
import { Block, Code, FieldText, Text, Words } from "@thor/views/ui/text";

import { ActForm } from "./act.tsx";

export interface Issue {
  line: number;
  column: number;
  path: string;
  message: string;
  suggestion?: string | undefined;
}
export interface Place {
  /** `/admin/config` or `/admin/schedules/edit`. */
  base: string;
  name: string;
  csrf: string;
}

const IssueLine = ({ issue, kind }: { issue: Issue; kind: "fault" | "warning" }) => (
  <li>
    <Mark tone={kind === "fault" ? "bad" : "wait"} word={kind} />{" "}
    <a href="#text" data-line={String(issue.line)}>
      <Words value={`Line ${issue.line}, column ${issue.column}`} />
    </a>{" "}
    <Code value={issue.path} /> <Text value={issue.message} />
    {issue.suggestion === undefined ? undefined : <Text value={`. Did you mean "${issue.suggestion}"?`} />}
  </li>
);

/** Everything that is wrong with a text; said aloud when it changes. */
export const Issues = ({ issues, warnings }: { issues: readonly Issue[]; warnings: readonly Issue[] }) => (
  <div id="issues" role="status">
    {issues.length + warnings.length === 0 ? (
      <p class="quiet">No fault.</p>
    ) : (
      <ul class="plain">
        {issues.map((issue) => (
          <IssueLine issue={issue} kind="fault" />
        ))}
        {warnings.map((issue) => (
          <IssueLine issue={issue} kind="warning" />
        ))}
      </ul>
    )}
  </div>
);

export interface EditorProps extends Place {
  text: string;
  /** What the text began with. */
  rev: string;
  issues: readonly Issue[];
  warnings: readonly Issue[];
}

/** The text itself. It is kept in the browser while somebody types, and is never replaced under their hands. */
export const Editor = ({ base, name, csrf, text, rev, issues, warnings }: EditorProps) => (
  <section id="editor" class="panel" aria-labelledby="editor-title" data-held="">
    <h2 id="editor-title">
      <Words value={`Edit ${name}`} />
    </h2>
    <Issues issues={issues} warnings={warnings} />
    <ActForm csrf={csrf} action={`${base}/review`} fields={{ base: rev }} class="stack">
      <label class="field">
        <span>
          <Words value={`Text of ${name}`} />
        </span>
        <textarea
          id="text"
          name="text"
          class="editor"
          rows="28"
          spellcheck="false"
          data-keep={`${name}:${rev}`}
          data-restore=""
          data-check={`${base}/check`}
        >
          <FieldText value={text} />
        </textarea>
      </label>
      <button type="submit" class="main">
        Review
      </button>
    </ActForm>
  </section>
);

export interface SaveProps extends Place {
  text: string;
  rev: string;
  origin: "admin" | "restore";
}

const Kept = ({ text }: { text: string }) => (
  <textarea name="text" hidden aria-label="Text to be saved">
    <FieldText value={text} />
  </textarea>
);

const SaveForm = ({ base, name, csrf, text, rev, origin }: SaveProps) => (
  <ActForm csrf={csrf} action={`${base}/save`} fields={{ base: rev, origin }} class="stack">
    <Kept text={text} />
    <label class="field">
      <span>Reason (kept with the version)</span>
      <input type="text" name="reason" maxlength="500" />
    </label>
    <div class="actions">
      <button type="submit" class="main" data-final="">
        <Words value={`Save ${name}`} />
      </button>
      <a href={base}>Do not save</a>
    </div>
  </ActForm>
);

/** What saving would change: line by line, and in words. */
export const Review = (
  props: SaveProps & { diff: FileDiff; sentences: readonly string[] | undefined; warnings: readonly Issue[] },
) => (
  <Panel id="review" title="Review">
    {props.sentences === undefined ? undefined : (
      <ul>
        {props.sentences.map((sentence) => (
          <li>
            <Text value={sentence} />
          </li>
        ))}
      </ul>
    )}
    <Diff file={props.diff} id="review-diff" whole={props.base} />
    <Issues issues={[]} warnings={props.warnings} />
    <SaveForm {...props} />
  </Panel>
);

/** Somebody else was faster: their change, yours, and both together where they do not touch. */
export const Conflict = (
  props: SaveProps & { diff: FileDiff; diskRev: string; merged: string | undefined; by: string },
) => (
  <>
    <Panel id="conflict" title="Changed meanwhile">
      <p role="alert">
        <Text
          value={`${props.name} was changed by ${props.by} after you began. Nothing was saved; your text is below.`}
        />
      </p>
      <h3>What differs between theirs and yours</h3>
      <Diff file={props.diff} id="conflict-diff" whole={props.base} />
    </Panel>
    {props.merged === undefined ? (
      <Panel id="merged" title="Both together">
        <Empty value="Your change and theirs touch the same lines: join them below." />
      </Panel>
    ) : (
      <Panel id="merged" title="Both together">
        <p>The two changes do not touch each other. This is the text with both:</p>
        <Block value={props.merged} label="Text with both changes" />
        <ActForm csrf={props.csrf} action={`${props.base}/review`} fields={{ base: props.diskRev }}>
          <Kept text={props.merged} />
          <button type="submit" class="main">
            Review both together
          </button>
        </ActForm>
      </Panel>
    )}
    <Editor {...props} rev={props.diskRev} issues={[]} warnings={[]} />
  </>
);

export interface VersionLine {
  version: number;
  rev: string;
  author: string;
  origin: string;
  reason?: string | undefined;
  text: string;
  at: number;
}

const versionCells = (base: string, moment: Moment) => [
  {
    head: "Version",
    cell: ({ version }: VersionLine) => (
      <a href={`${base}/versions/${version}`}>
        <Words value={version} />
      </a>
    ),
  },
  { head: "By", cell: ({ author, origin }: VersionLine) => <Text value={`${author} (${origin})`} /> },
  { head: "When", cell: ({ at }: VersionLine) => <When at={at} moment={moment} /> },
  { head: "Size", cell: ({ text }: VersionLine) => <Words value={formatBytes(text.length)} />, class: "number" },
  { head: "Reason", cell: ({ reason }: VersionLine) => <Text value={reason ?? "–"} /> },
];

/** What the file said before. */
export const Versions = ({ rows, base, moment }: { rows: readonly VersionLine[]; base: string; moment: Moment }) => (
  <Panel id="versions" title="Versions">
    {rows.length === 0 ? (
      <Empty value="No version is stored yet: the first one is, once a service has read the file." />
    ) : (
      <Table
        caption="Newest first"
        columns={versionCells(base, moment)}
        rows={rows}
        id={({ version }) => `version-${version}`}
      />
    )}
  </Panel>
);

export interface Standing {
  rev: string;
  fault?: string | undefined;
  issues: number;
  version: number | undefined;
  services: readonly { service: string; version: string }[];
}

/** What is on disk, and which service runs on it already. */
export const StandingPanel = ({
  standing,
  name,
  children,
}: {
  standing: Standing;
  name: string;
  children?: Children;
}) => (
  <Panel id="standing" title="In force">
    {standing.fault === undefined && standing.issues === 0 ? undefined : (
      <p class="fault">
        <Text
          value={`${name} ${standing.fault ?? `has ${standing.issues} faults`}: the last good settings are in use; nobody new is admitted, and nothing can be approved or extended until it is mended.`}
        />
      </p>
    )}
    <Facts
      facts={[
        ["On disk", <Code value={standing.rev === "" ? "nothing" : standing.rev} />],
        ["Stored as version", standing.version === undefined ? undefined : <Words value={standing.version} />],
        ...standing.services.map(
          ({ service, version }) =>
            [
              service,
              <Mark
                tone={version === standing.rev ? "good" : "wait"}
                word={version === standing.rev ? "runs on it" : `on ${version}`}
              />,
            ] as const,
        ),
      ]}
    />
    {children}
  </Panel>
);

/** One earlier text beside the present one. */
export const VersionPage = (props: { line: VersionLine; diff: FileDiff; place: Place; moment: Moment }) => {
  const { line, diff, place, moment } = props;
  return (
    <Panel id="version" title={`Version ${line.version}`}>
      <Facts
        facts={[
          ["By", <Text value={`${line.author} (${line.origin})`} />],
          ["When", <When at={line.at} moment={moment} />],
          ["Reason", line.reason === undefined ? undefined : <Text value={line.reason} />],
          ["Digest", <Code value={line.rev} />],
        ]}
      />
      <h3>What is different now</h3>
      <Diff file={diff} id="version-diff" whole={place.base} />
      <ActForm csrf={place.csrf} action={`${place.base}/versions/${line.version}/restore`}>
        <button type="submit">Restore… (opens Review)</button>
      </ActForm>
    </Panel>
  );
};
