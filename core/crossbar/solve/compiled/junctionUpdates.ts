import { junctionIndex } from "../../grid.ts";
import type { ConnectedEnds } from "../connectedEnds.ts";
import { isIdeal } from "../factorNetwork.ts";
import { type LineConductances, lineConductances } from "../lineConductances.ts";
import type { ArrayNetwork } from "../network.ts";
import type { LinearSolves } from "./linearSolves.ts";

/** A junction that got another conductance. */
export interface JunctionChange {
  readonly row: number;
  readonly column: number;
  /** The new value, finite and >= 0. */
  readonly conductance_S: number;
}

/** What the ends see of a current of 1 A through one junction, in the state that was compiled. */
interface Response {
  readonly k: number;
  /** Part of the current that enters at the ends of each row, and that leaves at the bottom end of each column. */
  readonly row: Float64Array;
  readonly column: Float64Array;
  /** Voltage over the junctions that were changed before this one and over itself, ohm. */
  readonly voltage: readonly number[];
}

/**
 * The effective matrix after a few junctions changed (Woodbury 1950; doi 10.1137/1031049 for the history).
 *
 *   A' = A + E D E^T,  E = (e_W - e_B) of the p changed junctions,  D = diag(G' - G)
 *   W' = W - L S O^T,  S = D (1 + K D)^-1,  K = E^T A^-1 E,  L = Q^T A^-1 E,  O = P^T A^-1 E
 * with Q, P the conductances from the nodes to the driven row ends and to the amplifiers (O < 0: kept with its sign turned).
 *
 * Cost: one solve per junction that changed for the first time since the compilation, then p rows columns multiply-adds.
 * Accuracy: that of the solver, relative to the largest of W and W'; compile again after about ten junctions.
 */
export class JunctionUpdates {
  readonly #network: ArrayNetwork;
  readonly #effective_S: Float64Array;
  readonly #solves: () => LinearSolves;
  readonly #lines: LineConductances;
  readonly #ideal: boolean;
  readonly #responses: Response[] = [];

  /** @param network, effective_S, solves one and the same state; the solver is asked for when it is first needed */
  constructor(network: ArrayNetwork, ends: ConnectedEnds, effective_S: Float64Array, solves: () => LinearSolves) {
    this.#network = network;
    this.#effective_S = effective_S;
    this.#solves = solves;
    this.#lines = lineConductances(network, ends);
    this.#ideal = isIdeal(network, ends);
  }

  /** False when the solver cannot push currents into junctions: then compile again. Makes the solver. */
  get possible(): boolean {
    return this.#ideal || this.#solves().respond !== undefined;
  }

  /** Junctions that differ from the compiled state or did so once. */
  get junctions(): readonly number[] {
    return this.#responses.map(({ k }) => k);
  }

  /**
   * @param conductance_S the whole new map
   * @param changed indices of the junctions that may differ from the compiled state
   * @returns rows x columns, siemens
   */
  apply(conductance_S: Float64Array, changed: Iterable<number>): Float64Array {
    const { columns } = this.#network;
    const effective_S = this.#effective_S.slice();
    if (this.#ideal) {
      for (const k of changed) effective_S[k] = conductance_S[k];
      return effective_S;
    }
    for (const k of changed) this.#respond(k);
    const steps = this.#responses.map(({ k }) => conductance_S[k] - this.#network.conductance_S[k]);
    const weights = this.#weights(steps);
    const count = steps.length;
    for (let q = 0; q < count; q++) {
      const column = new Float64Array(columns);
      for (let p = 0; p < count; p++) {
        const weight = weights[q * count + p];
        if (weight === 0) continue;
        const response = this.#responses[p].column;
        for (let j = 0; j < columns; j++) column[j] += weight * response[j];
      }
      this.#responses[q].row.forEach((share, i) => {
        if (share === 0) return;
        for (let j = 0; j < columns; j++) effective_S[i * columns + j] += share * column[j];
      });
    }
    // what is left of a conductance that became zero is rounding
    for (let k = 0; k < effective_S.length; k++) if (effective_S[k] < 0) effective_S[k] = 0;
    return effective_S;
  }

  #respond(k: number): void {
    if (this.#responses.some((response) => response.k === k)) return;
    const { rows, columns } = this.#network;
    const solves = this.#solves();
    if (!solves.respond) throw new RangeError(`The solver (${solves.method}) cannot push currents into a junction`);
    const { rowNode_V: row, columnNode_V: column } = solves.respond(Math.floor(k / columns), k % columns);
    const { left_S, right_S, bottom_S } = this.#lines;
    const last = (rows - 1) * columns;
    this.#responses.push({
      k,
      row: left_S.map((g, i) => g * row[i * columns] + right_S[i] * row[(i + 1) * columns - 1]),
      column: bottom_S.map((g, j) => 0 - g * column[last + j]),
      voltage: [...this.#responses.map((other) => row[other.k] - column[other.k]), row[k] - column[k]],
    });
  }

  /** S of the head, row-major p x p, by elimination with pivoting of (1 + D K) S = D. */
  #weights(steps: readonly number[]): Float64Array {
    const count = steps.length;
    const width = 2 * count;
    const system = new Float64Array(count * width);
    for (let p = 0; p < count; p++) {
      for (let q = 0; q < count; q++) {
        const [older, newer] = [Math.min(p, q), Math.max(p, q)];
        system[p * width + q] = Number(p === q) + steps[p] * this.#responses[newer].voltage[older];
      }
      system[p * width + count + p] = steps[p];
    }
    for (let p = 0; p < count; p++) {
      let best = p;
      for (let q = p + 1; q < count; q++)
        if (Math.abs(system[q * width + p]) > Math.abs(system[best * width + p])) best = q;
      for (let t = p; t < width; t++) {
        const held = system[p * width + t];
        system[p * width + t] = system[best * width + t];
        system[best * width + t] = held;
      }
      for (let q = 0; q < count; q++) {
        const factor = q === p ? 0 : system[q * width + p] / system[p * width + p];
        if (factor !== 0) for (let t = p; t < width; t++) system[q * width + t] -= factor * system[p * width + t];
      }
    }
    return Float64Array.from({ length: count * count }, (_, at) => {
      const [p, q] = [Math.floor(at / count), at % count];
      return system[p * width + count + q] / system[p * width + p];
    });
  }
}

/** The map after some changes. @throws RangeError naming the junction that is outside the grid or not physical */
export function changeJunctions(network: ArrayNetwork, changes: readonly JunctionChange[]): Float64Array {
  const conductance_S = network.conductance_S.slice();
  for (const { row, column, conductance_S: value } of changes) {
    const k = junctionIndex(network, row, column);
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new RangeError(
        `conductance_S[${row}][${column}] is ${value}, allowed are finite values of 0 siemens or more`,
      );
    conductance_S[k] = value;
  }
  return conductance_S;
}
