import type { Capabilities } from "../../core/arrayBackend.ts";
import type { Grid } from "../../core/crossbar/grid.ts";
import type { Limits } from "../../core/limits.ts";
import type { LineDrive, ProductReadout, Stimulus } from "../../core/stimulus.ts";
import type { Waveform } from "../../core/waveform.ts";

/**
 * A second opinion on what junctions bear, written without the limiter's code and in another way: it plays every line
 * moment by moment, solves floating lines as a network of resistors, and looks at the voltage of each junction sample by
 * sample. Between samples it sees nothing, so what it finds is a lower bound of what the junction bears.
 */
export type Sent =
  | { readonly kind: "apply"; readonly stimulus: Stimulus }
  | { readonly kind: "multiply"; readonly inputs_V: Float64Array; readonly readout: ProductReadout };

/** Worst of each quantity over all junctions, as a share of its limit; Infinity for a step where slew is limited. */
export interface Verdict {
  readonly malformed: boolean;
  readonly shares: Readonly<Record<string, number>>;
  readonly worst: number;
}

const SAMPLES_PER_CYCLE = 48;

interface Part {
  readonly start_s: number;
  readonly end_s: number;
  readonly sines_Hz: number;
  at(time_s: number): number;
}

/** Everything that may not be in a waveform. */
function isMalformed(waveform: Waveform): boolean {
  let before_s = 0;
  return waveform.some((segment, k) => {
    // so short after so long that doubles hardly hold both edges
    if (segment.kind !== "samples" && segment.duration_s < Math.max(1e-15, 1e-13 * before_s)) return true;
    before_s += segment.kind === "samples" ? (segment.time_s.at(-1) ?? 0) : segment.duration_s;
    if (segment.kind === "samples") {
      const { time_s, voltage_V } = segment;
      if (time_s.length < 2 || time_s.length !== voltage_V.length || time_s[0] !== 0) return true;
      return time_s.some(
        (t, j) => !Number.isFinite(t) || !Number.isFinite(voltage_V[j]) || (j > 0 && t - (time_s[j - 1] ?? 0) < 1e-15),
      );
    }
    const { kind, duration_s, ...numbers } = segment;
    if (Object.values(numbers).some((value) => !Number.isFinite(value))) return true;
    if (duration_s === Infinity) return kind !== "hold" || k !== waveform.length - 1;
    return !(duration_s > 0);
  });
}

function partsOf(waveform: Waveform): Part[] {
  const parts: Part[] = [];
  let start_s = 0;
  let last_V = 0;
  const add = (length_s: number, sines_Hz: number, value: (time_s: number) => number) => {
    const from_s = start_s;
    parts.push({ start_s: from_s, end_s: from_s + length_s, sines_Hz, at: (time_s) => value(time_s - from_s) });
    start_s += length_s;
    last_V = Number.isFinite(length_s) ? value(length_s) : value(0);
  };
  for (const segment of waveform) {
    if (segment.kind === "hold") add(segment.duration_s, 0, () => segment.voltage_V);
    else if (segment.kind === "ramp")
      add(
        segment.duration_s,
        0,
        (t) => segment.from_V * (1 - t / segment.duration_s) + (segment.to_V * t) / segment.duration_s,
      );
    else if (segment.kind === "sine")
      add(
        segment.duration_s,
        Math.abs(segment.frequency_Hz),
        (t) =>
          segment.offset_V + segment.amplitude_V * Math.sin(segment.phase_rad + t * segment.frequency_Hz * 2 * Math.PI),
      );
    else
      for (let j = 1; j < segment.time_s.length; j++) {
        const [t0, t1, v0, v1] = [
          segment.time_s[j - 1],
          segment.time_s[j],
          segment.voltage_V[j - 1],
          segment.voltage_V[j],
        ];
        add(t1 - t0, 0, (t) => v0 + ((v1 - v0) * t) / (t1 - t0));
      }
  }
  const end_V = last_V;
  parts.push({ start_s, end_s: Infinity, sines_Hz: 0, at: () => end_V });
  return parts;
}

/** One sample of every line's potential; `edge` marks the first sample of an interval, before which a step may be. */
interface Moment {
  readonly time_s: number;
  readonly edge: boolean;
  readonly rows_V: readonly number[];
  readonly columns_V: readonly number[];
}

