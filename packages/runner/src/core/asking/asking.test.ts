/** What people are asked, how they answer, and what happens when they do not. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cardOf } from "./card.ts";
import { formatChoice, labelsOf, NOTHING, openQuestion, parseChoice, withOption } from "./choice.ts";
import { decide, type AskingFacts } from "./decide.ts";
import { readAnswer, requestOf, storedRequest } from "./read-answer.ts";
import type { OpenRequest } from "./request.ts";

const option = (label: string) => ({ label, description: `about ${label}` });
const questions = [
  { question: "Which <one>?", options: [option("Red"), option("Blue")] },
  { question: "Which ones?", multiple: true, options: [option("North"), option("South"), option("East")] },
];
const question: OpenRequest = { kind: "question", id: "que_1", sessionID: "ses_1", questions };
const permission: OpenRequest = {
  kind: "permission",
  id: "per_1",
  sessionID: "ses_1",
  permission: "bash",
  patterns: ["rm *"],
  metadata: { command: "echo \u202Eevil ``` <@U1>" },
};

describe("choices", () => {
  it("read back what was pressed, whatever was pressed", () => {
    const presses = fc.array(fc.nat({ max: 2 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat({ max: 1 }), presses, (first, more) => {
        const picked = more.reduce((now, at) => withOption(now, at, true), withOption(NOTHING, first, false));
        expect(parseChoice(formatChoice(picked), questions)).toEqual(picked);
        expect(openQuestion(picked)).toBe(1);
      }),
    );
    expect(labelsOf(questions, { answers: [[1], [0, 2]], isPicking: false })).toEqual([["Blue"], ["North", "East"]]);
  });

  it.each(["7", "0+1", "x", "0/9", "0/0/0", "", "0//", "../etc"])("that fit no answer are none: %s", (text) => {
    expect(parseChoice(text, questions)).toBeUndefined();
  });
});

describe("a card", () => {
  it("names each option once, escaped, and offers Submit only while several may be picked", () => {
    const first = cardOf("que_1", question, NOTHING);
    expect(first.text).toContain("Which &lt;one&gt;? (1 of 2)");
    expect(first.buttons.map(({ label, means }) => `${label} ${means.arg}`)).toEqual([
      "Choose 0",
      "Choose 1",
      "Other… ",
    ]);
    const second = cardOf("que_1", question, { answers: [[0], [1]], isPicking: true });
    expect(second.buttons.map(({ label, means }) => `${label} ${means.arg}`)).toEqual([
      "Add 0/0+1*",
      "Remove 0/*",
      "Add 0/1+2*",
      "Submit 0/1",
      "Other… 0",
    ]);
    const [only] = questions.map((one) => ({ ...one, custom: false }));
    const closed = cardOf("que_1", { ...question, questions: only === undefined ? [] : [only] }, NOTHING);
    expect(closed.buttons.map(({ label }) => label)).toEqual(["Choose", "Choose"]);
  });

  it("shows a command exactly: hidden characters by number, and nothing that could break out of its frame", () => {
    const { text, buttons } = cardOf("per_1", permission, NOTHING);
    expect(text).toContain("echo \\u{202e}evil ` ` ` &lt;@U1&gt;");
    expect(buttons.map(({ label }) => label)).toEqual(["Allow once", "Reject…"]);
  });

  it("keeps its request, and takes only what belongs to it as an answer", () => {
    for (const request of [question, permission])
      expect(requestOf({ kind: request.kind, payload: storedRequest(request) })).toMatchObject({ id: request.id });
    expect(requestOf({ kind: "budget", payload: { text: "x" } })).toBeUndefined();
    expect(readAnswer(question, { choice: "0" }).kind).toBe("more");
    expect(readAnswer(question, { choice: "0/0+1" })).toMatchObject({
      answer: { kind: "labels", labels: [["Red"], ["North", "South"]] },
    });
    expect(readAnswer(question, { choice: "once" }).kind).toBe("unreadable");
    expect(readAnswer(question, { text: "green <!here>" })).toEqual({
      kind: "answer",
      answer: { kind: "labels", labels: [["green <!here>"], ["green <!here>"]] },
      words: "answered “green &lt;!here&gt;”",
    });
    expect(readAnswer(question, { choice: "1", text: "up" })).toMatchObject({
      answer: { labels: [["Blue"], ["up"]] },
      words: "chose Blue and answered “up”",
    });
    expect(readAnswer(question, { choice: "9", text: "up" }).kind).toBe("unreadable");
    expect(readAnswer(permission, { choice: "reject", text: "no <@U1>" })).toMatchObject({
      answer: { kind: "reject", text: "no <@U1>" },
      words: "said no: no &lt;@U1&gt;",
    });
    expect(readAnswer(permission, { choice: "once" })).toMatchObject({ answer: { kind: "once" } });
    expect(readAnswer(permission, { choice: "always" })).toMatchObject({ answer: { kind: "reject" } });
  });
});

describe("a request", () => {
  const facts: AskingFacts = { asked: 0, newMessage: false, now: 100 };
  const card = { state: "open" as const, createdAt: 0, expiresAt: 200 };

  it("is asked once, waited for, reminded of, and given up with words at its time", () => {
    expect(decide(question, facts)).toEqual({ kind: "ask" });
    expect(decide(question, { ...facts, now: 99, card })).toEqual({ kind: "wait", mayRemind: false });
    expect(decide(question, { ...facts, card })).toEqual({ kind: "wait", mayRemind: true });
    expect(decide(question, { ...facts, now: 200, card })).toMatchObject({
      kind: "give_up",
      answer: { kind: "words" },
    });
    expect(decide(permission, { ...facts, now: 200, card })).toMatchObject({ answer: { kind: "reject" } });
    expect(decide(question, { ...facts, card, newMessage: true })).toMatchObject({ kind: "give_up" });
    expect(decide(permission, { ...facts, card, newMessage: true }).kind).toBe("wait");
  });

  it("is answered at once where nobody can be asked, and the sixth question by the agent itself", () => {
    expect(decide(question, { ...facts, nobody: "no_thread" })).toMatchObject({ kind: "answer" });
    expect(decide(permission, { ...facts, nobody: "shared" })).toMatchObject({ answer: { kind: "reject" } });
    expect(decide(question, { ...facts, nobody: "shared" })).toEqual({ kind: "ask" });
    expect(decide(question, { ...facts, asked: 5 })).toMatchObject({ kind: "answer", answer: { kind: "words" } });
  });

  it("that was settled is answered again as often as it is still listed", () => {
    const result = { answer: { kind: "labels", labels: [["Red"]] }, outcome: "x" };
    expect(decide(question, { ...facts, card: { ...card, state: "answered", result } })).toEqual({
      kind: "answer",
      answer: result.answer,
    });
    expect(decide(question, { ...facts, card: { ...card, state: "expired" } })).toMatchObject({ kind: "answer" });
  });
});
