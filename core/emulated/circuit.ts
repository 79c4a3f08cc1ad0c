import type { JunctionKernel } from "../crossbar/model.ts";
import { createProductEngine } from "../crossbar/solve/compiled/productEngine.ts";
import type { ProductEngine, ProductStatistics } from "../crossbar/solve/compiled/products.ts";
import { type ConnectedEnds, connectedEnds, nearEnds, sameEnds } from "../crossbar/solve/connectedEnds.ts";
import type { JunctionLaw } from "../crossbar/solve/law.ts";
import { isActive, modelLaw } from "../crossbar/solve/nonlinear/modelLaw.ts";
import { createNonlinearSolver, type NonlinearSolver } from "../crossbar/solve/nonlinear/solveNonlinear.ts";
import { type Pool, serialPool } from "../crossbar/pool.ts";
import type { JunctionState } from "../crossbar/state.ts";
import type { ArrayEffects } from "./arrayEffects.ts";
import { Companions } from "./companions.ts";
import type { Lines } from "./config.ts";
import { KeptFactors } from "./keptFactors.ts";
import { commonLevel, hasFloating, type NodeSolver, sameNumbers, span } from "./nodeSolver.ts";
import { VoltageLists } from "./voltageLists.ts";
import { CONDUCTANCE_TOLERANCE, WarmIteration } from "./warmIteration.ts";

/** Up to this many lines on the shorter side kept factors are faster than iterations, and exact to the last digits. */
const NARROW = 32;

/**
 * The electrical state of the array at one instant: junction voltages and currents for given line voltages and states.
 *
 * Access resistance R is in series with every junction: G = g/(1 + g R), and the junction itself sees v = (W - B)/(1 + g R).
 * Lines without resistance need no solver. Otherwise node potentials come from factors that are kept while the
 * conductances drift (narrow arrays, keptFactors.ts) or from iterations that begin where the last ones ended
 * (warmIteration.ts). Models whose g depends on v at fixed state are solved by Newton from the last voltages
 * (solve/nonlinear), those that fall somewhere (dI/dv < 0) on the branch that the last voltages are on.
 */
export class Circuit {
  readonly kernel: JunctionKernel;
  readonly state: JunctionState;
  lines: Lines;
  access_ohm: number;
  /** Effects of the array, and the capacitors among them. */
  readonly effects: ArrayEffects | undefined;
  readonly companions: Companions | undefined;
  /** Current out of each column. */
  readonly columnCurrent_A: Float64Array;
  /** Columns whose currents somebody looks at, where they can be had one by one; absent: all. */
  wanted: readonly number[] | undefined;
  /** How node potentials come about, for the run record. */
  readonly solver: string;
  /** Lists of the array, where they are not those of `past`; empty otherwise. */
  readonly #voltage_V: Float64Array;
  readonly #conductance_S: Float64Array;
  readonly #rowNode_V: Float64Array;
  readonly #columnNode_V: Float64Array;
  /** g with access resistance, where there is any. */
  #behind_S: Float64Array | undefined;
  #nodes: NodeSolver | undefined;
  readonly #warm: WarmIteration | undefined;
  /** The same lists of a wide array with capacitors. */
  readonly #charged: VoltageLists | undefined;
  readonly #pool: Pool | undefined;
  /** Of a voltage-dependent model behind lines or access that resist. */
  readonly #law: JunctionLaw | undefined;
  #nonlinear: { readonly ends: ConnectedEnds; readonly solver: NonlinearSolver } | undefined;
  #nonlinearSteps = 0;
  #products: ProductEngine | undefined;
  #solved: { row_V: Float64Array; column_V: Float64Array; effective_S: Float64Array } | undefined;
  /** Levels of ideal lines that voltages now follow, and potentials when they are asked for. */
  #spread: { row_V: Float64Array; column_V: Float64Array } | undefined;

