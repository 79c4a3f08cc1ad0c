import type { ArrayBackend, Reading, SampleBlock } from "./arrayBackend.ts";
import { AbortedError, CrossporeError, LimitError, UnsupportedError } from "./errors.ts";
import type { LineDrive, Readout, Stimulus } from "./stimulus.ts";
import { constant, type Waveform } from "./waveform.ts";

/**
 * The promises of arrayBackend.ts as checks without a test framework: the same run on an emulated array, on a driver
 * over an emulated instrument and, by hand, on hardware. Every check makes fresh arrays, drives them gently
 * (`safe_V` for a few samples) and throws a BrokenPromise that says what was expected and what was found.
 */
export interface ArrayPromise {
  /** A sentence. */
  readonly name: string;
  check(make: () => Promise<ArrayBackend>, options: PromiseOptions): Promise<void>;
}

/** What the checks must know about the array under test. */
export interface PromiseOptions {
  /** A voltage that does the junctions no harm, > 0, inside the array's range. */
  readonly safe_V: number;
  /** Agreement of two currents that should be equal: relative part and floor (noise, quantisation, drift). */
  readonly relative: number;
  readonly absolute_A: number;
  /** A comfortable sampling period. */
  readonly samplePeriod_s: number;
  /** Samples of a stimulus that takes several blocks, so that it can be aborted under way. */
  readonly longSamples: number;
  /** Conductances of the devices under test, row-major, where they are known: proves that addresses are what they say. */
  readonly conductance_S?: Float64Array;
  /** Whether currents are proportional to voltages (resistors), so that products superpose. */
  readonly linear: boolean;
}

export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

