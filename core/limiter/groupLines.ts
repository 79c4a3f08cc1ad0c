import type { LineDrive } from "../stimulus.ts";
import { rememberLines } from "./sealLines.ts";

export type Groups = ReadonlyMap<LineDrive, readonly number[]>;

/** Rows (or columns) that share one drive; waveforms are shared by reference, so there are two or three groups. */
export const groupLines = rememberLines((drives): Groups => {
  const groups = new Map<LineDrive, number[]>();
  let last: LineDrive | undefined;
  let group: number[] | undefined;
  let line = 0;
  for (const drive of drives) {
    // most lines are driven like the one before
    if (!group || drive !== last) {
      last = drive;
      group = groups.get(drive);
      if (!group) groups.set(drive, (group = []));
    }
    group.push(line++);
  }
  return groups;
});
