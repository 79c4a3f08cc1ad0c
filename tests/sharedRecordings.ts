import { existsSync } from "node:fs";
import { join } from "node:path";

/** Real recordings, with a README that says what each must read as; they are no part of this repository. */
export const RECORDINGS = join(import.meta.dirname, "../../shared/recordings");

/** Whether they are there; when not, says loudly what is not tested. */
export function hasRecordings(what: string): boolean {
  if (existsSync(RECORDINGS)) return true;
  console.warn(`\n!!! NOT TESTED HERE: ${what}: it needs ${RECORDINGS}\n`);
  return false;
}
