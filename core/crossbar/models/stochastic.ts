import type { Parameters } from "../model.ts";
import { ours, switchOf } from "./parameters.ts";

/** The switch that every model with discrete channels or events has. */
export const STOCHASTIC = ours(
  "stochastic",
  "",
  0,
  [0, 1],
  "0: mean of infinitely many, 1: discrete random events from the seed",
  "choice of the user",
);

export function isStochastic(parameters: Parameters): boolean {
  return switchOf(parameters, "stochastic");
}
