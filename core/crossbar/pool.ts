import type { KernelFunctions, KernelName } from "./kernels/kernelFunctions.ts";
import { defaultKernels, type KernelSet } from "./kernels/loadKernels.ts";

/** Arguments of one call of a kernel: byte addresses, counts, doubles; at most LARGEST_TASK of them. */
export type KernelTask = readonly number[];

export const LARGEST_TASK = 40;

/**
 * Runs kernels on the threads that there are. core/crossbar defines it, the rooms above implement it.
 *
 * `run` is one parallel region: it calls `kernel` once per task, in any order and on any thread, and returns when all
 * calls have returned; what one region wrote is seen by the next. Tasks of one region must not write what another one
 * reads or writes. A sum over tasks is left in memory per panel and added by the caller in a fixed order: no result then
 * depends on the number of threads, to the last bit.
 */
export interface Pool extends Disposable {
  /** Threads that take tasks, the calling one included. A good number of tasks is a small multiple of it. */
  readonly threads: number;
  /** The kernels of the calling thread, and the memory of all. */
  readonly kernels: KernelSet;
  run(kernel: KernelName, tasks: readonly KernelTask[]): void;
}

/** Everything in the calling thread. */
export function serialPool(kernels: KernelSet = defaultKernels()): Pool {
  const functions = callables(kernels.call);
  return {
    threads: 1,
    kernels,
    run(kernel, tasks) {
      const call = functions[kernel];
      for (const task of tasks) call(...task);
    },
    [Symbol.dispose]() {},
  };
}

/** The kernels as functions of any numbers, by name. */
export function callables(call: KernelFunctions): Readonly<Record<KernelName, (...task: number[]) => void>> {
  return call;
}
