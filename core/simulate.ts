import { classifyLoop, loopArea, type LoopStyle } from "./analysis/loop.ts";
import type { Environment } from "./crossbar/environment.ts";
import { makeGrid } from "./crossbar/grid.ts";
import type { JunctionKernel, Parameters } from "./crossbar/model.ts";
import { resolveJunction } from "./crossbar/models/registry.ts";
import { reaches } from "./waveform.ts";

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

export interface JunctionRequest {
  readonly model: string;
  readonly parameters?: Parameters;
  readonly environment?: Environment;
  readonly waveform: JunctionDrive;
}

export interface JunctionRecord {
  readonly time_s: Float64Array;
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
  /** Every dynamic state of the model at the sample times. */
  readonly state: Readonly<Record<string, Float64Array>>;
  /** Of the last cycle for a sine, of the whole record otherwise. */
  readonly metrics: {
    readonly loopAreaPositive_W: number;
    readonly loopAreaNegative_W: number;
    readonly loopStyle: LoopStyle;
  };
}

/** Ten million samples are 300 MB of results; longer records belong into a run folder. */
export const LARGEST_SAMPLE_COUNT = 1e7;

/** A step of a varying voltage above this part of the fastest time constant is split. */
const LARGEST_STEP_TAU = 0.25;
/** Then its pieces are this long: the mid-step rule errs in the lag by (dt/tau)^2 / 12, here 2e-4. */
const PIECE_TAU = 0.05;
/** exp(-40) = 4e-18: what lies further back than this many of the slowest time constant is forgotten. */
const MEMORY_TAU = 40;

/**
 * Drives one junction by an ideal voltage source.
 *
 * Samples lie at t = k x period from 0 to the end inclusive, or at the given times. The junction starts in its 0 V
 * steady state. Between samples the state advances with the voltage at mid-step (second order); where a step of a
 * varying voltage exceeds tau/4 it is split evenly into pieces of at most tau/20, and never otherwise. Held voltages are exact: steps are
 * split at edges that fall between samples, a sample on an edge belongs to the next step, the last value holds at the end.
 * @throws RangeError for an unknown model, a parameter (ParameterError) or a waveform outside what is allowed
 */
export function simulateJunction(request: JunctionRequest): JunctionRecord {
  const kernel = resolveJunction(request.model, request.parameters, request.environment);
  const junction = makeProbe(kernel);
  const { waveform } = request;
  const count = sampleCountOf(waveform);
  const time_s = new Float64Array(count);
  const voltage_V = new Float64Array(count);
  const current_A = new Float64Array(count);
  const state = Object.fromEntries(kernel.model.states.map(({ name }) => [name, new Float64Array(count)]));
  const record = (k: number, time: number, voltage: number) => {
    time_s[k] = time;
    voltage_V[k] = voltage;
    current_A[k] = junction.conductance(voltage) * voltage;
    for (const name in state) (state[name] as Float64Array)[k] = junction.read(name);
  };
  let cycleStart = 0;
  if (waveform.kind === "sine") {
    driveSine(waveform, count, junction, record);
    cycleStart = Math.max(0, count - 1 - waveform.samplesPerCycle);
  } else if (waveform.kind === "steps") driveSteps(waveform, count, junction, record);
  else driveSamples(waveform, junction, record);

  const area = loopArea(voltage_V, current_A, cycleStart);
  const metrics = {
    loopAreaPositive_W: area.positive_W,
    loopAreaNegative_W: area.negative_W,
    loopStyle: classifyLoop(area),
  };
  return { time_s, voltage_V, current_A, state, metrics };
}

/** Steady-state chord conductance in siemens at each voltage. @throws like `simulateJunction` */
export function conductanceOnly(request: {
  readonly model: string;
  readonly parameters?: Parameters;
  readonly environment?: Environment;
  readonly voltages_V: readonly number[];
}): Float64Array {
  const kernel = resolveJunction(request.model, request.parameters, request.environment);
  return Float64Array.from(request.voltages_V, (voltage) => kernel.steadyConductance(voltage));
}

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

type Recorder = (k: number, time_s: number, voltage_V: number) => void;

