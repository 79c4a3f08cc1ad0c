import {
  buildNetwork,
  effectiveMatrix,
  factorNetwork,
  type Grid,
  multiplyEffective,
  nearEnds,
} from "../crossbar/index.ts";
import type { NoFit } from "./expFit.ts";
import { type CurveFit, type Estimate, fitFromStarts } from "./fit/curveFit.ts";

export const LINE_QUANTITIES = ["rowSegment_ohm", "rowSource_ohm", "columnSegment_ohm", "columnSense_ohm"] as const;
export type LineQuantity = (typeof LINE_QUANTITIES)[number];

export interface LineEstimate {
  readonly kind: "fit";
  /** Those that were sought. */
  readonly lines: Readonly<Partial<Record<LineQuantity, Estimate>>>;
  /**
   * Common factor on the conductances, where it was sought: gain of the amplifiers, or a salt that is not as assumed. Of
   * junctions that are all alike and unknown it is their conductance, siemens.
   */
  readonly scale: Estimate | null;
  /** Rms of products over the rms of the measured ones, without lines and with the fitted ones. */
  readonly relativeBefore: number;
  readonly relativeAfter: number;
  readonly fit: CurveFit;
}

export interface LineRequest {
  readonly grid: Grid;
  /**
   * Known junctions, rows x columns: dummy resistors, or a map corrected for its lines. Absent: all alike, and how well
   * they conduct is sought too.
   */
  readonly conductance_S?: ArrayLike<number>;
  /** batch x rows. Vectors that drive near and far rows apart tell segments from sources. */
  readonly inputs_V: Float64Array;
  /** batch x columns; NaN where a product was lost. */
  readonly measured_A: Float64Array;
  /** What is sought; default row and column segments. */
  readonly sought?: readonly LineQuantity[];
  /** Values of the others, default 0 ohm. */
  readonly known?: Partial<Record<LineQuantity, number>>;
  /** Segments of rows and columns are alike: one unknown for both, reported twice. */
  readonly equalSegments?: boolean;
  readonly seekScale?: boolean;
}

/**
 * Line resistances from vector products on known junctions: least squares of the nodal solution of the whole array over
 * the logarithm of each resistance, residuals over the rms product.
 * @throws RangeError when shapes do not fit or nothing is sought
 */
export function estimateLineResistance(request: LineRequest): LineEstimate | NoFit {
  const { grid, inputs_V, measured_A, known = {}, equalSegments = false } = request;
  const { rows, columns } = grid;
  const seekScale = request.seekScale === true || !request.conductance_S;
  const conductance_S = request.conductance_S ?? alike(request);
  const sought = request.sought ?? (["rowSegment_ohm", "columnSegment_ohm"] as const);
  const unknown = equalSegments ? sought.filter((name) => name !== "columnSegment_ohm") : sought;
  if (sought.length === 0 || new Set(sought).size < sought.length)
    throw new RangeError(
      `sought is [${sought.join(", ")}], allowed are different ones of ${LINE_QUANTITIES.join(", ")}`,
    );
  if (equalSegments && !(sought.includes("rowSegment_ohm") && sought.includes("columnSegment_ohm")))
    throw new RangeError("equalSegments needs rowSegment_ohm and columnSegment_ohm among the sought");
  if (conductance_S.length !== rows * columns)
    throw new RangeError(`conductance_S has ${conductance_S.length} junctions, the grid has ${rows} x ${columns}`);
  const batch = inputs_V.length / rows;
  if (!Number.isInteger(batch) || measured_A.length !== batch * columns)
    throw new RangeError(
      `inputs_V has ${inputs_V.length} values and measured_A ${measured_A.length}, they must be batch x ${rows} and batch x ${columns}`,
    );
  const kept: number[] = [];
  let squares = 0;
  measured_A.forEach((current, k) => {
    if (!Number.isFinite(current)) return;
    kept.push(k);
    squares += current * current;
  });
  const size = Math.sqrt(squares / kept.length);
  if (!(size > 0)) return { kind: "none", reason: "all products are zero or lost" };

  const read = (p: ArrayLike<number>, name: LineQuantity) => {
    const at = unknown.indexOf(equalSegments && name === "columnSegment_ohm" ? "rowSegment_ohm" : name);
    return at >= 0 && sought.includes(name) ? p[at]! : (known[name] ?? 0);
  };
  const predict = (p: ArrayLike<number>) => {
    const factor = seekScale ? p[unknown.length]! : 1;
    const ohm = (name: LineQuantity) => read(p, name);
    return solveProducts(
      grid,
      inputs_V,
      Float64Array.from(conductance_S, (g) => g * factor),
      ohm,
    );
  };
  const rmsOf = (p: ArrayLike<number>) => {
    const found = predict(p);
    return Math.sqrt(kept.reduce((sum, k) => sum + (found[k]! - measured_A[k]!) ** 2, 0) / kept.length) / size;
  };
  // a line matters when its n segments carry n junctions: begin where their product is near one, and above and below
  let total = 0;
  for (let k = 0; k < conductance_S.length; k++) total += conductance_S[k]! / conductance_S.length;
  const side = Math.max(rows, columns);
  const natural = (name: LineQuantity) => 1 / (total * (name.includes("Segment") ? side * side : side));
  const starts = [0.01, 0.1, 1].map((part) => [
    ...unknown.map((name) => part * natural(name)),
    ...(seekScale ? [1] : []),
  ]);
  const fit = fitFromStarts(
    (p, out) => {
      const found = predict(p);
      kept.forEach((k, at) => (out[at] = (found[k]! - measured_A[k]!) / size));
    },
    kept.length,
    starts,
    { positive: starts[0]!.map(() => true), iterations: 60 },
  );
  if (fit.kind === "none") return fit;
  const values = fit.parameters.map(({ value }) => value);
  const lines: Partial<Record<LineQuantity, Estimate>> = {};
  for (const name of sought) {
    const at = unknown.indexOf(equalSegments && name === "columnSegment_ohm" ? "rowSegment_ohm" : name);
    const estimate = fit.parameters[at];
    if (estimate) lines[name] = estimate;
  }
  return {
    kind: "fit",
    lines,
    scale: seekScale ? scaled(fit.parameters.at(-1), request.conductance_S ? 1 : (conductance_S[0] ?? 1)) : null,
    relativeBefore: rmsOf([...unknown.map(() => 0), ...(seekScale ? [1] : [])]),
    relativeAfter: rmsOf(values),
    fit,
  };
}

