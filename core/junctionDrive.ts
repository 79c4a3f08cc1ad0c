import type { LineDrive } from "./stimulus.ts";
import { type Segment, valueAt, type Waveform } from "./waveform.ts";

/**
 * What a junction between two driven lines is asked to bear, V_row(t) - V_column(t), before the drops of the lines
 * (which only make it smaller). Limits are checked on it, so `largest_V` is exact for straight segments and for one
 * sine against constants, and an upper bound where sines of several frequencies or sines and ramps meet.
 */
export interface JunctionDrive {
  readonly largest_V: number;
  /** Integral of |v| dt, volt second. */
  readonly dose_Vs: number;
  /** Longest uninterrupted time above the threshold, and the parts of it that touch start and end, seconds. */
  readonly longest_s: number;
  readonly leading_s: number;
  readonly trailing_s: number;
}

/** A line that floats has no command voltage; what its junctions see depends on the state of the whole array. */
const UNKNOWN: JunctionDrive = { largest_V: 0, dose_Vs: 0, longest_s: 0, leading_s: 0, trailing_s: 0 };

/** @param above_V threshold of the dwell times */
export function junctionDrive(row: LineDrive, column: LineDrive, duration_s: number, above_V: number): JunctionDrive {
  if (row === "floating" || column === "floating") return UNKNOWN;
  const cached = remembered.get(row)?.get(column);
  if (cached && cached.duration_s === duration_s && cached.above_V === above_V) return cached.drive;
  const drive = compare(piecesOf(row, duration_s), piecesOf(column, duration_s), above_V);
  let ofRow = remembered.get(row);
  if (!ofRow) remembered.set(row, (ofRow = new WeakMap()));
  ofRow.set(column, { duration_s, above_V, drive });
  return drive;
}

/** Protocols share waveforms by reference, so a map of 4096 cells asks for the same three pairs again and again. */
const remembered = new WeakMap<
  Waveform,
  WeakMap<Waveform, { readonly duration_s: number; readonly above_V: number; readonly drive: JunctionDrive }>
>();

/** A stretch of a waveform: a straight line, plus a sine whose phase counts from `start_s`. */
interface Piece {
  readonly start_s: number;
  readonly end_s: number;
  readonly from_V: number;
  readonly to_V: number;
  readonly amplitude_V: number;
  readonly frequency_Hz: number;
  readonly phase_rad: number;
}

function piecesOf(waveform: Waveform, duration_s: number): Piece[] {
  const pieces: Piece[] = [];
  let start_s = 0;
  const add = (length_s: number, from_V: number, to_V: number, sine?: Extract<Segment, { kind: "sine" }>) => {
    if (start_s >= duration_s) return;
    const end_s = Math.min(start_s + length_s, duration_s);
    // a straight line that the end of the stimulus cuts
    const played = end_s < start_s + length_s && Number.isFinite(length_s) ? (end_s - start_s) / length_s : 1;
    pieces.push({
      start_s,
      end_s,
      from_V,
      to_V: played === 1 ? to_V : from_V + (to_V - from_V) * played,
      amplitude_V: sine?.amplitude_V ?? 0,
      frequency_Hz: sine?.frequency_Hz ?? 0,
      phase_rad: sine?.phase_rad ?? 0,
    });
    start_s = end_s;
  };
  for (const segment of waveform) {
    if (segment.kind === "hold") add(segment.duration_s, segment.voltage_V, segment.voltage_V);
    else if (segment.kind === "ramp") add(segment.duration_s, segment.from_V, segment.to_V);
    else if (segment.kind === "sine") add(segment.duration_s, segment.offset_V, segment.offset_V, segment);
    else
      for (let k = 1; k < segment.time_s.length; k++) {
        const [t0 = 0, t1 = 0] = [segment.time_s[k - 1], segment.time_s[k]];
        add(t1 - t0, segment.voltage_V[k - 1] ?? 0, segment.voltage_V[k] ?? 0);
      }
  }
  const last_V = valueAt(waveform, Infinity);
  add(Infinity, last_V, last_V);
  return pieces;
}