  /** Junctions of the wanted columns, column by column. */
  #ahead = new Int32Array(0);
  #aheadOf: readonly number[] | undefined;
  readonly #asBuilt: { readonly lines: Lines; readonly access_ohm: number };

  /** @param pool threads for arrays beyond 32 lines; the results are the same bits */
  constructor(
    kernel: JunctionKernel,
    state: JunctionState,
    lines: Lines,
    access_ohm: number,
    pool?: Pool,
    effects?: ArrayEffects,
  ) {
    this.kernel = kernel;
    this.state = state;
    this.lines = lines;
    this.access_ohm = access_ohm;
    this.#asBuilt = { lines, access_ohm };
    this.effects = effects;
    if (effects?.capacitances) this.companions = new Companions(state.grid, lines, effects.capacitances);
    this.#pool = pool;
    const narrow = Math.min(state.grid.rows, state.grid.columns) <= NARROW;
    const junctions = state.grid.rows * state.grid.columns;
    if (this.companions) this.#charged = narrow ? undefined : new VoltageLists(pool ?? serialPool(), junctions);
    else if (kernel.voltageDependent && !(lines.ideal && access_ohm === 0))
      this.#law = modelLaw(kernel, state, isActive(kernel, state));
    else if (!lines.ideal && narrow) this.#nodes = new KeptFactors(state.grid, lines);
    else if (!lines.ideal) this.#warm = new WarmIteration(state.grid, lines, access_ohm, pool);
    const count = this.past ? 0 : junctions;
    this.#voltage_V = new Float64Array(count);
    this.#conductance_S = new Float64Array(count);
    this.#rowNode_V = new Float64Array(count);
    this.#columnNode_V = new Float64Array(count);
    this.columnCurrent_A = this.#warm?.columnCurrent_A ?? new Float64Array(state.grid.columns);
    this.solver = this.companions
      ? "backward Euler companions, potentials solved at every step"
      : this.#law
        ? `${this.#law.active ? "pseudo-transient continuation" : "inexact Newton"} from the last junction voltages`
        : this.#warm
          ? `two-level line-PCG from extrapolated potentials, solved again when a conductance moved by ${CONDUCTANCE_TOLERANCE}`
          : this.#nodes
            ? "nodal elimination, kept factors refined"
            : "ideal lines, no solver";
  }

  /** Voltage of each junction itself, row to column, after `solve`; of a large array a view that the next solve may replace. */
  get voltage_V(): Float64Array {
    return this.past?.voltage_V ?? this.#voltage_V;
  }

  /** g of each junction, without access resistance; a view like the voltages. */
  get conductance_S(): Float64Array {
    return this.past?.conductance_S ?? this.#conductance_S;
  }