function driveSine(
  drive: Extract<JunctionDrive, { kind: "sine" }>,
  count: number,
  junction: Probe,
  record: Recorder,
): void {
  const { amplitude_V, frequency_Hz, samplesPerCycle } = drive;
  const dt_s = 1 / (frequency_Hz * samplesPerCycle);
  // the position within the cycle, in samples: the phase stays exact after any number of cycles
  const valueAt = (sample: number) => amplitude_V * sineOfTurns((sample % samplesPerCycle) / samplesPerCycle);
  record(0, 0, 0);
  for (let k = 1; k < count; k++) {
    const start = (k - 1) % samplesPerCycle;
    junction.advance(dt_s, (part) => valueAt(start + part));
    record(k, k / (frequency_Hz * samplesPerCycle), valueAt(k));
  }
}

/** sin(2 pi x) for x in [0, 1], exactly 0 at the half turns. */
function sineOfTurns(turns: number): number {
  return turns === 0 || turns === 0.5 || turns === 1 ? 0 : Math.sin(2 * Math.PI * turns);
}

function driveSteps(
  drive: Extract<JunctionDrive, { kind: "steps" }>,
  count: number,
  junction: Probe,
  record: Recorder,
): void {
  const { steps, samplePeriod_s } = drive;
  const edges = edgesOfSteps(steps);
  let step = 0;
  let now_s = 0;
  const level = () => (steps[step] as { voltage_V: number }).voltage_V;
  for (let k = 0; k < count; k++) {
    const sample_s = k * samplePeriod_s;
    // the ends of steps up to this sample; the last step has none, it holds
    while (step < steps.length - 1 && reaches(sample_s, edges[step] as number)) {
      junction.hold(Math.max(0, (edges[step] as number) - now_s), level());
      now_s = Math.max(now_s, edges[step] as number);
      step++;
    }
    junction.hold(Math.max(0, sample_s - now_s), level());
    now_s = Math.max(now_s, sample_s);
    record(k, sample_s, level());
  }
}

/** End of every step by Neumaier's compensated sum. */
function edgesOfSteps(steps: readonly { readonly duration_s: number }[]): number[] {
  let sum = 0;
  let lost = 0;
  return steps.map(({ duration_s }) => {
    const next = sum + duration_s;
    lost += sum >= duration_s ? sum - next + duration_s : duration_s - next + sum;
    sum = next;
    return sum + lost;
  });
}

function driveSamples(drive: Extract<JunctionDrive, { kind: "samples" }>, junction: Probe, record: Recorder): void {
  drive.time_s.forEach((time_s, k) => {
    const v1 = drive.voltage_V[k] as number;
    if (k > 0) {
      const v0 = drive.voltage_V[k - 1] as number;
      const dt_s = time_s - (drive.time_s[k - 1] as number);
      if (v0 === v1) junction.hold(dt_s, v1);
      else junction.advance(dt_s, (part) => v0 + (v1 - v0) * part);
    }
    record(k, time_s, v1);
  });
}

/** One junction with its own little state. */
interface Probe {
  hold(dt_s: number, voltage_V: number): void;
  /** Advances under a voltage that varies over the step; `voltageAt(part)` with part from 0 to 1. */
  advance(dt_s: number, voltageAt: (part: number) => number): void;
  conductance(voltage_V: number): number;
  read(stateName: string): number;
}

function makeProbe(kernel: JunctionKernel): Probe {
  const state = kernel.allocate(makeGrid(1, 1));
  const voltage = new Float64Array(1);
  const conductance = new Float64Array(1);
  const { min_s, max_s } = kernel.timescales(state);
  const hold = (dt_s: number, voltage_V: number) => {
    voltage[0] = voltage_V;
    kernel.step(state, voltage, dt_s);
  };
  return {
    hold,
    advance(dt_s, voltageAt) {
      if (dt_s <= LARGEST_STEP_TAU * min_s) return hold(dt_s, voltageAt(0.5));
      // only the last stretch is remembered; what came before is one step that it forgets
      const remembered = Math.min(1, (MEMORY_TAU * max_s) / dt_s);
      if (remembered < 1) hold(dt_s * (1 - remembered), voltageAt((1 - remembered) / 2));
      const pieces = Math.ceil((dt_s * remembered) / (PIECE_TAU * min_s));
      const width = remembered / pieces;
      for (let k = 0; k < pieces; k++) hold(dt_s * width, voltageAt(1 - remembered + (k + 0.5) * width));
    },
    conductance(voltage_V) {
      voltage[0] = voltage_V;
      kernel.conductance(state, voltage, conductance);
      return conductance[0] as number;
    },
    read: (stateName) => state.field(stateName)[0] as number,
  };
}
