import { ENVIRONMENT_RANGES, type Environment } from "../environment.ts";
import type { JunctionKernel, JunctionModel, Parameters } from "../model.ts";
import { suggestName } from "../nearestName.ts";
import { findDriver } from "../neurons/drivers.ts";
import { HARD_MODELS } from "./hardModels.ts";
import { HYBRID_MODELS } from "./hybridModels.ts";
import { SOFT_MODELS } from "./softModels.ts";

/** Every junction model; a new one is one file and one line in the list of its kind. */
export const MODELS: readonly JunctionModel[] = [...HARD_MODELS, ...SOFT_MODELS, ...HYBRID_MODELS];

/** @throws RangeError with the nearest known name */
export function findModel(nameOrAlias: string): JunctionModel {
  const model = MODELS.find(({ name, aliases }) => name === nameOrAlias || aliases.includes(nameOrAlias));
  if (model) return model;
  const driver = findDriver(nameOrAlias);
  if (driver)
    throw new RangeError(`"${nameOrAlias}" drives junctions and is none; in crosspore/crossbar: ${driver.usage}`);
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
