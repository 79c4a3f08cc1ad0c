import type { LineDrive } from "../stimulus.ts";
import { type Segment, valueAt, type Waveform } from "../waveform.ts";
import { sineStretch } from "./sineStretch.ts";
import { straightStretch } from "./straightStretch.ts";
import { appendStretch, type Difference, type JunctionDrive, NOTHING, type Thresholds } from "./stretch.ts";

export type { JunctionDrive } from "./stretch.ts";

/**
 * What a junction between two driven lines is asked to bear, V_row(t) - V_column(t), before the drops of the lines
 * (which only make it smaller). Limits are checked on it, so its voltages are exact for straight segments and for one
 * sine against constants, and upper bounds where sines of several frequencies or sines and ramps meet.
 * A line that floats has no command voltage: `NOTHING` is known of its junctions (limiter/foreseeJunctions.ts bounds them).
 * @param above_V threshold of the dwell times
 * @param duty share of the time that the duty limit allows above the threshold; 1 where nobody asks
 */
export function junctionDrive(
  row: LineDrive,
  column: LineDrive,
  duration_s: number,
  above_V: number,
  duty = 1,
): JunctionDrive {
  if (row === "floating" || column === "floating") return NOTHING;
  const cached = remembered.get(row)?.get(column);
  if (cached && cached.duration_s === duration_s && cached.above_V === above_V && cached.duty === duty)
    return cached.drive;
  const played = compare(piecesOf(row, duration_s), piecesOf(column, duration_s), { above_V, duty });
  // the last sample is taken at the very end, where a longer waveform may have stepped already
  const end_V = Math.abs(valueAt(row, duration_s) - valueAt(column, duration_s));
  const drive = end_V > played.largest_V ? { ...played, largest_V: end_V } : played;
  let ofRow = remembered.get(row);
  if (!ofRow) remembered.set(row, (ofRow = new WeakMap()));
  ofRow.set(column, { duration_s, above_V, duty, drive });
  return drive;
}

interface Remembered extends Thresholds {
  readonly duration_s: number;
  readonly drive: JunctionDrive;
}

/**
 * Protocols share waveforms by reference, so a map of 4096 cells asks for the same three pairs again and again.
 * Waveforms that a limiter has seen are frozen (limiter/sealWaveform.ts), so what is remembered stays true.
 */
const remembered = new WeakMap<Waveform, WeakMap<Waveform, Remembered>>();

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

function compare(row: readonly Piece[], column: readonly Piece[], thresholds: Thresholds): JunctionDrive {
  let sum: JunctionDrive | undefined;
  let [i, j, start_s] = [0, 0, 0];
  for (let a = row[0], b = column[0]; a && b; a = row[i], b = column[j]) {
    const stop_s = Math.min(a.end_s, b.end_s);
    // edges that differ by the rounding of their sums are one edge
    if (stop_s - start_s > 8 * Number.EPSILON * stop_s) {
      const part = stretch(difference(a, b, start_s, stop_s), thresholds);
      sum = sum ? appendStretch(sum, part) : part;
    }
    if (a.end_s <= stop_s) i++;
    if (b.end_s <= stop_s) j++;
    start_s = stop_s;
  }
  return sum ?? NOTHING;
}

function stretch(part: Difference, thresholds: Thresholds): JunctionDrive {
  return part.amplitude_V === 0 ? straightStretch(part, thresholds) : sineStretch(part, thresholds);
}

function difference(a: Piece, b: Piece, start_s: number, stop_s: number): Difference {
  const line = (piece: Piece, time_s: number) => {
    if (piece.from_V === piece.to_V || time_s <= piece.start_s) return piece.from_V;
    if (time_s >= piece.end_s) return piece.to_V;
    return piece.from_V + ((piece.to_V - piece.from_V) * (time_s - piece.start_s)) / (piece.end_s - piece.start_s);
  };
  const phase = (piece: Piece, time_s = start_s) =>
    piece.phase_rad + 2 * Math.PI * piece.frequency_Hz * (time_s - piece.start_s);
  const wave = (piece: Piece, time_s: number) =>
    piece.amplitude_V === 0 ? 0 : piece.amplitude_V * Math.sin(phase(piece, time_s));
  const from_V = line(a, start_s) - line(b, start_s);
  const to_V = line(a, stop_s) - line(b, stop_s);
  const straight = {
    length_s: stop_s - start_s,
    from_V,
    to_V,
    first_V: from_V + wave(a, start_s) - wave(b, start_s),
    last_V: to_V + wave(a, stop_s) - wave(b, stop_s),
  };
  if (a.amplitude_V === 0 || b.amplitude_V === 0) {
    const [sine, sign] = b.amplitude_V === 0 ? [a, 1] : [b, -1];
    const { frequency_Hz } = sine;
    return { ...straight, amplitude_V: sign * sine.amplitude_V, frequency_Hz, phase_rad: phase(sine), mixed_V_s: 0 };
  }
  const { frequency_Hz } = a;
  if (frequency_Hz === b.frequency_Hz) {
    if (phase(a) === phase(b)) {
      const amplitude_V = a.amplitude_V - b.amplitude_V;
      return { ...straight, amplitude_V, frequency_Hz, phase_rad: phase(a), mixed_V_s: 0 };
    }
    // phasors: A e^(i p) - B e^(i q)
    const real = a.amplitude_V * Math.cos(phase(a)) - b.amplitude_V * Math.cos(phase(b));
    const imaginary = a.amplitude_V * Math.sin(phase(a)) - b.amplitude_V * Math.sin(phase(b));
    const phase_rad = Math.atan2(imaginary, real);
    return { ...straight, amplitude_V: Math.hypot(real, imaginary), frequency_Hz, phase_rad, mixed_V_s: 0 };
  }
  const amplitude_V = Math.abs(a.amplitude_V) + Math.abs(b.amplitude_V);
  const mixed_V_s = 2 * Math.PI * (Math.abs(a.frequency_Hz * a.amplitude_V) + Math.abs(b.frequency_Hz * b.amplitude_V));
  return { ...straight, amplitude_V, frequency_Hz: 0, phase_rad: 0, mixed_V_s };
}
