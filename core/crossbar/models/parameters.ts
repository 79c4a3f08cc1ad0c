import type { JunctionModel, Parameters, ParameterSpec, ParameterValue, Provenance } from "../model.ts";
import { suggestName } from "../nearestName.ts";

/** A parameter that is unknown or out of range. A RangeError that remembers the name, so that a file reader finds the line. */
export class ParameterError extends RangeError {
  /** Name as given; "" when it concerns several. */
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super(message);
    this.name = "ParameterError";
    this.parameter = parameter;
  }
}

/**
 * Fills in the defaults and checks names, kinds and ranges.
 * @throws ParameterError naming the parameter, its value and what is allowed
 */
export function fillParameters(model: Pick<JunctionModel, "name" | "parameters">, given: Parameters): Parameters {
  const known = model.parameters.map((spec) => spec.name);
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new ParameterError(name, `${model.name} has no parameter "${name}", ${suggestName(name, known)}`);
  return Object.fromEntries(
    model.parameters.map((spec) => {
      const value = given[spec.name] ?? spec.default;
      checkParameter(model.name, spec, value);
      return [spec.name, value];
    }),
  );
}

function checkParameter(model: string, spec: ParameterSpec, value: ParameterValue): void {
  if (typeof spec.default !== typeof value)
    throw new ParameterError(
      spec.name,
      `${model}: ${spec.name} takes a ${typeof spec.default === "number" ? "number" : "record"}`,
    );
  if (typeof value !== "number") return;
  const [least, most] = spec.range ?? [-Infinity, Infinity];
  if (!Number.isFinite(value) || value < least || value > most) {
    const unit = spec.unit === "" ? "" : ` ${spec.unit}`;
    throw new ParameterError(
      spec.name,
      `${model}: ${spec.name} is ${value}${unit}, allowed are ${least} to ${most}${unit}`,
    );
  }
}

/** A filled-in parameter that is known to be a number. */
export function numberOf(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (typeof value !== "number") throw new ParameterError(name, `${name} takes a number`);
  return value;
}

/** A number of pores or channels. @throws ParameterError unless it is whole */
export function countOf(parameters: Parameters, name: string): number {
  const value = numberOf(parameters, name);
  if (!Number.isInteger(value)) throw new ParameterError(name, `${name} is ${value}, allowed are whole numbers`);
  return value;
}

/** A switch. @throws ParameterError unless it is 0 or 1 */
export function switchOf(parameters: Parameters, name: string): boolean {
  const value = numberOf(parameters, name);
  if (value !== 0 && value !== 1) throw new ParameterError(name, `${name} is ${value}, allowed are 0 and 1`);
  return value === 1;
}

type Numbers = readonly [least: number, most: number];
type MakeSpec = (
  name: string,
  unit: string,
  preset: number,
  range: Numbers,
  description: string,
  source: string,
  validRange?: Numbers,
) => ParameterSpec;

function withProvenance(provenance: Provenance): MakeSpec {
  return (name, unit, preset, range, description, source, validRange) => ({
    name,
    unit,
    description,
    default: preset,
    range,
    ...(validRange === undefined ? {} : { validRange }),
    provenance,
    source,
  });
}

/** Stated by the source. */
export const published = withProvenance("published");
/** Follows from what a source states, by a computation that `source` names. */
export const derived = withProvenance("derived");
/** Neither: `source` says why this value. */
export const ours = withProvenance("default of ours");
