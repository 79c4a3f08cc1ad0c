import type { Parameters } from "../model.ts";
import { numberOf, ours, ParameterError } from "./parameters.ts";

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
  const stochastic = numberOf(parameters, "stochastic");
  if (stochastic !== 0 && stochastic !== 1)
    throw new ParameterError("stochastic", `stochastic is ${stochastic}, allowed are 0 and 1`);
  return stochastic === 1;
}
