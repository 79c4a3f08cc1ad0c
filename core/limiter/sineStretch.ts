import { burstOf, repeatedBurst } from "./burst.ts";
import { type Difference, isAbove, type JunctionDrive, type Thresholds } from "./stretch.ts";

const POINTS_PER_CYCLE = 256;
/** A sine on a ramp is integrated point by point up to so many cycles, beyond by its bound. */
const MOST_CYCLES = 64;
/** Beyond so many turns a double no longer tells which part of a cycle is played. */
const MOST_TURNS = 1e6;

/** Dwell times of sines are upper bounds: every excursion counts as one of full width. */
export function sineStretch(part: Difference, { above_V, duty }: Thresholds): JunctionDrive {
  const { length_s, from_V, to_V, first_V, last_V, mixed_V_s } = part;
  const frequency_Hz = Math.abs(part.frequency_Hz);
  const amplitude_V = Math.abs(part.amplitude_V);
  const offset_V = Math.max(Math.abs(from_V), Math.abs(to_V));
  const flat = from_V === to_V && mixed_V_s === 0;
  const largest_V = flat ? sinePeak(part) : offset_V + amplitude_V;
  const common = {
    length_s,
    largest_V,
    slew_V_s: Math.abs(to_V - from_V) / length_s + (mixed_V_s > 0 ? mixed_V_s : steepest(part)),
    step_V: 0,
    first_V,
    last_V,
    ...doses(part, flat),
  };
  const times = (longest_s: number, leading_s: number, trailing_s: number) => ({ longest_s, leading_s, trailing_s });
  if (!isAbove(largest_V, above_V)) return { ...common, ...times(0, 0, 0), burst: burstOf(0, length_s, 0, duty) };
  const all = { ...common, ...times(length_s, length_s, length_s), burst: burstOf(length_s, length_s, length_s, duty) };
  if (mixed_V_s > 0 || offset_V - amplitude_V >= above_V) return all;
  const height = Math.min(1, Math.max(-1, (above_V - offset_V) / amplitude_V));
  const width_s = (Math.PI - 2 * Math.asin(height)) / (2 * Math.PI * frequency_Hz);
  // of a frequency of 0 too
  if (!(width_s < length_s)) return all;
  // an end of a sine that is meant to be at the threshold misses it by the rounding of its phase
  const high = (voltage_V: number) => Math.abs(voltage_V) > above_V + 1e-9 * amplitude_V;
  const sides = from_V === to_V && amplitude_V - offset_V <= above_V ? 1 : 2;
  const gap_s = Math.max(0, 1 / (sides * frequency_Hz) - width_s);
  const count = Math.ceil(sides * frequency_Hz * length_s) + 1;
  return {
    ...common,
    ...times(width_s, high(first_V) ? width_s : 0, high(last_V) ? width_s : 0),
    burst: repeatedBurst(count, width_s, gap_s, length_s, duty),
  };
}

/** Integrals of |v| and v^2; upper bounds for two sines, and for a sine of many cycles on a ramp. */
function doses(part: Difference, flat: boolean): { readonly dose_Vs: number; readonly square_V2s: number } {
  const { length_s, from_V, to_V, amplitude_V, phase_rad, mixed_V_s } = part;
  const frequency_Hz = Math.abs(part.frequency_Hz);
  const cycles = frequency_Hz * length_s;
  if (mixed_V_s > 0 || (!flat && cycles > MOST_CYCLES)) {
    const most_V = Math.max(Math.abs(from_V), Math.abs(to_V)) + Math.abs(amplitude_V);
    return { dose_Vs: most_V * length_s, square_V2s: most_V ** 2 * length_s };
  }
  const integrate = (start_s: number, span_s: number, points: number) => {
    let [dose_Vs, square_V2s] = [0, 0];
    for (let k = 0; k < points; k++) {
      const time_s = start_s + ((k + 0.5) / points) * span_s;
      const line_V = from_V + ((to_V - from_V) * time_s) / length_s;
      const voltage_V = line_V + amplitude_V * Math.sin(phase_rad + 2 * Math.PI * part.frequency_Hz * time_s);
      dose_Vs += Math.abs(voltage_V);
      square_V2s += voltage_V ** 2;
    }
    return { dose_Vs: (dose_Vs * span_s) / points, square_V2s: (square_V2s * span_s) / points };
  };
  if (!flat || cycles < 1) return integrate(0, length_s, POINTS_PER_CYCLE * Math.max(1, Math.ceil(cycles)));
  const whole = Math.floor(cycles);
  const cycle = integrate(0, 1 / frequency_Hz, POINTS_PER_CYCLE);
  const rest = integrate(0, Math.max(0, length_s - whole / frequency_Hz), POINTS_PER_CYCLE);
  return {
    dose_Vs: whole * cycle.dose_Vs + rest.dose_Vs,
    square_V2s: whole * cycle.square_V2s + rest.square_V2s,
  };
}

/** First and last phase in turns, ascending; undefined where they cannot be told. */
function turnsOf({ length_s, frequency_Hz, phase_rad }: Difference): readonly [number, number] | undefined {
  const first = phase_rad / (2 * Math.PI);
  const last = first + frequency_Hz * length_s;
  if (!(Math.abs(first) < MOST_TURNS && Math.abs(last) < MOST_TURNS)) return undefined;
  return first <= last ? [first, last] : [last, first];
}

/** Exact peak of a sine around a constant: its crests if they are played, else its ends. */
function sinePeak(part: Difference): number {
  const { from_V, amplitude_V } = part;
  const turns = turnsOf(part);
  if (!turns) return Math.abs(from_V) + Math.abs(amplitude_V);
  let largest_V = 0;
  for (const turn of turns)
    largest_V = Math.max(largest_V, Math.abs(from_V + amplitude_V * Math.sin(2 * Math.PI * turn)));
  for (const [crest, sign] of [
    [0.25, 1],
    [0.75, -1],
  ] as const)
    if (Math.ceil(turns[0] - crest) <= Math.floor(turns[1] - crest))
      largest_V = Math.max(largest_V, Math.abs(from_V + sign * amplitude_V));
  return largest_V;
}

/** |2 pi f A cos| over the part that is played: 1 at a zero crossing, else its larger end. */
function steepest(part: Difference): number {
  const most_V_s = Math.abs(2 * Math.PI * part.frequency_Hz * part.amplitude_V);
  const turns = turnsOf(part);
  if (!turns || Math.ceil(2 * turns[0]) <= Math.floor(2 * turns[1])) return most_V_s;
  return most_V_s * Math.max(...turns.map((turn) => Math.abs(Math.cos(2 * Math.PI * turn))));
}
