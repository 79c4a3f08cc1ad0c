import type { JunctionKernel } from "../crossbar/model.ts";
import { JunctionProbe } from "../junctionProbe.ts";
import { makeSurroundings } from "../surroundings.ts";
import { type BesselOrder, designBessel, filterSections } from "./bessel.ts";

/** What lies between the command of a voltage clamp and a junction, and between its current and the record. */
export interface ClampPath {
  /** In series with the junction: pipette, pore mouths, what the amplifier does not compensate. */
  readonly access_ohm: number;
  /** Of the membrane, across the junction, behind the series resistance. */
  readonly capacitance_F: number;
  /** The amplifier's low-pass; absent: none. */
  readonly filter?: { readonly corner_Hz: number; readonly order: BesselOrder };
  /** How long the first voltage was there before the first sample; before that the junction rests at 0 V. */
  readonly settled_s: number;
}

export const IDEAL_CLAMP: ClampPath = { access_ohm: 0, capacitance_F: 0, settled_s: 0 };

/** A voltage of the junction is found to this part of the largest command. */
const PRECISION = 1e-12;
const MOST_ITERATIONS = 60;
/** A chord conductance at 0 V is taken at this part of the largest command. */
const SMALL_PART = 1e-6;

/**
 * The current that a voltage clamp records from a junction, at its own samples:
 *
 *   C dv/dt = (V - v) / R_a - g(v, state) v,   I = (V - v) / R_a,   and I = g V + C dV/dt without R_a,
 *
 * behind a Bessel filter. The command goes straight from sample to sample. Over a sample the linear circuit is solved exactly for the
 * chord conductance at its end, which lies between what was and what is commanded. With no resistance, C dV/dt is taken over
 * the sample before, so that no charge is lost.
 * @param command_V at k x samplePeriod_s
 * @throws RangeError for a negative resistance or capacitance, a corner that is not below half the sampling rate
 */
export function recordClamped(
  kernel: JunctionKernel,
  command_V: Float64Array,
  samplePeriod_s: number,
  path: ClampPath,
): Float64Array {
  const { access_ohm, capacitance_F, filter, settled_s } = path;
  for (const [name, value] of Object.entries({ access_ohm, capacitance_F, settled_s }))
    if (!(value >= 0 && Number.isFinite(value)))
      throw new RangeError(`${name} is ${value}, allowed are finite values of 0 and more`);
  const sections = filter && designBessel(filter.order, filter.corner_Hz, 1 / samplePeriod_s);
  if (kernel.charge && access_ohm > 0)
    throw new RangeError(
      `${kernel.model.name} stores charge, allowed behind an access resistance are junctions that do not`,
    );
  const largest_V = command_V.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const probe = new JunctionProbe(kernel, makeSurroundings({}), 1, 0, largest_V);
  let time_s = 0;
  const currentAt = (v: number) => probe.read(time_s, v)[0] ?? Number.NaN;
  const small_V = SMALL_PART * (largest_V || 1);
  /** Voltage of the junction after `duration_s`, v0 before. */
  const find = (v0: number, from_V: number, to_V: number, duration_s: number) => {
    // a junction with a battery carries a current at 0 V
    const rest_A = currentAt(0);
    const [from, to] = [from_V - access_ohm * rest_A, to_V - access_ohm * rest_A];
    return findRoot(
      (v) => {
        const at = Math.abs(v) < small_V ? small_V : v;
        const divider = 1 + (access_ohm * (currentAt(at) - rest_A)) / at;
        const tau_s = (capacitance_F * access_ohm) / divider;
        return follow(v0, from / divider, to / divider, duration_s, tau_s) - v;
      },
      Math.min(0, v0, from, to),
      Math.max(0, v0, from, to),
      PRECISION * largest_V,
    );
  };
  const first_V = command_V[0] ?? 0;
  const isIdeal = access_ohm === 0;
  let v = first_V;
  if (!isIdeal) v = find(0, first_V, first_V, Infinity);
  if (settled_s > 0) {
    probe.hold(0, settled_s, v);
    time_s = settled_s;
    if (!isIdeal) v = find(v, first_V, first_V, Infinity);
  }
  const start_s = time_s;
  const recorded_A = new Float64Array(command_V.length);
  for (let n = 0; n < command_V.length; n++) {
    const command = command_V[n] ?? Number.NaN;
    const before = command_V[Math.max(0, n - 1)] ?? Number.NaN;
    if (n > 0) {
      const [from_s, last] = [start_s + (n - 1) * samplePeriod_s, v];
      // states at the begin of the sample decide the voltage at its end, then they follow it
      v = isIdeal ? command : find(last, before, command, samplePeriod_s);
      const end = v;
      if (last === end) probe.hold(from_s, samplePeriod_s, end);
      else probe.advance(from_s, samplePeriod_s, (part) => last + (end - last) * part);
      time_s = start_s + n * samplePeriod_s;
    }
    recorded_A[n] = isIdeal
      ? currentAt(v) + (capacitance_F * (command - before)) / samplePeriod_s
      : (command - v) / access_ohm;
  }
  return sections ? filterSections(sections, recorded_A) : recorded_A;
}

/** First-order lag behind an input that goes straight from `from` to `to`, after `duration_s`. */
function follow(start: number, from: number, to: number, duration_s: number, tau_s: number): number {
  if (tau_s === 0 || duration_s === Infinity) return to;
  const decay = Math.exp(-duration_s / tau_s);
  const slope = (to - from) / duration_s;
  return to - slope * tau_s + (start - from + slope * tau_s) * decay;
}

/** Root of a function that is not below 0 at `low` and not above 0 at `high` (regula falsi, Illinois). */
function findRoot(f: (x: number) => number, low: number, high: number, precision: number): number {
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  if (fa <= 0) return a;
  if (fb >= 0) return b;
  for (let k = 0; k < MOST_ITERATIONS && b - a > precision; k++) {
    const x = b - (fb * (b - a)) / (fb - fa);
    const fx = f(x);
    if (fx === 0) return x;
    if (fx > 0) {
      [a, fa] = [x, fx];
      fb /= 2;
    } else {
      [b, fb] = [x, fx];
      fa /= 2;
    }
    if (Math.abs(fx) <= precision) return x;
  }
  return (a + b) / 2;
}
