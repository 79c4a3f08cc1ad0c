import { numberTag, type RunStep, windowOf } from "./runSteps.ts";

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
