import { groupLines } from "./limiter/groupLines.ts";
import { type Grid, junctionCount } from "./crossbar/grid.ts";
import { junctionDrive } from "./limiter/junctionDrive.ts";
import type { ApplyStep, MultiplyStep } from "./protocol/protocol.ts";
import type { LineDrive } from "./stimulus.ts";
import { edgesOf, makeSampler, type Waveform } from "./waveform.ts";

/**
 * How a junction meets a step: `read` and `selected` are its targets (a product reads every junction), `halfSelected`
 * shares a line with one, `unselected` shares none. Steps without targets (rests) are nobody's: what relaxes there is not booked.
 */
export const EXPOSURES = ["selected", "halfSelected", "unselected", "read"] as const;
export type Exposure = (typeof EXPOSURES)[number];

/**
 * What every junction took in one exposure, row-major. Voltages are those that the lines command, before the drops of the
 * lines; floating lines command none and count as 0.
 */
export interface Doses {
  /** Integral of |v| dt. */
  readonly voltage_Vs: Float64Array;
  /** The same times the mean of the conductances before and after the step, and of v^2; NaN where nobody knows them. */
  readonly charge_As: Float64Array;
  readonly energy_J: Float64Array;
  /** Excursions of |v| above half of the step's largest. */
  readonly pulses: Float64Array;
  /** Sum of the changes of the conductance over these steps, signed; NaN where nobody knows it. */
  readonly change_S: Float64Array;
}

export const DOSE_QUANTITIES = ["voltage_Vs", "charge_As", "energy_J", "pulses", "change_S"] as const;

/** Points per cycle of a sine for the integral of v^2; straight pieces are exact. */
const POINTS_PER_CYCLE = 32;

/**
 * The dose of every junction of a run, told apart by how it was met. Pass one to `runProtocols` as `book`.
 * Charge, energy and change need an array whose conductances can be looked at without touching them: an emulated one.
 */
export class DisturbBook {
  readonly grid: Grid;
  readonly doses: Readonly<Record<Exposure, Doses>>;
  /** Steps with floating lines, whose doses are incomplete. */
  floatingSteps = 0;
  readonly #conductance_S: ((into?: Float64Array) => Float64Array) | undefined;
  #before_S: Float64Array | undefined;
  #after_S: Float64Array | undefined;

  /** @param conductance_S a copy of all conductances, row-major, into the list that is given; absent for real arrays */
  constructor(grid: Grid, conductance_S?: (into?: Float64Array) => Float64Array) {
    this.grid = grid;
    this.#conductance_S = conductance_S;
    const unknown = conductance_S ? 0 : Number.NaN;
    const list = (value: number) => new Float64Array(junctionCount(grid)).fill(value);
    const doses = (): Doses => ({
      voltage_Vs: list(0),
      charge_As: list(unknown),
      energy_J: list(unknown),
      pulses: list(0),
      change_S: list(unknown),
    });
    this.doses = { selected: doses(), halfSelected: doses(), unselected: doses(), read: doses() };
  }

  before(): void {
    this.#before_S = this.#conductance_S?.(this.#before_S);
  }

  after(step: ApplyStep | MultiplyStep): void {
    const after_S = this.#conductance_S?.(this.#after_S);
    this.#after_S = after_S;
    if (step.kind === "multiply") return this.#addVectors(step, after_S);
    const { rows, columns, targets, duration_s } = step.stimulus;
    if (targets.length === 0) return;
    const { halfSelected, unselected } = this.doses;
    const own = this.doses[step.role === "read" || step.role === "probe" ? "read" : "selected"];
    const { columns: width } = this.grid;
    const [inRows, inColumns] = [new Uint8Array(this.grid.rows), new Uint8Array(width)];
    const targeted = new Set<number>();
    for (const { row, column } of targets) {
      inRows[row] = 1;
      inColumns[column] = 1;
      targeted.add(row * width + column);
    }
    const meet = (r: number, c: number): Doses => {
      if (inRows[r] === 0 && inColumns[c] === 0) return unselected;
      return inRows[r] === 1 && inColumns[c] === 1 && targeted.has(r * width + c) ? own : halfSelected;
    };
    if (after_S) this.#addChanges(after_S, meet);
    const rowGroups = groupLines(rows);
    const columnGroups = groupLines(columns);
    if (rowGroups.has("floating") || columnGroups.has("floating")) this.floatingSteps++;
    for (const [row, rowLines] of rowGroups)
      for (const [column, columnLines] of columnGroups) {
        const drive = measure(row, column, duration_s);
        // most junctions see nothing
        if (drive.dose_Vs === 0) continue;
        for (const r of rowLines) for (const c of columnLines) this.#add(meet(r, c), r * width + c, drive, after_S);
      }
  }

