import { bandVariance, measureSpectrum, type Spectrum } from "../analysis/noise/welch.ts";
import { gatherTraces } from "../analysis/trace.ts";
import type { RunData } from "../record/runData.ts";
import { type BesselOrder, designBessel, gainAt } from "./bessel.ts";
import { NOISE_TERMS, noiseDensity, type NoiseParts, type NoiseTerm } from "./noiseFormula.ts";

/** A stretch at one voltage: what was measured of its noise. */
export interface NoiseRecord {
  readonly step: number;
  readonly row: number;
  readonly column: number;
  /** NaN where nothing recorded says it. */
  readonly voltage_V: number;
  /** Mean. */
  readonly current_A: number;
  readonly samplePeriod_s: number;
  readonly samples: number;
  readonly lost: number;
  readonly overloads: number;
  /** Distance of the numbers of a converter, where the samples show one; 0 where they do not. */
  readonly quantum_A: number;
  readonly spectrum: Spectrum;
}

/** Recorded voltages scatter; what moves more than this is no hold. */
const LARGEST_SPREAD_V = 2e-3;
const FEWEST_SAMPLES = 64;

/**
 * Every stretch of a run at a constant voltage: the windows of `noise`, else whole steps that were held, such as a gap-free recording.
 * @throws RangeError when there is none, saying what was looked for
 */
export function findNoiseRecords(run: RunData): NoiseRecord[] {
  const intended = run.events.flatMap((event) => (event.kind === "step-intended" ? [event] : []));
  const noise = intended.filter(({ role }) => role === "noise");
  const records = (noise.length > 0 ? noise : intended).flatMap((event) => {
    const settle_s = typeof event.tags.settle_s === "number" ? event.tags.settle_s : 0;
    const single = event.targets.length === 1 ? event.targets[0] : undefined;
    return gatherTraces(run, event.step).flatMap((trace): NoiseRecord[] => {
      if (single && trace.column !== single.column) return [];
      const first = Math.round(settle_s / trace.samplePeriod_s);
      const current_A = trace.current_A.subarray(first);
      const voltage_V = meanIfHeld(trace.voltage_V.subarray(first));
      const mean_A = meanOf(current_A);
      if (current_A.length < FEWEST_SAMPLES || voltage_V === undefined || !Number.isFinite(mean_A)) return [];
      return [
        {
          step: event.step,
          row: event.targets[0]?.row ?? 0,
          column: trace.column,
          voltage_V,
          current_A: mean_A,
          samplePeriod_s: trace.samplePeriod_s,
          samples: current_A.length,
          lost: trace.lost,
          overloads: trace.overloads,
          quantum_A: findQuantum(current_A),
          spectrum: measureSpectrum(current_A, trace.samplePeriod_s),
        },
      ];
    });
  });
  if (records.length === 0)
    throw new RangeError(
      `no step is held at one voltage for ${FEWEST_SAMPLES} and more samples; the protocol "noise" makes such steps`,
    );
  return records;
}

/** NaN where no voltage is known, undefined where it moves. */
function meanIfHeld(voltage_V: Float64Array): number | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const v of voltage_V) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  // a mean of equal numbers is rounded
  if (low === high) return low;
  return high - low > LARGEST_SPREAD_V ? undefined : meanOf(voltage_V);
}

