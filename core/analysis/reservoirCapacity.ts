import { solveLinear } from "./fit/linear.ts";

/** Linear memory of a driven reservoir (Jaeger, GMD Report 152, 2001). */
export interface MemoryCapacity {
  /** Squared correlation of the delayed input with its best linear readout, per delay from 0 on. */
  readonly capacities: readonly number[];
  /** Sum over the delays from 1 on, at most the number of states. */
  readonly total: number;
  /** What states without any memory would reach on this many samples: states / samples per delay. */
  readonly chance: number;
  /** total with chance taken off each delay, none below 0. */
  readonly corrected: number;
}

/**
 * @param input one value per time step, independent from step to step
 * @param states time steps x states, row-major
 * @param longest largest delay, steps; @param washout steps left out at the start, at least `longest`
 * @throws RangeError when shapes do not fit or the record is too short
 */
export function memoryCapacity(
  input: ArrayLike<number>,
  states: ArrayLike<number>,
  longest: number,
  washout = longest,
): MemoryCapacity {
  const length = input.length;
  const width = states.length / length;
  if (!(Number.isInteger(width) && width >= 1))
    throw new RangeError(`states are ${states.length} numbers for ${length} steps, they must be steps x states`);
  if (!(Number.isInteger(longest) && longest >= 0 && washout >= longest))
    throw new RangeError(`longest delay is ${longest} and washout ${washout}, washout must not be shorter`);
  const samples = length - washout;
  if (samples < 2 * (width + 1))
    throw new RangeError(`${samples} steps are left after the washout, allowed are ${2 * (width + 1)} and more`);
  const columns = Array.from({ length: width }, (_, s) =>
    Float64Array.from({ length: samples }, (_step, k) => states[(washout + k) * width + s]!),
  );
  columns.push(new Float64Array(samples).fill(1));
  const capacities: number[] = [];
  for (let delay = 0; delay <= longest; delay++) {
    const target = Float64Array.from({ length: samples }, (_, k) => input[washout + k - delay]!);
    const weights = solveLinear(columns, target);
    const mean = target.reduce((sum, value) => sum + value, 0) / samples;
    let [rest, spread] = [0, 0];
    for (let k = 0; k < samples; k++) {
      let fit = 0;
      for (let s = 0; s <= width; s++) fit += weights[s]! * columns[s]![k]!;
      rest += (target[k]! - fit) ** 2;
      spread += (target[k]! - mean) ** 2;
    }
    // with a constant among the columns, 1 - rest / spread is the squared correlation
    capacities.push(Math.max(0, 1 - rest / spread));
  }
  const chance = width / samples;
  const later = capacities.slice(1);
  return {
    capacities,
    total: later.reduce((sum, value) => sum + value, 0),
    chance,
    corrected: later.reduce((sum, value) => sum + Math.max(0, (value - chance) / (1 - chance)), 0),
  };
}
