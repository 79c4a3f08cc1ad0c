import type { ArrayBackend, Reading } from "../arrayBackend.ts";
import type { LineDrive, Readout, Stimulus } from "../stimulus.ts";
import { constant, type Waveform } from "../waveform.ts";
import { expect, near, outcome, type PromiseOptions } from "./check.ts";
import { windowCurrent } from "./reading.ts";

export async function using<T>(
  make: () => Promise<ArrayBackend>,
  use: (array: ArrayBackend) => Promise<T>,
): Promise<T> {
  const array = await make();
  try {
    return await use(array);
  } finally {
    await array[Symbol.asyncDispose]();
  }
}

/** The columns that a check listens to. */
export function sensed({ grid, capabilities }: ArrayBackend): number[] {
  return Array.from({ length: Math.min(grid.columns, capabilities.columnsSensedAtOnce) }, (_, column) => column);
}

/** One driven row; the other lines as the array has them when nobody asks. */
export function stimulusOf(
  array: ArrayBackend,
  waveform: Waveform,
  duration_s: number,
  row = 0,
  clamp = constant(0),
): Stimulus {
  const { grid, capabilities } = array;
  const idle: LineDrive = capabilities.unselectedLines === "floating" ? "floating" : constant(0);
  const listening = sensed(array).length;
  return {
    duration_s,
    rows: Array.from({ length: grid.rows }, (_, i) => (i === row ? waveform : idle)),
    columns: Array.from({ length: grid.columns }, (_, j) => (j < listening ? clamp : idle)),
    targets: [{ row, column: 0 }],
    referenceRow: row,
  };
}

export function applyTo(
  array: ArrayBackend,
  options: PromiseOptions,
  stimulus: Stimulus,
  readout: Partial<Readout> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Reading> {
  const preset: Readout = {
    samplePeriod_s: options.samplePeriod_s,
    columns: sensed(array),
    currentRange_A: "auto",
    windows: [],
  };
  return array.apply(stimulus, { ...preset, ...readout }, signal);
}

/** Holds one row at a voltage and reads the second half of the stretch in one window: amplifiers settle in the first. */
export function read(
  array: ArrayBackend,
  options: PromiseOptions,
  {
    voltage_V,
    row = 0,
    samples = 4,
    clamp_V = 0,
    onlyColumn = false,
  }: { voltage_V: number; row?: number; samples?: number; clamp_V?: number; onlyColumn?: boolean },
): Promise<Reading> {
  const duration_s = samples * options.samplePeriod_s;
  const stimulus = stimulusOf(array, constant(voltage_V), duration_s, row, constant(clamp_V));
  const columns = stimulus.columns.map(
    (drive, j): LineDrive => (onlyColumn && j > 0 && drive !== "floating" ? constant(0) : drive),
  );
  return applyTo(
    array,
    options,
    { ...stimulus, columns },
    { windows: [{ start_s: duration_s / 2, end_s: duration_s }] },
  );
}

export function productReadout(array: ArrayBackend, options: PromiseOptions) {
  return {
    integration_s: 8 * options.samplePeriod_s,
    rest_s: 0,
    columns: sensed(array),
    currentRange_A: "auto" as const,
  };
}

/** After whatever happened: a stimulus at 0 V carries no current, one at `safe_V` does. */
export async function usable(array: ArrayBackend, options: PromiseOptions): Promise<void> {
  const rest = await read(array, options, { voltage_V: 0 });
  near(windowCurrent(rest, 0), 0, options, "current at 0 V");
  const reading = await read(array, options, { voltage_V: options.safe_V });
  expect(
    windowCurrent(reading, 0) > options.absolute_A,
    "a positive current afterwards",
    `${windowCurrent(reading, 0)} A`,
  );
}

/** Every call is refused with `kind`, no sample appears, and the next stimulus starts where the last one ended. */
export async function refuses(
  make: () => Promise<ArrayBackend>,
  options: PromiseOptions,
  kind: abstract new (...args: never[]) => Error,
  calls: (array: ArrayBackend) => readonly (() => Promise<unknown>)[],
): Promise<void> {
  await using(make, async (array) => {
    const before = await read(array, options, { voltage_V: 0 });
    let blocks = 0;
    const listening = array.samples.subscribe(() => void blocks++);
    for (const [index, call] of calls(array).entries()) {
      const error = await outcome(call());
      expect(error instanceof kind, `${kind.name} for case ${index}`, `${error}`);
    }
    listening.unsubscribe();
    expect(blocks === 0, "no samples from refused calls", `${blocks} blocks`);
    const after = await read(array, options, { voltage_V: options.safe_V });
    if (array.capabilities.clock === "virtual")
      expect(
        after.startTime_s === before.endTime_s,
        `a clock still at ${before.endTime_s} s`,
        `${after.startTime_s} s`,
      );
  });
}
