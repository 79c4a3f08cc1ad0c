import { junctionsOf, windowOf } from "../../core/analysis/runSteps.ts";
import type { Grid } from "../../core/crossbar/grid.ts";
import type { Cell } from "../../core/labMessages/arrays.ts";
import { decimate } from "../../core/report/decimate.ts";
import type { RunEvent, StepIntended } from "../../core/runEvent.ts";
import type { Address } from "../../core/stimulus.ts";

/** What was read of one junction. */
export interface CellRead extends Address {
  readonly voltage_V: number;
  readonly current_A: number;
  readonly conductance_S: number;
}

type HistoryEntry = Cell["history"][number];

const LOOP_POINTS = 2000;
/** Samples of a sweep that are gathered for the last loop; what comes after is in the record only. */
const LARGEST_SWEEP = 500_000;

/** The latest of everything that runs have told of each junction of one array. */
export class MapBook {
  readonly grid: Grid;
  readonly current_A: Float64Array;
  readonly voltage_V: Float64Array;
  readonly conductance_S: Float64Array;
  readonly readTime_s: Float64Array;
  readonly masked: Uint8Array;
  readonly #history = new Map<number, HistoryEntry[]>();
  readonly #loops = new Map<number, NonNullable<Cell["loop"]>>();
  readonly #now: () => Date;
  /** Looks and touches that are kept of each junction. */
  readonly #kept: number;
  #intended: StepIntended | undefined;
  #sweep:
    | { readonly row: number; readonly parts: { column: number; v: Float64Array; i: Float64Array }[]; samples: number }
    | undefined;

  constructor(grid: Grid, now: () => Date) {
    this.grid = grid;
    this.#now = now;
    const count = grid.rows * grid.columns;
    const list = () => new Float64Array(count).fill(Number.NaN);
    this.current_A = list();
    this.voltage_V = list();
    this.conductance_S = list();
    this.readTime_s = list();
    this.masked = new Uint8Array(count);
    this.#kept = Math.max(8, Math.min(500, Math.floor(2_000_000 / count)));
  }

  /** Follows the events of a run. @returns what a step has read, for those who watch */
  take(event: RunEvent, run: string): readonly CellRead[] {
    if (event.kind === "step-intended") {
      this.#intended = event;
      const [target] = event.targets;
      this.#sweep = event.role === "sweep" && target ? { row: target.row, parts: [], samples: 0 } : undefined;
    }
    if (event.kind === "samples" && this.#sweep && this.#sweep.samples < LARGEST_SWEEP) {
      const { channel, voltage_V, current_A } = event.block;
      this.#sweep.samples += current_A.length;
      this.#sweep.parts.push({ column: channel, v: voltage_V, i: current_A });
    }
    if (event.kind !== "step-finished" || this.#intended?.step !== event.step) return [];
    this.#keepLoop(event.step, run);
    return this.#keepReading(this.#intended, event, run);
  }

  history(row: number, column: number): readonly HistoryEntry[] {
    return this.#history.get(row * this.grid.columns + column) ?? [];
  }

  loop(row: number, column: number): Cell["loop"] {
    return this.#loops.get(row * this.grid.columns + column) ?? null;
  }

  #keepReading(
    intended: StepIntended,
    event: Extract<RunEvent, { kind: "step-finished" }>,
    run: string,
  ): readonly CellRead[] {
    const { reading, time_s, step } = event;
    const window = windowOf(reading, "read") ?? reading.windows.at(-1);
    const targets = new Set(intended.targets.map(({ row, column }) => row * this.grid.columns + column));
    const read: CellRead[] = [];
    for (const { row, column, at } of junctionsOf({ intended, reading })) {
      const k = row * this.grid.columns + column;
      if (!targets.has(k)) continue;
      const voltage_V = window?.voltage_V[at] ?? Number.NaN;
      const current_A = window?.current_A[at] ?? Number.NaN;
      const conductance_S = current_A / voltage_V;
      if (Number.isFinite(conductance_S)) {
        this.voltage_V[k] = voltage_V;
        this.current_A[k] = current_A;
        this.conductance_S[k] = conductance_S;
        this.readTime_s[k] = time_s;
        read.push({ row, column, voltage_V, current_A, conductance_S });
      }
      const { role, label } = intended;
      const entries = this.#history.get(k) ?? [];
      this.#history.set(k, entries);
      const wall = this.#now().toISOString();
      entries.push({ wall, time_s, run, step, role, label, voltage_V, current_A, conductance_S });
      if (entries.length > this.#kept) entries.shift();
    }
    return read;
  }

  #keepLoop(step: number, run: string): void {
    const sweep = this.#sweep;
    this.#sweep = undefined;
    if (!sweep) return;
    for (const column of new Set(sweep.parts.map((part) => part.column))) {
      const parts = sweep.parts.filter((part) => part.column === column);
      const { x, y } = decimate(joined(parts.map(({ v }) => v)), joined(parts.map(({ i }) => i)), LOOP_POINTS);
      this.#loops.set(sweep.row * this.grid.columns + column, { run, step, voltage_V: [...x], current_A: [...y] });
    }
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
