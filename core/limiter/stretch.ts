import { type Burst, followedBy, NO_BURST } from "./burst.ts";

/** Figures of a junction's voltage over a stimulus, or over a part of one; parts follow one another by `appendStretch`. */
export interface JunctionDrive {
  readonly length_s: number;
  readonly largest_V: number;
  /** Fastest |dv/dt| between steps, and the largest step. */
  readonly slew_V_s: number;
  readonly step_V: number;
  /** Voltages at both ends: lines rest at 0 V before and after a stimulus. */
  readonly first_V: number;
  readonly last_V: number;
  /** Integral of |v| dt, volt second. */
  readonly dose_Vs: number;
  /** Integral of v^2 dt. */
  readonly square_V2s: number;
  /** Longest uninterrupted time above the threshold, and the parts of it that touch start and end, seconds. */
  readonly longest_s: number;
  readonly leading_s: number;
  readonly trailing_s: number;
  /** Time above the threshold beyond what the duty limit grants. */
  readonly burst: Burst;
}

export interface Thresholds {
  readonly above_V: number;
  readonly duty: number;
}

export const NOTHING: JunctionDrive = {
  length_s: 0,
  largest_V: 0,
  slew_V_s: 0,
  step_V: 0,
  first_V: 0,
  last_V: 0,
  dose_Vs: 0,
  square_V2s: 0,
  longest_s: 0,
  leading_s: 0,
  trailing_s: 0,
  burst: NO_BURST,
};

/** from -> to as a straight line, plus at most one sine, over `length_s`. */
export interface Difference {
  readonly length_s: number;
  readonly from_V: number;
  readonly to_V: number;
  /** With the sines. */
  readonly first_V: number;
  readonly last_V: number;
  readonly amplitude_V: number;
  readonly frequency_Hz: number;
  readonly phase_rad: number;
  /** Above 0: two sines that do not combine, of which only summed amplitude and summed slew (this) are known. */
  readonly mixed_V_s: number;
}

/** One part after another. */
export function appendStretch(first: JunctionDrive, second: JunctionDrive): JunctionDrive {
  const joined_s = first.trailing_s + second.leading_s;
  return {
    length_s: first.length_s + second.length_s,
    largest_V: Math.max(first.largest_V, second.largest_V),
    slew_V_s: Math.max(first.slew_V_s, second.slew_V_s),
    step_V: Math.max(first.step_V, second.step_V, Math.abs(second.first_V - first.last_V)),
    first_V: first.first_V,
    last_V: second.last_V,
    dose_Vs: first.dose_Vs + second.dose_Vs,
    square_V2s: first.square_V2s + second.square_V2s,
    longest_s: Math.max(first.longest_s, second.longest_s, joined_s),
    leading_s: first.leading_s >= first.length_s ? first.length_s + second.leading_s : first.leading_s,
    trailing_s: second.trailing_s >= second.length_s ? first.trailing_s + second.length_s : second.trailing_s,
    burst: followedBy(first.burst, second.burst),
  };
}

/** A voltage that equals the threshold up to rounding is not above it. */
export function isAbove(voltage_V: number, above_V: number): boolean {
  return Math.abs(voltage_V) > above_V * (1 + 1e-12) + 1e-15;
}
