import { buildNetwork } from "../crossbar/index.ts";
import { type Grid, solveOnce } from "../crossbar/index.ts";

/** One cause of error of vector products, with everything before it already in place. */
export interface BudgetLine {
  readonly cause: "programming" | "drift" | "line drop" | "sneak" | "unexplained" | "noise";
  /** Root mean square of what this cause adds, ampere. */
  readonly rms_A: number;
  /** The same over the ideal products' rms. */
  readonly relative: number;
  /** Part of the squared error that lies along this cause, <cause, error> / <error, error>; all lines add up to 1. */
  readonly share: number;
}

export interface ProductBudget {
  readonly lines: readonly BudgetLine[];
  /** Of single products against the ideal ones. */
  readonly rms_A: number;
  readonly relative: number;
}

export interface BudgetRequest {
  readonly grid: Grid;
  /** batch x rows. */
  readonly inputs_V: Float64Array;
  /** rows x columns: what the products should have used. */
  readonly target_S: ArrayLike<number>;
  /** What writing left; absent means exactly the target. */
  readonly programmed_S?: ArrayLike<number>;
  /** What it had become when the products were taken; absent means as programmed. */
  readonly present_S?: ArrayLike<number>;
  /** Resistances of the lines; absent means ideal ones. */
  readonly lines?: {
    readonly rowSegment_ohm?: number;
    readonly rowSource_ohm?: number;
    readonly columnSegment_ohm?: number;
    readonly columnSense_ohm?: number;
  };
  /** Rows with an input of exactly 0 V were left floating instead of grounded. */
  readonly undrivenRowsFloat?: boolean;
  /** Repeats of the batch, each batch x columns: their mean is systematic, their scatter is noise. */
  readonly measured_A: readonly Float64Array[];
}

/**
 * Splits the error of vector products into its causes by switching them on one after the other: target, programmed, drifted,
 * line resistance, floating rows, measured mean, single measurement. The differences add up to the whole error exactly
 * (telescoping), so nothing is counted twice; `unexplained` holds converters, gains, offsets and what is not in the model.
 * @throws RangeError when shapes do not fit or there is no repeat
 */
export function budgetProducts(request: BudgetRequest): ProductBudget {
  const { grid, inputs_V, measured_A, target_S } = request;
  const { rows, columns } = grid;
  const batch = inputs_V.length / rows;
  if (!Number.isInteger(batch) || batch < 1)
    throw new RangeError(`inputs_V has ${inputs_V.length} values, allowed are multiples of ${rows} (one per row)`);
  for (const [name, map] of Object.entries({
    target_S,
    programmed_S: request.programmed_S,
    present_S: request.present_S,
  }))
    if (map && map.length !== rows * columns)
      throw new RangeError(`${name} has ${map.length} junctions, the grid has ${rows} x ${columns}`);
  const size = batch * columns;
  if (measured_A.length === 0) throw new RangeError("measured_A holds no repeat, allowed are one and more");
  measured_A.forEach((repeat, k) => {
    if (repeat.length !== size)
      throw new RangeError(`repeat ${k} has ${repeat.length} products, it must be batch x columns, ${size}`);
  });
  const programmed_S = request.programmed_S ?? target_S;
  const present_S = request.present_S ?? programmed_S;
  const plain = (map: ArrayLike<number>) => solve(request, map, undefined, false);
  const ideal = plain(target_S);
  const mean = new Float64Array(size);
  for (const repeat of measured_A) for (let k = 0; k < size; k++) mean[k]! += repeat[k]! / measured_A.length;
  const stages = [ideal, plain(programmed_S), plain(present_S), solve(request, present_S, request.lines, false)];
  stages.push(request.undrivenRowsFloat ? solve(request, present_S, request.lines, true) : stages[3]!, mean);
  const causes = ["programming", "drift", "line drop", "sneak", "unexplained"] as const;

  const power = rms(ideal);
  const count = measured_A.length;
  let total = 0;
  let noise = 0;
  for (const repeat of measured_A)
    for (let k = 0; k < size; k++) {
      total += (repeat[k]! - ideal[k]!) ** 2 / count;
      noise += (repeat[k]! - mean[k]!) ** 2 / count;
    }
  const lines: BudgetLine[] = causes.map((cause, s) => {
    let [squares, along] = [0, 0];
    for (let k = 0; k < size; k++) {
      const part = stages[s + 1]![k]! - stages[s]![k]!;
      squares += part * part;
      along += part * (mean[k]! - ideal[k]!);
    }
    const rms_A = Math.sqrt(squares / size);
    return { cause, rms_A, relative: rms_A / power, share: total > 0 ? along / total : 0 };
  });
  // scatter around the mean of n repeats is (n - 1) / n of the noise of one
  const rms_A = Math.sqrt((noise / size) * (count > 1 ? count / (count - 1) : 0));
  lines.push({ cause: "noise", rms_A, relative: rms_A / power, share: total > 0 ? noise / total : 0 });
  return { lines, rms_A: Math.sqrt(total / size), relative: Math.sqrt(total / size) / power };
}

function solve(
  { grid, inputs_V }: BudgetRequest,
  conductance_S: ArrayLike<number>,
  lines: BudgetRequest["lines"],
  float: boolean,
): Float64Array {
  const { rows, columns } = grid;
  const batch = inputs_V.length / rows;
  const current_A = new Float64Array(batch * columns);
  if (!lines && !float) {
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < rows; i++) {
        const v = inputs_V[b * rows + i]!;
        for (let j = 0; j < columns; j++) current_A[b * columns + j]! += v * conductance_S[i * columns + j]!;
      }
    return current_A;
  }
  const network = buildNetwork({ grid, conductance_S, ...lines });
  for (let b = 0; b < batch; b++) {
    const row_V = inputs_V.slice(b * rows, (b + 1) * rows).map((v) => (float && v === 0 ? Number.NaN : v));
    const { columnCurrent_A } = solveOnce(network, { row_V, column_V: new Float64Array(columns) });
    current_A.set(columnCurrent_A, b * columns);
  }
  return current_A;
}

function rms(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
