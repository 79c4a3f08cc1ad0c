import type { LabError } from "../../core/labMessages/errors.ts";
import type { TASKS } from "./tasks.ts";

export type TaskName = keyof typeof TASKS;
export type TaskInput<N extends TaskName> = Parameters<(typeof TASKS)[N]>[0];
export type TaskOutput<N extends TaskName> = Awaited<ReturnType<(typeof TASKS)[N]>>;

/** To the thread. */
export interface DeskRequest {
  readonly id: number;
  readonly task: TaskName;
  readonly input: unknown;
}

/** From the thread. */
export type DeskAnswer =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: LabError };
