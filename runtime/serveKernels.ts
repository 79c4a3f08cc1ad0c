/** What a worker needs to take tasks: no import, because the function below travels to the worker as text. */
export interface KernelService {
  readonly module: object;
  readonly memory: object;
  /** Kernel names by the number that stands in a task. */
  readonly names: readonly string[];
  /** Byte addresses of the control words and of the task table. */
  readonly control: number;
  readonly table: number;
  /** Doubles per task: kernel number, count of arguments, arguments. */
  readonly taskDoubles: number;
  /** Looks at the control words before the worker goes to sleep. */
  readonly spins: number;
}

/**
 * The life of a worker thread: claim a task, run it, count it as done, until told to stop.
 *
 * Control words (32 bits, all access atomic): 0 `left`, tasks that nobody has claimed; 1 `done`; 2 `posted`, the number
 * of regions so far; 3 `failed`; 4 `stop`; 5 `count`, tasks of the region.
 * A task is claimed by taking `left` from n to n - 1 with compare-exchange, and is read only afterwards: the region
 * cannot end, and its table cannot change, before the claimant has raised `done`. A worker that slept through a region
 * finds `left` at 0, or claims a task of the next one, which is right as well. `posted` only wakes sleepers: it is read
 * before `left`, so a region posted in between ends the wait at once.
 */
export function serveKernels(service: KernelService): void {
  // names that only exist in the worker are looked up there; WebAssembly has no types in Node's declarations
  const { Instance } = (
    globalThis as unknown as { WebAssembly: { Instance: new (m: object, i: object) => { exports: object } } }
  ).WebAssembly;
  const { exports } = new Instance(service.module, { env: { memory: service.memory } });
  const kernels = service.names.map((name) => (exports as Record<string, (...values: number[]) => void>)[name]);
  const { buffer } = service.memory as { buffer: SharedArrayBuffer };
  const control = new Int32Array(buffer, service.control, 16);
  const table = new Float64Array(buffer, service.table, 64 * service.taskDoubles);
  for (;;) {
    const posted = Atomics.load(control, 2);
    let left = Atomics.load(control, 0);
    while (left > 0) {
      if (Atomics.compareExchange(control, 0, left, left - 1) === left) {
        const task = (left - 1) * service.taskDoubles;
        try {
          const count = table[task + 1] as number;
          kernels[table[task] as number]?.(...table.subarray(task + 2, task + 2 + count));
        } catch {
          Atomics.store(control, 3, 1);
        }
        if (Atomics.add(control, 1, 1) + 1 === Atomics.load(control, 5)) Atomics.notify(control, 1);
      }
      left = Atomics.load(control, 0);
    }
    if (Atomics.load(control, 4) === 1) return;
    let spin = 0;
    while (spin < service.spins && Atomics.load(control, 2) === posted) spin++;
    if (spin === service.spins) Atomics.wait(control, 2, posted);
  }
}
