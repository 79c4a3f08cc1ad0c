import type { JunctionModel, Parameters, ParameterValue } from "./crossbar/model.ts";
import { ParameterError } from "./crossbar/models/parameters.ts";
import { suggestName } from "./crossbar/nearestName.ts";
import { parseQuantity } from "./units.ts";

/** Units of the fields inside a structured parameter (svm's activation), told by their suffix. */
const SUFFIXES: readonly (readonly [suffix: RegExp, unit: string])[] = [
  [/_perV2$/, "1/V2"],
  [/_perV$/, "1/V"],
  [/_V$/, "V"],
  [/^ratio$/, ""],
];

/**
 * Parameters as a user writes them, numbers in the unit of their name or text such as "10 um", into numbers.
 * Ranges are the model's business (`model.resolve`).
 * @throws ParameterError for an unknown name or text that is no quantity of the right unit
 */
export function readParameters(model: JunctionModel, given: Readonly<Record<string, unknown>>): Parameters {
  const known = model.parameters.map(({ name }) => name);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const spec = model.parameters.find((candidate) => candidate.name === name);
      if (spec === undefined)
        throw new ParameterError(name, `${model.name} has no parameter "${name}", ${suggestName(name, known)}`);
      return [name, readParameter(name, spec.unit, value)];
    }),
  );
}

function readParameter(name: string, unit: string, value: unknown): ParameterValue {
  if (typeof value === "number" || typeof value === "string") {
    try {
      return parseQuantity(value, unit);
    } catch (error) {
      throw new ParameterError(name, error instanceof Error ? error.message : String(error));
    }
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readInner(name, key, inner)]));
  // the value itself may be as long as the file
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
  throw new ParameterError(name, `takes a number${unit === "" ? "" : ` in ${unit}`} or a quantity, found ${found}`);
}

function readInner(name: string, key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => readInner(name, key, element));
  const unit = SUFFIXES.find(([suffix]) => suffix.test(key))?.[1];
  if (unit === undefined || typeof value !== "string") return value;
  return readParameter(name, unit, value);
}