export const arrayBackendPromises: readonly ArrayPromise[] = [
  promise(
    "a positive row voltage gives a positive current out of a column, a negative one a negative current",
    async (make, options) => {
      for (const sign of [1, -1])
        await using(make, async (array) => {
          const reading = await read(array, options, { voltage_V: sign * options.safe_V });
          const current = windowCurrent(reading, 0);
          expect(
            current * sign > options.absolute_A,
            `a current of sign ${sign} above ${options.absolute_A} A`,
            `${current} A`,
          );
        });
    },
  ),

  promise("row r and column c address the junction between them", async (make, options) => {
    const map = options.conductance_S;
    if (map === undefined) return;
    await using(make, async (array) => {
      for (let row = 0; row < array.grid.rows; row++) {
        const columns = sensed(array);
        const reading = await read(array, options, { voltage_V: options.safe_V, row });
        for (const [slot, column] of columns.entries())
          near(
            windowCurrent(reading, slot),
            options.safe_V * at(map, row * array.grid.columns + column),
            options,
            `junction ${row}, ${column}`,
          );
      }
    });
  }),

  promise("a junction sees V_row - V_column: a lowered clamp acts like a raised row", async (make, options) => {
    const raised = await using(make, (array) => read(array, options, { voltage_V: options.safe_V / 2 }));
    const lowered = await using(make, (array) =>
      read(array, options, { voltage_V: 0, clamp_V: -options.safe_V / 2, onlyColumn: true }),
    );
    near(at(windowVoltage(lowered), 0), options.safe_V / 2, { relative: 1e-9, absolute_A: 0 }, "reported voltage");
    if (raised.columns.length === 1) near(windowCurrent(lowered, 0), windowCurrent(raised, 0), options, "current");
    else expect(windowCurrent(lowered, 0) > options.absolute_A, "a positive current", `${windowCurrent(lowered, 0)} A`);
  }),

  promise(
    "every sample of a stimulus is emitted before apply resolves, in order, at its time",
    async (make, options) => {
      await using(make, async (array) => {
        const blocks: SampleBlock[] = [];
        array.samples.subscribe((block) => void blocks.push(block));
        const columns = sensed(array);
        for (const length of [7, 1]) {
          blocks.length = 0;
          const reading = await read(array, options, { voltage_V: options.safe_V, samples: length });
          for (const column of columns) {
            let next = 0;
            for (const block of blocks.filter(({ channel }) => channel === column)) {
              near(
                block.startTime_s,
                reading.startTime_s + next * options.samplePeriod_s,
                { relative: 1e-9, absolute_A: options.samplePeriod_s * 1e-6 },
                `start of a block of column ${column}`,
              );
              expect(
                block.samplePeriod_s === options.samplePeriod_s,
                `period ${options.samplePeriod_s} s`,
                `${block.samplePeriod_s} s`,
              );
              const { length: count } = block.current_A;
              expect(
                block.voltage_V.length === count && block.overload.length === count,
                `${count} voltages and flags`,
                `${block.voltage_V.length} and ${block.overload.length}`,
              );
              next += count;
            }
            expect(next === length + 1, `${length + 1} samples of column ${column}`, `${next}`);
          }
          const total = blocks.reduce((sum, block) => sum + block.current_A.length, 0);
          expect(
            total === (length + 1) * columns.length && reading.samples === total,
            `${(length + 1) * columns.length} samples, of the sensed columns only`,
            `${total} emitted, ${reading.samples} reported`,
          );
        }
      });
    },
  ),

  promise("samples are hot: nothing is replayed to a late subscriber", async (make, options) => {
    await using(make, async (array) => {
      await read(array, options, { voltage_V: options.safe_V });
      let late = 0;
      array.samples.subscribe(() => void late++);
      await turn();
      expect(late === 0, "no block", `${late}`);
    });
  }),

  promise(
    "the voltage beside a sample is the command of the reference row minus the clamp; on an edge, what follows",
    async (make, options) => {
      await using(make, async (array) => {
        const blocks: SampleBlock[] = [];
        array.samples.subscribe((block) => void blocks.push(block));
        const period = options.samplePeriod_s;
        const step: Waveform = [
          { kind: "hold", voltage_V: 0, duration_s: 3 * period },
          { kind: "hold", voltage_V: options.safe_V, duration_s: 3 * period },
        ];
        await applyTo(array, options, stimulusOf(array, step, 6 * period));
        const seen = samplesOf(blocks, at(sensed(array), 0), "voltage_V");
        const expected = [0, 0, 0, 1, 1, 1, 1].map((level) => level * options.safe_V);
        expect(
          expected.every((v, k) => Math.abs(at(seen, k) - v) <= 1e-9 * options.safe_V),
          `${expected.join(", ")} V`,
          `${seen.join(", ")} V`,
        );
      });
    },
  ),

  promise("the arrays of a block belong to its receiver", async (make, options) => {
    await using(make, async (array) => {
      const kept: { block: SampleBlock; copy: Float64Array }[] = [];
      const first = array.samples.subscribe((block) => void kept.push({ block, copy: block.current_A.slice() }));
      await read(array, options, { voltage_V: options.safe_V });
      first.unsubscribe();
      await read(array, options, { voltage_V: -options.safe_V });
      for (const { block, copy } of kept)
        expect(
          copy.every((value, k) => Object.is(value, block.current_A[k])),
          "blocks that stay as they were",
          "one that changed with the next stimulus",
        );
      const spoiler = array.samples.subscribe((block) => void block.current_A.fill(1e9));
      const spoiled = await read(array, options, { voltage_V: options.safe_V });
      spoiler.unsubscribe();
      expect(
        Math.abs(windowCurrent(spoiled, 0)) < 1e8,
        "a reading that a receiver cannot spoil",
        `${windowCurrent(spoiled, 0)} A`,
      );
    });
  }),

  promise("a window is the mean of the samples from its start up to, not including, its end", async (make, options) => {
    await using(make, async (array) => {
      const blocks: SampleBlock[] = [];
      array.samples.subscribe((block) => void blocks.push(block));
      const period = options.samplePeriod_s;
      const stairs: Waveform = [1, 2, 3, 4].map((k) => ({
        kind: "hold",
        voltage_V: (k / 4) * options.safe_V,
        duration_s: 2 * period,
      }));
      const windows = [
        { start_s: 2 * period, end_s: 6 * period, label: "middle" },
        { start_s: 0, end_s: 2 * period },
        { start_s: 2.25 * period, end_s: 2.75 * period },
      ];
      const reading = await applyTo(array, options, stimulusOf(array, stairs, 8 * period), { windows });
      const counts = [4, 2, 0];
      expect(
        reading.windows.length === 3 && reading.windows[0]?.label === "middle",
        "three windows in order, the first named middle",
        JSON.stringify(reading.windows.map(({ label }) => label)),
      );
      for (const [slot, column] of reading.columns.entries()) {
        const current = samplesOf(blocks, column, "current_A");
        const voltage = samplesOf(blocks, column, "voltage_V");
        for (const [w, [from, to]] of (
          [
            [2, 6],
            [0, 2],
          ] as const
        ).entries()) {
          const window = reading.windows[w];
          near(
            at(window?.current_A, slot),
            mean(current.slice(from, to)),
            { relative: 1e-9, absolute_A: 0 },
            `mean of window ${w}`,
          );
          near(
            at(window?.voltage_V, slot),
            mean(voltage.slice(from, to)),
            { relative: 1e-9, absolute_A: 0 },
            `voltage of window ${w}`,
          );
        }
        expect(
          Number.isNaN(at(reading.windows[2]?.current_A, slot)),
          "NaN for a window without samples",
          `${at(reading.windows[2]?.current_A, slot)}`,
        );
      }
      reading.windows.forEach(({ samples }, w) => {
        expect(samples === counts[w], `${counts[w]} samples in window ${w}`, `${samples}`);
      });
    });
  }),

  promise("a voltage outside the range is refused with LimitError, and nothing moves", async (make, options) => {
    await refuses(make, options, LimitError, (array) => {
      const beyond_V = 1.01 * Math.max(...array.capabilities.voltageRange_V);
      const late: Waveform = [
        { kind: "hold", voltage_V: 0, duration_s: 3 * options.samplePeriod_s },
        { kind: "hold", voltage_V: beyond_V, duration_s: options.samplePeriod_s },
      ];
      const calls = [stimulusOf(array, late, 4 * options.samplePeriod_s)].map(
        (one) => () => applyTo(array, options, one),
      );
      if (array.capabilities.products === "none") return calls;
      const inputs_V = new Float64Array(array.grid.rows).fill(beyond_V);
      return [...calls, () => array.multiply(inputs_V, productReadout(array, options), new AbortController().signal)];
    });
  }),

  promise("sampling faster than the array can is refused with LimitError, and nothing moves", async (make, options) => {
    await refuses(make, options, LimitError, (array) => {
      const samplePeriod_s = 0.5 / array.capabilities.fastestSampling_Hz;
      return [() => applyTo(array, options, stimulusOf(array, constant(0), 4 * samplePeriod_s), { samplePeriod_s })];
    });
  }),

  promise("wrong sizes, addresses, numbers and inputs are refused, and nothing moves", async (make, options) => {
    await refuses(make, options, CrossporeError, (array) => {
      const good = stimulusOf(array, constant(options.safe_V), 4 * options.samplePeriod_s);
      const broken = constant(Number.NaN);
      const stimuli: Stimulus[] = [
        { ...good, rows: [...good.rows, constant(0)] },
        { ...good, rows: good.rows.slice(1) },
        { ...good, columns: [...good.columns, constant(0)] },
        { ...good, rows: good.rows.map(() => broken) },
        { ...good, columns: good.columns.map(() => broken) },
        { ...good, duration_s: Number.NaN },
        { ...good, referenceRow: array.grid.rows },
      ];
      if (!array.capabilities.environmentInputs.includes("pressure_Pa"))
        stimuli.push({ ...good, environment: { pressure_Pa: constant(0) } });
      const readouts: Partial<Readout>[] = [
        { columns: [array.grid.columns] },
        { columns: [-1] },
        { columns: [0.5] },
        { samplePeriod_s: 0 },
        { samplePeriod_s: Number.NaN },
      ];
      return [
        ...stimuli.map((one) => () => applyTo(array, options, one)),
        ...readouts.map((one) => () => applyTo(array, options, good, one)),
      ];
    });
  }),

  promise("two stimuli never overlap: the second is rejected, the first runs on", async (make, options) => {
    await using(make, async (array) => {
      const stimulus = stimulusOf(array, constant(options.safe_V), 8 * options.samplePeriod_s);
      const first = applyTo(array, options, stimulus, { windows: [{ start_s: 0, end_s: stimulus.duration_s }] });
      const second = outcome(applyTo(array, options, stimulus));
      const product = outcome(
        array.multiply(new Float64Array(array.grid.rows), productReadout(array, options), new AbortController().signal),
      );
      expect((await second) instanceof CrossporeError, "a refusal of the second apply", `${await second}`);
      expect((await product) instanceof CrossporeError, "a refusal of multiply meanwhile", `${await product}`);
      const reading = await first;
      expect(reading.windows[0]?.samples === 8, "8 samples in the first", `${reading.windows[0]?.samples}`);
    });
  }),

  promise(
    "abort ends a stimulus with AbortedError, keeps the samples so far and leaves the array usable at 0 V",
    async (make, options) => {
      await using(make, async (array) => {
        const controller = new AbortController();
        let taken = 0;
        const listening = array.samples.subscribe((block) => {
          taken += block.current_A.length;
          controller.abort();
        });
        const duration_s = options.longSamples * options.samplePeriod_s;
        const error = await outcome(
          applyTo(array, options, stimulusOf(array, constant(options.safe_V), duration_s), {}, controller.signal),
        );
        listening.unsubscribe();
        expect(error instanceof AbortedError, "AbortedError", `${error}`);
        const all = options.longSamples * sensed(array).length;
        expect(taken > 0 && taken < all, `some of ${all} samples`, `${taken}`);
        await usable(array, options);
      });
    },
  ),

  promise("a signal that was aborted before lets nothing move", async (make, options) => {
    await using(make, async (array) => {
      const controller = new AbortController();
      controller.abort();
      let blocks = 0;
      array.samples.subscribe(() => void blocks++);
      const stimulus = stimulusOf(array, constant(options.safe_V), 4 * options.samplePeriod_s);
      const error = await outcome(applyTo(array, options, stimulus, {}, controller.signal));
      expect(
        error instanceof AbortedError && blocks === 0,
        "AbortedError and no samples",
        `${error}, ${blocks} blocks`,
      );
      await usable(array, options);
    });
  }),

  promise(
    "makeSafe may be called at any moment and again, ends a running stimulus and leaves the array usable",
    async (make, options) => {
      for (const how of ["ramp", "immediate"] as const)
        await using(make, async (array) => {
          await array.makeSafe(how);
          await array.makeSafe(how);
          let asked: Promise<unknown> | undefined;
          const listening = array.samples.subscribe(
            () => void (asked ??= Promise.all([array.makeSafe(how), array.makeSafe(how)])),
          );
          const duration_s = options.longSamples * options.samplePeriod_s;
          const error = await outcome(applyTo(array, options, stimulusOf(array, constant(options.safe_V), duration_s)));
          listening.unsubscribe();
          await asked;
          expect(error instanceof AbortedError, `AbortedError after makeSafe("${how}")`, `${error}`);
          await usable(array, options);
        });
    },
  ),

  promise(
    "a product is what apply reads under the same voltages, or refused where unselected lines float",
    async (make, options) => {
      await using(make, async (array) => {
        const inputs_V = Float64Array.from({ length: array.grid.rows }, (_, row) => options.safe_V / (1 + row));
        const readout = productReadout(array, options);
        const { products, unselectedLines } = array.capabilities;
        const call = () => array.multiply(inputs_V, readout, new AbortController().signal);
        if (products === "none" || unselectedLines === "floating") {
          const error = await outcome(call());
          expect(error instanceof UnsupportedError, "UnsupportedError", `${error}`);
          return;
        }
        const { current_A, columns } = await call();
        expect(
          current_A.length === columns.length && columns.length === readout.columns.length,
          `${readout.columns.length} currents`,
          `${current_A.length}`,
        );
        if (array.capabilities.rowsDrivenAtOnce < array.grid.rows) return;
        await using(make, async (other) => {
          const rows = Array.from(inputs_V, (voltage) => constant(voltage));
          const duration_s = readout.integration_s;
          const stimulus = { ...stimulusOf(other, constant(0), duration_s), rows };
          const reading = await applyTo(other, options, stimulus, { windows: [{ start_s: 0, end_s: duration_s }] });
          for (const slot of columns.keys())
            near(at(current_A, slot), windowCurrent(reading, slot), options, `column ${at(columns, slot)}`);
        });
      });
    },
  ),

  promise("products come batch by columns, each for its own vector", async (make, options) => {
    await using(make, async (array) => {
      if (array.capabilities.products === "none") return;
      const { rows } = array.grid;
      const readout = productReadout(array, options);
      const inputs_V = new Float64Array(3 * rows);
      inputs_V.fill(options.safe_V / 2, 0, rows).fill(options.safe_V, 2 * rows);
      const { current_A, columns, startTime_s, endTime_s } = await array.multiply(
        inputs_V,
        readout,
        new AbortController().signal,
      );
      const width = columns.length;
      expect(current_A.length === 3 * width, `${3 * width} currents`, `${current_A.length}`);
      expect(
        endTime_s - startTime_s >= 2.999 * readout.integration_s,
        "three integrations on the clock",
        `${endTime_s - startTime_s} s`,
      );
      for (let slot = 0; slot < width; slot++) {
        near(at(current_A, width + slot), 0, options, "current of a vector of zeros");
        expect(at(current_A, slot) > options.absolute_A, "a positive current", `${at(current_A, slot)} A`);
        if (options.linear)
          near(at(current_A, 2 * width + slot), 2 * at(current_A, slot), options, "current at twice the voltage");
      }
    });
  }),

  promise("the clock never goes back and counts every stimulus in full", async (make, options) => {
    await using(make, async (array) => {
      let last_s = 0;
      for (let k = 0; k < 5; k++) {
        const { startTime_s, endTime_s } = await read(array, options, { voltage_V: 0, samples: 3 + k });
        const duration_s = (3 + k) * options.samplePeriod_s;
        expect(startTime_s >= last_s, `a start at ${last_s} s or later`, `${startTime_s} s`);
        expect(
          endTime_s - startTime_s >= duration_s * (1 - 1e-6),
          `at least ${duration_s} s`,
          `${endTime_s - startTime_s} s`,
        );
        last_s = endTime_s;
      }
    });
  }),

  promise("a current beyond the range is flagged and counted, not thrown", async (make, options) => {
    await using(make, async (array) => {
      const current = Math.abs(windowCurrent(await read(array, options, { voltage_V: options.safe_V }), 0));
      const range_A = array.capabilities.currentRanges_A[0] ?? current / 4;
      if (current < 1.1 * range_A) return;
      const blocks: SampleBlock[] = [];
      array.samples.subscribe((block) => void blocks.push(block));
      const duration_s = 4 * options.samplePeriod_s;
      const windows = [{ start_s: 0, end_s: duration_s }];
      const reading = await applyTo(array, options, stimulusOf(array, constant(options.safe_V), duration_s), {
        windows,
        currentRange_A: range_A,
      });
      const flagged = blocks.reduce((sum, { overload }) => sum + overload.reduce((a, b) => a + b, 0), 0);
      expect(
        flagged > 0 && reading.overloads === flagged,
        "flagged samples, as many as the reading counts",
        `${flagged} and ${reading.overloads}`,
      );
      expect(reading.windows[0]?.overload === true, "a flagged window", `${reading.windows[0]?.overload}`);
    });
  }),

  promise("lost samples are NaN in their place and counted", async (make, options) => {
    await using(make, async (array) => {
      const blocks: SampleBlock[] = [];
      array.samples.subscribe((block) => void blocks.push(block));
      const reading = await read(array, options, { voltage_V: options.safe_V, samples: 20 });
      for (const { current_A, lost } of blocks) {
        const gaps = current_A.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
        expect(gaps === lost, `lost = ${gaps}, the NaN of the block`, `${lost}`);
      }
      const lost = blocks.reduce((sum, block) => sum + block.lost, 0);
      expect(reading.lost === lost, `${lost} lost in the reading`, `${reading.lost}`);
    });
  }),

  promise("dispose completes the samples, may be repeated, and later calls are rejected", async (make, options) => {
    const array = await make();
    let completed = false;
    array.samples.subscribe({ complete: () => void (completed = true) });
    await array[Symbol.asyncDispose]();
    expect(completed, "completed samples", "an open stream");
    await array[Symbol.asyncDispose]();
    await array.makeSafe("ramp");
    const stimulus = stimulusOf(array, constant(0), 4 * options.samplePeriod_s);
    const error = await outcome(applyTo(array, options, stimulus));
    expect(error instanceof CrossporeError, "a refusal", `${error}`);
  }),
];

