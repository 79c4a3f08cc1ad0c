import { loopArea } from "crosspore";
import { type Environment, type JunctionKernel, type Parameters, resolveJunction } from "crosspore/crossbar";
import { DrivenJunction, recordPeriod } from "./driveJunction.ts";

/** One acceptance number: what is known, from where, and how the model is asked for it. */
export interface Acceptance {
  /** Number of the acceptance test it belongs to. */
  readonly test: number;
  readonly model: string;
  readonly quantity: string;
  readonly unit: string;
  /** A number with its relative tolerance, or an interval. */
  readonly expected: number | readonly [number, number];
  readonly tolerance?: number;
  /** Stated by a paper, or computed independently of this project. */
  readonly kind: "published" | "computed independently";
  readonly source: string;
  readonly parameters?: Parameters;
  readonly environment?: Environment;
  readonly measure: Measure;
}

export interface Held {
  readonly voltage_V: number;
  readonly duration_s: number;
  readonly environment?: Environment;
}

export type Measure =
  /** A constant that the model derives. */
  | { readonly kind: "derived"; readonly name: string; readonly factor?: number }
  /** Steady conductance at a voltage, over that at another where it is given. */
  | { readonly kind: "steady"; readonly voltage_V: number; readonly over_V?: number; readonly factor?: number }
  /** Conductance, or a state, at the end of a held step (-1: at the start), over that of another where it is given. */
  | {
      readonly kind: "steps";
      readonly steps: readonly Held[];
      readonly read: number;
      readonly over?: number;
      readonly read_V?: number;
      readonly state?: string;
    }
  /** Periodic state: lobe areas (of charge against voltage in joule where only charge is stored), conductances, ratio. */
  | {
      readonly kind: "loop";
      readonly amplitude_V: number;
      readonly frequency_Hz: number;
      readonly shape?: "sine" | "triangle";
      readonly of: "areaPositive" | "areaNegative" | "largest" | "smallest" | "onOff";
      /** Divide by this derived constant. */
      readonly over?: string;
      readonly samples?: number;
    }
  /** omega tau of the largest loop, between two frequencies. */
  | {
      readonly kind: "peak";
      readonly amplitude_V: number;
      readonly from_Hz: number;
      readonly to_Hz: number;
      readonly tau: string;
    }
  /** Voltage of the largest current on the rising branch of a sine, second period, by a parabola through three points. */
  | { readonly kind: "forwardPeak"; readonly amplitude_V: number; readonly frequency_Hz: number; readonly sign: 1 | -1 }
  /** Energy taken during one of several held steps, joule; over that of another where it is given. */
  | { readonly kind: "energy"; readonly steps: readonly Held[]; readonly of: number; readonly over?: number }
  /** Time from 10 to 90 % of the way between start and end of the second held step, of conductance or a state. */
  | { readonly kind: "rise"; readonly before: Held; readonly step: Held; readonly state?: string }
  /** Capacitance after a voltage was held, over that at rest. */
  | { readonly kind: "capacitance"; readonly held: Held };

export function measure({ model, parameters, environment, measure: how }: Acceptance): number {
  const kernel = resolveJunction(model, parameters, environment);
  switch (how.kind) {
    case "derived":
      return derivedOf(kernel, how.name) * (how.factor ?? 1);
    case "steady":
      return (
        ((how.factor ?? 1) * kernel.steadyConductance(how.voltage_V)) /
        (how.over_V === undefined ? 1 : kernel.steadyConductance(how.over_V))
      );
    case "steps":
      return measureSteps(kernel, how);
    case "loop":
      return measureLoop(kernel, how);
    case "peak":
      return 2 * Math.PI * derivedOf(kernel, how.tau) * findPeak(kernel, how);
    case "forwardPeak":
      return measureForwardPeak(kernel, how);
    case "energy":
      return (
        measureEnergy(kernel, how.steps, how.of) /
        (how.over === undefined ? 1 : measureEnergy(kernel, how.steps, how.over))
      );
    case "rise":
      return measureRise(kernel, how);
    case "capacitance": {
      const junction = new DrivenJunction(kernel);
      const rest = junction.charge(how.held);
      junction.hold(how.held, how.held.duration_s);
      return junction.charge(how.held) / rest;
    }
  }
}

type Kind<K extends Measure["kind"]> = Extract<Measure, { kind: K }>;

function measureSteps(kernel: JunctionKernel, { steps, read, over, read_V = 0, state }: Kind<"steps">): number {
  const junction = new DrivenJunction(kernel);
  const look = () => (state === undefined ? junction.conductance({ voltage_V: read_V }) : junction.state(state));
  const seen = [look()];
  for (const held of steps) {
    junction.hold(held, held.duration_s);
    seen.push(look());
  }
  const at = (step: number) => seen[step + 1] ?? Number.NaN;
  return at(read) / (over === undefined ? 1 : at(over));
}

