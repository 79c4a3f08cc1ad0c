import type { NoFit } from "../expFit.ts";
import type { ProtocolSteps, RunStep } from "../runSteps.ts";
import type { RunData } from "../../record/runData.ts";

/** One curve of an experiment, in base units. */
export interface ExperimentCurve {
  readonly label: string;
  readonly style: "points" | "line";
  /** What was seen, what was fitted to it, or what physics says must be there. */
  readonly role: "data" | "fit" | "floor";
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Standard deviations over repeats. */
  readonly deviation?: readonly number[];
  /** Curves of one group have one shade. */
  readonly group?: number;
  /** A second state of the same thing: drawn open. */
  readonly open?: boolean;
}

export interface ExperimentAxis {
  readonly quantity: string;
  readonly unit: string;
  readonly log?: boolean;
  readonly zero?: boolean;
  readonly whole?: boolean;
}

/** A figure as data: curves on one pair of axes, or a map of the array. */
export type ExperimentPanel =
  | {
      readonly kind: "curves";
      readonly title: string;
      /** n and conditions. */
      readonly caption: string;
      readonly x: ExperimentAxis;
      readonly y: ExperimentAxis;
      readonly curves: readonly ExperimentCurve[];
    }
  | {
      readonly kind: "map";
      readonly title: string;
      readonly caption: string;
      readonly quantity: string;
      readonly unit: string;
      /** Absent: values around zero, below and above in two colours. */
      readonly colours?: "sequential";
      /** rows x columns; NaN where nothing was read. */
      readonly values: readonly (readonly number[])[];
    };

/** A result of one junction. */
export interface ExperimentResult {
  readonly where: string;
  readonly label: string;
  readonly unit: string;
  readonly value: number | string;
}

export interface Experiment {
  readonly panels: readonly ExperimentPanel[];
  readonly results: readonly ExperimentResult[];
  readonly notes: readonly string[];
}

/** What reads one kind of experiment: undefined when the steps are of another. */
export type ExperimentReader = (run: RunData, group: ProtocolSteps) => Experiment | undefined;

export function placeOf({ intended }: RunStep): string {
  return `r${intended.tags.row ?? "?"} c${intended.tags.column ?? "?"}`;
}

/** A fit that the data did not carry, as a note. */
export function noteOf(where: string, fit: NoFit): string {
  return `${where}: no fit, ${fit.reason}`;
}

/** Junctions that are drawn; the results of the others are in the table. */
export const DRAWN = 4;
