import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RecordError } from "../core/errors.ts";

/** A file of the package's examples, from the compiled command as from its source. */
export function shippedFile(...path: readonly string[]): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, "examples", ...path);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder)
      throw new RecordError(`examples/${path.join("/")} is not there, the installation is not complete`);
  }
}

/** How circuits of the library get at their files. */
export const circuitFiles = {
  text: (file: string): string => readFileSync(shippedFile("circuits", file), "utf8"),
  bytes: (file: string): Uint8Array => readFileSync(shippedFile("circuits", file)),
};
