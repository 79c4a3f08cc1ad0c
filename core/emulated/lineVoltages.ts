import type { LineDrive, Stimulus } from "../stimulus.ts";
import { groupLines } from "../limiter/groupLines.ts";
import { rememberSealed } from "../limiter/sealWaveform.ts";
import { edgesOf, makeSampler, reaches, type Waveform } from "../waveform.ts";

/** Just before an edge: outside the rounding that `reaches` forgives, nearer than any physics. */
const BEFORE = 1 - 1e-14;

/** What a waveform does between two edges. */
interface Course {
  readonly valueAt: (time_s: number) => number;
  readonly edges_s: readonly number[];
  /** For piece p, from edge p to p + 1: the frequency of a sine, 0 for a straight line, -1 for a constant. */
  readonly pieces: readonly number[];
}

/** Lines that share a waveform share its track. */
interface Track {
  readonly course: Course;
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
  /** Where each line finds its voltage in `#level_V`: rows, then columns. */
  readonly #levelOf: Int32Array;
  /** NaN for lines that float, then the present voltage of each track. */
  readonly #level_V: Float64Array;
  #at_s = Number.NaN;

  constructor(stimulus: Pick<Stimulus, "rows" | "columns" | "duration_s">) {
    const tracks: Track[] = [];
    const known = new Map<LineDrive, number>([["floating", 0]]);
    this.#levelOf = new Int32Array(stimulus.rows.length + stimulus.columns.length);
    let first = 0;
    for (const drives of [stimulus.rows, stimulus.columns]) {
      for (const [drive, lines] of groupLines(drives)) {
        let level = known.get(drive);
        if (level === undefined) {
          level = drive === "floating" ? 0 : tracks.push({ course: courseOf(drive), piece: 0 });
          known.set(drive, level);
        }
        for (const line of lines) this.#levelOf[first + line] = level;
      }
      first += drives.length;
    }
    this.#tracks = tracks;
    this.#level_V = new Float64Array(tracks.length + 1).fill(Number.NaN);
    this.row_V = new Float64Array(stimulus.rows.length).fill(Number.NaN);
    this.column_V = new Float64Array(stimulus.columns.length).fill(Number.NaN);
    const edges: number[] = [];
    for (const { course } of tracks)
      for (const edge of course.edges_s) if (edge > 0 && edge < stimulus.duration_s) edges.push(edge);
    edges.sort((a, b) => a - b);
    // edges that differ by rounding are one; the later time has reached both
    this.edges_s = edges.filter((edge, k) => {
      const next = edges[k + 1];
      return next === undefined || !reaches(edge, next);
    });
  }

  /** Sets the voltages at `time_s`; on an edge those that follow it. @returns whether any line moved */
  moveTo(time_s: number): boolean {
    if (time_s === this.#at_s) return false;
    this.#at_s = time_s;
    let moved = false;
    for (let t = 0; t < this.#tracks.length; t++) {
      const voltage_V = this.#tracks[t]?.course.valueAt(time_s) ?? Number.NaN;
      if (!Object.is(voltage_V, this.#level_V[t + 1])) moved = true;
      this.#level_V[t + 1] = voltage_V;
    }
    if (!moved) return false;
    const rows = this.row_V.length;
    for (let i = 0; i < rows; i++) this.row_V[i] = this.#level_V[this.#levelOf[i] ?? 0] ?? Number.NaN;
    for (let j = 0; j < this.column_V.length; j++)
      this.column_V[j] = this.#level_V[this.#levelOf[rows + j] ?? 0] ?? Number.NaN;
    return true;
  }

  /** Sets the voltages that end at `time_s`. */
  moveBefore(time_s: number): void {
    this.moveTo(time_s * BEFORE);
  }

  /** Enters the stretch around `time_s`: highest frequency in it, 0 if only ramps move, -1 if all lines are constant. */
  enter(time_s: number): number {
    let fastest = -1;
    for (const track of this.#tracks) {
      const { pieces, edges_s } = track.course;
      while (track.piece < pieces.length && reaches(time_s, edges_s[track.piece + 1] ?? Infinity)) track.piece++;
      fastest = Math.max(fastest, pieces[track.piece] ?? -1);
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

const courseOf = rememberSealed((waveform: Waveform): Course => {
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
  return { valueAt: makeSampler(waveform), edges_s: edgesOf(waveform), pieces };
});