/** Products of the array with the lines and the factor that were found, batch x columns. */
export function predictProducts({ grid, inputs_V, conductance_S, known = {} }: LineRequest, found: LineEstimate) {
  const factor = found.scale?.value ?? 1;
  const scaled_S = Float64Array.from(
    { length: grid.rows * grid.columns },
    (_, k) => factor * (conductance_S ? (conductance_S[k] ?? Number.NaN) : 1),
  );
  return solveProducts(grid, inputs_V, scaled_S, (name) => found.lines[name]?.value ?? known[name] ?? 0);
}

function solveProducts(
  grid: Grid,
  inputs_V: Float64Array,
  conductance_S: Float64Array,
  ohm: (name: LineQuantity) => number,
): Float64Array {
  const network = buildNetwork({
    grid,
    conductance_S,
    rowSegment_ohm: ohm("rowSegment_ohm"),
    rowSource_ohm: ohm("rowSource_ohm"),
    columnSegment_ohm: ohm("columnSegment_ohm"),
    columnSense_ohm: ohm("columnSense_ohm"),
  });
  return multiplyEffective(grid, effectiveMatrix(factorNetwork(network, nearEnds(grid))), inputs_V);
}

/** A first guess of equal junctions, above nearly all that the products can tell: what the best read column shows. */
function alike({ grid, inputs_V, measured_A }: LineRequest): Float64Array {
  let largest_S = 0;
  for (let b = 0; b < inputs_V.length / grid.rows; b++) {
    const drive_V = inputs_V.subarray(b * grid.rows, (b + 1) * grid.rows).reduce((sum, v) => sum + Math.abs(v), 0);
    for (let j = 0; j < grid.columns; j++) {
      const found_S = Math.abs(measured_A[b * grid.columns + j] ?? Number.NaN) / drive_V;
      if (Number.isFinite(found_S)) largest_S = Math.max(largest_S, found_S);
    }
  }
  return new Float64Array(grid.rows * grid.columns).fill(largest_S);
}

function scaled(estimate: Estimate | undefined, factor: number): Estimate | null {
  if (!estimate) return null;
  const [low, high] = estimate.interval95;
  return {
    value: estimate.value * factor,
    standardError: estimate.standardError * factor,
    interval95: [low * factor, high * factor],
  };
}
