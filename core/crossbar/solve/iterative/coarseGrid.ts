import type { CoarseLine } from "./coarseLine.ts";
import { makeCoarseLine, type MeanLine } from "./coarseLine.ts";
import { makePass, type Pass } from "./passes.ts";
import { ranges, sumDoubles, type Workspace } from "./workspace.ts";

/**
 * The coarse half of the preconditioner, B = A_w^-1 + Pi C Pi^T.
 *
 * Slow modes are those in which both layers move together (locked, b = w): they see (L_w + L_b), not the junctions.
 * Pi interpolates bilinearly from every H-th node; with the modes of both sides, lx and ly, and g = mean G
 *
 *   C = (Qy x Qx) diag( g^2 / ((lx + g) (lx ly + g (lx + ly))) ) (Qy x Qx)^T
 *
 * is what makes B S = 1 on every resolved mode of an array of equal junctions: sigma^2 / S, with the part that A_w^-1
 * does already taken out. It fades by itself where lines hardly matter. The unresolved modes are left to the lines:
 * kappa <= 1 + (H / (pi l))^2, l the characteristic length in cells, whatever the size of the array.
 * Unequal lines enter by their means. Fast diagonalization: Lynch, Rice and Thomas (1964), 10.1007/BF01386067.
 * Cost: four products of (rows/H) x (columns/H) matrices per iteration; two small eigenproblems per geometry.
 */
export interface CoarseGrid {
  readonly shift: number;
  readonly points: { readonly rows: number; readonly columns: number };
  /** Lists that the passes over the fine nodes need; `line` is the interpolation scratch of a task. */
  readonly restricted: number;
  readonly restrictedStride: number;
  readonly columnWeights: number;
  readonly rowWeights: number;
  readonly correction: number;
  readonly correctionStride: number;
  readonly line: (task: number) => number;
  readonly bytes: number;
  /** Mean conductance of the junctions that the symbol is made for, siemens. */
  readonly mean_S: number;
  setMean(g_S: number): void;
  /** correction <- C restricted; returns their product, the coarse part of r . B r. */
  correct(): number;
  free(): void;
}

export function makeCoarseGrid(space: Workspace, rowLine: MeanLine, columnLine: MeanLine, shift: number): CoarseGrid {
  const { layout, pool } = space;
  const { memory } = pool.kernels;
  const x = makeCoarseLine(rowLine, shift, 16 * layout.panels);
  // a square array of equal lines has one eigenproblem, not two
  const sameLine = (Object.keys(rowLine) as (keyof MeanLine)[]).every((key) => rowLine[key] === columnLine[key]);
  const y: CoarseLine =
    sameLine && 8 * layout.groups <= x.weights.length ? x : makeCoarseLine(columnLine, shift, 8 * layout.groups);
  const columns = 4 * Math.ceil(x.points / 4);
  const rows = 4 * Math.ceil(y.points / 4);
  const restrictedStride = 8 * (x.points + 8 + (x.points & 1));
  const lineBytes = 8 * 16 * (x.points + 12);
  const tasks = x.points * y.points < 1024 ? 1 : space.tasks;

  let bytes = 0;
  const offset = (size: number): number => {
    const place = bytes;
    bytes += 64 * Math.ceil(size / 64);
    return place;
  };
  const places = {
    columnWeights: offset(8 * 16 * layout.panels),
    rowWeights: offset(8 * 8 * layout.groups),
    restricted: offset(8 * layout.groups * restrictedStride),
    matrix: offset(8 * rows * columns),
    transformed: offset(8 * rows * columns),
    correction: offset(8 * rows * columns),
    symbol: offset(8 * rows * columns),
    qx: offset(8 * columns * columns),
    qxTransposed: offset(8 * columns * columns),
    qy: offset(8 * rows * rows),
    qyTransposed: offset(8 * rows * rows),
    sums: offset(2 * columns),
    scratch: offset(tasks * 32 * rows),
    lines: offset(space.tasks * lineBytes),
  };
  const base = memory.reserve(bytes);
  const at = Object.fromEntries(Object.entries(places).map(([name, place]) => [name, base + place])) as typeof places;
  memory.doubles(at.columnWeights, x.weights.length).set(x.weights);
  memory.doubles(at.rowWeights, 8 * layout.groups).set(y.weights.subarray(0, 8 * layout.groups));
  writeSquare(memory.f64, at.qx, at.qxTransposed, x, columns);
  writeSquare(memory.f64, at.qy, at.qyTransposed, y, rows);

  const overRows = (kernel: "restrictRows" | "transformAlongRows", unit: number, rest: number[]): Pass =>
    makePass(
      space,
      kernel,
      ranges(unit, tasks).map(([from, to]) => [from, to, ...rest]),
    );
  const restrict = overRows("restrictRows", y.points, [
    layout.rows,
    shift,
    at.rowWeights,
    at.restricted,
    restrictedStride,
    x.points,
    y.points,
    at.matrix,
    columns,
  ]);
  const forward = overRows("transformAlongRows", rows / 4, [columns, at.matrix, at.qx, at.transformed]);
  const strips = makePass(
    space,
    "correctStrips",
    ranges(columns / 4, tasks).map(([from, to], k) => [
      from,
      to,
      rows,
      columns,
      at.qy,
      at.qyTransposed,
      at.symbol,
      at.transformed,
      at.scratch + k * 32 * rows,
      at.sums,
    ]),
  );
  const back = overRows("transformAlongRows", rows / 4, [columns, at.transformed, at.qxTransposed, at.correction]);
  let mean_S = 0;
  return {
    get mean_S() {
      return mean_S;
    },
    shift,
    points: { rows: y.points, columns: x.points },
    restricted: at.restricted,
    restrictedStride,
    columnWeights: at.columnWeights,
    rowWeights: at.rowWeights,
    correction: at.correction,
    correctionStride: 8 * columns,
    line: (task) => at.lines + task * lineBytes,
    bytes,
    setMean(g_S) {
      mean_S = g_S;
      const { f64 } = memory;
      for (let i = 0; i < y.points; i++) {
        const ly = y.values[i];
        for (let j = 0; j < x.points; j++) {
          const lx = x.values[j];
          f64[(at.symbol >>> 3) + i * columns + j] = (g_S * g_S) / ((lx + g_S) * (lx * ly + g_S * (lx + ly)));
        }
      }
    },
    correct() {
      restrict.run();
      forward.run();
      strips.run();
      back.run();
      return sumDoubles(space, at.sums, columns / 4);
    },
    free: () => memory.free(base, bytes),
  };
}

function writeSquare(f64: Float64Array, to: number, transposed: number, line: CoarseLine, side: number): void {
  for (let i = 0; i < line.points; i++) {
    for (let k = 0; k < line.points; k++) {
      f64[(to >>> 3) + i * side + k] = line.vectors[i * line.points + k];
      f64[(transposed >>> 3) + k * side + i] = line.vectors[i * line.points + k];
    }
  }
}