  /** Potentials of the lines at each junction. */
  nodes_V(): { readonly rowNode_V: Float64Array; readonly columnNode_V: Float64Array } {
    // of ideal lines nobody needs them before
    if (this.#spread) this.#spreadNodes(this.#spread.row_V, this.#spread.column_V);
    return (
      (this.#warm ?? this.companions)?.nodes_V() ?? {
        rowNode_V: this.#rowNode_V.slice(),
        columnNode_V: this.#columnNode_V.slice(),
      }
    );
  }

  /** Factorings of the network, and solves with factors, iterations or Newton steps: figures for tests and benches. */
  get factorings(): number {
    return (this.#warm ?? this.#nodes)?.factorings ?? this.#nonlinearSteps;
  }

  get sweeps(): number {
    return (this.#warm ?? this.#nodes)?.sweeps ?? this.#nonlinearSteps;
  }

  /** Lists that foresee junction voltages from earlier instants, where they are not solved for at mid-step. */
  get past(): VoltageLists | undefined {
    return this.#warm?.lists ?? this.#charged;
  }

  /** The drive jumped: nothing before it tells where potentials go. */
  jump(): void {
    this.#warm?.forget();
    this.#charged?.forget();
    this.companions?.jump();
  }

  /** Whether junction voltages follow from line voltages alone, whatever the states do. */
  knowsVoltages(row_V: Float64Array, column_V: Float64Array): boolean {
    return this.access_ohm === 0 && this.#isDirect(row_V, column_V);
  }

  /**
   * Solves for the present states. NaN marks a floating line.
   * @param time_s the instant, where the solver may foresee from earlier ones
   * @throws RangeError when a floating line has no conducting path to a driven one, or g(v) has no operating point
   */
  solve(row_V: Float64Array, column_V: Float64Array, time_s?: number): void {
    if (!this.effects) return this.#solveLevels(row_V, column_V, time_s);
    const levels = this.effects.levels(row_V, column_V);
    if (!this.companions) return this.#solveLevels(levels.row_V, levels.column_V, time_s);
    this.#updateConductance();
    this.companions.solve(this.columnCurrent_A, this.#effective(), levels.row_V, levels.column_V, time_s);
    this.#charged?.renew();
    this.#takeDrops(this.companions.drop_V);
  }

  /** Whether `lookAhead` is less work than to step every junction for the sake of the columns that somebody looks at. */
  looksAhead(): boolean {
    if (!this.wanted || !this.kernel.conductanceAhead) return false;
    return 2 * this.wanted.length <= this.columnCurrent_A.length;
  }

  /** Currents of the wanted columns after `dt_s` more at the voltages of the last solve; known voltages, `looksAhead`. */
  lookAhead(dt_s: number): void {
    const { wanted = [], state, voltage_V, conductance_S } = this;
    const { rows, columns } = state.grid;
    if (this.#aheadOf !== wanted) {
      this.#aheadOf = wanted;
      this.#ahead = Int32Array.from(
        { length: rows * wanted.length },
        (_, k) => (k % rows) * columns + (wanted[Math.floor(k / rows)] ?? 0),
      );
    }
    this.kernel.conductanceAhead?.(state, voltage_V, dt_s, this.#ahead, conductance_S);
    const ahead = this.#ahead;
    for (let w = 0, k = 0; w < wanted.length; w++) {
      let sum_A = 0;
      for (const end = k + rows; k < end; k++) {
        const junction = ahead[k] ?? 0;
        sum_A += (conductance_S[junction] ?? 0) * (voltage_V[junction] ?? 0);
      }
      this.columnCurrent_A[wanted[w] ?? 0] = sum_A;
    }
  }

  /** Liquid that conducts better by `factor` than as built: segments and access resist less, instruments as before. */
  scaleLiquid(factor: number): void {
    const { lines, access_ohm } = this.#asBuilt;
    this.lines = {
      ...lines,
      rowSegment_ohm: lines.rowSegment_ohm.map((ohm) => ohm / factor),
      columnSegment_ohm: lines.columnSegment_ohm.map((ohm) => ohm / factor),
    };
    this.access_ohm = access_ohm / factor;
    this.companions?.rewire(this.lines);
    this.#warm?.rewire(this.lines, this.access_ohm);
    this.#nonlinear?.solver[Symbol.dispose]();
    this.#nonlinear = undefined;
    this.#products?.[Symbol.dispose]();
    this.#products = undefined;
    this.#solved = undefined;
    if (!this.#nodes) return;
    this.#nodes[Symbol.dispose]();
    this.#nodes = new KeptFactors(this.state.grid, this.lines);
  }

  #solveLevels(row_V: Float64Array, column_V: Float64Array, time_s: number | undefined): void {
    const direct = this.#isDirect(row_V, column_V);
    // without access resistance voltages are known first: g of a voltage-dependent model then needs no solver
    if (direct && this.access_ohm === 0) {
      this.#spreadLevels(row_V, column_V);
      this.#updateConductance();
      return this.#sumCurrents(row_V, column_V);
    }
    this.#spread = undefined;
    const level = commonLevel(column_V, row_V);
    if (span(row_V, level) === 0 && span(column_V, level) === 0) {
      this.#rest(level);
      return this.#updateConductance();
    }
    if (this.#law) return this.#solveLaw(this.#law, row_V, column_V);
    this.#updateConductance();
    if (this.#warm) return this.#warm.solve(row_V, column_V, time_s);
    if (direct) {
      this.#spreadLevels(row_V, column_V);
      this.#sumCurrents(row_V, column_V);
    } else this.#solveNodes(row_V, column_V);
    this.#updateVoltages();
  }

  /**
   * Products of the present states with row voltages, clamps at 0 V: solved directly at first, compiled to one matrix once
   * that pays, patched while few junctions change.
   */
  products(): ProductEngine {
    this.#updateConductance();
    const { grid } = this.state;
    // the engine reserves memory, and views of it do not outlive that
    const conductance_S = this.#effective().slice();
    this.#products ??= createProductEngine(
      { ...grid, ...this.lines, conductance_S },
      nearEnds(grid),
      this.#pool ? { pool: this.#pool } : {},
    );
    this.#products.update(conductance_S);
    return this.#products;
  }

  /** What served the products so far; absent before the first. */
  productStatistics(): ProductStatistics | undefined {
    return this.#products?.stats();
  }

  /** Gives the memory of the solvers back; what was solved last stays readable. */
  [Symbol.dispose](): void {
    this.companions?.[Symbol.dispose]();
    this.#charged?.[Symbol.dispose]();
    this.#nodes?.[Symbol.dispose]();
    this.#warm?.[Symbol.dispose]();
    this.#nonlinear?.solver[Symbol.dispose]();
    this.#nonlinear = undefined;
    this.#products?.[Symbol.dispose]();
    this.#products = undefined;
  }

  #isDirect(row_V: Float64Array, column_V: Float64Array): boolean {
    return this.lines.ideal && !hasFloating(row_V) && !hasFloating(column_V);
  }

  #updateConductance(): void {
    this.kernel.conductance(this.state, this.voltage_V, this.conductance_S);
  }

  /** g, with access resistance where there is any; after `#updateConductance`. */
  #effective(): Float64Array {
    const { conductance_S, access_ohm } = this;
    if (access_ohm === 0) return conductance_S;
    const behind_S = (this.#behind_S ??= new Float64Array(conductance_S.length));
    for (let k = 0; k < conductance_S.length; k++) {
      const g = conductance_S[k] ?? 0;
      behind_S[k] = g / (1 + g * access_ohm);
    }
    return behind_S;
  }

  /** Splits the drops between junctions and access. */
  #takeDrops(drop_V: Float64Array): void {
    const { voltage_V, conductance_S, access_ohm } = this;
    voltage_V.set(drop_V);
    if (access_ohm === 0) return;
    for (let k = 0; k < voltage_V.length; k++)
      voltage_V[k] = (voltage_V[k] ?? 0) / (1 + (conductance_S[k] ?? 0) * access_ohm);
  }

  #updateVoltages(): void {
    const { voltage_V, conductance_S, access_ohm } = this;
    for (let k = 0; k < voltage_V.length; k++) {
      const drop = (this.#rowNode_V[k] ?? 0) - (this.#columnNode_V[k] ?? 0);
      voltage_V[k] = access_ohm === 0 ? drop : drop / (1 + (conductance_S[k] ?? 0) * access_ohm);
    }
  }

  #solveLaw(law: JunctionLaw, row_V: Float64Array, column_V: Float64Array): void {
    const { grid } = this.state;
    const drives = { row_V, column_V };
    const ends = connectedEnds(grid, drives);
    if (!this.#nonlinear || !sameEnds(this.#nonlinear.ends, ends)) {
      this.#nonlinear?.solver[Symbol.dispose]();
      this.#nonlinear = undefined;
      this.#updateConductance();
      const network = { ...grid, ...this.lines, conductance_S: this.conductance_S };
      const solver = createNonlinearSolver(network, ends, {
        series_ohm: this.access_ohm,
        ...(this.#pool && { pool: this.#pool }),
      });
      this.#nonlinear = { ends, solver };
    }
    const found = this.#nonlinear.solver.solve(law, drives, { start_V: this.voltage_V });
    this.#nonlinearSteps += found.steps;
    this.voltage_V.set(found.voltage_V);
    this.#rowNode_V.set(found.rowNode_V);
    this.#columnNode_V.set(found.columnNode_V);
    this.columnCurrent_A.set(found.columnCurrent_A);
    this.#updateConductance();
  }

  /** Ideal lines: every node is at the level of its line. What has not moved since the last solve stays. */
  #spreadLevels(row_V: Float64Array, column_V: Float64Array): void {
    const last = this.#spread;
    if (last && sameNumbers(last.row_V, row_V) && sameNumbers(last.column_V, column_V)) return;
    const { voltage_V } = this;
    let k = 0;
    // behind access resistance it is less, see `#updateVoltages`
    for (const v of row_V) for (let j = 0; j < column_V.length; j++, k++) voltage_V[k] = v - (column_V[j] ?? 0);
    if (this.access_ohm !== 0) this.#spreadNodes(row_V, column_V);
    this.#solved = undefined;
    if (last) {
      last.row_V.set(row_V);
      last.column_V.set(column_V);
    } else if (this.access_ohm === 0) this.#spread = { row_V: row_V.slice(), column_V: column_V.slice() };
  }

  #spreadNodes(row_V: Float64Array, column_V: Float64Array): void {
    let k = 0;
    for (const v of row_V)
      for (const u of column_V) {
        this.#rowNode_V[k] = v;
        this.#columnNode_V[k++] = u;
      }
  }

