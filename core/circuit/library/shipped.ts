import type { Panel } from "../../report/panel.ts";

/** What a shipped circuit is given: the files beside its YAML, and what the user asked for. */
export interface ShippedInput {
  text(file: string): string;
  bytes(file: string): Uint8Array;
  readonly seed: number;
  /** Constant stimulus current, where the circuit has one. */
  readonly current_A?: number;
}

export type Metrics = Readonly<Record<string, unknown>>;

export interface CircuitAnswer {
  readonly metrics: Metrics;
  /** What a figure shows, top to bottom. */
  readonly panels: readonly { readonly panel: Panel; readonly height: number }[];
  /** One sentence under the figure. */
  readonly caption: string;
}

export interface ShippedCircuit {
  readonly name: string;
  readonly title: string;
  /** DOI or arXiv number. */
  readonly source: string;
  /** File in examples/circuits. */
  readonly file: string;
  readonly takesCurrent?: boolean;
  run(input: ShippedInput): CircuitAnswer;
}
