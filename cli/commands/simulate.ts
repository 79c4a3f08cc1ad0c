import type { Command } from "commander";
import { z } from "zod";
import type { Environment } from "../../core/crossbar/environment.ts";
import type { Parameters } from "../../core/crossbar/model.ts";
import { ParameterError } from "../../core/crossbar/models/parameters.ts";
import { findModel } from "../../core/crossbar/models/registry.ts";
import { findDriver } from "../../core/crossbar/neurons/drivers.ts";
import { errorAt, quantity, readDocument, strictObject } from "../../core/document.ts";
import { readParameters } from "../../core/junctionParameters.ts";
import {
  checkRealisations,
  conductanceOnly,
  type JunctionDrive,
  type JunctionRecord,
  type JunctionRequest,
  LARGEST_REALISATIONS,
  resolveRequest,
  sampleCountOf,
  simulateJunction,
} from "../../core/simulate.ts";
import { makeSurroundings } from "../../core/surroundings.ts";
import { effectsSchema, resolveEffects } from "../../core/protocol/arraySchema.ts";
import { notNegative } from "../../core/protocol/parameters.ts";
import { planLine, simulateWithEffects } from "../../core/simulateEffects.ts";
import { environmentSchema } from "../environmentSchema.ts";
import { readText } from "../files.ts";
import { simulateDriver } from "../simulateDriver.ts";
import { log, printText } from "../terminal.ts";

/** `crosspore simulate FILE.json`: one junction under an ideal voltage source, JSON in and out. */
export function add(program: Command): void {
  program
    .command("simulate")
    .summary("drive one junction by an ideal voltage source")
    .description("Drive one junction by an ideal voltage source; prints time, voltage, current and state as JSON.")
    .argument("<file>", "JSON or YAML: model, parameters and waveform, or conductanceOnly with voltages_V")
    .action((file: string) => simulate(file));
}

const positive = (unit: string) => quantity(unit).refine((value) => value > 0, { error: "must be above 0" });

const sine = strictObject({
  kind: z.literal("sine"),
  amplitude_V: quantity("V"),
  frequency_Hz: positive("Hz"),
  cycles: z.number().positive(),
  samplesPerCycle: z.int().positive(),
});

const steps = strictObject({
  kind: z.literal("steps"),
  steps: z
    .array(strictObject({ voltage_V: quantity("V"), duration_s: positive("s") }))
    .min(1, "needs at least one step"),
  samplePeriod_s: positive("s"),
});

const samples = strictObject({
  kind: z.literal("samples"),
  time_s: z.array(z.number()).min(1, "needs at least one time"),
  voltage_V: z.array(z.number()),
}).superRefine(({ time_s, voltage_V }, context) => {
  if (time_s.length !== voltage_V.length)
    context.addIssue({
      code: "custom",
      path: ["voltage_V"],
      message: `has ${voltage_V.length} values for ${time_s.length} times, they must be equal`,
    });
  const fall = time_s.findIndex((time, k) => k > 0 && !(time > (time_s[k - 1] as number)));
  if (fall > 0)
    context.addIssue({
      code: "custom",
      path: ["time_s", fall],
      message: `is ${time_s[fall]}, must be above ${time_s[fall - 1]}`,
    });
});

const requestSchema = strictObject({
  model: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  environment: environmentSchema.default({}),
  waveform: z.discriminatedUnion("kind", [sine, steps, samples]).optional(),
  conductanceOnly: z.boolean().default(false),
  voltages_V: z.array(quantity("V")).optional(),
  /** What stands around the junction; arrays have more (docs/effects.md). */
  effects: effectsSchema.exactOptional(),
  access_ohm: notNegative("ohm").exactOptional(),
  series_ohm: notNegative("ohm").exactOptional(),
  /** Of stochastic junctions. */
  seed: z.int().nonnegative().default(0),
  realisations: z.int().min(1).max(LARGEST_REALISATIONS).exactOptional(),
});

