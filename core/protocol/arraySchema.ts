import { z } from "zod";
import { kclConductivity_S_m } from "../crossbar/electrolyte.ts";
import { ENVIRONMENT_RANGES } from "../crossbar/environment.ts";
import { LARGEST_SIDE } from "../crossbar/grid.ts";
import { accessResistance_ohm, segmentResistance_ohm } from "../crossbar/line.ts";
import type { ParameterSpec, ParameterValue } from "../crossbar/model.ts";
import { ParameterError } from "../crossbar/models/parameters.ts";
import { findModel, MODELS, resolveJunction } from "../crossbar/models/registry.ts";
import { describeUnknown, quantity, quantityIn, strictObject } from "../document.ts";
import {
  checkFrontEnd,
  type EmulatedArrayConfig,
  flattenMap,
  type LineConfig,
  resolveLines,
} from "../emulated/config.ts";
import { count, listOf, type Mistake, notNegative, oneOf, oneOrMore, positive } from "./parameters.ts";

/** The `array:` part of an experiment file, and its translation into what the emulated array takes (base SI, ohms). */

const ohms = oneOrMore(notNegative("ohm"), "resistances, one per line").transform((values) =>
  values.length === 1 ? (values[0] ?? 0) : values,
);
const temperature_K = quantityIn("K", ...ENVIRONMENT_RANGES.temperature_K).optional();

const lines = strictObject({
  rowSegment_ohm: ohms.optional(),
  columnSegment_ohm: ohms.optional(),
  rowSource_ohm: ohms.optional(),
  columnSense_ohm: ohms.optional(),
  /** Segments from the geometry of the channels between junctions and their electrolyte, rows and columns alike. */
  channel: strictObject({
    width_m: positive("m"),
    height_m: positive("m"),
    pitch_m: positive("m"),
    salt_mM: positive("mM"),
    temperature_K,
  }).optional(),
});

const environmentField = (name: keyof typeof ENVIRONMENT_RANGES, unit: string) =>
  quantityIn(unit, ...ENVIRONMENT_RANGES[name]).optional();

export const arraySchema = strictObject({
  rows: count(1, LARGEST_SIDE),
  columns: count(1, LARGEST_SIDE),
  junction: strictObject({
    model: z.string({
      error: `expected the name of a junction model, allowed are ${MODELS.map(({ name }) => name).join(", ")}`,
    }),
    parameters: z.record(z.string(), z.unknown(), { error: "expected a map of parameters" }).optional(),
  }),
  lines: lines.optional(),
  access_ohm: notNegative("ohm").optional(),
  /** Both mouths of a cylindrical pore in KCl, in series with every junction. */
  access: strictObject({ poreDiameter_m: positive("m"), salt_mM: positive("mM"), temperature_K }).optional(),
  frontEnd: strictObject({
    range_A: positive("A").optional(),
    bandwidth_Hz: positive("Hz").optional(),
    bits: count(1, 32).optional(),
    noise_A_rtHz: notNegative("A/Hz^0.5").optional(),
  }).optional(),
  environment: strictObject({
    temperature_K,
    saltLeft_mM: environmentField("saltLeft_mM", "mM"),
    saltRight_mM: environmentField("saltRight_mM", "mM"),
    pH: environmentField("pH", ""),
    opticalPower_W: environmentField("opticalPower_W", "W"),
    pressure_Pa: environmentField("pressure_Pa", "Pa"),
    neighbourSalt_mM: environmentField("neighbourSalt_mM", "mM"),
  }).optional(),
  voltageRange_V: positive("V").optional(),
  conductance_S: listOf(listOf(notNegative("S"), "conductances"), "rows, each a list of conductances").optional(),
  unselectedLines: oneOf(["biased", "grounded", "floating"]).optional(),
});

type ArrayFields = z.output<typeof arraySchema>;

/** A mistake that the schema cannot see; `path` starts below `array`. */
class ArrayMistake extends Error {
  readonly mistake: Mistake;

  constructor(path: readonly PropertyKey[], reason: string) {
    super(reason);
    this.mistake = { path, reason };
  }
}

/** @returns the configuration, or the first mistake with its place */
export function resolveArray(fields: ArrayFields): EmulatedArrayConfig | { readonly mistake: Mistake } {
  try {
    return makeConfig(fields);
  } catch (error) {
    if (error instanceof ArrayMistake) return { mistake: error.mistake };
    throw error;
  }
}

