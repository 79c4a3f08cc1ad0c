import { ENVIRONMENT_RANGES, type Environment } from "./crossbar/environment.ts";
import { edgesOfSteps } from "./junctionWaveform.ts";

/**
 * A quantity of the environment over time, from the start of the run, in the unit of its name.
 * steps: each held for its duration, the last value holds. samples: straight lines, flat outside.
 * sine: offset + amplitude sin(2 pi f t).
 */
export type EnvironmentDrive =
  | { readonly kind: "steps"; readonly steps: readonly { readonly value: number; readonly duration_s: number }[] }
  | { readonly kind: "samples"; readonly time_s: readonly number[]; readonly value: readonly number[] }
  | { readonly kind: "sine"; readonly offset: number; readonly amplitude: number; readonly frequency_Hz: number };

export type EnvironmentName = keyof Environment;
export type EnvironmentPlan = Readonly<Partial<Record<EnvironmentName, number | EnvironmentDrive>>>;

/** The environment of a run: what is constant, and what it is at a time. */
export interface Surroundings {
  /** What the junction was in before the run: constants; a quantity with a waveform is at the model's own reference. */
  readonly before: Environment;
  readonly varies: boolean;
  /** The same object while nothing changes, so that kernels need not derive their constants anew. */
  at(time_s: number): Environment;
  /** First time after `time_s` at which a value may jump or bend, at most `until_s`. */
  nextEdge(time_s: number, until_s: number): number;
  /** Whether nothing changes between two neighbouring edges around this time. */
  isConstant(time_s: number): boolean;
}

/** @throws RangeError naming the quantity, the place in its waveform and what is allowed */
export function makeSurroundings(plan: EnvironmentPlan): Surroundings {
  const before: Record<string, number> = {};
  const tracks: Track[] = [];
  for (const name of Object.keys(plan) as EnvironmentName[]) {
    const range = ENVIRONMENT_RANGES[name];
    if (range === undefined)
      throw new RangeError(`environment.${name} is unknown, allowed are ${Object.keys(ENVIRONMENT_RANGES).join(", ")}`);
    const value = plan[name];
    if (typeof value === "number") {
      checkValue(name, "", value);
      before[name] = value;
    } else if (value !== undefined) tracks.push(makeTrack(name, value));
  }
  const edges = [...new Set(tracks.flatMap((track) => track.edges))].sort((a, b) => a - b);
  let known: Environment = before;
  const values = new Float64Array(tracks.length).fill(Number.NaN);
  return {
    before,
    varies: tracks.length > 0,
    at(time_s) {
      let changed = false;
      tracks.forEach((track, k) => {
        const value = track.at(time_s);
        if (value === values[k]) return;
        values[k] = value;
        changed = true;
      });
      if (changed) known = { ...before, ...Object.fromEntries(tracks.map(({ name }, k) => [name, values[k]])) };
      return known;
    },
    nextEdge(time_s, until_s) {
      let [low, high] = [0, edges.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((edges[middle] as number) > time_s * (1 + 4 * Number.EPSILON)) high = middle;
        else low = middle + 1;
      }
      const edge = edges[low];
      return edge === undefined || edge >= until_s * (1 - 4 * Number.EPSILON) ? until_s : edge;
    },
    isConstant: (time_s) => tracks.every((track) => track.isConstant(time_s)),
  };
}

interface Track {
  readonly name: EnvironmentName;
  readonly edges: readonly number[];
  at(time_s: number): number;
  isConstant(time_s: number): boolean;
}

function makeTrack(name: EnvironmentName, drive: EnvironmentDrive): Track {
  if (drive.kind === "sine") {
    const { offset, amplitude, frequency_Hz } = drive;
    for (const [key, value] of Object.entries({ offset, amplitude })) checkFinite(`environment.${name}.${key}`, value);
    checkValue(name, " (offset + |amplitude|)", offset + Math.abs(amplitude));
    checkValue(name, " (offset - |amplitude|)", offset - Math.abs(amplitude));
    if (!(frequency_Hz > 0 && Number.isFinite(frequency_Hz)))
      throw new RangeError(`environment.${name}.frequency_Hz is ${frequency_Hz}, allowed are finite values above 0`);
    return {
      name,
      edges: [],
      at: (time_s) => offset + amplitude * Math.sin(2 * Math.PI * ((frequency_Hz * time_s) % 1)),
      isConstant: () => false,
    };
  }
  if (drive.kind === "steps") {
    const { steps } = drive;
    if (steps.length === 0) throw new RangeError(`environment.${name}.steps is empty, allowed is at least one step`);
    steps.forEach(({ value, duration_s }, k) => {
      checkValue(name, `.steps[${k}]`, value);
      if (!(duration_s > 0 && Number.isFinite(duration_s)))
        throw new RangeError(
          `environment.${name}.steps[${k}].duration_s is ${duration_s}, allowed are finite values above 0`,
        );
    });
    const edges = edgesOfSteps(steps).slice(0, -1);
    return {
      name,
      edges,
      at: (time_s) => {
        let step = 0;
        while (step < edges.length && time_s >= (edges[step] as number) * (1 - 4 * Number.EPSILON)) step++;
        return (steps[step] as { value: number }).value;
      },
      isConstant: () => true,
    };
  }
  const { time_s: times, value: values } = drive;
  if (times.length !== values.length || times.length === 0)
    throw new RangeError(
      `environment.${name} has ${times.length} times and ${values.length} values, allowed are equal numbers above 0`,
    );
  times.forEach((time, k) => {
    checkValue(name, `[${k}]`, values[k] as number);
    checkFinite(`environment.${name}.time_s[${k}]`, time);
    if (k > 0 && !(time > (times[k - 1] as number)))
      throw new RangeError(`environment.${name}.time_s[${k}] is ${time}, must be above ${times[k - 1]}`);
  });
  const place = (time_s: number): number => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) > time_s) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    name,
    edges: times,
    at(time_s) {
      const k = place(time_s);
      if (k === 0) return values[0] as number;
      if (k === times.length) return values[k - 1] as number;
      const [t0, t1] = [times[k - 1] as number, times[k] as number];
      const [v0, v1] = [values[k - 1] as number, values[k] as number];
      return v0 === v1 ? v0 : v0 + ((v1 - v0) * (time_s - t0)) / (t1 - t0);
    },
    isConstant(time_s) {
      const k = place(time_s);
      return k === 0 || k === times.length || values[k] === values[k - 1];
    },
  };
}

function checkValue(name: EnvironmentName, place: string, value: number): void {
  const [least, most] = ENVIRONMENT_RANGES[name];
  if (!(value >= least && value <= most))
    throw new RangeError(`environment.${name}${place} is ${value}, allowed are ${least} to ${most}`);
}

function checkFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}, must be finite`);
}
