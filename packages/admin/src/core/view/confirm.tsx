/** Pages between a button and its effect: the question, and what to do when it came to nothing. */
import type { Children } from "@kitajs/html";
import { FieldText, Text, Words } from "@thor/views/ui/text";

import { ActForm } from "./act.tsx";

export interface Asking {
  title: string;
  effect: string;
  button: string;
  needsReason: boolean;
  asks?: readonly { name: string; label: string; kind: "text" | "check"; hint?: string }[] | undefined;
}
export interface ConfirmProps {
  question: Asking;
  action: string;
  back: string;
  csrf: string;
  /** What came with the first press, sent along again. */
  fields: Readonly<Record<string, readonly string[]>>;
  fault?: string | undefined;
}

const given = (fields: ConfirmProps["fields"], name: string) => fields[name]?.[0] ?? "";
const asksOf = ({ asks = [] }: Asking) => asks;

const Kept = ({ fields, without }: { fields: ConfirmProps["fields"]; without: ReadonlySet<string> }) => (
  <>
    {Object.entries(fields)
      .filter(([name]) => !without.has(name))
      .flatMap(([name, values]) => values.map((value) => <input type="hidden" name={name} value={value} />))}
  </>
);

const Reason = ({ value, isWrong }: { value: string; isWrong: boolean }) => (
  <label class="field">
    <span>Reason (3 to 500 characters; it is kept)</span>
    <textarea
      id="reason"
      name="reason"
      rows="3"
      minlength="3"
      maxlength="500"
      required
      aria-invalid={isWrong ? "true" : undefined}
      aria-describedby={isWrong ? "fault" : undefined}
    >
      <FieldText value={value} />
    </textarea>
  </label>
);

/** States the effect in one sentence, asks for a reason where one is needed. */
export const Confirm = ({ question, action, back, csrf, fields, fault }: ConfirmProps) => {
  const own = new Set(["_csrf", "confirmed", "reason", ...asksOf(question).map(({ name }) => name)]);
  return (
    <section class="panel" aria-label="Confirm">
      <p>
        <Text value={question.effect} />
      </p>
      {fault === undefined ? undefined : (
        <p class="summary" id="fault" role="alert" tabindex="-1">
          <a href="#reason">
            <Text value={fault} />
          </a>
        </p>
      )}
      <ActForm csrf={csrf} action={action} fields={{ confirmed: 1 }} class="stack">
        <Kept fields={fields} without={own} />
        {asksOf(question).map(({ name, label, kind, hint }) => (
          <label class="field">
            <span>
              <Words value={label} />
            </span>
            {kind === "check" ? (
              <input type="checkbox" name={name} value="1" />
            ) : (
              <input type="text" name={name} value={given(fields, name)} placeholder={hint} />
            )}
          </label>
        ))}
        {question.needsReason ? <Reason value={given(fields, "reason")} isWrong={fault !== undefined} /> : undefined}
        <div class="actions">
          <button type="submit" class="danger">
            <Words value={question.button} />
          </button>
          <a href={back}>Leave it as it is</a>
        </div>
      </ActForm>
    </section>
  );
};

/** The words of an answer that is no page. */
export const Told = ({ text, back, children }: { text: string; back: string; children?: Children }) => (
  <section class="panel" aria-label="Answer">
    <p>
      <Text value={text} />
    </p>
    {children}
    <p>
      <a href={back}>Back</a>
    </p>
  </section>
);

const LABELS: ReadonlySet<string> = new Set(["_csrf", "confirmed"]);

/** A form whose page was too old: everything typed is still here, one press sends it again. */
export const PressAgain = ({
  action,
  csrf,
  fields,
}: {
  action: string;
  csrf: string;
  fields: ConfirmProps["fields"];
}) => (
  <section class="panel" aria-label="Press again">
    <p role="alert">Your page was too old, press again.</p>
    <ActForm csrf={csrf} action={action} class="stack">
      {Object.entries(fields)
        .filter(([name]) => !LABELS.has(name))
        .flatMap(([name, values]) =>
          values.map((value) =>
            value.length > 60 || value.includes("\n") || name === "text" || name === "reason" ? (
              <label class="field">
                <span>
                  <Text value={name} />
                </span>
                <textarea name={name} rows="6">
                  <FieldText value={value} />
                </textarea>
              </label>
            ) : (
              <input type="hidden" name={name} value={value} />
            ),
          ),
        )}
      <button type="submit" class="main">
        Press again
      </button>
    </ActForm>
  </section>
);
