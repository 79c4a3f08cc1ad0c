import { z } from "zod";

/** The voltammetric tests of firmware FW0.1.0 as functions of time. Times in milliseconds, voltages in volt. */
const quiet = { quietTime: z.number().min(0).default(0), quietValue: z.number().default(0) };
const pairs = z.array(z.tuple([z.number(), z.number()]));
/** A staircase with a pulse of half a sample period on every step; the difference of two currents is told. */
const pulsedStairs = {
  ...quiet,
  startValue: z.number().default(-0.5),
  finalValue: z.number().default(0.5),
  stepValue: z.number().default(0.01),
  amplitude: z.number().default(0.05),
  /** Part of each half over which the current is averaged. */
  window: z.number().min(0).max(1).default(0.2),
};

export const TEST_SCHEMAS = {
  cyclic: z.object({
    ...quiet,
    amplitude: z.number().default(0.5),
    offset: z.number().default(0),
    period: z.number().positive().default(1000),
    numCycles: z.int().min(1).default(1),
    shift: z.number().min(0).max(1).default(0),
  }),
  sinusoid: z.object({
    ...quiet,
    amplitude: z.number().default(0.5),
    offset: z.number().default(0),
    period: z.number().positive().default(1000),
    numCycles: z.int().min(1).default(1),
    shift: z.number().min(0).max(1).default(0),
  }),
  squareWave: z.object(pulsedStairs),
  constant: z.object({ ...quiet, value: z.number().default(0), duration: z.number().min(0).default(1000) }),
  linearSweep: z.object({
    ...quiet,
    startValue: z.number().default(0),
    finalValue: z.number().default(0.5),
    duration: z.number().positive().default(1000),
  }),
  chronoamp: z.object({
    ...quiet,
    step: pairs.length(2).default([
      [1000, 0],
      [1000, 0.5],
    ]),
  }),
  multiStep: z.object({
    ...quiet,
    step: pairs.max(50).default([
      [1000, 0],
      [1000, 0.5],
    ]),
  }),
  differentialPulse: z.object(pulsedStairs),
} as const;

export const DEFAULT_SAMPLE_PERIOD_MS = 10;

export type TestName = keyof typeof TEST_SCHEMAS;
export type TestParameters = { readonly [Name in TestName]: z.infer<(typeof TEST_SCHEMAS)[Name]> };

export const TEST_NAMES: readonly TestName[] = [
  "cyclic",
  "sinusoid",
  "constant",
  "squareWave",
  "linearSweep",
  "chronoamp",
  "multiStep",
  "differentialPulse",
];

export function isTestName(name: unknown): name is TestName {
  return TEST_NAMES.some((known) => known === name);
}

/** One test with its parameters: how long it takes with its quiet time, and its voltage at any time. */
export interface TestWaveform {
  readonly duration_ms: number;
  /** Largest |V|, which chooses the voltage range at the start. */
  readonly largest_V: number;
  valueAt(time_ms: number): number;
  /** Present where a sample is the difference of two currents. */
  readonly pulses?: Pulses;
}

export interface Pulses {
  readonly quiet_ms: number;
  /** Part of each half of the sample period over which its current is averaged. */
  readonly window: number;
  /** What the current of the first half is compared with: that of the second half, or of the second half before. */
  readonly against: "reverse" | "reverse before";
  /** Of the staircase, as the sample tells it. */
  stairAt(time_ms: number): number;
}

/** Whether it may run on several electrodes in turn. */
export function isMuxCompatible(name: TestName): boolean {
  return name !== "squareWave" && name !== "differentialPulse";
}

