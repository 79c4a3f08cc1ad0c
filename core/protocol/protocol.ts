import type { z } from "zod";
import type { Capabilities, Products, Reading } from "../arrayBackend.ts";
import type { Grid } from "../crossbar/grid.ts";
import type { Limits } from "../limits.ts";
import type { ProductReadout, Readout, Stimulus } from "../stimulus.ts";
import type { Mistake } from "./parameters.ts";

/**
 * A protocol is a generator of steps; `yield` hands the last result back to it, which is the only feedback path.
 * YAML and TypeScript make the same protocols: `protocol: [{ iv-sweep: {...} }]` is `ivSweep({...})`.
 */
export interface Protocol {
  /** Kebab-case, as in files. */
  readonly name: string;
  /** Parameters as used, defaults filled in, base SI. */
  readonly parameters: Readonly<Record<string, unknown>>;
  steps(context: ProtocolContext): StepGenerator;
  /**
   * The strongest steps that readings may lead to and that a dry run, whose array does not conduct, would not show. Checked
   * before anything moves, in no order; absent where the steps do not depend on readings.
   */
  extremes?(context: ProtocolContext): Iterable<Step>;
  /** Steps that it makes at the least, known without making them, so that a run of far too many is refused at once. */
  fewestSteps?(context: ProtocolContext): number;
}

export interface ProtocolContext {
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly limits: Limits;
  readonly seed: number;
  /** A dry run: results are neutral, and a program covers every way that readings may lead. */
  readonly planning?: boolean;
}

export type StepResult = Reading | Products | undefined;
export type StepGenerator = Generator<Step, void, StepResult>;

export type Step = ApplyStep | MultiplyStep | MarkStep;

export interface ApplyStep {
  readonly kind: "apply";
  /** What the step is for ("sweep", "pulse", "read", "pair", "rest", "train"); analysis selects by it. */
  readonly role: string;
  /** For people: "r5 c9, 40 Hz". */
  readonly label: string;
  readonly stimulus: Stimulus;
  readonly readout: Readout;
  /** Numbers the analysis needs (pulse index, gap_s, frequency_Hz ...). */
  readonly tags: Readonly<Record<string, number | string>>;
  /** Where it is written, "x.yaml:12:5", for refusals; absent: where its protocol is. */
  readonly place?: string;
}

export interface MultiplyStep {
  readonly kind: "multiply";
  readonly role: string;
  readonly label: string;
  /** batch x rows, row-major. */
  readonly inputs_V: Float64Array;
  readonly readout: ProductReadout;
  /** batch x columns: what an ideal array would answer, where the protocol knows it. */
  readonly expected_A?: Float64Array;
  readonly tags: Readonly<Record<string, number | string>>;
  readonly place?: string;
}

/** A note in the record; nothing is sent. */
export interface MarkStep {
  readonly kind: "mark";
  readonly label: string;
  /** The run waits here, outputs held as in a pause, until an operator has confirmed `label`. */
  readonly prompt?: true;
  readonly place?: string;
  readonly data: Readonly<Record<string, number | string | readonly number[]>>;
}

/** A protocol of the library: how files name it, what it accepts, how it is made. */
export interface ProtocolDefinition<Input, Parameters extends Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly title: string;
  /** Two sentences for a person who chooses among protocols: what is measured, what it does to the junctions. */
  readonly summary: string;
  /** Strict object; quantities accept numbers in base units or text with a unit. */
  readonly schema: z.ZodType<Parameters, Input>;
  /** Parameters that are sound by themselves but do not fit this grid, e.g. an address outside it. */
  findMistake(parameters: Parameters, grid: Grid): Mistake | undefined;
  create(parameters: Parameters): Protocol;
}
