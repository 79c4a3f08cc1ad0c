import { kernelsInUse } from "../../kernels/loadKernels.ts";
import { type Pool, serialPool } from "../../pool.ts";
import { checkLength, checkNetwork } from "../checkNetwork.ts";
import { checkGrounded, type ConnectedEnds } from "../connectedEnds.ts";
import type { ArrayNetwork, LineDrives } from "../network.ts";
import { compileEffective } from "./compileEffective.ts";
import { changeJunctions, type JunctionChange, JunctionUpdates } from "./junctionUpdates.ts";
import { chooseSolves, type LinearSolves, type MakeSolves } from "./linearSolves.ts";
import { type PackedMatrix, packMatrix } from "./packedMatrix.ts";
import type { ProductEngine, ProductOptions, ProductStatistics } from "./products.ts";

/** @throws RangeError as checkNetwork and the solvers do */
export function createProductEngine(
  network: ArrayNetwork,
  ends: ConnectedEnds,
  options: ProductOptions = {},
): ProductEngine {
  return new LazyProducts(network, ends, options);
}

/** Junctions that are patched at once (products.ts). */
const MOST_UNSEEN = 5;

interface Compiled {
  readonly network: ArrayNetwork;
  readonly effective_S: Float64Array;
  readonly updates: JunctionUpdates;
}

class LazyProducts implements ProductEngine {
  readonly #ends: ConnectedEnds;
  readonly #options: ProductOptions;
  readonly #pool: Pool;
  readonly #makeSolves: MakeSolves;
  readonly #compileAfter: number;
  readonly #updateLimit: number;
  #network: ArrayNetwork;
  /** Solvers of the current state and of the compiled one. */
  readonly #solvers = new Map<ArrayNetwork, LinearSolves>();
  #compiled: Compiled | undefined;
  /** Effective matrix of the current state, once known. */
  #current_S: Float64Array | undefined;
  #packed: PackedMatrix | undefined;
  /** Currents with every row at 0 V, from clamps that are not at 0 V. */
  #offset_A: Float64Array | undefined;
  /** Direct products of the current state, and the last of them. */
  #served = 0;
  #sample: { readonly input_V: Float64Array; readonly output_A: Float64Array } | undefined;
  /** Junctions that differ from the compiled state. */
  readonly #changed = new Set<number>();
  #refusal = "";
  #errorEstimate: number | undefined;
  #solverName = "none yet";
  readonly #counts = { direct: 0, compiled: 0, updated: 0, compilations: 0, compile_ms: 0 };

  constructor(network: ArrayNetwork, ends: ConnectedEnds, options: ProductOptions) {
    checkNetwork(network);
    checkGrounded(network, ends);
    this.#network = { ...network, conductance_S: network.conductance_S.slice() };
    this.#ends = ends;
    this.#options = options;
    this.#pool = options.pool ?? serialPool();
    this.#makeSolves = options.makeSolves ?? chooseSolves(options.pool);
    this.#compileAfter = options.compileAfter ?? 10;
    this.#updateLimit = options.updateLimit ?? 15;
    const { column_V, topColumn_V } = options;
    if (column_V) checkLength("column_V", column_V.length, network.columns, "one per column");
    if (topColumn_V) checkLength("topColumn_V", topColumn_V.length, network.columns, "one per column");
  }

