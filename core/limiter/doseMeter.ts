import type { Products, SampleBlock } from "../arrayBackend.ts";
import type { Limits } from "../limits.ts";
import type { ApplyStep, MultiplyStep } from "../protocol/protocol.ts";
import { formatSI } from "../units.ts";
import type { Trip } from "./arming.ts";

/**
 * Charge and energy as measured, besides what the limiter foresees. A column's current counts whole for each junction
 * of that column that the step is meant for, because nobody can tell the rows apart; of a product, for every junction of
 * the column. A lost sample counts as the one before it. Junctions that only bear half of a voltage are foreseen, not
 * measured.
 */
export class DoseMeter {
  readonly #limits: Limits;
  readonly #columns: number;
  readonly #doses = new Map<number, { charge_C: number; energy_J: number }>();
  #targets: readonly { readonly row: number; readonly column: number }[] = [];
  #largest_V = 0;
  #referenceRow = -1;
  readonly #last_A = new Map<number, number>();

  constructor(limits: Limits, columns: number) {
    this.#limits = limits;
    this.#columns = columns;
  }

  /** @param largest_V of the step, for junctions whose voltage no sample tells */
  begin(step: ApplyStep | MultiplyStep, largest_V: number): void {
    this.#largest_V = largest_V;
    this.#last_A.clear();
    this.#targets = step.kind === "apply" ? step.stimulus.targets : [];
    this.#referenceRow = step.kind === "apply" ? step.stimulus.referenceRow : -1;
  }

  /** @returns the trip, when a limit is reached */
  addBlock({ channel, samplePeriod_s, current_A, voltage_V }: SampleBlock): Trip | undefined {
    const targets = this.#targets.filter(({ column }) => column === channel);
    if (targets.length === 0 || !this.#limited) return undefined;
    let last_A = this.#last_A.get(channel) ?? 0;
    let [charge_C, known_J] = [0, 0];
    for (let k = 0; k < current_A.length; k++) {
      const found_A = Math.abs(current_A[k] ?? 0);
      if (!Number.isNaN(found_A)) last_A = found_A;
      const voltage = Math.abs(voltage_V[k] ?? Number.NaN);
      charge_C += last_A * samplePeriod_s;
      known_J += last_A * (Number.isNaN(voltage) ? this.#largest_V : voltage) * samplePeriod_s;
    }
    this.#last_A.set(channel, last_A);
    let trip: Trip | undefined;
    for (const { row, column } of targets) {
      const energy_J = row === this.#referenceRow ? known_J : charge_C * this.#largest_V;
      trip ??= this.#add(row, column, charge_C, energy_J);
    }
    return trip;
  }

  addProducts(products: Products, { inputs_V, readout }: MultiplyStep, rows: number): Trip | undefined {
    if (!this.#limited) return undefined;
    const { columns, current_A } = products;
    let trip: Trip | undefined;
    for (let vector = 0; vector * columns.length < current_A.length; vector++)
      columns.forEach((column, c) => {
        const charge_C = Math.abs(current_A[vector * columns.length + c] ?? 0) * readout.integration_s;
        for (let row = 0; row < rows; row++) {
          const voltage_V = Math.abs(inputs_V[vector * rows + row] ?? 0);
          if (voltage_V > 0) trip ??= this.#add(row, column, charge_C, charge_C * voltage_V);
        }
      });
    return trip;
  }

  get #limited(): boolean {
    return this.#limits.charge_C !== Infinity || this.#limits.energy_J !== Infinity;
  }

  #add(row: number, column: number, charge_C: number, energy_J: number): Trip | undefined {
    const k = row * this.#columns + column;
    const sum = this.#doses.get(k) ?? { charge_C: 0, energy_J: 0 };
    sum.charge_C += charge_C;
    sum.energy_J += energy_J;
    this.#doses.set(k, sum);
    const where = `row ${row} column ${column}`;
    const trip = (quantity: string, unit: string, found: number, allowed: number): Trip | undefined =>
      found <= allowed
        ? undefined
        : { quantity, found: formatSI(found, unit, 6), allowed: formatSI(allowed, unit, 6), where };
    return (
      trip("charge", "C", sum.charge_C, this.#limits.charge_C) ??
      trip("energy", "J", sum.energy_J, this.#limits.energy_J)
    );
  }
}
