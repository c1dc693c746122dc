/** Buttons that do something: each a form that works without a script. */
import type { Children } from "@kitajs/html";
import { Plain, Text, Words } from "@thor/views/ui/text";

export interface ActProps {
  csrf: string;
  action: string;
  word: string;
  tone?: "main" | "danger" | "quiet";
  /** Sent along. */
  fields?: Readonly<Record<string, string | number>>;
  /** Why it cannot be pressed now. */
  barred?: string | undefined;
}

const Hidden = ({ fields }: { fields: Readonly<Record<string, string | number>> }) => (
  <>
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={String(value)} />
    ))}
  </>
);

/** One button. */
export const Act = ({ csrf, action, word, tone, fields = {}, barred }: ActProps) => (
  <form method="post" action={action}>
    <Hidden fields={{ _csrf: csrf, ...fields }} />
    <button type="submit" class={tone} disabled={barred !== undefined} title={barred}>
      <Words value={word} />
    </button>
  </form>
);

export interface FormProps {
  csrf: string;
  action: string;
  fields?: Readonly<Record<string, string | number>>;
  children?: Children;
  class?: string;
  id?: string;
}

/** A form with fields of its own. */
export const ActForm = ({ csrf, action, fields = {}, children, class: given, id }: FormProps) => (
  <form method="post" action={action} class={given} id={id}>
    <Hidden fields={{ _csrf: csrf, ...fields }} />
    {children}
  </form>
);

export interface TabsProps {
  tabs: readonly { href: string; word: string; here: boolean; count?: number | undefined }[];
  label: string;
  id?: string;
}

/** A choice of one of several views of a page. */
export const Tabs = ({ tabs, label, id }: TabsProps) => (
  <nav class="tabs" aria-label={label} id={id}>
    {tabs.map(({ href, word, here, count }) => (
      <a href={href} aria-current={here ? "page" : undefined}>
        <Words value={word} /> {count === undefined ? undefined : <Words value={`(${count})`} />}
      </a>
    ))}
  </nav>
);

/** A parameter's choices. */
export const Choice = (props: {
  name: string;
  label: string;
  value: string | undefined;
  words: readonly (readonly [value: string, word: string])[];
}) => (
  <label class="field">
    <span>
      <Words value={props.label} />
    </span>
    <select name={props.name}>
      {props.words.map(([value, word]) => (
        <option value={value} selected={value === (props.value ?? "")}>
          <Plain value={word} />
        </option>
      ))}
    </select>
  </label>
);

/** A parameter's text. */
export const Field = (props: {
  name: string;
  label: string;
  value?: string | undefined;
  type?: string;
  hint?: string;
}) => (
  <label class="field">
    <span>
      <Words value={props.label} />
    </span>
    <input name={props.name} type={props.type ?? "text"} value={props.value ?? ""} placeholder={props.hint} />
  </label>
);

/** Filters that are on, each to be taken off. */
export const Chips = ({ chips, clear }: { chips: readonly { word: string; href: string }[]; clear: string }) =>
  chips.length === 0 ? (
    <></>
  ) : (
    <ul class="chips" aria-label="Filters">
      {chips.map(({ word, href }) => (
        <li>
          <a href={href} aria-label={`Remove filter ${word}`}>
            <Text value={word} /> <span aria-hidden="true">×</span>
          </a>
        </li>
      ))}
      <li>
        <a href={clear}>Clear</a>
      </li>
    </ul>
  );
