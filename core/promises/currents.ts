import type { ArrayBackend, SampleBlock } from "../arrayBackend.ts";
import { LimitError, UnsupportedError } from "../errors.ts";
import { constant } from "../waveform.ts";
import { promise, expect, near, outcome, type ArrayPromise } from "./check.ts";
import { using, sensed, stimulusOf, applyTo, read, productReadout } from "./drive.ts";
import { windowCurrent, windowVoltage, at } from "./reading.ts";

/** Signs, addresses, products and overloads. */
export const currentsPromises: readonly ArrayPromise[] = [
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
    const lower = (array: ArrayBackend) =>
      read(array, options, { voltage_V: 0, clamp_V: -options.safe_V / 2, onlyColumn: true });
    const refusal = await using(make, async (array) => {
      const [least_V] = array.capabilities.columnVoltageRange_V ?? array.capabilities.voltageRange_V;
      return least_V <= -options.safe_V / 2 ? undefined : outcome(lower(array));
    });
    if (refusal !== undefined) {
      expect(
        refusal instanceof UnsupportedError || refusal instanceof LimitError,
        "a refusal, columns stay at 0 V",
        `${refusal}`,
      );
      return;
    }
    const lowered = await using(make, lower);
    near(at(windowVoltage(lowered), 0), options.safe_V / 2, { relative: 1e-9, absolute_A: 0 }, "reported voltage");
    if (raised.columns.length === 1) near(windowCurrent(lowered, 0), windowCurrent(raised, 0), options, "current");
    else expect(windowCurrent(lowered, 0) > options.absolute_A, "a positive current", `${windowCurrent(lowered, 0)} A`);
  }),

  promise(
    "a product is what apply reads under the same voltages, or refused where unselected lines float",
    async (make, options) => {
      let inputs_V = new Float64Array(0);
      const found = await using(make, async (array) => {
        inputs_V = Float64Array.from({ length: array.grid.rows }, (_, row) => options.safe_V / (1 + row));
        const readout = productReadout(array, options);
        const { products, unselectedLines } = array.capabilities;
        const call = () => array.multiply(inputs_V, readout, new AbortController().signal);
        if (products === "none" || unselectedLines === "floating") {
          const error = await outcome(call());
          expect(error instanceof UnsupportedError, "UnsupportedError", `${error}`);
          return undefined;
        }
        const result = await call();
        const { current_A, columns } = result;
        expect(
          current_A.length === columns.length && columns.length === readout.columns.length,
          `${readout.columns.length} currents`,
          `${current_A.length}`,
        );
        return array.capabilities.rowsDrivenAtOnce < array.grid.rows ? undefined : result;
      });
      if (!found) return;
      // a fresh array, after the first has gone: there may be only one port
      await using(make, async (array) => {
        const { integration_s: duration_s } = productReadout(array, options);
        const rows = Array.from(inputs_V, (voltage) => constant(voltage));
        const stimulus = { ...stimulusOf(array, constant(0), duration_s), rows };
        const reading = await applyTo(array, options, stimulus, { windows: [{ start_s: 0, end_s: duration_s }] });
        for (const slot of found.columns.keys())
          near(at(found.current_A, slot), windowCurrent(reading, slot), options, `column ${at(found.columns, slot)}`);
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
];
