import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chooseDrive } from "./chooseDrive.ts";
import { drawModel } from "./drawModel.ts";
import { SHIPPED_CIRCUITS } from "crosspore";
import { answerCircuit, drawCircuit, makeCircuitIndex } from "./circuits.ts";
import { findRoot, makeIndex, makePage, MODELS } from "./pages.ts";

/**
 * Writes docs/circuits/: one figure per shipped circuit and a page of them. And docs/models/: an index, one page and one figure per registered junction model; pages of models that are gone
 * are removed. Twice the same: nothing here is random or dated.
 *
 *   node dist/examples/gallery/main.js [--out DIR] [--only NAME]
 */
const { values } = parseArgs({ options: { out: { type: "string" }, only: { type: "string" } } });
const folder = values.out ?? join(findRoot(), "docs", "models");
mkdirSync(folder, { recursive: true });
const chosen = MODELS.filter(({ name }) => values.only === undefined || name === values.only);
for (const model of chosen) {
  const start_ms = performance.now();
  const drive = chooseDrive(model);
  const figure = drawModel(drive);
  writeFileSync(join(folder, `${model.name}.svg`), `${figure}\n`);
  writeFileSync(join(folder, `${model.name}.md`), makePage(model, drive));
  const kilobytes = (figure.length / 1000).toFixed(1).padStart(5);
  const seconds = ((performance.now() - start_ms) / 1000).toFixed(2).padStart(6);
  process.stderr.write(`${seconds} s ${kilobytes} kB  ${model.name}\n`);
}
writeFileSync(join(folder, "index.md"), makeIndex());
const known = new Set(["index", ...MODELS.map(({ name }) => name)]);
for (const file of readdirSync(folder)) {
  const name = /^(.+)\.(?:md|svg)$/u.exec(file)?.[1];
  if (name !== undefined && !known.has(name)) rmSync(join(folder, file));
}

const circuitFolder = values.out === undefined ? join(findRoot(), "docs", "circuits") : join(values.out, "circuits");
mkdirSync(circuitFolder, { recursive: true });
const captions = new Map<string, string>();
for (const circuit of SHIPPED_CIRCUITS) {
  if (values.only !== undefined && values.only !== circuit.name) continue;
  const answer = answerCircuit(circuit);
  captions.set(circuit.name, answer.caption);
  const figure = drawCircuit(circuit, answer);
  writeFileSync(join(circuitFolder, `${circuit.name}.svg`), `${figure}\n`);
  process.stderr.write(`${(figure.length / 1000).toFixed(1).padStart(14)} kB  ${circuit.name}\n`);
}
if (values.only === undefined) writeFileSync(join(circuitFolder, "index.md"), makeCircuitIndex(captions));