function compare(row: readonly Piece[], column: readonly Piece[], above_V: number): JunctionDrive {
  let sum = UNKNOWN;
  let [i, j, start_s] = [0, 0, 0];
  for (let a = row[0], b = column[0]; a && b; a = row[i], b = column[j]) {
    const stop_s = Math.min(a.end_s, b.end_s);
    // edges that differ by the rounding of their sums are one edge
    if (stop_s - start_s > 8 * Number.EPSILON * stop_s) {
      sum = append(sum, start_s, stretch(difference(a, b, start_s, stop_s), above_V), stop_s - start_s);
    }
    if (a.end_s <= stop_s) i++;
    if (b.end_s <= stop_s) j++;
    start_s = stop_s;
  }
  return sum;
}

/** One drive after another that lasted `elapsed_s`; the second lasts `length_s`. */
function append(first: JunctionDrive, elapsed_s: number, second: JunctionDrive, length_s: number): JunctionDrive {
  const joined_s = first.trailing_s + second.leading_s;
  return {
    largest_V: Math.max(first.largest_V, second.largest_V),
    dose_Vs: first.dose_Vs + second.dose_Vs,
    longest_s: Math.max(first.longest_s, second.longest_s, joined_s),
    leading_s: first.leading_s >= elapsed_s ? elapsed_s + second.leading_s : first.leading_s,
    trailing_s: second.trailing_s >= length_s ? first.trailing_s + length_s : second.trailing_s,
  };
}

/** from -> to as a straight line, plus at most one sine, over `length_s`. */
interface Difference {
  readonly length_s: number;
  readonly from_V: number;
  readonly to_V: number;
  readonly amplitude_V: number;
  readonly frequency_Hz: number;
  readonly phase_rad: number;
  /** Two sines that do not combine: only their summed amplitude is known. */
  readonly mixed: boolean;
}

function difference(a: Piece, b: Piece, start_s: number, stop_s: number): Difference {
  const line = (piece: Piece, time_s: number) => {
    if (piece.from_V === piece.to_V || time_s <= piece.start_s) return piece.from_V;
    if (time_s >= piece.end_s) return piece.to_V;
    return piece.from_V + ((piece.to_V - piece.from_V) * (time_s - piece.start_s)) / (piece.end_s - piece.start_s);
  };
  const phase = (piece: Piece) => piece.phase_rad + 2 * Math.PI * piece.frequency_Hz * (start_s - piece.start_s);
  const straight = {
    length_s: stop_s - start_s,
    from_V: line(a, start_s) - line(b, start_s),
    to_V: line(a, stop_s) - line(b, stop_s),
  };
  if (a.amplitude_V === 0 || b.amplitude_V === 0) {
    const [sine, sign] = b.amplitude_V === 0 ? [a, 1] : [b, -1];
    const { frequency_Hz } = sine;
    return { ...straight, amplitude_V: sign * sine.amplitude_V, frequency_Hz, phase_rad: phase(sine), mixed: false };
  }
  if (a.frequency_Hz === b.frequency_Hz) {
    if (phase(a) === phase(b)) {
      const amplitude_V = a.amplitude_V - b.amplitude_V;
      return { ...straight, amplitude_V, frequency_Hz: a.frequency_Hz, phase_rad: phase(a), mixed: false };
    }
    // phasors: A e^(i p) - B e^(i q)
    const real = a.amplitude_V * Math.cos(phase(a)) - b.amplitude_V * Math.cos(phase(b));
    const imaginary = a.amplitude_V * Math.sin(phase(a)) - b.amplitude_V * Math.sin(phase(b));
    const phase_rad = Math.atan2(imaginary, real);
    return {
      ...straight,
      amplitude_V: Math.hypot(real, imaginary),
      frequency_Hz: a.frequency_Hz,
      phase_rad,
      mixed: false,
    };
  }
  const amplitude_V = Math.abs(a.amplitude_V) + Math.abs(b.amplitude_V);
  const frequency_Hz = Math.max(a.frequency_Hz, b.frequency_Hz);
  return { ...straight, amplitude_V, frequency_Hz, phase_rad: 0, mixed: true };
}

function stretch(part: Difference, above_V: number): JunctionDrive {
  return part.amplitude_V === 0 ? straightStretch(part, above_V) : sineStretch(part, above_V);
}

/** A voltage that equals the threshold up to rounding is not above it. */
function isAbove(voltage_V: number, above_V: number): boolean {
  return Math.abs(voltage_V) > above_V * (1 + 1e-12) + 1e-15;
}