/** Potentials of all lines through a stimulus; floating ones by the conductances. */
function play({ rows, columns, duration_s }: Stimulus, conductance: (row: number, column: number) => number): Moment[] {
  const drives = [...new Set([...rows, ...columns])].filter((drive): drive is Waveform => drive !== "floating");
  const parts = new Map(drives.map((drive) => [drive, partsOf(drive)]));
  const cuts = new Set([0, duration_s]);
  for (const list of parts.values())
    for (const { start_s, end_s } of list) for (const t of [start_s, end_s]) if (t < duration_s) cuts.add(t);
  const edges = [...cuts].sort((a, b) => a - b);
  // edges that differ by rounding are one
  const kept = edges.filter((edge, k) => k === 0 || edge - (edges[k - 1] ?? 0) > 1e-13 * edge);
  const moments: Moment[] = [];
  for (let k = 1; k < kept.length; k++) {
    const [from_s, to_s] = [kept[k - 1], kept[k]];
    const playing = new Map(
      [...parts].map(([drive, list]) => {
        const middle = (from_s + to_s) / 2;
        return [drive, list.find(({ end_s }) => middle < end_s)] as const;
      }),
    );
    const fastest_Hz = Math.max(0, ...[...playing.values()].map((part) => part?.sines_Hz ?? 0));
    const points = Math.max(fastest_Hz > 0 ? 8 : 2, Math.ceil(SAMPLES_PER_CYCLE * fastest_Hz * (to_s - from_s)));
    for (let n = 0; n <= points; n++) {
      const time_s = from_s + ((to_s - from_s) * n) / points;
      const value = (drive: LineDrive) => (drive === "floating" ? Number.NaN : (playing.get(drive)?.at(time_s) ?? 0));
      moments.push({ time_s, edge: n === 0, ...settle(rows.map(value), columns.map(value), conductance) });
    }
  }
  return moments;
}

/** Potentials of floating lines (NaN) so that no current flows into them. */
function settle(rows_V: number[], columns_V: number[], conductance: (row: number, column: number) => number) {
  const free = [...rows_V, ...columns_V].some(Number.isNaN);
  if (!free) return { rows_V, columns_V };
  const floatingRows = rows_V.map(Number.isNaN);
  const floatingColumns = columns_V.map(Number.isNaN);
  const known = [...rows_V, ...columns_V].filter((v) => !Number.isNaN(v));
  const start = known.length === 0 ? 0 : known.reduce((sum, v) => sum + v / known.length, 0);
  const row = rows_V.map((v) => (Number.isNaN(v) ? start : v));
  const column = columns_V.map((v) => (Number.isNaN(v) ? start : v));
  const mean = (others: readonly number[], weight: (k: number) => number) => {
    let [sum, weights] = [0, 0];
    others.forEach((v, k) => {
      sum += v * weight(k);
      weights += weight(k);
    });
    return sum / weights;
  };
  for (let round = 0; round < 40; round++) {
    floatingRows.forEach((floats, r) => {
      if (floats) row[r] = mean(column, (c) => conductance(r, c));
    });
    floatingColumns.forEach((floats, c) => {
      if (floats) column[c] = mean(row, (r) => conductance(r, c));
    });
  }
  return { rows_V: row, columns_V: column };
}

/** Looks at one voltage over the whole run. */
class Watch {
  largest_V = 0;
  slew_V_s = 0;
  dose_Vs = 0;
  square_V2s = 0;
  longest_s = 0;
  readonly above: [start_s: number, end_s: number][] = [];
  #since: number | undefined;
  #time_s = 0;
  #last_V = 0;
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  see(time_s: number, voltage_V: number, step: boolean): void {
    const dt_s = time_s - this.#time_s;
    const last_V = this.#last_V;
    this.largest_V = Math.max(this.largest_V, Number.isNaN(voltage_V) ? Infinity : Math.abs(voltage_V));
    if (step) {
      if (Math.abs(voltage_V - last_V) > 1e-7 * Math.max(Math.abs(voltage_V), Math.abs(last_V), 1e-3))
        this.slew_V_s = Infinity;
    } else if (dt_s > 0) {
      this.slew_V_s = Math.max(this.slew_V_s, Math.abs(voltage_V - last_V) / dt_s);
      // trapezium, or two triangles where it crosses 0 V
      const [a, b] = [Math.abs(last_V), Math.abs(voltage_V)];
      this.dose_Vs += last_V * voltage_V < 0 ? ((a * a + b * b) / (2 * (a + b))) * dt_s : ((a + b) / 2) * dt_s;
      this.square_V2s += ((last_V ** 2 + last_V * voltage_V + voltage_V ** 2) / 3) * dt_s;
    }
    this.#judgeAbove(time_s, voltage_V, step ? undefined : last_V, dt_s);
    this.#time_s = time_s;
    this.#last_V = voltage_V;
  }