  /** What a record keeps: "selected.voltage_Vs" and so on, lists of zeros and of nothing known left out. */
  summary(): Record<string, readonly number[]> {
    return Object.fromEntries(
      EXPOSURES.flatMap((exposure) =>
        DOSE_QUANTITIES.flatMap((quantity): [string, readonly number[]][] => {
          const values = this.doses[exposure][quantity];
          return values.some((value) => value !== 0 && !Number.isNaN(value))
            ? [[`${exposure}.${quantity}`, [...values]]]
            : [];
        }),
      ),
    );
  }

  #addChanges(after_S: Float64Array, meet: (row: number, column: number) => Doses): void {
    const before_S = this.#before_S;
    if (!before_S) return;
    for (let row = 0, k = 0; row < this.grid.rows; row++)
      for (let column = 0; column < this.grid.columns; column++, k++) {
        const change_S = (after_S[k] ?? 0) - (before_S[k] ?? 0);
        if (change_S !== 0) bump(meet(row, column).change_S, k, change_S);
      }
  }

  #add(doses: Doses, k: number, drive: Drive, after_S: Float64Array | undefined): void {
    bump(doses.voltage_Vs, k, drive.dose_Vs);
    bump(doses.pulses, k, drive.pulses);
    const before_S = this.#before_S;
    if (!before_S || !after_S) return;
    const mean_S = 0.5 * ((before_S[k] ?? 0) + (after_S[k] ?? 0));
    bump(doses.charge_As, k, mean_S * drive.dose_Vs);
    bump(doses.energy_J, k, mean_S * drive.square_V2s);
  }

  #addVectors({ inputs_V, readout }: MultiplyStep, after_S: Float64Array | undefined): void {
    const { rows, columns } = this.grid;
    if (after_S) this.#addChanges(after_S, () => this.doses.read);
    for (let row = 0; row < rows; row++) {
      const drive = { dose_Vs: 0, square_V2s: 0, pulses: 0 };
      for (let k = row; k < inputs_V.length; k += rows) {
        const v = inputs_V[k] ?? 0;
        drive.dose_Vs += Math.abs(v) * readout.integration_s;
        drive.square_V2s += v * v * readout.integration_s;
        if (v !== 0) drive.pulses++;
      }
      if (drive.dose_Vs === 0) continue;
      for (let column = 0; column < columns; column++)
        this.#add(this.doses.read, row * columns + column, drive, after_S);
    }
  }
}

interface Drive {
  readonly dose_Vs: number;
  readonly square_V2s: number;
  readonly pulses: number;
}

const known = new WeakMap<Waveform, WeakMap<Waveform, { readonly duration_s: number; readonly drive: Drive }>>();

function measure(row: LineDrive, column: LineDrive, duration_s: number): Drive {
  if (row === "floating" || column === "floating") return { dose_Vs: 0, square_V2s: 0, pulses: 0 };
  const cached = known.get(row)?.get(column);
  if (cached?.duration_s === duration_s) return cached.drive;
  const { dose_Vs, largest_V } = junctionDrive(row, column, duration_s, Infinity);
  const drive = { dose_Vs, ...sweep(row, column, duration_s, 0.5 * largest_V) };
  const ofRow = known.get(row) ?? new WeakMap();
  known.set(row, ofRow);
  ofRow.set(column, { duration_s, drive });
  return drive;
}

/** Simpson's rule between edges, where v is straight or a sum of sines; excursions above a threshold on the same points. */
function sweep(row: Waveform, column: Waveform, duration_s: number, threshold_V: number) {
  const edges = [0, ...edgesOf(row), ...edgesOf(column), duration_s]
    .filter((t) => t <= duration_s)
    .sort((a, b) => a - b);
  const [rowAt, columnAt] = [makeSampler(row), makeSampler(column)];
  const fastest_Hz = [...row, ...column].reduce(
    (most, segment) => (segment.kind === "sine" ? Math.max(most, Math.abs(segment.frequency_Hz)) : most),
    0,
  );
  let square_V2s = 0;
  let pulses = 0;
  let above = false;
  const look = (time_s: number): number => {
    const v = rowAt(time_s) - columnAt(time_s);
    if (threshold_V > 0 && Math.abs(v) >= threshold_V !== above) {
      above = !above;
      if (above) pulses++;
    }
    return v * v;
  };
  for (let e = 1; e < edges.length; e++) {
    const [start, end] = [edges[e - 1] ?? 0, edges[e] ?? 0];
    if (!(end > start)) continue;
    const halves = fastest_Hz === 0 ? 1 : Math.ceil(0.5 * POINTS_PER_CYCLE * fastest_Hz * (end - start));
    const h = (end - start) / (2 * halves);
    let sum = look(start);
    for (let n = 1; n <= 2 * halves; n++) {
      // the last point belongs to the stretch before the edge
      const weight = n === 2 * halves ? 1 : n % 2 === 1 ? 4 : 2;
      sum += weight * look(n === 2 * halves ? end - 1e-9 * h : start + n * h);
    }
    square_V2s += (sum * h) / 3;
  }
  return { square_V2s, pulses };
}

function bump(values: Float64Array, index: number, by: number): void {
  values[index] = (values[index] ?? 0) + by;
}
