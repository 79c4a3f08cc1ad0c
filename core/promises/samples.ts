import type { SampleBlock } from "../arrayBackend.ts";
import { type Waveform } from "../waveform.ts";
import { promise, expect, near, turn, type ArrayPromise } from "./check.ts";
import { using, sensed, stimulusOf, applyTo, read } from "./drive.ts";
import { windowCurrent, samplesOf, mean, at } from "./reading.ts";

/** The stream of samples and the windows over it. */
export const samplesPromises: readonly ArrayPromise[] = [
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
];
