import type { OpenedRun } from "../openRun.ts";
import { EVENTS, PRODUCTS, READINGS } from "./eventPoints.ts";
import { countFields, type FieldNumbers } from "./influxAdmin.ts";
import { SAMPLES } from "./scanPoints.ts";
import type { Target } from "./target.ts";
import { nameWindow, WINDOWS } from "./windowPoints.ts";

/** What the folder has and what the server counts, by name, e.g. "samples of column 3". */
export interface Comparison {
  readonly equal: boolean;
  readonly counts: Readonly<Record<string, { readonly folder: number; readonly server: number }>>;
}

/**
 * Counts events, readings, products and valid samples per column on both sides.
 * @param label value of the field `run`
 * @param every_s length of a window, 0 where every sample was mirrored
 * @throws MirrorError
 */
export async function compareRun(
  run: OpenedRun,
  label: string,
  every_s: number,
  target: Target,
  timeout_s: number,
): Promise<Comparison> {
  const counts: Record<string, { folder: number; server: number }> = {};
  const count = (measurement: string): Promise<FieldNumbers> =>
    countFields(target, timeout_s, measurement, label, { count: true });
  const local = countLocal(run);
  for (const [name, measurement, field] of [
    ["events", EVENTS, "seq"],
    ["readings", READINGS, "window"],
    ["products", PRODUCTS, "vector"],
  ] as const)
    counts[name] = { folder: local[name], server: (await count(measurement)).get(field) ?? 0 };
  const columns =
    every_s === 0
      ? await count(SAMPLES)
      : await countFields(target, timeout_s, WINDOWS, label, { sum: "samples_", every: nameWindow(every_s) });
  for (const [column, valid] of local.columns)
    counts[`samples of column ${column}`] = {
      folder: valid,
      server: columns.get(every_s === 0 ? `current_A_${column}` : `samples_${column}`) ?? 0,
    };
  return { equal: Object.values(counts).every(({ folder, server }) => folder === server), counts };
}

function countLocal(run: OpenedRun) {
  let [readings, products] = [0, 0];
  for (const event of run.events) {
    if (event.kind === "step-finished") readings += event.reading.windows.length;
    if (event.kind === "products-taken" && event.products.columns.length > 0)
      products += event.products.current_A.length / event.products.columns.length;
  }
  const columns = new Map<number, number>();
  for (const { block } of run.blocks()) {
    const valid = block.current_A.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
    columns.set(block.channel, (columns.get(block.channel) ?? 0) + valid);
  }
  return { events: run.events.length, readings, products, columns };
}
