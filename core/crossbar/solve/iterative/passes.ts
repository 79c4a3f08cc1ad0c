import type { KernelName } from "../../kernels/kernelFunctions.ts";
import { ranges, type Workspace } from "./workspace.ts";

/** One pass over the array: a kernel cut into tasks, with its changing numbers at fixed places of the argument lists. */
export interface Pass {
  run(...numbers: number[]): void;
}

/** @param places where the numbers given to `run` stand in the arguments */
export function makePass(
  { pool }: Workspace,
  kernel: KernelName,
  tasks: number[][],
  places: readonly number[] = [],
): Pass {
  return {
    run(...numbers) {
      for (const task of tasks) for (let k = 0; k < places.length; k++) task[places[k]] = numbers[k];
      pool.run(kernel, tasks);
    },
  };
}

/** A pass over panels; `rest` gives the arguments after from and to. */
export function panelPass(
  space: Workspace,
  kernel: KernelName,
  rest: (ladder: number) => number[],
  places: readonly number[] = [],
): Pass {
  const tasks = ranges(space.layout.panels, space.tasks).map(([from, to], k) => [from, to, ...rest(space.ladder(k))]);
  return makePass(space, kernel, tasks, places);
}

/** A pass over groups of eight rows. */
export function groupPass(
  space: Workspace,
  kernel: KernelName,
  rest: (ladder: number, task: number) => number[],
  places: readonly number[] = [],
): Pass {
  const tasks = ranges(space.layout.groups, space.tasks).map(([from, to], k) => [
    from,
    to,
    ...rest(space.ladder(k), k),
  ]);
  return makePass(space, kernel, tasks, places);
}
