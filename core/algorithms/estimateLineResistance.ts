import { invertSmall, solveSmall } from "../analysis/leastSquares.ts";
import type { Grid } from "../crossbar/grid.ts";
import { buildNetwork, effectiveMatrix, factorNetwork, nearEnds } from "../crossbar/index.ts";

/**
 * Line resistances from products alone. Rows driven one at a time give the effective matrix W (currents per volt), which
 * far junctions make smaller than near ones; W is fitted with that of a network of equal segments,
 * W = f(s G, r_row, r_column), s the common scale of the conductances G, by damped least squares of relative errors.
 *
 * A linear network answers sums of vectors with sums: more vectors add no information, only less noise. So G must be
 * known up to its scale (equal junctions, or resistors); scatter of the junctions goes into the standard errors.
 */
export interface LineEstimate {
  readonly kind: "estimate";
  readonly rowSegment_ohm: number;
  readonly columnSegment_ohm: number;
  /** Factor on the given conductances; with none given, the conductance of every junction, siemens. */
  readonly scale: number;
  /** Standard errors of the three, from the scatter that is left. */
  readonly standardError: {
    readonly rowSegment_ohm: number;
    readonly columnSegment_ohm: number;
    readonly scale: number;
  };
  /** Root mean square of what is left, relative to W. */
  readonly residual: number;
}

export interface NoLineEstimate {
  readonly kind: "none";
  readonly reason: string;
}

export interface KnownOfLines {
  /** rows x columns, row-major; absent: all junctions alike. */
  readonly conductance_S?: ArrayLike<number>;
  readonly rowSource_ohm?: number;
  readonly columnSense_ohm?: number;
}

const MOST_ROUNDS = 60;

/** @param effective_S rows x columns, row-major: column current per volt on one row, the others at 0 V */
export function estimateLineResistance(
  grid: Grid,
  effective_S: ArrayLike<number>,
  known: KnownOfLines = {},
): LineEstimate | NoLineEstimate {
  const count = grid.rows * grid.columns;
  if (count < 4) return { kind: "none", reason: `${count} junctions, three unknowns need 4 and more` };
  const measured = Array.from({ length: count }, (_, k) => effective_S[k] ?? Number.NaN);
  const wrong = measured.findIndex((value) => !(value > 0 && Number.isFinite(value)));
  if (wrong >= 0)
    return {
      kind: "none",
      reason: `row ${Math.floor(wrong / grid.columns)}, column ${wrong % grid.columns} shows ${measured[wrong]} S, allowed are values above 0`,
    };
  const given = Array.from({ length: count }, (_, k) => known.conductance_S?.[k] ?? 1);
  // in units that make all three of order one: the scale by its first guess, resistances by the array's own loading
  const unit = Math.max(...measured.map((value, k) => value / (given[k] ?? 1)));
  const load_ohm = 1 / (unit * mean(given) * Math.max(grid.rows, grid.columns) ** 2);
  const model = ([scale = 1, row = 0, column = 0]: readonly number[]) => {
    const network = buildNetwork({
      grid,
      conductance_S: given.map((g) => g * unit * scale),
      rowSegment_ohm: row * load_ohm,
      columnSegment_ohm: column * load_ohm,
      rowSource_ohm: known.rowSource_ohm ?? 0,
      columnSense_ohm: known.columnSense_ohm ?? 0,
    });
    const seen = effectiveMatrix(factorNetwork(network, nearEnds(grid)));
    return measured.map((value, k) => (seen[k] ?? 0) / value - 1);
  };
  let x = [1, 0.1, 0.1];
  let errors = model(x);
  let damping = 1e-3;
  let normal = normalOf(x, errors, model);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const damped = normal.matrix.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) : value)));
    const step = solveSmall(damped, normal.right);
    if (!step) break;
    // resistances are not negative, the scale is above 0
    const next = x.map((value, k) => Math.max(k === 0 ? 1e-3 * value : 0, value - (step[k] ?? 0)));
    const nextErrors = model(next);
    const gain = squares(errors) - squares(nextErrors);
    if (gain < 0) {
      damping *= 10;
      if (damping > 1e12) break;
      continue;
    }
    const moved = Math.max(...next.map((value, k) => Math.abs(value - (x[k] ?? 0)) / (Math.abs(value) + 1e-9)));
    [x, errors, damping] = [next, nextErrors, damping / 10];
    if (moved < 1e-12) break;
    normal = normalOf(x, errors, model);
  }
  const variance = squares(errors) / Math.max(1, count - 3);
  const covariance = invertSmall(normal.matrix);
  const spread = (k: number) => Math.sqrt(variance * Math.max(0, covariance?.[k]?.[k] ?? Number.NaN));
  const [scale = 1, row = 0, column = 0] = x;
  return {
    kind: "estimate",
    rowSegment_ohm: row * load_ohm,
    columnSegment_ohm: column * load_ohm,
    scale: scale * unit,
    standardError: {
      rowSegment_ohm: spread(1) * load_ohm,
      columnSegment_ohm: spread(2) * load_ohm,
      scale: spread(0) * unit,
    },
    residual: Math.sqrt(squares(errors) / count),
  };
}

/** J^T J and J^T e with forward differences; resistances at 0 look upwards. */
function normalOf(
  x: readonly number[],
  errors: readonly number[],
  model: (x: readonly number[]) => number[],
): { matrix: number[][]; right: number[] } {
  const columns = x.map((value, k) => {
    const h = 1e-6 * Math.max(Math.abs(value), 1e-2);
    const moved = model(x.map((other, j) => (j === k ? other + h : other)));
    return moved.map((error, n) => (error - (errors[n] ?? 0)) / h);
  });
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);
  return { matrix: columns.map((a) => columns.map((b) => dot(a, b))), right: columns.map((a) => dot(a, errors)) };
}

function squares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