function measureLoop(kernel: JunctionKernel, how: Kind<"loop">): number {
  const record = recordPeriod(kernel, drive(how.amplitude_V, how.shape), how.frequency_Hz, {
    samples: how.samples ?? 4000,
    cycles: 100,
    tolerance: 1e-6,
  });
  const stores = kernel.model.plug === "memcapacitive";
  const area = loopArea(record.voltage_V, stores ? record.charge_C : record.current_A);
  const unit = how.over === undefined ? 1 : derivedOf(kernel, how.over);
  const [low, high] = [
    record.conductance_S.reduce((a, b) => Math.min(a, b)),
    record.conductance_S.reduce((a, b) => Math.max(a, b)),
  ];
  return {
    areaPositive: area.positive_W / unit,
    areaNegative: area.negative_W / unit,
    largest: high / unit,
    smallest: low / unit,
    onOff: high / low,
  }[how.of];
}

/** Golden section on a logarithmic axis. */
function findPeak(kernel: JunctionKernel, { amplitude_V, from_Hz, to_Hz }: Kind<"peak">): number {
  const openness = (logarithm: number) => {
    const record = recordPeriod(kernel, drive(amplitude_V), Math.exp(logarithm), {
      samples: 1000,
      cycles: 100,
      tolerance: 1e-6,
    });
    const area = loopArea(record.voltage_V, record.current_A);
    return Math.abs(area.positive_W) + Math.abs(area.negative_W);
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(from_Hz), Math.log(to_Hz)];
  while (high - low > 1e-3) {
    const reach = golden * (high - low);
    if (openness(high - reach) < openness(low + reach)) low = high - reach;
    else high = low + reach;
  }
  return Math.exp((low + high) / 2);
}

function measureForwardPeak(kernel: JunctionKernel, { amplitude_V, frequency_Hz, sign }: Kind<"forwardPeak">): number {
  const samples = 10_000;
  const { voltage_V, current_A } = recordPeriod(kernel, drive(amplitude_V), frequency_Hz, {
    samples,
    cycles: 1,
    tolerance: 0,
  });
  const from = sign > 0 ? 0 : samples / 2;
  let best = from + 1;
  for (let k = best; k < from + samples / 4; k++)
    if (sign * (current_A[k] ?? 0) > sign * (current_A[best] ?? 0)) best = k;
  const [a = 0, b = 0, c = 0] = current_A.subarray(best - 1, best + 2);
  const [before = 0, at = 0, after = 0] = voltage_V.subarray(best - 1, best + 2);
  const part = (0.5 * (a - c)) / (a - 2 * b + c);
  return at + (part * (after - before)) / 2;
}

function measureEnergy(kernel: JunctionKernel, steps: readonly Held[], of: number): number {
  const junction = new DrivenJunction(kernel);
  for (const held of steps.slice(0, of)) junction.hold(held, held.duration_s);
  const step = steps[of];
  if (step === undefined) throw new RangeError(`There is no step ${of} among ${steps.length}`);
  const { current_A, voltage_V } = junction.record(() => step, step.duration_s, 1000);
  let sum_W = 0;
  current_A.forEach((i, k) => (sum_W += i * (voltage_V[k] ?? 0) * (k === 0 || k === 1000 ? 0.5 : 1)));
  return (sum_W * step.duration_s) / 1000;
}

function measureRise(kernel: JunctionKernel, { before, step, state }: Kind<"rise">): number {
  const junction = new DrivenJunction(kernel);
  junction.hold(before, before.duration_s);
  const look = () =>
    state === undefined ? junction.conductance({ voltage_V: step.voltage_V }) : junction.state(state);
  const count = 5000;
  const trace = [look()];
  for (let k = 0; k < count; k++) {
    junction.hold(step, step.duration_s / count);
    trace.push(look());
  }
  const [from = Number.NaN, to = Number.NaN] = [trace[0], trace.at(-1)];
  const past = (part: number) => trace.findIndex((value) => (value - from) / (to - from) >= part);
  return ((past(0.9) - past(0.1)) * step.duration_s) / count;
}

/** A period of a sine or of a triangle, from 0 up. */
function drive(amplitude_V: number, shape: "sine" | "triangle" = "sine"): (phase: number) => { voltage_V: number } {
  if (shape === "triangle")
    return (phase) => ({ voltage_V: amplitude_V * (4 * Math.abs(((phase + 0.75) % 1) - 0.5) - 1) });
  return (phase) => ({ voltage_V: phase === 0.5 ? 0 : amplitude_V * Math.sin(2 * Math.PI * phase) });
}

function derivedOf(kernel: JunctionKernel, name: string): number {
  const value = kernel.derived[name];
  if (value === undefined) throw new RangeError(`${kernel.model.name} derives no ${name}`);
  return value;
}

/** Whether a measured number is what is expected. */
export function agrees({ expected, tolerance = 0 }: Acceptance, value: number): boolean {
  if (typeof expected === "number") return Math.abs(value - expected) <= tolerance * Math.abs(expected);
  return value >= expected[0] && value <= expected[1];
}
