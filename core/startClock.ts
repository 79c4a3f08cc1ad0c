import { map } from "rxjs";
import type { ArrayBackend } from "./arrayBackend.ts";
import { armingOf } from "./limiter/arming.ts";

/**
 * The same array with a clock that begins at 0 now: the time of a run counts from its own start, also when the array has
 * been there for long and goes on afterwards. Commands pass through untouched. Disposing leaves the array alone.
 * @param start_s what the array's clock shows now
 */
export function startClock(array: ArrayBackend, start_s: number): ArrayBackend {
  const shift = <T extends { readonly startTime_s: number; readonly endTime_s: number }>(result: T): T => ({
    ...result,
    startTime_s: result.startTime_s - start_s,
    endTime_s: result.endTime_s - start_s,
  });
  return {
    grid: array.grid,
    capabilities: array.capabilities,
    arming: armingOf(array),
    samples: array.samples.pipe(map((block) => ({ ...block, startTime_s: block.startTime_s - start_s }))),
    apply: async (stimulus, readout, signal) => shift(await array.apply(stimulus, readout, signal)),
    multiply: async (inputs_V, readout, signal) => shift(await array.multiply(inputs_V, readout, signal)),
    makeSafe: (how) => array.makeSafe(how),
    ...(array.hold && { hold: array.hold.bind(array) }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
