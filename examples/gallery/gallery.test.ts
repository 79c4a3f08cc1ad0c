import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkMarkup } from "../../tests/wellFormed.ts";
import { chooseDrive, round } from "./chooseDrive.ts";
import { drawModel } from "./drawModel.ts";
import { findRoot, makeIndex, makePage, MODELS } from "./pages.ts";
import { readHead } from "./readHead.ts";
import { parameterTable } from "./writePage.ts";

const folder = join(findRoot(), "docs", "models");
const committed = (file: string) => readFileSync(join(folder, file), "utf8");

describe("the gallery (npm run gallery)", () => {
  it("has an index of today's models", () => expect(committed("index.md")).toBe(makeIndex()));

  it.each(MODELS.map((model) => [model.name, model] as const))(
    "has today's parameters and equations of %s",
    (name, model) => {
      const page = committed(`${name}.md`);
      expect(page).toContain(parameterTable(model).join("\n"));
      const head = readHead(join(findRoot(), "core", "crossbar", "models"), name);
      expect(head.length, "the file head holds the equations").toBeGreaterThan(60);
      expect(page).toContain(head);
    },
  );

  it.each(MODELS.map(({ name }) => name))("has a figure of %s, an SVG below 60 kB", (name) => {
    const file = join(folder, `${name}.svg`);
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).size).toBeLessThan(60_000);
    checkMarkup(readFileSync(file, "utf8").trim());
  });

  it("is the same twice", () => {
    for (const name of ["conical-channel", "pnipam-gate"]) {
      const model = MODELS.find((candidate) => candidate.name === name);
      if (model === undefined) throw new Error(`${name} is not registered`);
      const [drive, again] = [chooseDrive(model), chooseDrive(model)];
      expect(drawModel(again)).toBe(drawModel(drive));
      expect(makePage(model, again)).toBe(makePage(model, drive));
    }
  });

  it("finds the frequency of the cone's largest loop from its time constants alone", () => {
    const cone = MODELS.find(({ name }) => name === "conical-channel");
    // published maximum 33.9 Hz (omega tau = 1.01), among 1, 2 and 5
    expect(cone && chooseDrive(cone).frequency_Hz).toBe(50);
    expect([0.9, 1.5, 3.3, 8, 33.9].map(round)).toEqual([1, 2, 5, 10, 50]);
  });
});
