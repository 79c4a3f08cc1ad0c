/** How far products are from the ideal array's, before and after a gain and an offset per column are taken out. */
export interface ProductErrors {
  /** Pairs that are finite on both sides. */
  readonly n: number;
  /** ||y - ideal|| / ||ideal||, Frobenius. */
  readonly relative: number;
  readonly rmse_A: number;
  /** Same two after y -> (y - offset) / gain per column. */
  readonly relativeCalibrated: number;
  readonly rmseCalibrated_A: number;
  readonly correlation: number;
  /** log2 of the range of the ideal products over sqrt(12) RMSE: the bits of a perfect converter with that error. */
  readonly enob: number;
  readonly enobCalibrated: number;
  readonly columns: readonly { readonly column: number; readonly gain: number; readonly offset_A: number }[];
}

/**
 * @param measured_A batch x columns, row-major
 * @param ideal_A same shape
 * @param columns address of each column of a row; or, where batches cover different columns, one address per number
 * @throws RangeError when the shapes differ
 */
export function measureProducts(
  measured_A: ArrayLike<number>,
  ideal_A: ArrayLike<number>,
  columns: readonly number[],
): ProductErrors {
  const width = columns.length;
  if (width === 0 || measured_A.length !== ideal_A.length || measured_A.length % width !== 0)
    throw new RangeError(
      `products are ${measured_A.length} numbers and ideal ones ${ideal_A.length}, both must be batch x ${width}`,
    );
  const members = new Map<number, number[]>();
  for (let k = 0; k < measured_A.length; k++) {
    const column = columns[k % width] ?? 0;
    const list = members.get(column);
    if (list) list.push(k);
    else members.set(column, [k]);
  }
  const fits = new Map(
    [...members]
      .sort(([a], [b]) => a - b)
      .map(([column, list]) => [column, { column, ...fitColumn(measured_A, ideal_A, list) }]),
  );
  let [n, error, power, calibrated, low, high] = [0, 0, 0, 0, Infinity, -Infinity];
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let k = 0; k < measured_A.length; k++) {
    const [y, x] = [measured_A[k] ?? Number.NaN, ideal_A[k] ?? Number.NaN];
    const fit = fits.get(columns[k % width] ?? 0);
    if (!Number.isFinite(x + y) || !fit) continue;
    n++;
    error += (y - x) ** 2;
    calibrated += ((y - fit.offset_A) / fit.gain - x) ** 2;
    power += x * x;
    low = Math.min(low, x);
    high = Math.max(high, x);
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  const rmse_A = Math.sqrt(error / n);
  const rmseCalibrated_A = Math.sqrt(calibrated / n);
  const bits = (rmse: number) => Math.log2((high - low) / (Math.sqrt(12) * rmse));
  return {
    n,
    relative: Math.sqrt(error / power),
    rmse_A,
    relativeCalibrated: Math.sqrt(calibrated / power),
    rmseCalibrated_A,
    correlation: (n * sxy - sx * sy) / Math.sqrt((n * sxx - sx * sx) * (n * syy - sy * sy)),
    enob: bits(rmse_A),
    enobCalibrated: bits(rmseCalibrated_A),
    columns: [...fits.values()],
  };
}

/** Least squares of measured = gain x ideal + offset over one column; gain only where the ideal does not vary. */
function fitColumn(measured: ArrayLike<number>, ideal: ArrayLike<number>, members: readonly number[]) {
  let [n, mx, my] = [0, 0, 0];
  for (const k of members) {
    const [y, x] = [measured[k] ?? Number.NaN, ideal[k] ?? Number.NaN];
    if (!Number.isFinite(x + y)) continue;
    n++;
    mx += x;
    my += y;
  }
  mx /= n;
  my /= n;
  let [cxx, cxy] = [0, 0];
  for (const k of members) {
    const [y, x] = [measured[k] ?? Number.NaN, ideal[k] ?? Number.NaN];
    if (!Number.isFinite(x + y)) continue;
    cxx += (x - mx) ** 2;
    cxy += (x - mx) * (y - my);
  }
  // below two vectors, or where the ideal never varies, there is nothing to separate gain from offset by
  if (!(cxx > 1e-24 * mx * mx * n)) return { gain: 1, offset_A: Number.isFinite(my - mx) ? my - mx : 0 };
  const gain = cxy / cxx;
  return gain === 0 ? { gain: 1, offset_A: my - mx } : { gain, offset_A: my - gain * mx };
}
