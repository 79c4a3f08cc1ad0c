import { z } from "zod";
import type { CircuitRecord } from "../crossbar/circuit/simulateCircuit.ts";
import { quantity, strictObject } from "../document.ts";

/**
 * One number of a record. Of a node (its potential), an element (its current) or a state ("element.state"), from `from_s` on:
 * period and count of upward crossings of `level_V`, largest, smallest, mean (over time), final; `power` is the mean power that
 * an element takes in, over the whole run.
 */
export const measureSchema = strictObject({
  kind: z.enum(["period", "count", "largest", "smallest", "mean", "final", "power"]),
  node: z.string().exactOptional(),
  element: z.string().exactOptional(),
  state: z.string().exactOptional(),
  level_V: quantity("V").exactOptional(),
  from_s: quantity("s").default(0),
}).superRefine((wanted, context) => {
  const of = [wanted.node, wanted.element, wanted.state].filter((name) => name !== undefined);
  const issue = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (of.length !== 1) issue("kind", "needs one of node, element and state");
  if (wanted.kind === "power" && wanted.element === undefined) issue("kind", "power is that of an element");
  if ((wanted.kind === "period" || wanted.kind === "count") && wanted.level_V === undefined)
    issue("kind", `${wanted.kind} needs level_V, which is crossed`);
});

export type Measure = z.output<typeof measureSchema>;

/** @returns the number, null where there is none (a period of fewer than two crossings) */
export function measureRecord(record: CircuitRecord, wanted: Measure): number | null {
  const { node, element, state, from_s, level_V = 0 } = wanted;
  const duration_s = record.time_s.at(-1) ?? 0;
  if (wanted.kind === "power") return (record.energy_J[element ?? ""] ?? 0) / duration_s;
  const values =
    node !== undefined
      ? record.voltage_V[node]
      : element !== undefined
        ? record.current_A[element]
        : record.state[state ?? ""];
  const first = record.time_s.findIndex((time) => time >= from_s);
  if (values === undefined || first < 0) return null;
  const time_s = record.time_s.subarray(first);
  const kept = values.subarray(first);
  switch (wanted.kind) {
    case "period":
      return meanPeriod(time_s, kept, level_V);
    case "count":
      return upwardCrossings(time_s, kept, level_V).length;
    case "largest":
      return kept.reduce((most, value) => Math.max(most, value), -Infinity);
    case "smallest":
      return kept.reduce((least, value) => Math.min(least, value), Infinity);
    case "final":
      return kept.at(-1) ?? null;
    case "mean": {
      let area = 0;
      for (let k = 1; k < kept.length; k++)
        area += (((kept[k] ?? 0) + (kept[k - 1] ?? 0)) / 2) * ((time_s[k] ?? 0) - (time_s[k - 1] ?? 0));
      return area / ((time_s.at(-1) ?? 0) - (time_s[0] ?? 0));
    }
  }
}

/** Instants at which a value rises through a level, straight lines between samples. */
export function upwardCrossings(time_s: Float64Array, values: Float64Array, level: number): number[] {
  const crossings: number[] = [];
  for (let k = 1; k < values.length; k++) {
    const [before, after] = [values[k - 1] ?? 0, values[k] ?? 0];
    if (!(before < level && after >= level)) continue;
    const [t0, t1] = [time_s[k - 1] ?? 0, time_s[k] ?? 0];
    crossings.push(t0 + ((t1 - t0) * (level - before)) / (after - before));
  }
  return crossings;
}

/** Mean time between upward crossings; null for fewer than three, which are no rhythm yet. */
export function meanPeriod(time_s: Float64Array, values: Float64Array, level: number): number | null {
  const crossings = upwardCrossings(time_s, values, level);
  return crossings.length < 3 ? null : ((crossings.at(-1) ?? 0) - (crossings[0] ?? 0)) / (crossings.length - 1);
}
