import type { System } from "./system.ts";

/** One element as the integrator sees it. Stages of a step: `begin`, any number of `load`, then `commit` or `rewind`. */
export interface Device {
  readonly name: string;
  /** Its own unknowns (a branch current), numbered from `first`. */
  readonly unknowns: number;
  /** Adds current, charge and slopes at y and time. */
  load(y: Float64Array, time_s: number, system: System): void;
  /** A stage of dt begins at y. */
  begin?(y: Float64Array, dt_s: number): void;
  /** Memory as of the last `load` is kept. */
  commit?(): void;
  /** Memory as of `save` comes back. */
  save?(): void;
  rewind?(): void;
  /** Memory over dt with the voltage at y held. */
  hold?(y: Float64Array, dt_s: number): void;
  /** How far a whole step in one piece would have ended from where its stages did, relative to tolerance 1. */
  disagreement?(start: Float64Array, end: Float64Array, dt_s: number): number;
  /** Charge that the initial conditions put onto the circuit, at y = 0. */
  initial?(system: System): void;
  /** Voltage across. */
  voltage(y: Float64Array): number;
  /** Current carried, without what charges it. */
  current(y: Float64Array, time_s: number): number;
  /** Charge stored at y, where there is a store on two nodes. */
  charge?(y: Float64Array): number;
  /** Energy stored at y. */
  energy?(y: Float64Array): number;
  /** Distance of a trial end from a turning point, negative when it has passed; undefined when nothing turns. */
  margin?(y: Float64Array): number;
  turn?(): void;
  readonly states: readonly string[];
  state(name: string): number;
  readonly edges_s: readonly number[];
  /** Fastest time constant, for the first step. */
  readonly fastest_s: number;
}