function makeConfig(fields: ArrayFields): EmulatedArrayConfig {
  const { rows, columns, access, lines, junction, ...rest } = fields;
  const grid = { rows, columns };
  const environment = rest.environment ? present(rest.environment) : undefined;
  const config: EmulatedArrayConfig = {
    rows,
    columns,
    junction: resolveModel(junction, environment),
    ...(lines ? { lines: resolveLineFields(lines, grid) } : {}),
    ...accessOf(fields.access_ohm, access),
    ...(rest.frontEnd ? { frontEnd: present(rest.frontEnd) } : {}),
    ...(environment ? { environment } : {}),
    ...(rest.voltageRange_V === undefined ? {} : { voltageRange_V: rest.voltageRange_V }),
    ...(rest.conductance_S ? { conductance_S: rest.conductance_S } : {}),
    ...(rest.unselectedLines ? { unselectedLines: rest.unselectedLines } : {}),
  };
  const { frontEnd, conductance_S } = config;
  if (frontEnd) at(["frontEnd", "bits"], () => checkFrontEnd(frontEnd));
  if (conductance_S) at(["conductance_S"], () => flattenMap(grid, conductance_S));
  return config;
}

function resolveModel(
  { model: name, parameters: given = {} }: ArrayFields["junction"],
  environment: EmulatedArrayConfig["environment"],
): EmulatedArrayConfig["junction"] {
  const names = MODELS.flatMap((model) => [model.name, ...model.aliases]);
  if (!names.includes(name))
    throw new ArrayMistake(["junction", "model"], describeUnknown(name, names, "junction model"));
  const model = findModel(name);
  const parameters = Object.fromEntries(
    Object.entries(given).map(([key, value]): [string, ParameterValue] => {
      const path = ["junction", "parameters", key];
      const spec = model.parameters.find((known) => known.name === key);
      if (!spec) {
        const known = model.parameters.map((parameter) => parameter.name);
        throw new ArrayMistake(path, describeUnknown(key, known, `parameter of ${model.name}`));
      }
      return [key, at(path, () => readParameter(spec, value))];
    }),
  );
  at(["junction"], () => resolveJunction(model.name, parameters, environment));
  return { model: model.name, parameters };
}

function readParameter(spec: ParameterSpec, value: unknown): ParameterValue {
  if (typeof spec.default === "number") {
    const parsed = quantity(spec.unit).safeParse(value);
    if (!parsed.success) throw new RangeError(parsed.error.issues[0]?.message ?? "not a quantity");
    return parsed.data;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new RangeError(`expected a map such as ${JSON.stringify(spec.default)}`);
}

function resolveLineFields(
  { channel, ...ohms }: z.output<typeof lines>,
  grid: { rows: number; columns: number },
): LineConfig {
  const given: LineConfig = present(ohms);
  for (const [key, value] of Object.entries(given)) at(["lines", key], () => resolveLines(grid, { [key]: value }));
  if (!channel) return given;
  for (const key of ["rowSegment_ohm", "columnSegment_ohm"] as const)
    if (given[key] !== undefined)
      throw new ArrayMistake(["lines", key], "channel gives this resistance already, allowed is one of the two");
  const segment_ohm = at(["lines", "channel"], () =>
    segmentResistance_ohm({
      length_m: channel.pitch_m,
      width_m: channel.width_m,
      height_m: channel.height_m,
      conductivity_S_m: kclConductivity_S_m(channel.salt_mM, channel.temperature_K),
    }),
  );
  return { ...given, rowSegment_ohm: segment_ohm, columnSegment_ohm: segment_ohm };
}

function accessOf(access_ohm: number | undefined, access: ArrayFields["access"]): { access_ohm?: number } {
  if (access && access_ohm !== undefined)
    throw new ArrayMistake(["access_ohm"], "access gives this resistance already, allowed is one of the two");
  if (!access) return access_ohm === undefined ? {} : { access_ohm };
  const radius_m = access.poreDiameter_m / 2;
  return {
    access_ohm: at(["access"], () =>
      accessResistance_ohm({
        firstRadius_m: radius_m,
        secondRadius_m: radius_m,
        conductivity_S_m: kclConductivity_S_m(access.salt_mM, access.temperature_K),
      }),
    ),
  };
}

/** The place of a RangeError from the rooms below; a parameter or `salt_mM` is found by its own name. */
function at<T>(path: readonly PropertyKey[], action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (error instanceof ParameterError && error.parameter !== "")
      throw new ArrayMistake(["junction", "parameters", error.parameter], error.message);
    const field = /^(salt_mM|temperature_K) is /.exec(error.message)?.[1];
    throw new ArrayMistake(field ? [...path, field] : path, error.message);
  }
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys whose value is undefined, which optional schemas leave behind. */
function present<T extends object>(fields: T): Present<T> {
  const result: Present<T> = {};
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const value = fields[key];
    if (value !== undefined) result[key] = value as Exclude<T[keyof T], undefined>;
  }
  return result;
}
