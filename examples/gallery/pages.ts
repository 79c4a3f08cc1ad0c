import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type JunctionModel, MODELS } from "crosspore/crossbar";
import { ACCEPTANCE } from "./acceptance/acceptance.ts";
import type { Drive } from "./chooseDrive.ts";
import { readHead } from "./readHead.ts";
import { writeIndex, writePage } from "./writePage.ts";

export { MODELS };

/** The folder of the package, from the compiled file as from its source. */
export function findRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`No package.json above ${import.meta.dirname}`);
    folder = above;
  }
  return folder;
}

export function makePage(model: JunctionModel, drive: Drive): string {
  const head = readHead(join(findRoot(), "core", "crossbar", "models"), model.name);
  const acceptance = ACCEPTANCE.filter((entry) => entry.model === model.name);
  return writePage(model, head, acceptance, drive);
}

export function makeIndex(): string {
  return writeIndex(MODELS);
}
