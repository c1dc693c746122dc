import { expect, it } from "vitest";

import { chooseModel } from "./choose-model.ts";

const whole = { THOR_MODEL_BASE_URL: "https://llm.test/v1", THOR_MODEL_API_KEY: "key-of-mine", THOR_MODEL: "big-1" };

it("simulates the model when nothing is set, and takes the real one when all is", () => {
  expect(chooseModel({ THOR_MODEL: "  " }, false)).toEqual({ kind: "simulated" });
  expect(chooseModel(whole, false)).toEqual({
    kind: "real",
    baseUrl: whole.THOR_MODEL_BASE_URL,
    apiKey: "key-of-mine",
    id: "big-1",
  });
});

it("refuses a part of the bundle, naming what is missing and no value", () => {
  const { THOR_MODEL: _, ...part } = whole;
  const choice = chooseModel(part, false);
  expect(choice).toEqual({ kind: "fault", text: "The model is set up only in part; missing: THOR_MODEL." });
});

it("simulates it by force, whatever is set", () => {
  expect(chooseModel(whole, true)).toEqual({ kind: "simulated" });
});
