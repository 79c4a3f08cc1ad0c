import { describe, expect, it } from "vitest";
import { ACCEPTANCE } from "./acceptance.ts";
import { agrees, measure } from "../measure.ts";
import { MODELS } from "../pages.ts";

describe("acceptance numbers on the pages", () => {
  it.each(ACCEPTANCE.map((entry) => [entry.test, entry.model, entry.quantity, entry] as const))(
    "acceptance %i: %s, %s",
    (_test, _model, _quantity, entry) => {
      const value = measure(entry);
      expect(agrees(entry, value), `${value}, known ${String(entry.expected)}`).toBe(true);
    },
  );

  it("belong to registered models and tell number from interval", () => {
    for (const { model, expected, tolerance } of ACCEPTANCE) {
      expect(MODELS.map(({ name }) => name)).toContain(model);
      expect(typeof expected === "number").toBe(tolerance !== undefined);
    }
  });
});
