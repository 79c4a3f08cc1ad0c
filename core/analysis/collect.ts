import type { Grid } from "../crossbar/grid.ts";
import { type ConductanceMap, describeMap, mapConductance } from "./conductanceMap.ts";
import { analysePairs } from "./pairedPulse.ts";
import { analysePlasticity } from "./plasticity.ts";
import { analyseReservoir } from "./reservoir.ts";
import { junctionsOf, numberTag, type RunStep, textTag, windowOf } from "./runSteps.ts";
import type { Train } from "./sections.ts";
import { measureProducts } from "./vmm.ts";

/** From the readings of steps to the numbers that the analyses take, by role and tags. */

export function collectTrains(reads: readonly RunStep[]): Train[] {
  const junctions = new Map<
    string,
    { row: number; column: number; read_V: number; phases: Map<string, Map<number, number>> }
  >();
  for (const step of reads) {
    const phase = textTag(step.intended, "phase") ?? "";
    const pulse = numberTag(step.intended, "pulse") ?? 0;
    // a read without outcome keeps its place in the train
    const row = numberTag(step.intended, "row") ?? 0;
    const found = step.reading ? junctionsOf(step) : [{ row, column: numberTag(step.intended, "column") ?? 0, at: -1 }];
    for (const { row: r, column, at } of found) {
      const window = step.reading && windowOf(step.reading, "read");
      const read_V = window?.voltage_V[at] ?? numberTag(step.intended, "voltage_V") ?? Number.NaN;
      const key = `${r} ${column}`;
      const entry = junctions.get(key) ?? { row: r, column, read_V, phases: new Map() };
      junctions.set(key, entry);
      const series = entry.phases.get(phase) ?? new Map<number, number>();
      entry.phases.set(phase, series);
      series.set(pulse, (window?.current_A[at] ?? Number.NaN) / read_V);
    }
  }
  return [...junctions.values()].map(({ row, column, read_V, phases }) => {
    const ordered = (phase: string) => [...(phases.get(phase) ?? [])].sort(([a], [b]) => a - b).map(([, g]) => g);
    const before = ordered("initial");
    const potentiation_S = ordered("potentiation");
    const depression_S = ordered("depression");
    // a train starts from the read before it: the first read of all, or the end of the potentiation
    if (potentiation_S.length > 0) potentiation_S.unshift(...before.slice(-1));
    if (depression_S.length > 0)
      depression_S.unshift(...(potentiation_S.length > 0 ? potentiation_S : before).slice(-1));
    return { row, column, read_V, potentiation_S, depression_S, ...analysePlasticity(potentiation_S, depression_S) };
  });
}

export function collectMap(reads: readonly RunStep[], grid: Grid, notes: string[]) {
  const values: { row: number; column: number; voltage_V: number; current_A: number }[] = [];
  const voltages: number[] = [];
  let overloads = 0;
  for (const step of reads) {
    if (step.products) {
      // of unit vectors: each product is one junction
      const { inputs_V, products } = step.products;
      if (products.overloads > 0) overloads++;
      for (let vector = 0; vector * grid.rows < inputs_V.length; vector++)
        products.columns.forEach((column, slot) => {
          const voltage_V = inputs_V[vector * grid.rows + vector] ?? Number.NaN;
          voltages.push(voltage_V);
          const current_A = products.current_A[vector * products.columns.length + slot] ?? Number.NaN;
          values.push({ row: vector, column, voltage_V, current_A });
        });
      continue;
    }
    if (!step.reading) continue;
    const window = windowOf(step.reading, "read");
    if (!window) continue;
    if (window.overload) overloads++;
    for (const { row, column, at } of junctionsOf(step)) {
      const voltage_V = window.voltage_V[at] ?? numberTag(step.intended, "voltage_V") ?? Number.NaN;
      voltages.push(voltage_V);
      values.push({ row, column, voltage_V, current_A: window.current_A[at] ?? Number.NaN });
    }
  }
  if (overloads > 0) notes.push(`${overloads} reads saturated the amplifier: their conductance is a lower bound`);
  const map = mapConductance(grid, values);
  const conductance_S = Array.from({ length: grid.rows }, (_, row) => [
    ...map.conductance_S.subarray(row * grid.columns, (row + 1) * grid.columns),
  ]);
  return { read_V: voltages[0] ?? Number.NaN, conductance_S, statistics: describeMap(map) };
}

export function collectPairs(steps: readonly RunStep[]) {
  const junctions = new Map<
    string,
    { row: number; column: number; pairs: { gap_s: number; first_A: number; second_A: number }[] }
  >();
  for (const step of steps) {
    if (!step.reading) continue;
    const [first, second] = [windowOf(step.reading, "pulse 1"), windowOf(step.reading, "pulse 2")];
    for (const { row, column, at } of junctionsOf(step)) {
      const key = `${row} ${column}`;
      const entry = junctions.get(key) ?? { row, column, pairs: [] };
      junctions.set(key, entry);
      const gap_s = numberTag(step.intended, "gap_s") ?? Number.NaN;
      entry.pairs.push({
        gap_s,
        first_A: first?.current_A[at] ?? Number.NaN,
        second_A: second?.current_A[at] ?? Number.NaN,
      });
    }
  }
  return [...junctions.values()].map(({ row, column, pairs }) => ({ row, column, ...analysePairs(pairs) }));
}