/** @param samplePeriod_ms the steps of pulsed staircases follow the sample period */
export function makeTest<Name extends TestName>(
  name: Name,
  parameters: TestParameters[Name],
  samplePeriod_ms?: number,
): TestWaveform;
export function makeTest(
  name: TestName,
  parameters: TestParameters[TestName],
  samplePeriod_ms = DEFAULT_SAMPLE_PERIOD_MS,
): TestWaveform {
  const { quietTime, quietValue } = parameters;
  const body = "stepValue" in parameters ? pulseStairs(name, parameters, samplePeriod_ms) : bodyOf(name, parameters);
  return {
    duration_ms: quietTime + body.duration_ms,
    largest_V: Math.max(Math.abs(quietValue), body.largest_V),
    valueAt: (time_ms) => (time_ms < quietTime ? quietValue : body.valueAt(time_ms - quietTime)),
    ...(body.pulses && {
      pulses: {
        ...body.pulses,
        quiet_ms: quietTime,
        stairAt: (time_ms: number) => body.pulses?.stairAt(time_ms - quietTime) ?? quietValue,
      },
    }),
  };
}

/** Square waves lie on both sides of their step; differential pulses above it, and the first step has none. */
function pulseStairs(
  name: TestName,
  { startValue, finalValue, stepValue, amplitude, window }: TestParameters["squareWave"],
  period_ms: number,
): TestWaveform {
  const size = Math.abs(stepValue);
  const span = Math.abs(finalValue - startValue);
  const differential = name === "differentialPulse";
  // a sum of decimal fractions may fall short of a whole step
  const steps = size > 0 ? (differential ? Math.ceil(span / size - 1e-9) + 1 : Math.floor(span / size + 1e-9)) : 0;
  const [least, most] = [Math.min(startValue, finalValue), Math.max(startValue, finalValue)];
  const sign = startValue <= finalValue ? 1 : -1;
  const stairAt = (time_ms: number) =>
    Math.min(most, Math.max(least, startValue + sign * size * Math.floor(time_ms / period_ms + 1e-9)));
  return {
    duration_ms: steps * period_ms,
    largest_V: Math.max(Math.abs(least), Math.abs(most)) + Math.abs(amplitude),
    valueAt(time_ms) {
      const first = time_ms / period_ms - Math.floor(time_ms / period_ms + 1e-9) < 0.5;
      if (!differential) return stairAt(time_ms) + (first ? amplitude : -amplitude);
      return stairAt(time_ms) + (first && time_ms >= period_ms ? Math.abs(amplitude) : 0);
    },
    pulses: { quiet_ms: 0, window, against: differential ? "reverse before" : "reverse", stairAt },
  };
}

function bodyOf(
  name: TestName,
  parameters: TestParameters[Exclude<TestName, "squareWave" | "differentialPulse">],
): TestWaveform {
  if ("numCycles" in parameters) {
    const { amplitude, offset, period, numCycles, shift } = parameters;
    const shapeOf = name === "cyclic" ? triangle : sine;
    return {
      duration_ms: period * numCycles,
      largest_V: Math.abs(amplitude) + Math.abs(offset),
      valueAt: (time_ms) => shapeOf((((time_ms / period + shift) % 1) + 1) % 1) * amplitude + offset,
    };
  }
  if ("startValue" in parameters) {
    const { startValue, finalValue, duration } = parameters;
    return {
      duration_ms: duration,
      largest_V: Math.max(Math.abs(startValue), Math.abs(finalValue)),
      valueAt: (time_ms) => startValue + (finalValue - startValue) * Math.min(1, time_ms / duration),
    };
  }
  if ("value" in parameters) {
    const { value, duration } = parameters;
    return { duration_ms: duration, largest_V: Math.abs(value), valueAt: () => value };
  }
  const { step } = parameters;
  return {
    duration_ms: step.reduce((sum, [length_ms]) => sum + length_ms, 0),
    largest_V: step.reduce((largest, [, value]) => Math.max(largest, Math.abs(value)), 0),
    valueAt(time_ms) {
      let end_ms = 0;
      for (const [length_ms, value] of step) {
        end_ms += length_ms;
        if (time_ms < end_ms) return value;
      }
      return step.at(-1)?.[1] ?? 0;
    },
  };
}

/** From -1 at phase 0 through 1 at one half: 4 A s / T - A, then back. */
function triangle(phase: number): number {
  return phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase;
}

function sine(phase: number): number {
  return Math.sin(2 * Math.PI * phase);
}
