import { classifyLoop, loopArea, type LoopStyle } from "./analysis/loop.ts";
import type { Environment } from "./crossbar/environment.ts";
import type { JunctionKernel, Parameters } from "./crossbar/model.ts";
import { resolveJunction } from "./crossbar/models/registry.ts";
import { rangeWarnings } from "./crossbar/validRange.ts";
import { JunctionProbe } from "./junctionProbe.ts";
import {
  edgesOfSteps,
  type JunctionDrive,
  LARGEST_SAMPLE_COUNT,
  sampleCountOf,
  voltageSpan,
} from "./junctionWaveform.ts";
import { type EnvironmentPlan, makeSurroundings } from "./surroundings.ts";
import { reaches } from "./waveform.ts";

export { type JunctionDrive, LARGEST_SAMPLE_COUNT, sampleCountOf };

export interface JunctionRequest {
  readonly model: string;
  readonly parameters?: Parameters;
  /** Constants, or waveforms on the same time axis as the voltage. */
  readonly environment?: EnvironmentPlan;
  readonly waveform: JunctionDrive;
  /** Seed of stochastic junctions, integer from 0 to 2^53 - 1. */
  readonly seed?: number;
  /** Number of runs of a stochastic junction; means and standard errors are returned. */
  readonly realisations?: number;
}

export interface JunctionRecord {
  readonly time_s: Float64Array;
  readonly voltage_V: Float64Array;
  /** The mean over the realisations, where there are several. */
  readonly current_A: Float64Array;
  /** Every dynamic state of the model at the sample times; the mean over the realisations. */
  readonly state: Readonly<Record<string, Float64Array>>;
  /** Standard errors of the means; present where realisations were asked for. */
  readonly currentStandardError_A?: Float64Array;
  readonly stateStandardError?: Readonly<Record<string, Float64Array>>;
  /** Of the last cycle for a sine, of the whole record otherwise. */
  readonly metrics: {
    readonly loopAreaPositive_W: number;
    readonly loopAreaNegative_W: number;
    readonly loopStyle: LoopStyle;
    /** Light spent, joule, where the environment has light: not part of the electrical energy. */
    readonly opticalEnergy_J?: number;
  };
  /** Where the run leaves the range in which the model holds. */
  readonly warnings: readonly string[];
  /** Largest number of pieces that the step between two samples was split into. */
  readonly largestSplit: number;
}

/** More realisations than this do not fit the memory of a small machine with every state. */
export const LARGEST_REALISATIONS = 1e6;

/**
 * Drives one junction by an ideal voltage source.
 *
 * Samples lie at t = k x period from 0 to the end inclusive, or at the given times. The junction starts in its 0 V
 * steady state in the constants of its environment. Between samples the state advances with the voltage at mid-step
 * (second order); where a step of a varying voltage or environment exceeds a quarter of the fastest time constant it is
 * split evenly into pieces of at most 1/20, and where joined samples move by more than 4 % of the largest voltage into pieces of
 * at most that, 4000 pieces at most, and never otherwise. Held values are exact: steps are split
 * at edges that fall between samples, a sample on an edge belongs to the next step, the last value holds at the end.
 * The current that charges a memcapacitive junction is its mean since the sample before.
 * @throws RangeError for an unknown model, a parameter (ParameterError) or a waveform outside what is allowed
 */