type Check = ArrayPromise["check"];

function promise(name: string, check: Check): ArrayPromise {
  return { name, check };
}

function expect(holds: boolean, expected: string, found: string): void {
  if (!holds) throw new BrokenPromise(`expected ${expected}, found ${found}`);
}

function near(
  found: number,
  expected: number,
  tolerance: Pick<PromiseOptions, "relative" | "absolute_A">,
  what: string,
): void {
  const allowed = tolerance.absolute_A + tolerance.relative * Math.abs(expected);
  expect(Math.abs(found - expected) <= allowed, `${what} of ${expected} within ${allowed}`, `${found}`);
}

async function using<T>(make: () => Promise<ArrayBackend>, use: (array: ArrayBackend) => Promise<T>): Promise<T> {
  const array = await make();
  try {
    return await use(array);
  } finally {
    await array[Symbol.asyncDispose]();
  }
}

/** The columns that a check listens to. */
function sensed({ grid, capabilities }: ArrayBackend): number[] {
  return Array.from({ length: Math.min(grid.columns, capabilities.columnsSensedAtOnce) }, (_, column) => column);
}

/** One driven row; the other lines as the array has them when nobody asks. */
function stimulusOf(
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

function applyTo(
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
function read(
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
  const columns = stimulus.columns.map((drive, j): LineDrive => (onlyColumn && j > 0 ? constant(0) : drive));
  return applyTo(array, options, { ...stimulus, columns }, { windows: [{ start_s: duration_s / 2, end_s: duration_s }] });
}

function productReadout(array: ArrayBackend, options: PromiseOptions) {
  return {
    integration_s: 8 * options.samplePeriod_s,
    rest_s: 0,
    columns: sensed(array),
    currentRange_A: "auto" as const,
  };
}

/** After whatever happened: a stimulus at 0 V carries no current, one at `safe_V` does. */
async function usable(array: ArrayBackend, options: PromiseOptions): Promise<void> {
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
async function refuses(
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

/** The error of a call, or its value. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function windowCurrent(reading: Reading, slot: number): number {
  return at(reading.windows[0]?.current_A, slot);
}

function windowVoltage(reading: Reading): Float64Array {
  return reading.windows[0]?.voltage_V ?? new Float64Array(0);
}

function samplesOf(blocks: readonly SampleBlock[], column: number, field: "current_A" | "voltage_V"): number[] {
  return blocks.filter(({ channel }) => channel === column).flatMap((block) => [...block[field]]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function at(values: ArrayLike<number> | undefined, index: number): number {
  return values?.[index] ?? Number.NaN;
}