export function collectStates(steps: readonly RunStep[]) {
  const junctions = new Map<string, { row: number; column: number; reads: StateRead[] }>();
  for (const step of steps) {
    const window = step.reading && windowOf(step.reading, "read");
    if (!window) continue;
    for (const { row, column, at } of junctionsOf(step)) {
      const key = `${row} ${column}`;
      const entry = junctions.get(key) ?? { row, column, reads: [] };
      junctions.set(key, entry);
      const current_A = window.current_A[at] ?? Number.NaN;
      const conductance_S = current_A / (window.voltage_V[at] ?? Number.NaN);
      entry.reads.push({ pattern: textTag(step.intended, "pattern") ?? "?", conductance_S, current_A });
    }
  }
  const all = [...junctions.values()];
  const known = all.every(({ reads }) => reads.every((read) => Number.isFinite(read.conductance_S)));
  const unit: "S" | "A" = known ? "S" : "A";
  const ladder = (where: string, reads: readonly StateRead[]) => ({
    where,
    ...analyseReservoir(
      reads.map(({ pattern, conductance_S, current_A }) => ({ pattern, value: known ? conductance_S : current_A })),
    ),
  });
  const onePerCell = all.length > 1 && all.every(({ reads }) => new Set(reads.map((read) => read.pattern)).size === 1);
  const ladders = onePerCell
    ? [
        ladder(
          `${all.length} junctions, one train each`,
          all.flatMap(({ reads }) => reads),
        ),
      ]
    : all.map(({ row, column, reads }) => ladder(`row ${row}, column ${column}`, reads));
  return { unit, ladders };
}

interface StateRead {
  readonly pattern: string;
  readonly conductance_S: number;
  readonly current_A: number;
}

/** All products of some steps end to end, with the ideal ones where they are known. */
export interface GatheredProducts {
  /** Column of each number below. */
  readonly columns: readonly number[];
  readonly measured_A: readonly number[];
  readonly ideal_A: readonly number[];
  readonly largest_V: number;
  /** Vectors, each counted once however many batches of columns it took. */
  readonly vectors: number;
  readonly batchesWithoutIdeal: number;
  /** What the ideal products are those of. */
  readonly reference: "conductances of the experiment" | "read map of this run" | null;
}

/**
 * @param map conductances read before the products, rows x columns, row-major; the ideal where the protocol gave none
 */
export function gatherProducts(steps: readonly RunStep[], map?: ConductanceMap): GatheredProducts {
  const columns: number[] = [];
  const measured_A: number[] = [];
  const ideal_A: number[] = [];
  const perColumn = new Map<number, number>();
  let largest_V = 0;
  let batchesWithoutIdeal = 0;
  let reference: GatheredProducts["reference"] = null;
  for (const { products: taken } of steps) {
    if (!taken) continue;
    const { columns: listened, current_A } = taken.products;
    for (const v of taken.inputs_V) largest_V = Math.max(largest_V, Math.abs(v));
    for (const column of listened)
      perColumn.set(column, (perColumn.get(column) ?? 0) + current_A.length / listened.length);
    const given = taken.expected_A;
    const expected = given ?? (map && multiplyMap(map, taken.inputs_V, listened));
    if (expected?.length !== current_A.length) {
      batchesWithoutIdeal++;
      continue;
    }
    reference = given ? "conductances of the experiment" : "read map of this run";
    for (let k = 0; k < current_A.length; k++) {
      columns.push(listened[k % listened.length] ?? 0);
      measured_A.push(current_A[k] ?? Number.NaN);
      ideal_A.push(expected[k] ?? Number.NaN);
    }
  }
  return {
    columns,
    measured_A,
    ideal_A,
    largest_V,
    vectors: Math.max(0, ...perColumn.values()),
    batchesWithoutIdeal,
    reference,
  };
}

/** I_j = sum_i V_i G_ij for every vector; NaN where a junction that carries voltage was not read. */
function multiplyMap(
  { grid, conductance_S }: ConductanceMap,
  inputs_V: ArrayLike<number>,
  columns: readonly number[],
): Float64Array {
  const batch = Math.floor(inputs_V.length / grid.rows);
  const products = new Float64Array(batch * columns.length);
  for (let b = 0; b < batch; b++)
    columns.forEach((column, j) => {
      let sum = 0;
      for (let i = 0; i < grid.rows; i++) {
        const v = inputs_V[b * grid.rows + i] ?? Number.NaN;
        if (v !== 0) sum += v * (conductance_S[i * grid.columns + column] ?? Number.NaN);
      }
      products[b * columns.length + j] = sum;
    });
  return products;
}

export function describeProducts(steps: readonly RunStep[], notes: string[], map?: ConductanceMap) {
  const { columns, measured_A, ideal_A, largest_V, vectors, batchesWithoutIdeal, reference } = gatherProducts(
    steps,
    map,
  );
  if (batchesWithoutIdeal > 0) notes.push(`${batchesWithoutIdeal} batches of products have no ideal to compare with`);
  const errors = measured_A.length === 0 ? null : measureProducts(measured_A, ideal_A, columns);
  return { vectors, largest_V, reference, errors };
}
