import type { Products, SampleBlock } from "../arrayBackend.ts";
import type { Limits } from "../limits.ts";
import type { ApplyStep, MultiplyStep } from "../protocol/protocol.ts";
import type { Stimulus } from "../stimulus.ts";
import { formatSI } from "../units.ts";
import type { Trip } from "./arming.ts";
import { junctionDrive } from "./junctionDrive.ts";

/** A junction that a step is meant for. */
interface Metered {
  readonly row: number;
  readonly column: number;
  /** What the other rows of its column carry at most, as vouched for: nobody can tell rows apart. */
  readonly others_A: number;
  /** Whether the samples tell its voltage; otherwise the largest of the step counts. */
  readonly known: boolean;
}

/**
 * Charge and energy as measured, besides what the limiter foresees: of a column's current, what its other rows cannot
 * have carried is the junction's own. So nothing trips while the vouched conductance is true, and a junction that
 * conducts better does. A sample counts until the next one, and a lost one as the one before it. Junctions that a step
 * is not meant for are foreseen, not measured.
 */
export class DoseMeter {
  readonly #limits: Limits;
  readonly #columns: number;
  readonly #doses = new Map<number, { charge_C: number; energy_J: number }>();
  #metered: readonly Metered[] = [];
  #largest_V = 0;
  /** The last valid sample of each column, and its voltage. */
  readonly #last = new Map<number, readonly [current_A: number, voltage_V: number]>();

  constructor(limits: Limits, columns: number) {
    this.#limits = limits;
    this.#columns = columns;
  }

  /** @param largest_V of the step, for junctions whose voltage no sample tells */
  begin(step: ApplyStep | MultiplyStep, largest_V: number): void {
    this.#last.clear();
    this.#largest_V = largest_V;
    if (!this.#limited || step.kind === "multiply") {
      this.#metered = [];
      return;
    }
    const { stimulus } = step;
    this.#metered = stimulus.targets.map(({ row, column }) => ({
      row,
      column,
      others_A: this.#othersOf(stimulus, row, column),
      known: row === stimulus.referenceRow,
    }));
  }

  /** @returns the trip, when a limit is reached */
  addBlock(block: SampleBlock): Trip | undefined {
    const metered = this.#metered.filter(({ column }) => column === block.channel);
    const before = this.#last.get(block.channel) ?? ([0, 0] as const);
    let [last_A, last_V] = before;
    let trip: Trip | undefined;
    for (const { row, column, others_A, known } of metered) {
      [last_A, last_V] = before;
      let [charge_C, energy_J] = [0, 0];
      for (let k = 0; k < block.current_A.length; k++) {
        const own_C = Math.max(0, last_A - others_A) * block.samplePeriod_s;
        charge_C += own_C;
        energy_J += own_C * (known ? last_V : this.#largest_V);
        const found_A = Math.abs(block.current_A[k] ?? Number.NaN);
        const found_V = Math.abs(block.voltage_V[k] ?? Number.NaN);
        if (Number.isNaN(found_A)) continue;
        last_A = found_A;
        last_V = Number.isNaN(found_V) ? this.#largest_V : found_V;
      }
      trip ??= this.#add(row, column, charge_C, energy_J);
    }
    if (metered.length > 0) this.#last.set(block.channel, [last_A, last_V]);
    return trip;
  }

  /** Every junction of a column that is read, whose row is driven. */
  addProducts(products: Products, { inputs_V, readout }: MultiplyStep, rows: number): Trip | undefined {
    if (!this.#limited) return undefined;
    const { columns, current_A } = products;
    let trip: Trip | undefined;
    for (let vector = 0; vector * columns.length < current_A.length; vector++) {
      const voltages = inputs_V.subarray(vector * rows, (vector + 1) * rows).map(Math.abs);
      const sum_V = voltages.reduce((sum, voltage_V) => sum + voltage_V, 0);
      columns.forEach((column, c) => {
        const found_A = Math.abs(current_A[vector * columns.length + c] ?? 0);
        voltages.forEach((voltage_V, row) => {
          const others_A = (sum_V - voltage_V) * this.#limits.largestConductance_S;
          const charge_C = Math.max(0, found_A - others_A) * readout.integration_s;
          if (voltage_V > 0) trip ??= this.#add(row, column, charge_C, charge_C * voltage_V);
        });
      });
    }
    return trip;
  }

  get #limited(): boolean {
    return this.#limits.charge_C !== Infinity || this.#limits.energy_J !== Infinity;
  }

  #othersOf({ rows, columns, duration_s }: Stimulus, row: number, column: number): number {
    const { dwellAbove_V, duty, largestConductance_S } = this.#limits;
    const sensed = columns[column] ?? "floating";
    const largest_V = rows.map((drive, r) => {
      if (r === row) return 0;
      if (drive === "floating" || sensed === "floating") return this.#largest_V;
      return junctionDrive(drive, sensed, duration_s, dwellAbove_V, duty).largest_V;
    });
    return largestConductance_S * largest_V.reduce((sum, voltage_V) => sum + voltage_V, 0);
  }

  #add(row: number, column: number, charge_C: number, energy_J: number): Trip | undefined {
    const k = row * this.#columns + column;
    const sum = this.#doses.get(k) ?? { charge_C: 0, energy_J: 0 };
    sum.charge_C += charge_C;
    sum.energy_J += energy_J;
    this.#doses.set(k, sum);
    const where = `row ${row} column ${column}`;
    const trip = (quantity: string, unit: string, found: number, allowed: number): Trip | undefined =>
      found <= allowed * (1 + ROUNDING)
        ? undefined
        : { quantity, found: formatSI(found, unit, 6), allowed: formatSI(allowed, unit, 6), where };
    return (
      trip("charge", "C", sum.charge_C, this.#limits.charge_C) ??
      trip("energy", "J", sum.energy_J, this.#limits.energy_J)
    );
  }
}

/** Sums of many samples. */
const ROUNDING = 1e-9;
