import type { Command } from "commander";
import { z } from "zod";
import { type Environment, ENVIRONMENT_RANGES } from "../../core/crossbar/environment.ts";
import type { Parameters } from "../../core/crossbar/model.ts";
import { ParameterError } from "../../core/crossbar/models/parameters.ts";
import { findModel } from "../../core/crossbar/models/registry.ts";
import { errorAt, quantity, quantityIn, readDocument, strictObject } from "../../core/document.ts";
import { readParameters } from "../../core/junctionParameters.ts";
import {
  conductanceOnly,
  type JunctionDrive,
  type JunctionRecord,
  sampleCountOf,
  simulateJunction,
} from "../../core/simulate.ts";
import { readText } from "../files.ts";
import { printText } from "../terminal.ts";

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

const environmentUnits: Readonly<Record<keyof Environment, string>> = {
  temperature_K: "K",
  saltLeft_mM: "mM",
  saltRight_mM: "mM",
  pH: "",
  opticalPower_W: "W",
  pressure_Pa: "Pa",
  neighbourSalt_mM: "mM",
};
const within = (name: keyof Environment) =>
  quantityIn(environmentUnits[name], ENVIRONMENT_RANGES[name][0], ENVIRONMENT_RANGES[name][1]).exactOptional();
const environment: z.ZodType<Environment> = strictObject({
  temperature_K: within("temperature_K"),
  saltLeft_mM: within("saltLeft_mM"),
  saltRight_mM: within("saltRight_mM"),
  pH: within("pH"),
  opticalPower_W: within("opticalPower_W"),
  pressure_Pa: within("pressure_Pa"),
  neighbourSalt_mM: within("neighbourSalt_mM"),
});

const request = strictObject({
  model: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  environment: environment.default({}),
  waveform: z.discriminatedUnion("kind", [sine, steps, samples]).optional(),
  conductanceOnly: z.boolean().default(false),
  voltages_V: z.array(quantity("V")).optional(),
  /** Reserved for noisy junctions; these models draw no random numbers. */
  seed: z.int().nonnegative().optional(),
});

function simulate(file: string): void {
  const text = readText(file);
  const asked = readDocument(text, file, request);
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
  const junction = { model: model.name, parameters, environment: asked.environment };
  if (asked.conductanceOnly) {
    const { voltages_V } = asked;
    if (voltages_V === undefined)
      throw errorAt(text, file, ["conductanceOnly"], "needs voltages_V, a list of voltages");
    const conductance_S = attempt(["model"], () => conductanceOnly({ ...junction, voltages_V }));
    return printColumns({ voltages_V, conductance_S }, {});
  }
  if (asked.voltages_V !== undefined) throw errorAt(text, file, ["voltages_V"], 'goes with "conductanceOnly": true');
  const { waveform } = asked;
  if (waveform === undefined)
    throw errorAt(text, file, ["waveform"], "is missing, allowed are the kinds sine, steps and samples");
  const drive: JunctionDrive = waveform;
  attempt(["waveform"], () => sampleCountOf(drive));
  printRecord(attempt(["waveform"], () => simulateJunction({ ...junction, waveform: drive })));
}

function printRecord({ time_s, voltage_V, current_A, state, metrics }: JunctionRecord): void {
  printColumns({ time_s, voltage_V, current_A }, { state, metrics });
}

/** One JSON object; arrays leave in pieces, since ten million numbers exceed the longest string. */
function printColumns(
  columns: Readonly<Record<string, ArrayLike<number>>>,
  rest: { readonly state?: JunctionRecord["state"]; readonly metrics?: JunctionRecord["metrics"] },
): void {
  printText("{");
  Object.entries(columns).forEach(([name, values], k) =>
    printColumn(`${k > 0 ? "," : ""}${JSON.stringify(name)}:`, values),
  );
  if (rest.state !== undefined) {
    printText(',"state":{');
    Object.entries(rest.state).forEach(([name, values], k) =>
      printColumn(`${k > 0 ? "," : ""}${JSON.stringify(name)}:`, values),
    );
    printText("}");
  }
  printText(rest.metrics === undefined ? "}\n" : `,"metrics":${JSON.stringify(rest.metrics)}}\n`);
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
