import type { LineDrive } from "../stimulus.ts";

export type Groups = ReadonlyMap<LineDrive, readonly number[]>;

/** Rows (or columns) that share one drive; waveforms are shared by reference, so there are two or three groups. */
export function groupLines(drives: readonly LineDrive[]): Groups {
  const groups = new Map<LineDrive, number[]>();
  drives.forEach((drive, line) => {
    const group = groups.get(drive);
    if (group) group.push(line);
    else groups.set(drive, [line]);
  });
  return groups;
}
