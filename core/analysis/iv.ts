/** One cycle of a loop, in order of time; both arrays of one length. */
export interface Cycle {
  readonly samplePeriod_s: number;
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
}

export interface IvMetrics {
  /** Extremes of the driving voltage. */
  readonly largest_V: number;
  readonly smallest_V: number;
  /** Voltage at which on/off is taken: half the smaller amplitude unless asked. */
  readonly read_V: number;
  /** Larger over smaller |I| of the two branches at +read_V and at -read_V; NaN where the loop has no two branches there. */
  readonly onOffPositive: number;
  readonly onOffNegative: number;
  /** I(+V) / |I(-V)| at the largest voltage both sides reach, and that voltage. */
  readonly rectification: number;
  readonly rectification_V: number;
  /** Largest |I| where the loop passes V = 0: zero for a pinched loop. */
  readonly pinchOffset_A: number;
  /** Integral of I V dt over the cycle: what the junction dissipates. */
  readonly energy_J: number;
  readonly largest_A: number;
}

/**
 * The last whole cycle of a sweep. The cycle is closed: its first sample of the next cycle, or the last sample, is included.
 * @param samplesPerCycle number of samples of one cycle, >= 4
 * @throws RangeError when the trace holds less than one cycle
 */
export function lastCycle(trace: Cycle, samplesPerCycle: number, cycles?: number): Cycle {
  const length = trace.current_A.length;
  if (!(samplesPerCycle >= 4)) throw new RangeError(`samplesPerCycle is ${samplesPerCycle}, allowed is 4 or more`);
  const available = Math.floor((length - 1) / samplesPerCycle + 1e-9);
  const wanted = Math.min(cycles ?? available, Math.max(available, Math.floor(length / samplesPerCycle + 1e-9)));
  if (wanted < 1) throw new RangeError(`the trace has ${length} samples, one cycle needs ${samplesPerCycle}`);
  const first = Math.round((wanted - 1) * samplesPerCycle);
  const end = Math.min(length, Math.round(wanted * samplesPerCycle) + 1);
  return {
    samplePeriod_s: trace.samplePeriod_s,
    voltage_V: trace.voltage_V.subarray(first, end),
    current_A: trace.current_A.subarray(first, end),
  };
}

/** Currents where a cycle passes a voltage, by linear interpolation: one per branch. Segments with a lost sample are left out. */
export function currentsAt(cycle: Cycle, voltage_V: number): number[] {
  const { voltage_V: v, current_A: i } = cycle;
  const found: number[] = [];
  const count = v.length;
  // a cycle whose end does not repeat its start is closed by one more segment
  for (let k = 0; k < count; k++) {
    const next = k + 1 === count ? 0 : k + 1;
    const [va, vb] = [v[k] ?? Number.NaN, v[next] ?? Number.NaN];
    const [ia, ib] = [i[k] ?? Number.NaN, i[next] ?? Number.NaN];
    if (!Number.isFinite(ia + ib)) continue;
    const rising = va <= voltage_V && vb > voltage_V;
    const falling = va >= voltage_V && vb < voltage_V;
    if (rising || falling) found.push(ia + ((ib - ia) * (voltage_V - va)) / (vb - va));
  }
  return found;
}

/** On/off, rectification, pinch and energy of one cycle. */
export function measureCycle(cycle: Cycle, read_V?: number): IvMetrics {
  const { voltage_V: v, current_A: i, samplePeriod_s } = cycle;
  let [largest_V, smallest_V, largest_A, energy_J] = [-Infinity, Infinity, 0, 0];
  for (let k = 0; k < v.length; k++) {
    const [vk, ik] = [v[k] ?? Number.NaN, i[k] ?? Number.NaN];
    if (!Number.isFinite(vk)) continue;
    largest_V = Math.max(largest_V, vk);
    smallest_V = Math.min(smallest_V, vk);
    if (!Number.isFinite(ik)) continue;
    largest_A = Math.max(largest_A, Math.abs(ik));
    if (k === 0) continue;
    const power = ((v[k - 1] ?? Number.NaN) * (i[k - 1] ?? Number.NaN) + vk * ik) / 2;
    if (Number.isFinite(power)) energy_J += power * samplePeriod_s;
  }
  const amplitude = Math.min(largest_V, -smallest_V);
  const at = read_V ?? Math.max(largest_V, -smallest_V) / 2;
  const forward = amplitude > 0 ? average(currentsAt(cycle, amplitude)) : Number.NaN;
  const backward = amplitude > 0 ? average(currentsAt(cycle, -amplitude)) : Number.NaN;
  const pinch = currentsAt(cycle, 0);
  return {
    largest_V,
    smallest_V,
    read_V: at,
    onOffPositive: ratioOf(currentsAt(cycle, Math.abs(at))),
    onOffNegative: ratioOf(currentsAt(cycle, -Math.abs(at))),
    rectification: forward / Math.abs(backward),
    rectification_V: amplitude,
    pinchOffset_A: pinch.length === 0 ? Number.NaN : Math.max(...pinch.map(Math.abs)),
    energy_J,
    largest_A,
  };
}

function average(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function ratioOf(branches: readonly number[]): number {
  if (branches.length < 2) return Number.NaN;
  const sizes = branches.map(Math.abs);
  return Math.max(...sizes) / Math.min(...sizes);
}
