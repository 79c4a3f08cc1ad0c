import { Worker } from "node:worker_threads";
import { kernelNames, loadKernels } from "../core/crossbar/kernels/loadKernels.ts";
import { callables, LARGEST_TASK, type Pool, serialPool } from "../core/crossbar/pool.ts";
import { type KernelService, serveKernels } from "./serveKernels.ts";

export interface WorkerPoolOptions {
  /** Threads, the calling one included. */
  readonly threads: number;
  /** Fused multiply-add where the engine has it: faster products, bits that depend on the processor. */
  readonly relaxed?: boolean;
}

const MOST_TASKS = 64;
const TASK_DOUBLES = LARGEST_TASK + 2;
/** About 0.1 ms: between two regions of one solve a worker never sleeps, between two solves it does. */
const SPINS = 20_000;
const LEFT = 0;
const DONE = 1;
const POSTED = 2;
const FAILED = 3;
const STOP = 4;
const COUNT = 5;

/**
 * Kernels on several threads over one shared memory (serveKernels.ts tells the protocol). The calling thread takes tasks
 * too and never waits for a worker that has not started: without a free processor a region runs here, only slower.
 * Without shared memory, or with one thread, this is the serial pool.
 */
export function openWorkerPool(options: WorkerPoolOptions): Pool {
  const { threads } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new RangeError(`A pool of ${threads} threads, allowed are 1 to 64`);
  const kernels = loadKernels(options.relaxed ? "relaxed" : "threads");
  const { memory, module } = kernels;
  if (threads === 1 || !module || !memory.shared) return serialPool(kernels);

  const names = kernelNames(kernels);
  const functions = callables(kernels.call);
  const controlAddress = memory.reserve(64);
  const tableAddress = memory.reserve(8 * MOST_TASKS * TASK_DOUBLES);
  const control = new Int32Array(memory.wasmMemory.buffer, controlAddress, 16);
  const table = new Float64Array(memory.wasmMemory.buffer, tableAddress, MOST_TASKS * TASK_DOUBLES);
  const service: KernelService = {
    module,
    memory: memory.wasmMemory,
    names,
    control: controlAddress,
    table: tableAddress,
    taskDoubles: TASK_DOUBLES,
    spins: SPINS,
  };
  // as text: the same worker from the sources and from the build
  const source = `(${serveKernels.toString()})(require("node:worker_threads").workerData)`;
  const workers = Array.from({ length: threads - 1 }, () => {
    const worker = new Worker(source, { eval: true, workerData: service, name: "crosspore kernels" });
    worker.unref();
    return worker;
  });
  let open = true;

  function post(kernel: number, tasks: readonly (readonly number[])[]): void {
    tasks.forEach((task, k) => {
      if (task.length > LARGEST_TASK)
        throw new RangeError(`A task has ${task.length} arguments, allowed are ${LARGEST_TASK}`);
      // workers claim the last place first: the table is filled backwards so that claims run forwards
      const place = (tasks.length - 1 - k) * TASK_DOUBLES;
      table[place] = kernel;
      table[place + 1] = task.length;
      table.set(task, place + 2);
    });
    Atomics.store(control, DONE, 0);
    Atomics.store(control, COUNT, tasks.length);
    Atomics.store(control, LEFT, tasks.length);
    Atomics.add(control, POSTED, 1);
    Atomics.notify(control, POSTED);
  }

  return {
    threads,
    kernels,
    run(kernel, tasks) {
      if (!open) throw new RangeError("The pool was disposed of");
      const call = functions[kernel];
      if (tasks.length === 1) {
        for (const task of tasks) call(...task);
        return;
      }
      const number = names.indexOf(kernel);
      for (let first = 0; first < tasks.length; first += MOST_TASKS) {
        const region = tasks.slice(first, first + MOST_TASKS);
        post(number, region);
        let failure: unknown;
        for (let left = Atomics.load(control, LEFT); left > 0; left = Atomics.load(control, LEFT)) {
          if (Atomics.compareExchange(control, LEFT, left, left - 1) !== left) continue;
          try {
            call(...(region[region.length - left] ?? []));
          } catch (error) {
            failure = error;
          }
          Atomics.add(control, DONE, 1);
        }
        waitForWorkers(control, region.length);
        // taken back in any case: a mark that stays would fail the next region
        const failedElsewhere = Atomics.exchange(control, FAILED, 0) === 1;
        if (failure !== undefined) throw failure;
        if (failedElsewhere) throw new RangeError(`Kernel ${kernel} failed in a worker thread`);
      }
    },
    [Symbol.dispose]() {
      if (!open) return;
      open = false;
      Atomics.store(control, STOP, 1);
      Atomics.add(control, POSTED, 1);
      Atomics.notify(control, POSTED);
      for (const worker of workers) void worker.terminate();
    },
  };
}

function waitForWorkers(control: Int32Array, count: number): void {
  for (let spin = 0; ; spin++) {
    const done = Atomics.load(control, DONE);
    if (done === count) return;
    // the timeout covers a worker that raised `done` between the look and the wait
    if (spin > SPINS) Atomics.wait(control, DONE, done, 1);
  }
}
