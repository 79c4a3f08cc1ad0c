/** How many directions the answers of a reservoir span (Legenstein & Maass, Neural Networks 20, 323 (2007), 10.1016/j.neunet.2007.04.017). */
export interface KernelRank {
  /** Singular values above the threshold. */
  readonly rank: number;
  /** Descending. */
  readonly singularValues: Float64Array;
  /** exp of the entropy of the squared singular values: a rank that does not jump (Roy & Vetterli, EUSIPCO 2007). */
  readonly effectiveRank: number;
}

/**
 * Rank of the matrix of end states, one row per input pattern. On clearly different patterns it is the kernel quality,
 * on noisy repeats of one pattern the generalisation rank; a good reservoir has a large difference of the two.
 * @param states patterns x states, row-major
 * @param resolution singular values below this part of the largest are noise: take the relative read noise, default 0.01
 * @throws RangeError when the shape does not fit or a number is not finite
 */
export function kernelRank(
  states: ArrayLike<number>,
  patterns: number,
  options: { readonly resolution?: number } = {},
): KernelRank {
  const { resolution = 0.01 } = options;
  if (!(resolution > 0 && resolution < 1))
    throw new RangeError(`resolution is ${resolution}, allowed is between 0 and 1`);
  const singularValues = singularValuesOf(states, patterns);
  const largest = singularValues[0] ?? 0;
  const total = singularValues.reduce((sum, value) => sum + value * value, 0);
  let entropy = 0;
  for (const value of singularValues) {
    const part = (value * value) / total;
    if (part > 0) entropy -= part * Math.log(part);
  }
  return {
    rank: largest > 0 ? singularValues.filter((value) => value > resolution * largest).length : 0,
    singularValues,
    effectiveRank: total > 0 ? Math.exp(entropy) : 0,
  };
}

/** One-sided Jacobi (Hestenes; Golub & Van Loan section 8.6.3): rotates columns until they are orthogonal, to full relative accuracy. */
export function singularValuesOf(matrix: ArrayLike<number>, rows: number): Float64Array {
  const columns = matrix.length / rows;
  if (!(Number.isInteger(rows) && rows >= 1 && Number.isInteger(columns) && columns >= 1))
    throw new RangeError(`matrix has ${matrix.length} numbers, they must be ${rows} rows of equal length`);
  for (let k = 0; k < matrix.length; k++)
    if (!Number.isFinite(matrix[k]!))
      throw new RangeError(
        `number ${k % columns} of row ${Math.floor(k / columns)} is ${matrix[k]}, allowed are finite ones`,
      );
  // the shorter side becomes the columns
  const flip = columns > rows;
  const [n, m] = flip ? [rows, columns] : [columns, rows];
  const a = Array.from({ length: n }, (_, j) =>
    Float64Array.from({ length: m }, (_x, i) => matrix[flip ? j * columns + i : i * columns + j]!),
  );
  for (let sweep = 0; sweep < 60; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const [x, y] = [a[p]!, a[q]!];
        let [xx, yy, xy] = [0, 0, 0];
        for (let i = 0; i < m; i++) {
          xx += x[i]! * x[i]!;
          yy += y[i]! * y[i]!;
          xy += x[i]! * y[i]!;
        }
        if (Math.abs(xy) <= 1e-15 * Math.sqrt(xx * yy) || xy === 0) continue;
        turned = true;
        const zeta = (yy - xx) / (2 * xy);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        const s = c * t;
        for (let i = 0; i < m; i++) {
          const value = x[i]!;
          x[i] = c * value - s * y[i]!;
          y[i] = s * value + c * y[i]!;
        }
      }
    if (!turned) break;
  }
  return Float64Array.from(a, (column) => Math.sqrt(column.reduce((sum, value) => sum + value * value, 0)))
    .sort()
    .reverse();
}

/** Mean distance of the centres of classes over the mean distance of their members from their own centre. */
export interface Separation {
  readonly between: number;
  readonly within: number;
  /** between / (within + 1e-300): separation ratio of Goodman & Ventura, IJCNN 2006, 10.1109/IJCNN.2006.246893, without its + 1. */
  readonly ratio: number;
}

/** @param classes per class its repeats, each a vector of states; at least two classes */
export function separation(classes: readonly (readonly ArrayLike<number>[])[]): Separation {
  const width = classes[0]?.[0]?.length ?? 0;
  if (classes.length < 2 || width === 0)
    throw new RangeError(
      `there are ${classes.length} classes of ${width} states, allowed are 2 classes of 1 state and more`,
    );
  const centres = classes.map((members, c) => {
    const centre = new Float64Array(width);
    for (const member of members) {
      if (member.length !== width)
        throw new RangeError(`a member of class ${c} has ${member.length} states, all must have ${width}`);
      for (let s = 0; s < width; s++) centre[s]! += member[s]! / members.length;
    }
    return centre;
  });
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let sum = 0;
    for (let s = 0; s < width; s++) sum += (a[s]! - b[s]!) ** 2;
    return Math.sqrt(sum);
  };
  let [between, pairs, within, members] = [0, 0, 0, 0];
  centres.forEach((centre, c) => {
    for (const other of centres.slice(c + 1)) {
      between += distance(centre, other);
      pairs++;
    }
    for (const member of classes[c]!) {
      within += distance(member, centre);
      members++;
    }
  });
  between /= pairs;
  within /= members;
  return { between, within, ratio: between / (within + 1e-300) };
}
