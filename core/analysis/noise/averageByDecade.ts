import { groupBy } from "../stepGroups.ts";
import { mean } from "../statistics.ts";
import type { Spectrum } from "./welch.ts";

/** Means over twenty bins a decade: what an eye sees in a periodogram, without its scatter. */
export function averageByDecade({ frequency_Hz, density }: Spectrum): { x: number[]; y: number[] } {
  const bins = groupBy(
    [...frequency_Hz.keys()].filter((k) => (frequency_Hz[k] ?? 0) > 0 && (density[k] ?? 0) > 0),
    (k) => String(Math.floor(20 * Math.log10(frequency_Hz[k] ?? 1))),
  );
  const over = (values: Float64Array) => bins.map((bin) => mean(bin.map((k) => values[k] ?? Number.NaN)));
  return { x: over(frequency_Hz), y: over(density) };
}