function meanOf(values: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

const LOOKED_AT = 4096;

/** Numbers of a converter lie on a grid: the smallest difference, if all others are whole multiples of it. */
function findQuantum(current_A: Float64Array): number {
  const values = [...new Set(current_A.subarray(0, LOOKED_AT))].filter(Number.isFinite).sort((a, b) => a - b);
  let smallest = Infinity;
  for (let k = 1; k < values.length; k++) smallest = Math.min(smallest, values[k]! - values[k - 1]!);
  // numbers that all differ are on no grid that could be seen
  if (!(smallest < Infinity) || values.length > Math.min(current_A.length, LOOKED_AT) / 2) return 0;
  const isGrid = values.every((value) => {
    const steps = (value - values[0]!) / smallest;
    return Math.abs(steps - Math.round(steps)) < 0.02;
  });
  return isGrid ? smallest : 0;
}

/** A converter's steps are noise of LSB^2 / 12, spread evenly to half the sampling rate. */
export type BesideTerm = NoiseTerm | "converter";

export interface NoiseBeside {
  readonly from_Hz: number;
  readonly to_Hz: number;
  readonly measured_A: number;
  /** Rms in the band, behind the filter. */
  readonly formula_A: Readonly<Record<BesideTerm | "total", number>>;
  /** Density of the formula at a frequency, A^2/Hz. */
  density(term: BesideTerm | "total", frequency_Hz: number): number;
}

export interface BesideOptions {
  readonly from_Hz?: number;
  readonly to_Hz?: number;
  readonly filter?: { readonly corner_Hz: number; readonly order: BesselOrder };
}

export const BESIDE_TERMS = [...NOISE_TERMS, "converter"] as const;
/** Points of the integral over a decade. */
const PER_DECADE = 400;

/**
 * The noise that must be in the band of a record, beside what is there.
 * @throws RangeError for a band outside what was measured
 */
export function compareNoise(record: NoiseRecord, parts: NoiseParts, options: BesideOptions = {}): NoiseBeside {
  const { spectrum, samplePeriod_s, quantum_A } = record;
  const half_Hz = 0.5 / samplePeriod_s;
  // the window spreads the mean, which was taken off, over two bins
  const lowest_Hz = 2 * (spectrum.frequency_Hz[1] ?? 0);
  const { from_Hz = lowest_Hz, to_Hz = half_Hz, filter } = options;
  if (!(from_Hz >= lowest_Hz * (1 - 1e-9) && to_Hz <= half_Hz * (1 + 1e-9) && from_Hz < to_Hz))
    throw new RangeError(
      `the band is ${from_Hz} to ${to_Hz} Hz, allowed are bands from ${lowest_Hz} to ${half_Hz} Hz, which this record holds`,
    );
  // an analog filter: its model runs fast enough that its bilinear frequencies are not bent
  const rate_Hz = filter ? Math.max(40 * filter.corner_Hz, 4 * half_Hz) : 1;
  const sections = filter && designBessel(filter.order, filter.corner_Hz, rate_Hz);
  const density = (term: BesideTerm | "total", f: number): number => {
    if (term === "total") return BESIDE_TERMS.reduce((sum, one) => sum + density(one, f), 0);
    // the converter is behind the filter
    if (term === "converter") return quantum_A ** 2 / 12 / half_Hz;
    return noiseDensity(parts, f)[term] * (sections ? gainAt(sections, f, rate_Hz) ** 2 : 1);
  };
  const rms = (term: BesideTerm | "total") => {
    const count = Math.max(8, Math.ceil(PER_DECADE * Math.log10(to_Hz / from_Hz)));
    const step = Math.log(to_Hz / from_Hz) / count;
    let sum = 0;
    for (let k = 0; k <= count; k++) {
      const f = from_Hz * Math.exp(k * step);
      sum += (k === 0 || k === count ? 0.5 : 1) * density(term, f) * f * step;
    }
    return Math.sqrt(sum);
  };
  const terms = Object.fromEntries(BESIDE_TERMS.map((term) => [term, rms(term)])) as Record<BesideTerm, number>;
  return {
    from_Hz,
    to_Hz,
    measured_A: Math.sqrt(bandVariance(spectrum, from_Hz, to_Hz)),
    formula_A: { ...terms, total: rms("total") },
    density,
  };
}

/** Conductances of junctions as their records tell them: I over V where there is a voltage, else that of other voltages. */
export function conductanceOf(record: NoiseRecord, all: readonly NoiseRecord[]): number | undefined {
  const own = all.filter(
    ({ row, column, voltage_V }) => row === record.row && column === record.column && voltage_V !== 0,
  );
  const at = Math.abs(record.voltage_V) > 0 ? record : own.find(({ voltage_V }) => Number.isFinite(voltage_V));
  const found = at ? at.current_A / at.voltage_V : Number.NaN;
  return found > 0 && Number.isFinite(found) ? found : undefined;
}
