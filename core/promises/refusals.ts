import { CrossporeError, LimitError } from "../errors.ts";
import type { Readout, Stimulus } from "../stimulus.ts";
import { constant, type Waveform } from "../waveform.ts";
import { promise, expect, outcome, type ArrayPromise } from "./check.ts";
import { using, stimulusOf, applyTo, productReadout, refuses } from "./drive.ts";

/** What is refused before anything moves. */
export const refusalsPromises: readonly ArrayPromise[] = [
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
];
