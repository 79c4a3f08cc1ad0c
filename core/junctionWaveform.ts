/**
 * What an ideal source does to one junction.
 * sine: starts at 0 V, rising. steps: each held for its duration. samples: straight lines between the points.
 */
export type JunctionDrive =
  | {
      readonly kind: "sine";
      readonly amplitude_V: number;
      readonly frequency_Hz: number;
      readonly cycles: number;
      readonly samplesPerCycle: number;
    }
  | {
      readonly kind: "steps";
      readonly steps: readonly { readonly voltage_V: number; readonly duration_s: number }[];
      readonly samplePeriod_s: number;
    }
  | { readonly kind: "samples"; readonly time_s: readonly number[]; readonly voltage_V: readonly number[] };

/** Ten million samples are 300 MB of results; longer records belong into a run folder. */
export const LARGEST_SAMPLE_COUNT = 1e7;

/**
 * Number of samples the drive asks for.
 * @throws RangeError for an empty or impossible drive or more than `LARGEST_SAMPLE_COUNT` samples
 */
export function sampleCountOf(drive: JunctionDrive): number {
  const count = askedSamples(drive);
  if (!(count <= LARGEST_SAMPLE_COUNT))
    throw new RangeError(
      `the waveform asks for ${count.toPrecision(3)} samples, allowed are ${LARGEST_SAMPLE_COUNT.toExponential(0)}`,
    );
  return count;
}

function askedSamples(drive: JunctionDrive): number {
  if (drive.kind === "sine") {
    checkPositive(drive, ["frequency_Hz", "cycles", "samplesPerCycle"]);
    if (!Number.isFinite(drive.amplitude_V))
      throw new RangeError(`amplitude_V is ${drive.amplitude_V}, must be finite`);
    if (!Number.isInteger(drive.samplesPerCycle))
      throw new RangeError(`samplesPerCycle is ${drive.samplesPerCycle}, must be an integer`);
    return wholePeriods(drive.cycles * drive.samplesPerCycle) + 1;
  }
  if (drive.kind === "steps") {
    checkPositive(drive, ["samplePeriod_s"]);
    if (drive.steps.length === 0) throw new RangeError("steps is empty, allowed is at least one step");
    drive.steps.forEach(({ voltage_V, duration_s }, k) => {
      if (!Number.isFinite(voltage_V)) throw new RangeError(`steps[${k}].voltage_V is ${voltage_V}, must be finite`);
      if (!(duration_s > 0 && Number.isFinite(duration_s)))
        throw new RangeError(`steps[${k}].duration_s is ${duration_s}, allowed are finite values above 0`);
    });
    return wholePeriods((edgesOfSteps(drive.steps).at(-1) as number) / drive.samplePeriod_s) + 1;
  }
  const { time_s, voltage_V } = drive;
  if (time_s.length !== voltage_V.length)
    throw new RangeError(`samples have ${time_s.length} times and ${voltage_V.length} voltages, they must be equal`);
  if (time_s.length === 0) throw new RangeError("samples are empty, allowed is at least one");
  for (let k = 0; k < time_s.length; k++) {
    if (!Number.isFinite(voltage_V[k])) throw new RangeError(`voltage_V[${k}] is ${voltage_V[k]}, must be finite`);
    if (!Number.isFinite(time_s[k])) throw new RangeError(`time_s[${k}] is ${time_s[k]}, must be finite`);
    if (k > 0 && !((time_s[k] as number) > (time_s[k - 1] as number)))
      throw new RangeError(`time_s[${k}] is ${time_s[k]}, must be above ${time_s[k - 1]}`);
  }
  return time_s.length;
}

/** floor, forgiving the rounding of decimal periods (0.3 / 0.1 is three periods). */
function wholePeriods(periods: number): number {
  const nearest = Math.round(periods);
  return Math.abs(periods - nearest) <= 8 * Number.EPSILON * nearest ? nearest : Math.floor(periods);
}

function checkPositive<K extends string>(drive: Readonly<Record<K, number>>, names: readonly K[]): void {
  for (const name of names)
    if (!(drive[name] > 0 && Number.isFinite(drive[name])))
      throw new RangeError(`${name} is ${drive[name]}, allowed are finite values above 0`);
}

/** Least and largest voltage of the drive, 0 V before it included. */
export function voltageSpan(drive: JunctionDrive): readonly [least_V: number, most_V: number] {
  if (drive.kind === "sine") return [-Math.abs(drive.amplitude_V), Math.abs(drive.amplitude_V)];
  const voltages = drive.kind === "steps" ? drive.steps.map(({ voltage_V }) => voltage_V) : drive.voltage_V;
  let [least, most] = [0, 0];
  for (const v of voltages) [least, most] = [Math.min(least, v), Math.max(most, v)];
  return [least, most];
}

/** End of every step by Neumaier's compensated sum. */
export function edgesOfSteps(steps: readonly { readonly duration_s: number }[]): number[] {
  let sum = 0;
  let lost = 0;
  return steps.map(({ duration_s }) => {
    const next = sum + duration_s;
    lost += sum >= duration_s ? sum - next + duration_s : duration_s - next + sum;
    sum = next;
    return sum + lost;
  });
}
