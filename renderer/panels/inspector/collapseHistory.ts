import type { Cell } from "../../../core/labMessages/index.ts";

type Entry = Cell["history"][number];

export interface HistoryGroup {
  readonly role: string;
  /** Newest first. */
  readonly entries: readonly Entry[];
}

/** Newest first; entries of one role in one run that follow each other are one group: "read x 20". */
export function collapseHistory(history: readonly Entry[]): HistoryGroup[] {
  const groups: { role: string; entries: Entry[] }[] = [];
  for (const entry of history.toReversed()) {
    const last = groups.at(-1);
    if (last && last.role === entry.role && last.entries[0]?.run === entry.run) last.entries.push(entry);
    else groups.push({ role: entry.role, entries: [entry] });
  }
  return groups;
}
