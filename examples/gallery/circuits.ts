import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CircuitAnswer, type ShippedCircuit, SHIPPED_CIRCUITS, stackPlots } from "crosspore";
import { findRoot } from "./pages.ts";

/** A shipped circuit run once for its figure. */
export function answerCircuit(circuit: ShippedCircuit): CircuitAnswer {
  const folder = join(findRoot(), "examples", "circuits");
  return circuit.run({
    text: (file) => readFileSync(join(folder, file), "utf8"),
    bytes: (file) => readFileSync(join(folder, file)),
    seed: 0,
  });
}

export function drawCircuit(circuit: ShippedCircuit, { panels, caption }: CircuitAnswer): string {
  return stackPlots(panels, { title: circuit.title, description: caption, width: 640 });
}

/** All circuits on one page, figures with their captions. */
export function makeCircuitIndex(captions: ReadonlyMap<string, string>): string {
  const parts = SHIPPED_CIRCUITS.flatMap(({ name, title, source, file }) => [
    `## ${title}`,
    "",
    `\`crosspore circuit ${name}\` · [${file}](../../examples/circuits/${file}) · ${source}`,
    "",
    `![${title}](${name}.svg)`,
    "",
    captions.get(name) ?? "",
    "",
  ]);
  return ["# Circuits", "", ...parts, "Written by `npm run gallery`.", ""].join("\n");
}
