import { ENVIRONMENT_RANGES, type Environment } from "../environment.ts";
import type { JunctionKernel, JunctionModel, Parameters } from "../model.ts";
import { suggestName } from "../nearestName.ts";
import { conicalChannel } from "./conicalChannel.ts";
import { fourLoops } from "./fourLoops.ts";
import { ncnmChannel } from "./ncnmChannel.ts";
import { ohmic } from "./ohmic.ts";
import { svm } from "./svm.ts";

/** Every junction model; a new one is one file and one line here. */
export const MODELS: readonly JunctionModel[] = [ohmic, svm, conicalChannel, ncnmChannel, fourLoops];

/** @throws RangeError with the nearest known name */
export function findModel(nameOrAlias: string): JunctionModel {
  const model = MODELS.find(({ name, aliases }) => name === nameOrAlias || aliases.includes(nameOrAlias));
  if (model) return model;
  const near = suggestName(
    nameOrAlias,
    MODELS.flatMap(({ name, aliases }) => [name].concat(aliases)),
  );
  throw new RangeError(`No junction model "${nameOrAlias}", ${near}`);
}

/**
 * The array kernel of a model with its parameters fixed.
 * @throws RangeError for an unknown model, ParameterError (a RangeError) for a parameter, RangeError for the environment
 */
export function resolveJunction(
  nameOrAlias: string,
  parameters: Parameters = {},
  environment: Environment = {},
): JunctionKernel {
  for (const [name, [least, most]] of Object.entries(ENVIRONMENT_RANGES)) {
    const value = environment[name as keyof Environment];
    if (value !== undefined && !(value >= least && value <= most))
      throw new RangeError(`environment.${name} is ${value}, allowed are ${least} to ${most}`);
  }
  return findModel(nameOrAlias).resolve(parameters, environment);
}
