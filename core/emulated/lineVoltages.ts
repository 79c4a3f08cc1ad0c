import type { LineDrive, Stimulus } from "../stimulus.ts";
import { edgesOf, makeSampler, reaches, type Waveform } from "../waveform.ts";

/** Just before an edge: outside the rounding that `reaches` forgives, nearer than any physics. */
const BEFORE = 1 - 1e-14;

/** What a waveform does between two edges; lines that share a waveform share its track. */
interface Track {
  readonly valueAt: (time_s: number) => number;
  readonly edges_s: readonly number[];
  /** For piece p, from edge p to p + 1: the frequency of a sine, 0 for a straight line, -1 for a constant. */
  readonly pieces: readonly number[];
  /** Piece of the present stretch. */
  piece: number;
}

/**
 * The voltages of all lines over one stimulus. Time only moves forwards from stretch to stretch; a stretch holds no edge.
 */
export class LineVoltages {
  /** Present voltages after `moveTo` or `moveBefore`; NaN = floating. */
  readonly row_V: Float64Array;
  readonly column_V: Float64Array;
  /** Every edge of every line inside the stimulus, ascending, without repetition. */
  readonly edges_s: readonly number[];
  readonly #tracks: readonly Track[];
  readonly #ofRow: readonly (Track | undefined)[];
  readonly #ofColumn: readonly (Track | undefined)[];

  constructor(stimulus: Pick<Stimulus, "rows" | "columns" | "duration_s">) {
    const known = new Map<Waveform, Track>();
    const track = (drive: LineDrive): Track | undefined => {
      if (drive === "floating") return undefined;
      const found = known.get(drive) ?? makeTrack(drive);
      known.set(drive, found);
      return found;
    };
    this.#ofRow = stimulus.rows.map(track);
    this.#ofColumn = stimulus.columns.map(track);
    this.#tracks = [...known.values()];
    this.row_V = new Float64Array(stimulus.rows.length).fill(Number.NaN);
    this.column_V = new Float64Array(stimulus.columns.length).fill(Number.NaN);
    const edges = this.#tracks.flatMap((one) => one.edges_s).filter((edge) => edge > 0 && edge < stimulus.duration_s);
    const ascending = Float64Array.from(edges).sort();
    // edges that differ by rounding are one; the later time has reached both
    this.edges_s = [...ascending].filter((edge, k) => {
      const next = ascending[k + 1];
      return next === undefined || !reaches(edge, next);
    });
  }

  /** Sets the voltages at `time_s`; on an edge those that follow it. */
  moveTo(time_s: number): void {
    for (let i = 0; i < this.row_V.length; i++) this.row_V[i] = this.#ofRow[i]?.valueAt(time_s) ?? Number.NaN;
    for (let j = 0; j < this.column_V.length; j++) this.column_V[j] = this.#ofColumn[j]?.valueAt(time_s) ?? Number.NaN;
  }

  /** Sets the voltages that end at `time_s`. */
  moveBefore(time_s: number): void {
    this.moveTo(time_s * BEFORE);
  }

  /** Enters the stretch around `time_s`: highest frequency in it, 0 if only ramps move, -1 if all lines are constant. */
  enter(time_s: number): number {
    let fastest = -1;
    for (const track of this.#tracks) {
      while (track.piece < track.pieces.length && reaches(time_s, track.edges_s[track.piece + 1] ?? Infinity))
        track.piece++;
      fastest = Math.max(fastest, track.pieces[track.piece] ?? -1);
    }
    return fastest;
  }

  /** Whether all connected lines are at one potential now: no junction sees a voltage. */
  areLevel(): boolean {
    let level = Number.NaN;
    for (const line_V of [this.row_V, this.column_V])
      for (const v of line_V) {
        if (Number.isNaN(v)) continue;
        if (Number.isNaN(level)) level = v;
        if (v !== level) return false;
      }
    return true;
  }
}

function makeTrack(waveform: Waveform): Track {
  const pieces = waveform.flatMap((segment): number[] => {
    switch (segment.kind) {
      case "hold":
        return [-1];
      case "ramp":
        return [segment.from_V === segment.to_V ? -1 : 0];
      case "sine":
        return [segment.amplitude_V === 0 || segment.frequency_Hz === 0 ? -1 : Math.abs(segment.frequency_Hz)];
      case "samples":
        return segment.voltage_V.slice(1).map((voltage, k) => (voltage === segment.voltage_V[k] ? -1 : 0));
    }
  });
  return { valueAt: makeSampler(waveform), edges_s: edgesOf(waveform), pieces, piece: 0 };
}
