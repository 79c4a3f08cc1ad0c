import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SHIPPED_CIRCUITS } from "../../core/circuit/library/index.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";
import { answerCircuit, drawCircuit } from "./circuits.ts";
import { findRoot } from "./pages.ts";

const folder = join(findRoot(), "docs", "circuits");

it.each(SHIPPED_CIRCUITS.map(({ name, title }) => [name, title]))(
  "%s has a figure below 60 kB and a place on the page",
  (name, title) => {
    const file = join(folder, `${name}.svg`);
    expect(statSync(file).size).toBeLessThan(60_000);
    checkMarkup(readFileSync(file, "utf8").trim());
    expect(readFileSync(join(folder, "index.md"), "utf8")).toContain(`## ${title}`);
  },
);

it("draws today's figure of the implication gate", () => {
  const imp = SHIPPED_CIRCUITS.find(({ name }) => name === "imp");
  expect(imp && drawCircuit(imp, answerCircuit(imp))).toBe(readFileSync(join(folder, "imp.svg"), "utf8").trim());
});
