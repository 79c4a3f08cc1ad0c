import type { Environment } from "../environment.ts";
import type { Dice } from "./dice.ts";

/**
 * How the states of one junction move while its voltage is held. `x` are its states and `c` its constants, in the order
 * in which the model names them; both are scratch of the engine, x is changed in place.
 */
export interface Dynamics {
  readonly held: "exact" | "sub-stepped";
  /** What happens to a long step, in words. */
  readonly rule: string;
  readonly stochastic: boolean;
  /** x(t) -> x(t + dt); dt may be any number >= 0. */
  advance(v: number, dt_s: number, x: Float64Array, c: Float64Array, environment: Environment, dice: Dice): void;
  /** The same for all junctions at once, for an engine that has a loop of its own; then `advance` is an array of one. */
  sweep?(fields: Fields, voltage_V: Float64Array, dt_s: number, environment: Environment, dice: Dice): void;
  /** x -> its limit under this voltage, in the mean for a stochastic junction. */
  settle(v: number, x: Float64Array, c: Float64Array, environment: Environment): void;
  /** Fastest and slowest time constant at this voltage into times_s[0] and times_s[1]. */
  times(v: number, x: Float64Array, c: Float64Array, environment: Environment, times_s: Float64Array): void;
}

/** All junctions: one array per state and per constant, in the order of x and c. */
export interface Fields {
  readonly x: readonly Float64Array[];
  readonly c: readonly Float64Array[];
  /** Which random numbers belong to a junction, and how many it has drawn; empty without randomness. */
  readonly junction: Float64Array;
  readonly draws: Float64Array;
}

/** What a circuit sees of one junction. */
export interface Terminals {
  /** Chord conductance g in siemens: i = g (v + emf). */
  conductance(v: number, x: Float64Array, c: Float64Array, environment: Environment): number;
  /** Whether g or emf depends on v at fixed x. */
  readonly voltageDependent: boolean;
  /** Battery or photovoltage in volt that adds to v. */
  emf?(v: number, x: Float64Array, c: Float64Array, environment: Environment): number;
  /** di/dv in siemens, where a closed form is at hand; otherwise central differences. */
  slope?(v: number, x: Float64Array, c: Float64Array, environment: Environment): number;
  charge?(v: number, x: Float64Array, c: Float64Array, environment: Environment): number;
  storedEnergy?(v: number, x: Float64Array, c: Float64Array, environment: Environment): number;
}

/** A junction without memory of its own, e.g. a diode in a fixed environment. */
export const STILL: Dynamics = {
  held: "exact",
  rule: "no dynamics",
  stochastic: false,
  advance() {},
  settle() {},
  times(_v, _x, _c, _environment, times_s) {
    times_s.fill(Infinity);
  },
};
