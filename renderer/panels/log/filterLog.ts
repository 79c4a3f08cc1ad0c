import type { LogLine } from "../../../core/labMessages/index.ts";

export type LeastLevel = LogLine["level"];

const RANK: Readonly<Record<LeastLevel, number>> = { info: 0, warning: 1, error: 2 };

export const LEVELS: readonly { readonly value: LeastLevel; readonly text: string }[] = [
  { value: "info", text: "All" },
  { value: "warning", text: "Warnings" },
  { value: "error", text: "Errors" },
];

/** Lines of at least a level that hold every word of the filter somewhere. */
export function filterLog(log: readonly LogLine[], least: LeastLevel, wanted: string): LogLine[] {
  const words = wanted.toLowerCase().split(/\s+/u).filter(Boolean);
  return log.filter(({ level, from, text, run, array }) => {
    if (RANK[level] < RANK[least]) return false;
    const all = `${from} ${text} ${run ?? ""} ${array ?? ""}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