/** Effects alone need to wait: everything else is answered at once. */
function simulate(file: string): Promise<void> | void {
  const text = readText(file);
  const driver = findDriver(readDocument(text, file, z.looseObject({ model: z.string() })).model);
  if (driver) {
    const { state, ...record } = simulateDriver(driver, text, file);
    const { metrics, ...columns } = "metrics" in record ? record : { ...record, metrics: undefined };
    return printColumns(columns, { state }, metrics);
  }
  const asked = readDocument(text, file, requestSchema);
  const at = (path: readonly PropertyKey[], error: unknown) =>
    error instanceof RangeError ? errorAt(text, file, path, error.message) : error;
  const attempt = <T>(path: readonly PropertyKey[], work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw at(error instanceof ParameterError ? ["parameters", error.parameter] : path, error);
    }
  };
  const model = attempt(["model"], () => findModel(asked.model));
  const parameters: Parameters = attempt(["parameters"], () => readParameters(model, asked.parameters));
  const surroundings = attempt(["environment"], () => makeSurroundings(asked.environment));
  if (asked.conductanceOnly) {
    const { voltages_V } = asked;
    if (voltages_V === undefined)
      throw errorAt(text, file, ["conductanceOnly"], "needs voltages_V, a list of voltages");
    if (surroundings.varies)
      throw errorAt(text, file, ["environment"], "has a waveform, a steady state takes constants alone");
    const environment: Environment = surroundings.before;
    const conductance_S = attempt(["model"], () =>
      conductanceOnly({ model: model.name, parameters, environment, voltages_V }),
    );
    return printColumns({ voltages_V, conductance_S }, {});
  }
  if (asked.voltages_V !== undefined) throw errorAt(text, file, ["voltages_V"], 'goes with "conductanceOnly": true');
  const { waveform, seed, realisations } = asked;
  if (waveform === undefined)
    throw errorAt(text, file, ["waveform"], "is missing, allowed are the kinds sine, steps and samples");
  const drive: JunctionDrive = waveform;
  attempt(["waveform"], () => sampleCountOf(drive));
  const { effects: asEffects, access_ohm, series_ohm } = asked;
  if (asEffects !== undefined || access_ohm !== undefined || series_ohm !== undefined) {
    if (surroundings.varies) throw errorAt(text, file, ["environment"], "has a waveform, effects take constants alone");
    if (realisations !== undefined) throw errorAt(text, file, ["realisations"], "do not go with effects");
    attempt(["waveform"], () => planLine(drive));
    const environment = surroundings.before;
    const junction = { model: model.name, parameters };
    const read = resolveEffects(asEffects ?? {}, { junction, environment });
    if ("mistake" in read) throw errorAt(text, file, read.mistake.path, read.mistake.reason);
    return simulateWithEffects({
      ...junction,
      environment,
      waveform: drive,
      seed,
      effects: read.effects,
      access_ohm: access_ohm ?? 0,
      series_ohm: series_ohm ?? 0,
    }).then(
      ({ state, metrics, ...columns }) => printColumns(columns, { state }, metrics),
      (error: unknown) => {
        throw at(["model"], error);
      },
    );
  }
  const request: JunctionRequest = {
    model: model.name,
    parameters,
    environment: asked.environment,
    waveform: drive,
    seed,
    ...(realisations === undefined ? {} : { realisations }),
  };
  attempt(["realisations"], () => checkRealisations(resolveRequest(request), realisations));
  const record = attempt(["waveform"], () => simulateJunction(request));
  for (const warning of record.warnings) log(`warning: ${warning}`);
  if (record.largestSplit > 1)
    log(
      `note: steps between samples are long beside the time constants of ${model.name} or move the voltage far, they were split into up to ${record.largestSplit} parts`,
    );
  printRecord(record);
}

function printRecord(record: JunctionRecord): void {
  const { time_s, voltage_V, current_A, currentStandardError_A, state, stateStandardError, metrics } = record;
  printColumns(
    { time_s, voltage_V, current_A, ...(currentStandardError_A === undefined ? {} : { currentStandardError_A }) },
    { state, ...(stateStandardError === undefined ? {} : { stateStandardError }) },
    metrics,
  );
}

type Columns = Readonly<Record<string, ArrayLike<number>>>;

/** One JSON object; arrays leave in pieces, since ten million numbers exceed the longest string. */
function printColumns(columns: Columns, groups: Readonly<Record<string, Columns>>, metrics?: object): void {
  printText("{");
  printGroup(columns);
  for (const [name, group] of Object.entries(groups)) {
    printText(`,${JSON.stringify(name)}:{`);
    printGroup(group);
    printText("}");
  }
  printText(metrics === undefined ? "}\n" : `,"metrics":${JSON.stringify(metrics)}}\n`);
}

function printGroup(columns: Columns): void {
  Object.entries(columns).forEach(([name, values], k) => {
    printColumn(`${k > 0 ? "," : ""}${JSON.stringify(name)}:`, values);
  });
}

const NUMBERS_PER_PIECE = 65_536;

function printColumn(label: string, values: ArrayLike<number>): void {
  printText(`${label}[`);
  for (let first = 0; first < values.length; first += NUMBERS_PER_PIECE) {
    const piece = Array.prototype.slice.call(values, first, first + NUMBERS_PER_PIECE);
    printText(`${first > 0 ? "," : ""}${piece.join(",")}`);
  }
  printText("]");
}