  /** Ideal lines: I_j = sum_i G_ij (V_i - U_j). */
  #sumCurrents(row_V: Float64Array, column_V: Float64Array): void {
    const { columnCurrent_A } = this;
    const effective_S = this.#effective();
    if (this.wanted) {
      for (const j of this.wanted) {
        const u = column_V[j] ?? 0;
        let sum_A = 0;
        for (let i = 0, k = j; i < row_V.length; i++, k += column_V.length)
          sum_A += (effective_S[k] ?? 0) * ((row_V[i] ?? 0) - u);
        columnCurrent_A[j] = sum_A;
      }
      return;
    }
    columnCurrent_A.fill(0);
    let k = 0;
    for (const v of row_V)
      for (let j = 0; j < column_V.length; j++, k++)
        columnCurrent_A[j] = (columnCurrent_A[j] ?? 0) + (effective_S[k] ?? 0) * (v - (column_V[j] ?? 0));
  }

  #solveNodes(row_V: Float64Array, column_V: Float64Array): void {
    const effective_S = this.#effective();
    const nodes = (this.#nodes ??= new KeptFactors(this.state.grid, this.lines));
    const last = this.#solved;
    if (
      last &&
      sameNumbers(last.row_V, row_V) &&
      sameNumbers(last.column_V, column_V) &&
      sameNumbers(last.effective_S, effective_S)
    )
      return;
    const { columnCurrent_A } = this;
    nodes.solve(
      { rowNode_V: this.#rowNode_V, columnNode_V: this.#columnNode_V, columnCurrent_A },
      effective_S,
      row_V,
      column_V,
    );
    if (last) {
      last.row_V.set(row_V);
      last.column_V.set(column_V);
      last.effective_S.set(effective_S);
    } else this.#solved = { row_V: row_V.slice(), column_V: column_V.slice(), effective_S: effective_S.slice() };
  }

  /** One potential everywhere, or nothing connected: no current, and floating lines follow at once (no capacitance here). */
  #rest(level_V: number): void {
    if (this.#warm) return this.#warm.rest(level_V);
    this.#rowNode_V.fill(level_V);
    this.#columnNode_V.fill(level_V);
    this.columnCurrent_A.fill(0);
    this.voltage_V.fill(0);
    this.#solved = undefined;
  }
}