  #judgeAbove(time_s: number, voltage_V: number, last_V: number | undefined, dt_s: number): void {
    const level = this.#limits.dwellAbove_V * (1 + 1e-9) + 1e-12;
    const high = Math.abs(voltage_V) > level;
    if (last_V === undefined) {
      if (this.#since !== undefined && !high) this.#close(time_s);
      if (this.#since === undefined && high) this.#since = time_s;
      return;
    }
    // where a straight line passes +-level
    const passes = (at_V: number) =>
      time_s - dt_s * (1 - Math.min(1, Math.max(0, (at_V - last_V) / (voltage_V - last_V))));
    if (this.#since !== undefined && (!high || last_V * voltage_V < 0)) this.#close(passes(Math.sign(last_V) * level));
    if (this.#since === undefined && high)
      this.#since =
        Math.abs(last_V) > level && last_V * voltage_V > 0 ? time_s - dt_s : passes(Math.sign(voltage_V) * level);
  }

  /** Lines rest at 0 V between commands: a step for the slew, no interruption for the dwell. */
  endCommand(): void {
    if (Math.abs(this.#last_V) > 1e-7 * Math.max(this.largest_V, 1e-3)) this.slew_V_s = Infinity;
  }

  finish(time_s: number): void {
    this.#close(time_s);
  }

  #close(end_s: number): void {
    if (this.#since === undefined) return;
    this.longest_s = Math.max(this.longest_s, end_s - this.#since);
    this.above.push([this.#since, end_s]);
    this.#since = undefined;
  }

  /** Largest time above minus what the duty grants, over every pair of begin and end. */
  excess_s(): number {
    let most_s = 0;
    for (let first = 0; first < this.above.length; first++) {
      let on_s = 0;
      const from_s = this.above[first]?.[0] ?? 0;
      for (let last = first; last < this.above.length; last++) {
        const [start_s, end_s] = this.above[last] ?? [0, 0];
        on_s += end_s - start_s;
        most_s = Math.max(most_s, on_s - this.#limits.duty * (end_s - from_s));
      }
    }
    return most_s;
  }
}

/** @param sent everything that was sent to the array since the run began, in order */
export function judgeByBruteForce(
  sent: readonly Sent[],
  { rows, columns }: Grid,
  { voltageRange_V: [least_V, most_V] }: Capabilities,
  limits: Limits,
  conductance: (row: number, column: number) => number = () => 1,
): Verdict {
  const watches = Array.from({ length: rows * columns }, () => new Watch(limits));
  const lines = Array.from({ length: rows + columns }, () => new Watch(limits));
  let now_s = 0;
  const see = (moment: Moment, floats: (line: number) => boolean) => {
    const { rows_V, columns_V, edge } = moment;
    const time_s = now_s + moment.time_s;
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        watches[r * columns + c]?.see(time_s, (rows_V[r] ?? 0) - (columns_V[c] ?? 0), edge);
    [...rows_V, ...columns_V].forEach((voltage_V, line) => {
      if (!floats(line)) lines[line]?.see(time_s, voltage_V, edge);
    });
  };
  const rest = { rows_V: Array.from({ length: rows }, () => 0), columns_V: Array.from({ length: columns }, () => 0) };
  for (const command of sent) {
    if (command.kind === "apply") {
      const { stimulus } = command;
      const drives = [...stimulus.rows, ...stimulus.columns];
      if (!(stimulus.duration_s >= 1e-15 && stimulus.duration_s < Infinity)) return MALFORMED;
      if (drives.some((drive) => drive !== "floating" && isMalformed(drive))) return MALFORMED;
      for (const moment of play(stimulus, conductance)) see(moment, (line) => drives[line] === "floating");
      now_s += stimulus.duration_s;
    } else {
      const { integration_s, rest_s } = command.readout;
      if (!(integration_s >= 1e-15 && integration_s < Infinity && rest_s >= 0 && rest_s < Infinity)) return MALFORMED;
      if (!command.inputs_V.every(Number.isFinite)) return MALFORMED;
      for (let k = 0; k < command.inputs_V.length; k += rows) {
        const rows_V = [...command.inputs_V.subarray(k, k + rows)];
        see({ ...rest, rows_V, time_s: 0, edge: true }, () => false);
        see({ ...rest, rows_V, time_s: integration_s, edge: false }, () => false);
        now_s += integration_s;
        if (rest_s === 0) continue;
        see({ ...rest, time_s: 0, edge: true }, () => false);
        see({ ...rest, time_s: rest_s, edge: false }, () => false);
        now_s += rest_s;
      }
    }
    for (const watch of [...watches, ...lines]) watch.endCommand();
  }
  const shares: Record<string, number> = {};
  const note = (quantity: string, value: number, limit: number) => {
    if (limit === Infinity) return;
    const share = value === 0 ? 0 : value / limit;
    shares[quantity] = Math.max(shares[quantity] ?? 0, share);
  };
  for (const watch of [...watches, ...lines]) {
    watch.finish(now_s);
    note("slew", watch.slew_V_s, limits.slew_V_s);
  }
  for (const line of lines) note("line voltage", line.largest_V, Math.max(Math.abs(least_V), Math.abs(most_V)));
  for (const watch of watches) {
    note("voltage", watch.largest_V, limits.voltage_V);
    note("dwell", watch.longest_s, limits.dwell_s);
    if (limits.duty < 1) note("duty", watch.excess_s(), limits.duty * limits.dutyWindow_s);
    const most_S = limits.largestConductance_S;
    if (most_S === Infinity) continue;
    note("current", watch.largest_V * most_S, limits.current_A);
    note("charge", watch.dose_Vs * most_S, limits.charge_C);
    note("energy", watch.square_V2s * most_S, limits.energy_J);
  }
  return { malformed: false, shares, worst: Math.max(0, ...Object.values(shares)) };
}

const MALFORMED: Verdict = { malformed: true, shares: {}, worst: Infinity };
