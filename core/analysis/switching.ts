/** Energy of one pulse, joule, from its samples. */
export interface PulseEnergy {
  /** Integral of V I dt: what the source spent on junction and series resistance. */
  readonly total_J: number;
  /** Integral of I^2 R_series dt. */
  readonly series_J: number;
  /** The rest: what the junction took. */
  readonly junction_J: number;
  /** V^2 G t with the voltage and current in the middle of the pulse: an estimate, as papers often give it. */
  readonly estimate_J: number;
  readonly charge_C: number;
  /** Time of lost samples, whose energy is not counted. */
  readonly lost_s: number;
}

/**
 * Trapezoids over the samples; an interval with a lost end (NaN) is not counted.
 * @param series_ohm resistance between source and junction, default 0
 * @throws RangeError for records of different lengths, a period that is not positive or a negative resistance
 */
export function pulseEnergy(
  voltage_V: ArrayLike<number>,
  current_A: ArrayLike<number>,
  samplePeriod_s: number,
  series_ohm = 0,
): PulseEnergy {
  checkRecord(voltage_V, current_A, samplePeriod_s);
  if (!(series_ohm >= 0)) throw new RangeError(`series_ohm is ${series_ohm}, allowed are 0 and more`);
  let [total, square, charge, lost] = [0, 0, 0, 0];
  for (let k = 1; k < current_A.length; k++) {
    const [v0, v1, i0, i1] = [voltage_V[k - 1]!, voltage_V[k]!, current_A[k - 1]!, current_A[k]!];
    if (!Number.isFinite(v0 + v1 + i0 + i1)) {
      lost++;
      continue;
    }
    total += (v0 * i0 + v1 * i1) / 2;
    square += (i0 * i0 + i1 * i1) / 2;
    charge += (i0 + i1) / 2;
  }
  const middle = current_A.length >> 1;
  const series_J = square * series_ohm * samplePeriod_s;
  const total_J = total * samplePeriod_s;
  return {
    total_J,
    series_J,
    junction_J: total_J - series_J,
    estimate_J: voltage_V[middle]! * current_A[middle]! * (current_A.length - 1) * samplePeriod_s,
    charge_C: charge * samplePeriod_s,
    lost_s: lost * samplePeriod_s,
  };
}

/** A conductance on its way from one level to another. */
export interface SwitchingTime {
  /** From 10 % to 90 % of the way; null where the record does not hold both. */
  readonly time_s: number | null;
  /** Start of the record to 50 %. */
  readonly delay_s: number | null;
  readonly from_S: number;
  readonly to_S: number;
}

/**
 * 10-90 % time of a step under constant voltage. Levels are the means of the first and last twentieth of the record unless
 * given; the times are the first crossings, by linear interpolation. A record shorter than five time constants
 * underestimates its end level and hence the time: give `to_S` then.
 */
export function switchingTime(
  conductance_S: ArrayLike<number>,
  samplePeriod_s: number,
  levels: { readonly from_S?: number; readonly to_S?: number } = {},
): SwitchingTime {
  checkRecord(conductance_S, conductance_S, samplePeriod_s);
  const n = conductance_S.length;
  const edge = Math.max(1, Math.floor(n / 20));
  const average = (first: number) => {
    let [sum, count] = [0, 0];
    for (let k = first; k < first + edge; k++) {
      if (!Number.isFinite(conductance_S[k]!)) continue;
      sum += conductance_S[k]!;
      count++;
    }
    return sum / count;
  };
  const from_S = levels.from_S ?? average(0);
  const to_S = levels.to_S ?? average(n - edge);
  const crossing = (part: number): number | null => {
    let before = -1;
    for (let k = 0; k < n; k++) {
      const way = (conductance_S[k]! - from_S) / (to_S - from_S);
      if (!Number.isFinite(way)) continue;
      if (way >= part) {
        if (before < 0) return k * samplePeriod_s;
        const earlier = (conductance_S[before]! - from_S) / (to_S - from_S);
        return (before + ((part - earlier) / (way - earlier)) * (k - before)) * samplePeriod_s;
      }
      before = k;
    }
    return null;
  };
  const [low, half, high] = [crossing(0.1), crossing(0.5), crossing(0.9)];
  return { time_s: low === null || high === null ? null : high - low, delay_s: half, from_S, to_S };
}

function checkRecord(a: ArrayLike<number>, b: ArrayLike<number>, samplePeriod_s: number): void {
  if (a.length !== b.length)
    throw new RangeError(`there are ${a.length} voltages and ${b.length} currents, they must be equal`);
  if (a.length < 2) throw new RangeError(`the record has ${a.length} samples, allowed are 2 and more`);
  if (!(samplePeriod_s > 0)) throw new RangeError(`samplePeriod_s is ${samplePeriod_s}, allowed are positive numbers`);
}
