import { numberTag, type RunStep, textTag, windowOf } from "./runSteps.ts";

/** Conductance of a read or probe, siemens; NaN when it was lost. */
export function conductanceOfStep({ intended, reading }: RunStep): number {
  const window = reading && windowOf(reading, "read");
  const column = numberTag(intended, "column");
  const at = Math.max(0, reading?.columns.indexOf(column ?? reading.columns[0] ?? 0) ?? 0);
  return (window?.current_A[at] ?? Number.NaN) / (window?.voltage_V[at] ?? Number.NaN);
}

/** "0 1": a junction as a key. */
export function junctionKey({ intended }: RunStep): string {
  return `${numberTag(intended, "row") ?? "?"} ${numberTag(intended, "column") ?? "?"}`;
}

/** Groups in the order of their first member. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return [...groups.values()];
}

/**
 * Times from the end of the writes of a retention series to its reads, by step. As the array's clock had them: an instrument
 * takes its own time between two steps. Where an outcome is missing, as the protocol asked for.
 */
export function timesSinceWrite(steps: readonly RunStep[]): (read: RunStep) => number {
  const ends = new Map<string, number>();
  const times = new Map<RunStep, number>();
  for (const step of steps) {
    const { intended, reading } = step;
    const series = `${junctionKey(step)} ${intended.tags["state"]} ${intended.tags["control"]}`;
    const phase = textTag(intended, "phase");
    const end_s = ends.get(series);
    if (phase === "write" && reading) ends.set(series, reading.endTime_s);
    else if (phase === "retained" && reading && end_s !== undefined) times.set(step, reading.startTime_s - end_s);
  }
  return (read) => times.get(read) ?? numberTag(read.intended, "time_s") ?? Number.NaN;
}
