import { numberTag, textTag } from "../analysis/runSteps.ts";
import { groupBy } from "../analysis/stepGroups.ts";
import { gatherTraces } from "../analysis/trace.ts";
import { formatSI } from "../units.ts";
import type { Metric } from "./datasheet.ts";
import { makeMetric, missingMetric } from "./makeMetric.ts";
import type { SheetStep, stepsByRole } from "./sheetSteps.ts";

const RAISING: ReadonlySet<string> = new Set(["potentiation", "set", "write"]);
const LOWERING: ReadonlySet<string> = new Set(["depression", "reset"]);
/** Pulses whose samples are integrated; more add nothing to a mean. */
const MOST_PULSES = 400;

/** Energies of writing, erasing and reading, and how fast a write acts; from the samples of the pulses. */
export function measurePulses(by: ReturnType<typeof stepsByRole>): Metric[] {
  const pulses = by("pulse");
  const raising = pulses.filter(({ intended }) => RAISING.has(textTag(intended, "phase") ?? ""));
  const lowering = pulses.filter(({ intended }) => LOWERING.has(textTag(intended, "phase") ?? ""));
  const reads = by("read", "probe").filter(({ intended }) => intended.duration_s > 0);
  const untold =
    pulses.length > 0 ? "the pulses of the runs have no samples, or no phase" : "no write pulses in the runs";
  return [
    energy("writeEnergy_J", raising, untold),
    energy("eraseEnergy_J", lowering, untold),
    energy("readEnergy_J", reads, "no reads with samples in the runs"),
    measureSwitching(raising),
  ];
}

/** Of the most common kind of pulse, so that a mean is of like with like. */
function energy(
  name: "writeEnergy_J" | "eraseEnergy_J" | "readEnergy_J",
  steps: readonly SheetStep[],
  reason: string,
): Metric {
  const [kind = []] = groupBy(
    steps,
    ({ intended }) => `${intended.tags.voltage_V} ${intended.tags.width_s ?? ""} ${intended.role}`,
  ).toSorted((a, b) => b.length - a.length);
  const taken: { energy_J: number; width_s: number }[] = [];
  for (const { run, intended } of kind.slice(0, MOST_PULSES))
    for (const { voltage_V, current_A, samplePeriod_s, column } of gatherTraces(run, intended.step)) {
      if (column !== (numberTag(intended, "column") ?? column) || voltage_V.length < 2) continue;
      let [energy_J, width_s] = [0, 0];
      const power = (k: number) => (voltage_V[k] ?? Number.NaN) * (current_A[k] ?? Number.NaN);
      for (let k = 1; k < voltage_V.length; k++) {
        energy_J += ((power(k - 1) + power(k)) / 2) * samplePeriod_s;
        if (voltage_V[k - 1] !== 0) width_s += samplePeriod_s;
      }
      taken.push({ energy_J, width_s });
    }
  const first = kind[0]?.intended;
  if (!first || taken.length === 0) return missingMetric(name, reason);
  const width_s = numberTag(first, "width_s") ?? taken[0]?.width_s ?? Number.NaN;
  return makeMetric(
    name,
    taken.map((pulse) => pulse.energy_J),
    `${formatSI(numberTag(first, "voltage_V") ?? first.largest_V, "V")}, ${formatSI(width_s, "s")}`,
  );
}

function measureSwitching(pulses: readonly SheetStep[]): Metric {
  const longest_s = pulses.reduce((most, { intended }) => Math.max(most, intended.duration_s), 0);
  const chosen = pulses.filter(({ intended }) => intended.duration_s > 0.999 * longest_s).slice(0, MOST_PULSES);
  const times: number[] = [];
  for (const { run, intended } of chosen)
    for (const { voltage_V, current_A, samplePeriod_s, column } of gatherTraces(run, intended.step)) {
      if (column !== (numberTag(intended, "column") ?? column)) continue;
      const conductance_S = current_A.map((i, k) => i / (voltage_V[k] ?? Number.NaN));
      times.push(timeToNinety(conductance_S) * samplePeriod_s);
    }
  const first = chosen[0]?.intended;
  if (!first || times.length === 0) return missingMetric("switchingTime_s", "no sampled write pulse in the runs");
  return makeMetric(
    "switchingTime_s",
    times,
    `${formatSI(numberTag(first, "voltage_V") ?? first.largest_V, "V")} held for ${formatSI(first.duration_s, "s")}`,
    { reason: "the conductance does not change during a write pulse" },
  );
}

/** In samples, between two of them by a straight line. NaN where nothing changes. */
function timeToNinety(g: Float64Array): number {
  const [start, end] = [g[0] ?? Number.NaN, g[g.length - 1] ?? Number.NaN];
  if (g.length < 10 || !(Math.abs(end - start) > 1e-6 * Math.abs(end))) return Number.NaN;
  const done = (k: number) => ((g[k] ?? Number.NaN) - start) / (end - start);
  for (let k = 1; k < g.length; k++) if (done(k) >= 0.9) return k - 1 + (0.9 - done(k - 1)) / (done(k) - done(k - 1));
  return Number.NaN;
}