export function simulateJunction(request: JunctionRequest): JunctionRecord {
  const { waveform, realisations, seed = 0 } = request;
  const surroundings = makeSurroundings(request.environment ?? {});
  const kernel = resolveRequest(request);
  const count = sampleCountOf(waveform);
  // a sine is smooth: its samples resolve it, or its steps are long and split by time
  const largest_V = waveform.kind === "sine" ? Infinity : Math.max(...voltageSpan(waveform).map(Math.abs));
  const probe = new JunctionProbe(kernel, surroundings, checkRealisations(kernel, realisations), seed, largest_V);
  const time_s = new Float64Array(count);
  const voltage_V = new Float64Array(count);
  const current = new Column(count);
  const states = kernel.model.states.map(({ name }) => [name, new Column(count)] as const);
  const record = (k: number, time: number, voltage: number) => {
    time_s[k] = time;
    voltage_V[k] = voltage;
    current.put(k, probe.read(time, voltage));
    for (const [name, column] of states) column.put(k, probe.state(name));
  };
  let cycleStart = 0;
  if (waveform.kind === "sine") {
    driveSine(waveform, count, probe, record);
    cycleStart = Math.max(0, count - 1 - waveform.samplesPerCycle);
  } else if (waveform.kind === "steps") driveSteps(waveform, count, probe, record);
  else driveSamples(waveform, probe, record);

  const area = loopArea(voltage_V, current.mean, cycleStart);
  return {
    time_s,
    voltage_V,
    current_A: current.mean,
    state: Object.fromEntries(states.map(([name, column]) => [name, column.mean])),
    ...(realisations === undefined
      ? {}
      : {
          currentStandardError_A: current.error,
          stateStandardError: Object.fromEntries(states.map(([name, column]) => [name, column.error])),
        }),
    metrics: {
      loopAreaPositive_W: area.positive_W,
      loopAreaNegative_W: area.negative_W,
      loopStyle: classifyLoop(area),
      ...(request.environment?.opticalPower_W === undefined ? {} : { opticalEnergy_J: probe.opticalEnergy_J }),
    },
    warnings: rangeWarnings(kernel, ...voltageSpan(waveform)),
    largestSplit: probe.pieces,
  };
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
 * The kernel of a request. Asking for realisations switches on the randomness of a model that has it, unless the request
 * says otherwise.
 * @throws like `simulateJunction`
 */
export function resolveRequest({
  model,
  parameters = {},
  environment = {},
  realisations,
}: JunctionRequest): JunctionKernel {
  const { before } = makeSurroundings(environment);
  const kernel = resolveJunction(model, parameters, before);
  const optional = kernel.model.parameters.some(({ name }) => name === "stochastic");
  if (realisations === undefined || kernel.stochastic || !optional || parameters.stochastic !== undefined)
    return kernel;
  return resolveJunction(model, { ...parameters, stochastic: 1 }, before);
}

/** How many copies to run. @throws RangeError for a number out of range or a junction without randomness */
export function checkRealisations(kernel: JunctionKernel, realisations: number | undefined): number {
  if (realisations === undefined) return 1;
  if (!Number.isInteger(realisations) || realisations < 1 || realisations > LARGEST_REALISATIONS)
    throw new RangeError(`realisations is ${realisations}, allowed are integers from 1 to ${LARGEST_REALISATIONS}`);
  if (!kernel.stochastic)
    throw new RangeError(
      `realisations is ${realisations}, but ${kernel.model.name} draws no random numbers with these parameters`,
    );
  return realisations;
}

/** Mean and standard error over the realisations, sample by sample. */
class Column {
  readonly mean: Float64Array;
  readonly error: Float64Array;

  constructor(count: number) {
    this.mean = new Float64Array(count);
    this.error = new Float64Array(count);
  }

  put(k: number, values: Float64Array): void {
    const n = values.length;
    let mean = 0;
    for (const value of values) mean += value / n;
    // one value is itself, without the rounding of a mean
    this.mean[k] = n === 1 ? (values[0] ?? 0) : mean;
    if (n === 1) return;
    let sum = 0;
    for (const value of values) sum += (value - mean) ** 2;
    this.error[k] = Math.sqrt(sum / (n - 1) / n);
  }
}

type Recorder = (k: number, time_s: number, voltage_V: number) => void;

function driveSine(
  drive: Extract<JunctionDrive, { kind: "sine" }>,
  count: number,
  junction: JunctionProbe,
  record: Recorder,
): void {
  const { amplitude_V, frequency_Hz, samplesPerCycle } = drive;
  const dt_s = 1 / (frequency_Hz * samplesPerCycle);
  const timeOf = (sample: number) => sample / (frequency_Hz * samplesPerCycle);
  // the position within the cycle, in samples: the phase stays exact after any number of cycles
  const valueAt = (sample: number) => amplitude_V * sineOfTurns((sample % samplesPerCycle) / samplesPerCycle);
  record(0, 0, 0);
  for (let k = 1; k < count; k++) {
    const start = (k - 1) % samplesPerCycle;
    junction.advance(timeOf(k - 1), dt_s, (part) => valueAt(start + part));
    record(k, timeOf(k), valueAt(k));
  }
}

/** sin(2 pi x) for x in [0, 1], exactly 0 at the half turns. */
function sineOfTurns(turns: number): number {
  return turns === 0 || turns === 0.5 || turns === 1 ? 0 : Math.sin(2 * Math.PI * turns);
}

function driveSteps(
  drive: Extract<JunctionDrive, { kind: "steps" }>,
  count: number,
  junction: JunctionProbe,
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
      junction.hold(now_s, Math.max(0, (edges[step] as number) - now_s), level());
      now_s = Math.max(now_s, edges[step] as number);
      step++;
    }
    junction.hold(now_s, Math.max(0, sample_s - now_s), level());
    now_s = Math.max(now_s, sample_s);
    record(k, sample_s, level());
  }
}

function driveSamples(
  drive: Extract<JunctionDrive, { kind: "samples" }>,
  junction: JunctionProbe,
  record: Recorder,
): void {
  drive.time_s.forEach((time_s, k) => {
    const v1 = drive.voltage_V[k] as number;
    if (k > 0) {
      const v0 = drive.voltage_V[k - 1] as number;
      const from_s = drive.time_s[k - 1] as number;
      if (v0 === v1) junction.hold(from_s, time_s - from_s, v1);
      else junction.advance(from_s, time_s - from_s, (part) => v0 + (v1 - v0) * part);
    }
    record(k, time_s, v1);
  });
}
