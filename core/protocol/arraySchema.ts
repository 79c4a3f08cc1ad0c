import { z } from "zod";
import { checkGeometry } from "../crossbar/checkGeometry.ts";
import { EFFECTS, type EffectsConfig, makeEffects } from "../crossbar/effects/index.ts";
import { kclConductivity_S_m } from "../crossbar/electrolyte.ts";
import { ENVIRONMENT_RANGES } from "../crossbar/environment.ts";
import { LARGEST_SIDE } from "../crossbar/grid.ts";
import { accessResistance_ohm, segmentResistance_ohm } from "../crossbar/line.ts";
import type { Parameters, ParameterSpec, ParameterValue } from "../crossbar/model.ts";
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

/** +1, or -1 where leads are swapped. */
const polarity = z.custom<1 | -1>((value) => value === 1 || value === -1, { error: "allowed are 1 and -1" });

/** Names and parameters are checked by `resolveEffects`. */
export const effectsSchema = z.record(z.string(), z.unknown(), {
  error: `expected a map of effects, allowed are ${EFFECTS.map(({ name }) => name).join(", ")}`,
});

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
    gain: positive("").optional(),
    offset_A: quantity("A").optional(),
    polarity: polarity.optional(),
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
  /** What the array adds to its junctions: a map of parameters for each effect, empty for its defaults. */
  effects: effectsSchema.optional(),
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

/** @returns effects with their parameters, or the first mistake with its place */
export function resolveEffects(
  given: Readonly<Record<string, unknown>>,
  config: Pick<EmulatedArrayConfig, "junction" | "environment">,
): { readonly effects: EffectsConfig } | { readonly mistake: Mistake } {
  try {
    return { effects: readEffects(given, config) };
  } catch (error) {
    if (error instanceof ArrayMistake) return { mistake: error.mistake };
    throw error;
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
  checkShape(lines?.channel, access);
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
  const effects = rest.effects && readEffects(rest.effects, config);
  if (frontEnd) at(["frontEnd", "bits"], () => checkFrontEnd(frontEnd));
  if (conductance_S) at(["conductance_S"], () => flattenMap(grid, conductance_S));
  return effects ? { ...config, effects } : config;
}

/** A map that a parser already knows to be one of known names: `{electrodes: {}, noise: {hooge: 0}}`. */
function readEffects(
  given: Readonly<Record<string, unknown>>,
  config: Pick<EmulatedArrayConfig, "junction" | "environment">,
): EffectsConfig {
  const names = EFFECTS.map(({ name }) => name);
  const effects = Object.fromEntries(
    Object.entries(given).map(([name, fields]): [string, Parameters] => {
      const spec = EFFECTS.find((known) => known.name === name);
      if (!spec) throw new ArrayMistake(["effects", name], describeUnknown(name, names, "effect"));
      return [name, readEffect(spec, fields)];
    }),
  );
  const site = { grid: { rows: 1, columns: 1 }, environment: config.environment ?? {}, seed: 0 };
  const kernel = resolveJunction(config.junction.model, config.junction.parameters ?? {}, site.environment);
  for (const [name, parameters] of Object.entries(effects))
    at(["effects", name], () => {
      makeEffects({ [name]: parameters }, { ...site, kernel, state: kernel.allocate(site.grid) });
    });
  return effects;
}

function readEffect(spec: (typeof EFFECTS)[number], fields: unknown): Parameters {
  const path = ["effects", spec.name];
  if (fields === null || fields === undefined) return {};
  if (typeof fields !== "object" || Array.isArray(fields))
    throw new ArrayMistake(
      path,
      `expected a map of parameters, allowed are ${spec.parameters.map(({ name }) => name).join(", ")}`,
    );
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]): [string, ParameterValue] => {
      const parameter = spec.parameters.find(({ name }) => name === key);
      if (parameter) return [key, at([...path, key], () => readParameter(parameter, value))];
      const known = spec.parameters.map(({ name }) => name);
      throw new ArrayMistake([...path, key], describeUnknown(key, known, `parameter of ${spec.name}`));
    }),
  );
}

/** What no chip can be: a pore wider than its channel, double layers that overlap where formulas need a bulk. */
function checkShape(channel: z.output<typeof lines>["channel"], access: ArrayFields["access"]): void {
  if (!access) return;
  at(["access", "poreDiameter_m"], () =>
    checkGeometry({
      poreDiameter_m: access.poreDiameter_m,
      salt_mM: access.salt_mM,
      ...(channel
        ? { channelWidth_m: channel.width_m, channelHeight_m: channel.height_m, pitch_m: channel.pitch_m }
        : {}),
    }),
  );
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
      throw new ArrayMistake(
        path[0] === "effects" ? [...path, error.parameter] : ["junction", "parameters", error.parameter],
        error.message,
      );
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