function straightStretch({ length_s, from_V, to_V }: Difference, above_V: number): JunctionDrive {
  const largest_V = Math.max(Math.abs(from_V), Math.abs(to_V));
  const crosses = from_V * to_V < 0;
  const dose_Vs = crosses
    ? ((from_V ** 2 + to_V ** 2) / (2 * Math.abs(to_V - from_V))) * length_s
    : ((Math.abs(from_V) + Math.abs(to_V)) / 2) * length_s;
  const times = (leading_s: number, trailing_s: number) => ({
    largest_V,
    dose_Vs,
    leading_s,
    trailing_s,
    longest_s: Math.max(leading_s, trailing_s),
  });
  if (!isAbove(largest_V, above_V)) return times(0, 0);
  if (from_V === to_V || (!crosses && isAbove(from_V, above_V) && isAbove(to_V, above_V)))
    return times(length_s, length_s);
  // the times at which the line enters and leaves the band of +-above_V
  const at = (voltage_V: number) => Math.min(1, Math.max(0, (voltage_V - from_V) / (to_V - from_V)));
  const [first, second] = [at(-above_V), at(above_V)];
  return times(
    isAbove(from_V, above_V) ? Math.min(first, second) * length_s : 0,
    isAbove(to_V, above_V) ? (1 - Math.max(first, second)) * length_s : 0,
  );
}

const POINTS_PER_CYCLE = 256;

/** Dwell times of sines are upper bounds: every excursion counts as one of full width. */
function sineStretch(part: Difference, above_V: number): JunctionDrive {
  const { length_s, from_V, to_V, frequency_Hz, phase_rad, mixed } = part;
  const amplitude_V = Math.abs(part.amplitude_V);
  const offset_V = Math.max(Math.abs(from_V), Math.abs(to_V));
  const value = (share: number) =>
    from_V +
    (to_V - from_V) * share +
    part.amplitude_V * Math.sin(phase_rad + 2 * Math.PI * frequency_Hz * share * length_s);
  const cycles = frequency_Hz * length_s;
  let dose_Vs = 0;
  const span = Math.min(1, 1 / cycles);
  for (let k = 0; k < POINTS_PER_CYCLE; k++)
    dose_Vs += (Math.abs(value(((k + 0.5) / POINTS_PER_CYCLE) * span)) * length_s) / POINTS_PER_CYCLE;
  const largest_V = mixed || from_V !== to_V ? offset_V + amplitude_V : sinePeak(part);
  if (!isAbove(largest_V, above_V)) return { largest_V, dose_Vs, longest_s: 0, leading_s: 0, trailing_s: 0 };
  if (mixed || offset_V - amplitude_V >= above_V)
    return { largest_V, dose_Vs, longest_s: length_s, leading_s: length_s, trailing_s: length_s };
  const height = Math.min(1, Math.max(-1, (above_V - offset_V) / amplitude_V));
  const width_s = Math.min(length_s, (Math.PI - 2 * Math.asin(height)) / (2 * Math.PI * frequency_Hz));
  // an end of a sine that is meant to be at the threshold misses it by the rounding of its phase
  const high = (share: number) => Math.abs(value(share)) > above_V + 1e-9 * amplitude_V;
  return {
    largest_V,
    dose_Vs,
    longest_s: width_s,
    leading_s: high(0) ? width_s : 0,
    trailing_s: high(1) ? width_s : 0,
  };
}

/** Exact peak of a sine around a constant: its crests if they are played, else its ends. */
function sinePeak({ length_s, from_V, amplitude_V, frequency_Hz, phase_rad }: Difference): number {
  const first = phase_rad / (2 * Math.PI);
  const last = first + frequency_Hz * length_s;
  let largest_V = 0;
  for (const turn of [first, last])
    largest_V = Math.max(largest_V, Math.abs(from_V + amplitude_V * Math.sin(2 * Math.PI * turn)));
  for (const [crest, sign] of [
    [0.25, 1],
    [0.75, -1],
  ] as const)
    if (Math.ceil(first - crest) <= Math.floor(last - crest))
      largest_V = Math.max(largest_V, Math.abs(from_V + sign * amplitude_V));
  return largest_V;
}
