import type { RunSummaryCard } from "../../../core/labMessages/index.ts";

export type RunFilter = "all" | "measured" | "emulated" | "open";

export const FILTERS: readonly { readonly value: RunFilter; readonly text: string; readonly title: string }[] = [
  { value: "all", text: "All", title: "Every run" },
  { value: "measured", text: "Measured", title: "From an instrument" },
  { value: "emulated", text: "SIMULATED", title: "From an emulated array" },
  { value: "open", text: "Unfinished", title: "Interrupted, aborted, failed or unreadable" },
];

/** Runs that a filter keeps and that hold every word in their folder, name, state, source or date. */
export function findRuns(runs: readonly RunSummaryCard[], filter: RunFilter, wanted: string): RunSummaryCard[] {
  const words = wanted.toLowerCase().split(/\s+/u).filter(Boolean);
  return runs.filter((run) => {
    if (filter === "measured" && run.source !== "measured") return false;
    if (filter === "emulated" && run.source !== "emulated") return false;
    if (filter === "open" && (run.status === "success" || run.status === "recording")) return false;
    const source = run.source === "emulated" ? "emulated simulated" : run.source;
    const all =
      `${run.run} ${run.name} ${STATUS_TEXT[run.status]} ${source} ${run.created} ${run.reason}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

export const STATUS_TEXT: Readonly<Record<RunSummaryCard["status"], string>> = {
  success: "complete",
  abort: "aborted",
  fail: "failed",
  recording: "recording",
  interrupted: "interrupted",
  unreadable: "cannot be read",
};

export const STATUS_TONE: Readonly<Record<RunSummaryCard["status"], "ok" | "warn" | "stop" | "accent">> = {
  success: "ok",
  abort: "warn",
  fail: "stop",
  recording: "accent",
  interrupted: "stop",
  unreadable: "stop",
};

/** "today 14:03", "yesterday 9:15", "2026-11-20 14:03", in the clock of whoever looks. */
export function dateText(created: string, now: Date): string {
  const date = new Date(created);
  if (Number.isNaN(date.getTime())) return created === "" ? "–" : created;
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const day = (of: Date) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
  const days = Math.round((day(now) - day(date)) / 86_400_000);
  if (days === 0) return `today ${time}`;
  if (days === 1) return `yesterday ${time}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
