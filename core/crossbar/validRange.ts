import type { JunctionKernel } from "./model.ts";

/**
 * What a run does that the published model does not cover, one sentence per quantity, for the user to be told once:
 * junction voltages and parameters outside the ranges in which the model holds.
 */
export function rangeWarnings(kernel: JunctionKernel, least_V: number, most_V: number): string[] {
  const { model, parameters } = kernel;
  const warnings: string[] = [];
  const [from_V, to_V] = model.validRange_V;
  if (least_V < from_V || most_V > to_V)
    warnings.push(
      `${model.name}: voltages from ${least_V} to ${most_V} V leave the range in which the model holds, ${from_V} to ${to_V} V`,
    );
  for (const { name, unit, validRange } of model.parameters) {
    const value = parameters[name];
    if (validRange === undefined || typeof value !== "number") continue;
    const [least, most] = validRange;
    if (value < least || value > most)
      warnings.push(
        `${model.name}: ${name} is ${value}, the model holds from ${least} to ${most}${unit === "" ? "" : ` ${unit}`}`,
      );
  }
  return warnings;
}
