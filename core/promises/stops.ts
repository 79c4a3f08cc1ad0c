import { AbortedError, CrossporeError } from "../errors.ts";
import { constant } from "../waveform.ts";
import { promise, expect, outcome, type ArrayPromise } from "./check.ts";
import { using, sensed, stimulusOf, applyTo, read, usable } from "./drive.ts";

/** Abort, makeSafe, dispose and the clock. */
export const stopsPromises: readonly ArrayPromise[] = [
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
