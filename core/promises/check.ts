import type { ArrayBackend } from "../arrayBackend.ts";

/** One promise of an array and how to find out whether it is kept. */
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

export function promise(name: string, check: ArrayPromise["check"]): ArrayPromise {
  return { name, check };
}

export function expect(holds: boolean, expected: string, found: string): void {
  if (!holds) throw new BrokenPromise(`expected ${expected}, found ${found}`);
}

export function near(
  found: number,
  expected: number,
  tolerance: Pick<PromiseOptions, "relative" | "absolute_A">,
  what: string,
): void {
  const allowed = tolerance.absolute_A + tolerance.relative * Math.abs(expected);
  expect(Math.abs(found - expected) <= allowed, `${what} of ${expected} within ${allowed}`, `${found}`);
}

/** The error of a call, or its value. */
export async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return error;
  }
}

export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