  multiply(inputs_V: Float64Array): Float64Array {
    const batch = this.#checkInputs(inputs_V);
    if (batch === 0) return new Float64Array(0);
    const known = this.#current_S !== undefined || this.#compiled !== undefined;
    if (known || (this.#served + batch > this.#compileAfter && this.#refusal === "")) this.#prepare();
    return this.#current_S ? this.#multiplyCompiled(inputs_V, batch) : this.#multiplyDirect(inputs_V, batch);
  }

  update(change: readonly JunctionChange[] | Float64Array): void {
    const { rows, columns, conductance_S: before } = this.#network;
    const next = isMap(change) ? change.slice() : changeJunctions(this.#network, change);
    const network = { ...this.#network, conductance_S: next };
    if (isMap(change)) checkNetwork(network);
    let same = true;
    for (let k = 0; k < rows * columns; k++) same &&= next[k] === before[k];
    if (same) return;
    checkGrounded(network, this.#ends);
    this.#network = network;
    this.#forgetState();
    this.#changed.clear();
    if (this.#compiled) {
      const reference = this.#compiled.network.conductance_S;
      next.forEach((value, k) => value !== reference[k] && this.#changed.add(k));
      const { updates } = this.#compiled;
      const patched = new Set([...updates.junctions, ...this.#changed]);
      const unseen = patched.size - updates.junctions.length;
      if (patched.size > this.#updateLimit || unseen > MOST_UNSEEN || (unseen > 0 && !updates.possible)) {
        this.#compiled = undefined;
        this.#changed.clear();
      }
    }
    this.#dropSolvers();
  }

  effectiveMatrix(): Float64Array {
    this.#refusal = "";
    this.#prepare();
    if (!this.#current_S) throw new RangeError(this.#refusal);
    return this.#current_S.slice();
  }

  stats(): ProductStatistics {
    return {
      ...this.#counts,
      changedJunctions: this.#changed.size,
      ...(this.#errorEstimate !== undefined && { errorEstimate: this.#errorEstimate }),
      solver: this.#solverName,
      kernels: kernelsInUse(this.#pool.kernels),
      decision: this.#decision(),
    };
  }

  [Symbol.dispose](): void {
    this.#packed?.[Symbol.dispose]();
    this.#packed = undefined;
    this.#forgetState();
    this.#compiled = undefined;
    for (const solves of this.#solvers.values()) solves[Symbol.dispose]();
    this.#solvers.clear();
  }

  #forgetState(): void {
    this.#current_S = undefined;
    this.#offset_A = undefined;
    this.#served = 0;
    this.#sample = undefined;
    this.#refusal = "";
  }

  /** Makes the effective matrix of the current state: patched from a compiled one, or compiled. */
  #prepare(): void {
    if (this.#current_S) return;
    if (this.#compiled) {
      const { effective_S, updates } = this.#compiled;
      this.#current_S =
        this.#changed.size === 0 ? effective_S : updates.apply(this.#network.conductance_S, this.#changed);
    } else {
      const effective_S = this.#compile();
      if (!effective_S) return;
      const network = this.#network;
      const updates = new JunctionUpdates(network, this.#ends, effective_S, () => this.#direct(network));
      this.#compiled = { network, effective_S, updates };
      this.#changed.clear();
      this.#current_S = effective_S;
    }
    if (this.#packed) this.#packed.write(this.#current_S);
    else this.#packed = packMatrix(this.#network, this.#current_S, this.#options.precision, this.#pool);
    this.#offset_A = this.#clampCurrents();
    if (this.#sample) {
      const { input_V, output_A } = this.#sample;
      this.#errorEstimate = largestDifference(this.#product(input_V), output_A);
    }
  }

  #compile(): Float64Array | undefined {
    const now = this.#options.now_ms ?? (() => 0);
    const start = now();
    try {
      const effective_S = compileEffective(this.#network, this.#ends, this.#pool);
      this.#counts.compilations++;
      this.#counts.compile_ms += now() - start;
      return effective_S;
    } catch (error) {
      // memory is the only thing that a checked network can lack; products go on without it
      if (!(error instanceof RangeError) || error.name === "LineError") throw error;
      this.#refusal = error.message;
      return undefined;
    }
  }

  #direct(network = this.#network): LinearSolves {
    let solves = this.#solvers.get(network);
    if (!solves) this.#solvers.set(network, (solves = this.#makeSolves(network, this.#ends)));
    this.#solverName = solves.method;
    return solves;
  }

  #dropSolvers(): void {
    for (const [network, solves] of this.#solvers) {
      if (network === this.#network || network === this.#compiled?.network) continue;
      solves[Symbol.dispose]();
      this.#solvers.delete(network);
    }
  }

  #multiplyDirect(inputs_V: Float64Array, batch: number): Float64Array {
    const { rows, columns } = this.#network;
    const solves = this.#direct();
    const output_A = new Float64Array(batch * columns);
    for (let p = 0; p < batch; p++) {
      const input_V = inputs_V.slice(p * rows, (p + 1) * rows);
      const current_A = solves.columnCurrents(this.#drives(input_V));
      output_A.set(current_A, p * columns);
      this.#sample = { input_V, output_A: current_A };
    }
    this.#served += batch;
    this.#counts.direct += batch;
    return output_A;
  }

  #multiplyCompiled(inputs_V: Float64Array, batch: number): Float64Array {
    if (this.#changed.size > 0) this.#counts.updated += batch;
    else this.#counts.compiled += batch;
    return this.#product(inputs_V);
  }

  #product(inputs_V: Float64Array): Float64Array {
    const { columns } = this.#network;
    const output_A = this.#packed?.multiply(inputs_V) ?? new Float64Array(0);
    const offset = this.#offset_A;
    if (offset) for (let at = 0; at < output_A.length; at++) output_A[at] += offset[at % columns];
    return output_A;
  }

  #clampCurrents(): Float64Array | undefined {
    const { left, right, top, bottom } = this.#ends;
    const { column_V, topColumn_V } = this.#options;
    const quiet =
      (column_V ?? []).every((value, j) => value === 0 || !bottom[j]) &&
      (topColumn_V ?? []).every((value, j) => value === 0 || !top[j]);
    if (quiet || !(left.includes(1) || right.includes(1) || bottom.includes(1))) return undefined;
    return this.#direct().columnCurrents(this.#drives(new Float64Array(this.#network.rows)));
  }

  #drives(input_V: Float64Array): LineDrives {
    const { left, right, top, bottom } = this.#ends;
    const { column_V, topColumn_V } = this.#options;
    const at = (marks: Uint8Array, values: Float64Array | undefined): Float64Array =>
      Float64Array.from(marks, (mark, line) => (mark ? (values?.[line] ?? 0) : Number.NaN));
    return {
      row_V: at(left, input_V),
      rightRow_V: at(right, input_V),
      column_V: at(bottom, column_V),
      topColumn_V: at(top, topColumn_V),
    };
  }

  #checkInputs(inputs_V: Float64Array): number {
    const { rows } = this.#network;
    const batch = inputs_V.length / rows;
    if (!Number.isInteger(batch))
      throw new RangeError(`inputs_V has ${inputs_V.length} values, allowed are multiples of ${rows} (one per row)`);
    const at = inputs_V.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new RangeError(
        `inputs_V[${Math.floor(at / rows)}][${at % rows}] is ${inputs_V[at]}, allowed are finite potentials`,
      );
    return batch;
  }

  #decision(): string {
    const { compilations } = this.#counts;
    const solver = this.#solverName;
    if (this.#refusal !== "") return `solved directly (${solver}): ${this.#refusal}`;
    if (this.#changed.size > 0)
      return `compiled matrix patched for ${this.#changed.size} changed junctions (limit ${this.#updateLimit})`;
    if (this.#compiled) return `compiled after ${this.#served} direct products of this state (${solver})`;
    const again =
      compilations > 0
        ? `; the ${compilations === 1 ? "compiled state" : `${compilations} compiled states`} before were left behind by changed junctions`
        : "";
    return `solved directly (${solver}): ${this.#served} products of this state, compiled beyond ${this.#compileAfter}${again}`;
  }
}

function isMap(change: readonly JunctionChange[] | Float64Array): change is Float64Array {
  return change instanceof Float64Array;
}

function largestDifference(found: Float64Array, expected: Float64Array): number {
  let [worst, largest] = [0, 0];
  expected.forEach((value, j) => {
    worst = Math.max(worst, Math.abs(found[j] - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return worst === 0 ? 0 : worst / largest;
}
