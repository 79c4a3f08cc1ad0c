import { describe, it } from "vitest";
import type { ArrayBackend } from "./arrayBackend.ts";
import { arrayBackendPromises, type PromiseOptions } from "./arrayBackend.promises.ts";

/** Runs every promise on one implementation; `make` returns a fresh array each time. */
export function describeArrayBackend(name: string, make: () => Promise<ArrayBackend>, options: PromiseOptions): void {
  describe(name, () => {
    for (const promise of arrayBackendPromises) it(promise.name, () => promise.check(make, options));
  });
}
