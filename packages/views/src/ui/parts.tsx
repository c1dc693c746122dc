/** Small things that every page is made of. */
import type { Children } from "@kitajs/html";

import { formatAgo, formatTime, isoTime, shortId } from "../format.ts";
import type { RunState } from "../run-state.ts";
import { Text, Words } from "./text.tsx";

/** In whose time and at which moment a page is drawn. */
export interface Moment {
  now: number;
  zone: string;
}

/** A time: relative on the page, absolute on demand. */
export const When = ({ at, moment }: { at: number; moment: Moment }) => (
  <time datetime={isoTime(at)} title={formatTime(at, moment.zone)}>
    <Words value={formatAgo(at, moment.now)} />
  </time>
);

/** A state by word, sign and colour. */
export const StateMark = ({ state }: { state: RunState }) => (
  <span class={`state ${state.tone}`} title={state.why ?? state.word}>
    <span aria-hidden="true" class="sign">
      <Words value={state.icon} />
    </span>{" "}
    <Words value={state.word} />
  </span>
);

/** A state that is no run's. */
export const Mark = ({ tone, word }: { tone: RunState["tone"]; word: string }) => (
  <span class={`state ${tone}`}>
    <Words value={word} />
  </span>
);

/** A button that copies. */
export const Copy = ({ value }: { value: string }) => (
  <button type="button" class="copy" data-copy={value} aria-label={`Copy ${value}`}>
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
    </svg>
  </button>
);

/** The end of an id, with a button that copies the whole. */
export const Id = ({ value }: { value: string }) => (
  <span class="id">
    <code title={value}>
      <Words value={shortId(value)} />
    </code>
    <Copy value={value} />
  </span>
);

/** What would be here, and how to make it appear. */
export const Empty = ({ value }: { value: string }) => (
  <p class="empty">
    <Words value={value} />
  </p>
);

/** A part of a page that is replaced as a whole when it changes. */
export const Panel = ({
  id,
  title,
  children,
  class: given,
}: {
  id: string;
  title: string;
  children?: Children;
  class?: string;
}) => (
  <section id={id} class={`panel ${given ?? ""}`} aria-labelledby={`${id}-title`}>
    <h2 id={`${id}-title`}>
      <Words value={title} />
    </h2>
    {children}
  </section>
);

/** A part that could not be loaded, beside others that could. */
export const BrokenPanel = ({ id, title, requestId }: { id: string; title: string; requestId: string }) => (
  <Panel id={id} title={title} class="broken">
    <p>
      This panel could not be loaded. <a href="">Retry</a>
    </p>
    <p class="quiet">
      Request <Text value={requestId} />
    </p>
  </Panel>
);

export interface Column<Row> {
  head: string;
  cell: (row: Row) => JSX.Element;
  class?: string;
}

/** A table that reads as cards where there is no room: the first column is each card's title. */
export function Table<Row>(props: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  name?: string;
}): JSX.Element {
  const { caption, columns, rows, id, name } = props;
  return (
    <table>
      <caption>
        <Words value={caption} />
      </caption>
      <thead>
        <tr>
          {columns.map(({ head, class: given }) => (
            <th scope="col" class={given}>
              <Words value={head} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody id={name} data-rows={name === undefined ? undefined : ""}>
        {rows.map((row) => (
          <tr id={id(row)}>
            {columns.map(({ head, cell, class: given }, at) =>
              at === 0 ? (
                <th scope="row" class={given}>
                  {cell(row)}
                </th>
              ) : (
                <td data-label={head} class={given}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const Fact = ({ name, children }: { name: string; children?: Children }) => (
  <div>
    <dt>
      <Words value={name} />
    </dt>
    <dd>{children}</dd>
  </div>
);

/** Names and what they stand for. */
export const Facts = ({ facts }: { facts: readonly (readonly [name: string, value: JSX.Element | undefined])[] }) => (
  <dl class="facts">
    {facts.map(([name, value]) => (value === undefined ? <></> : <Fact name={name}>{value}</Fact>))}
  </dl>
);

/** Newer and older rows of a list. */
export const Pager = ({ first, next }: { first: string | undefined; next: string | undefined }) => (
  <nav class="pager" aria-label="Pages">
    {first === undefined ? undefined : <a href={first}>← Newest</a>}
    {next === undefined ? undefined : (
      <a href={next} rel="next">
        Older →
      </a>
    )}
  </nav>
);
