import { type ArrayPromise, BrokenPromise, type PromiseOptions } from "./promises/check.ts";
import { currentsPromises } from "./promises/currents.ts";
import { refusalsPromises } from "./promises/refusals.ts";
import { samplesPromises } from "./promises/samples.ts";
import { stopsPromises } from "./promises/stops.ts";

export { type ArrayPromise, BrokenPromise, type PromiseOptions };

/**
 * The promises of arrayBackend.ts as checks without a test framework: the same run on an emulated array, on a driver
 * over an emulated instrument and, by hand, on hardware. Every check makes fresh arrays, drives them gently
 * (`safe_V` for a few samples) and throws a BrokenPromise that says what was expected and what was found.
 */
export const arrayBackendPromises: readonly ArrayPromise[] = [
  ...currentsPromises,
  ...samplesPromises,
  ...refusalsPromises,
  ...stopsPromises,
];
