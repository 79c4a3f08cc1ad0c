import type { Environment } from "../environment.ts";
import type { Parameters } from "../model.ts";

/**
 * Any graph of junctions and lumped elements. v = V_from - V_to and i positive from `from` through the element to `to`;
 * a junction the other way round is the same junction with `from` and `to` exchanged.
 */
export interface Circuit {
  readonly elements: readonly CircuitElement[];
  /** Around every junction. */
  readonly environment?: Environment;
}

/** The reference of all potentials, 0 V. */
export const GROUND = "ground";

/** A value over time, and the times at which it or its slope may jump (ascending). */
export interface SourceValue {
  at(time_s: number): number;
  readonly edges_s: readonly number[];
}

interface Ends {
  /** Unique in the circuit. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export type CircuitElement = Ends &
  (
    | { readonly kind: "resistor"; readonly resistance_ohm: number }
    | { readonly kind: "capacitor"; readonly capacitance_F: number; readonly initial_V?: number }
    | { readonly kind: "inductor"; readonly inductance_H: number; readonly initial_A?: number }
    /** Ideal: V_from - V_to is held. */
    | { readonly kind: "battery"; readonly voltage_V: number }
    | { readonly kind: "voltage-source"; readonly voltage_V: SourceValue }
    /** Ideal: the current leaves `from`, passes the source and enters `to`. */
    | { readonly kind: "current-source"; readonly current_A: SourceValue }
    /** V_from - V_to = gain (V_plus - V_minus); no current flows into plus and minus. */
    | { readonly kind: "follower"; readonly plus: string; readonly minus: string; readonly gain: number }
    /** i = sum_k c_k v^k, k from 0. */
    | { readonly kind: "polynomial-conductor"; readonly coefficients: readonly number[] }
    /** Straight lines between points, the outer ones prolonged. */
    | {
        readonly kind: "table-conductor";
        readonly voltages_V: readonly number[];
        readonly currents_A: readonly number[];
      }
    | ThresholdSwitch
    | CircuitJunction
  );

/**
 * Conductance with hysteresis: turns on when |v| reaches `on_V`, off when it falls to `off_V`, which is lower. With tau the
 * conductance relaxes to its target, without it jumps. The instant of turning is located.
 */
export interface ThresholdSwitch {
  readonly kind: "threshold-switch";
  readonly on_S: number;
  readonly off_S: number;
  readonly on_V: number;
  readonly off_V: number;
  readonly tau_s?: number;
  readonly initiallyOn?: boolean;
}

/** A junction of any registered model, in its 0 V steady state but for the states named in `initial`. */
export interface CircuitJunction {
  readonly kind: "junction";
  readonly model: string;
  readonly parameters?: Parameters;
  readonly initial?: Readonly<Record<string, number>>;
}

/** What is wrong with one element. A RangeError that remembers the name, so that a file reader finds the line. */
export class ElementError extends RangeError {
  readonly element: string;
  /** Field of the element, "" when it concerns the whole. */
  readonly field: string;

  constructor(element: string, message: string, field = "") {
    super(`${element}: ${message}`);
    this.name = "ElementError";
    this.element = element;
    this.field = field;
  }
}

/** Nodes in the order of their first mention, without ground. */
export function nodesOf(circuit: Circuit): string[] {
  const nodes = new Set<string>();
  for (const element of circuit.elements) for (const node of terminalsOf(element)) nodes.add(node);
  nodes.delete(GROUND);
  return [...nodes];
}

export function terminalsOf(element: CircuitElement): string[] {
  const ends = [element.from, element.to];
  return element.kind === "follower" ? [...ends, element.plus, element.minus] : ends;
}
