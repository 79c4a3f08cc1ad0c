import { numberCell, textCell } from "../../record/csv.ts";
import type { PoreEvent } from "./detectEvents.ts";

/** An event with where it was found: the sweep (or step) from 0, the column; the series where there are several. */
export interface FoundEvent extends PoreEvent {
  readonly series?: string;
  readonly sweep: number;
  readonly column: number;
}

const COLUMNS = [
  "sweep",
  "column",
  "start_s",
  "dwell_s",
  "open_A",
  "blocked_A",
  "depth",
  "noise_A",
  "samples",
] as const;

/** Events as RFC 4180 records, header first, CRLF; series first where there are several, label and score where a classifier gave some. */
export function* eventRows(events: readonly FoundEvent[]): Generator<string, void, undefined> {
  const labelled = events.some(({ label }) => label !== undefined);
  const named = events.some(({ series }) => series !== undefined);
  yield `${[...(named ? ["series"] : []), ...COLUMNS, "cut", ...(labelled ? ["label", "score"] : [])].join(",")}\r\n`;
  for (const event of events) {
    const cells = COLUMNS.map((name) => numberCell(event[name]));
    const more = labelled ? [textCell(event.label ?? ""), numberCell(event.score)] : [];
    yield `${[...(named ? [textCell(event.series ?? "")] : []), ...cells, event.cut ? "1" : "0", ...more].join(",")}\r\n`;
  }
}

export interface EventSummary {
  readonly events: number;
  readonly cut: number;
  readonly duration_s: number;
  readonly rate_Hz: number;
  readonly open_A: number;
  readonly noise_A: number;
  readonly medianDwell_s: number;
  readonly meanDwell_s: number;
  readonly medianDepth: number;
  readonly meanDepth: number;
  readonly labels: Readonly<Record<string, number>>;
}

export function summariseEvents(
  events: readonly PoreEvent[],
  record: { readonly duration_s: number; readonly open_A: number; readonly noise_A: number },
): EventSummary {
  const whole = events.filter(({ cut }) => !cut);
  const of = (read: (event: PoreEvent) => number) => whole.map(read).sort((a, b) => a - b);
  const median = (list: readonly number[]) => list[list.length >> 1] ?? Number.NaN;
  const mean = (list: readonly number[]) =>
    list.length > 0 ? list.reduce((sum, v) => sum + v, 0) / list.length : Number.NaN;
  const [dwells, depths] = [of(({ dwell_s }) => dwell_s), of(({ depth }) => depth)];
  const labels: Record<string, number> = {};
  for (const { label } of events) if (label !== undefined) labels[label] = (labels[label] ?? 0) + 1;
  return {
    events: events.length,
    cut: events.length - whole.length,
    ...record,
    rate_Hz: events.length / record.duration_s,
    medianDwell_s: median(dwells),
    meanDwell_s: mean(dwells),
    medianDepth: median(depths),
    meanDepth: mean(depths),
    labels,
  };
}
