import { type Command, InvalidArgumentError } from "commander";
import { checkHold } from "../../core/checkHold.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { ProtocolError, UnsupportedError } from "../../core/errors.ts";
import { explainPlan } from "../../core/explain.ts";
import { MOST_PULSES, planProtocols } from "../../core/plan.ts";
import { formatPlan } from "../../core/planText.ts";
import { planToJson } from "../../core/planJson.ts";
import { type Prediction, predictRun } from "../../core/predictRun.ts";
import { type Experiment, loadExperiment } from "../../core/protocol/experiment.ts";
import { experimentJsonSchema } from "../../core/protocol/language/jsonSchema.ts";
import { PROTOCOLS } from "../../core/protocol/library/index.ts";
import { startingPoint } from "../../core/protocol/startingPoint.ts";
import { describeUnknown } from "../../core/document.ts";
import { planFigure } from "../../core/report/planFigure.ts";
import { formatSI } from "../../core/units.ts";
import { clean } from "../exit.ts";
import { checkTarget, readText, writeWhole } from "../files.ts";
import { printJson, printText } from "../terminal.ts";

export function add(program: Command): void {
  const protocol = program.command("protocol").description("Write, check and understand experiment files.");
  protocol
    .command("new")
    .description("Print a commented starting point for a protocol of the library.")
    .argument("<name>", `one of ${Object.keys(PROTOCOLS).join(", ")}`, knownProtocol)
    .action((name: string) => void printText(startingPoint(name)));
  protocol
    .command("check")
    .description("Find everything that is wrong with an experiment file, before anything moves.")
    .argument("<experiment>", "experiment file")
    .option("--many-pulses", `allow more than ${MOST_PULSES} pulses`)
    .action((file: string, flags: Flags) => {
      const { plan } = dryRun(file, flags);
      const { steps, duration_s, largest_V, bytes } = plan;
      printJson({ file, ok: true, steps, duration_s, largest_V, bytes, prompts: plan.prompts.length });
    });
  protocol
    .command("plan")
    .description("Show what a run would do; nothing is driven.")
    .argument("<experiment>", "experiment file")
    .option("--svg <file>", "draw waveforms and maps into this file")
    .option("--force", "replace the SVG file")
    .option("--predict", "run it on the emulated array first: currents, energy and compliance")
    .option("--many-pulses", `allow more than ${MOST_PULSES} pulses`)
    .option("--json", "result as JSON on stdout")
    .action(planCommand);
  protocol
    .command("explain")
    .description("Say in plain sentences what will happen.")
    .argument("<experiment>", "experiment file")
    .action((file: string) => {
      const { plan, experiment, array } = dryRun(file, {});
      const { grid, capabilities } = array;
      const context = { grid, capabilities, limits: plan.limits, seed: experiment.seed };
      printText(clean(explainPlan(plan, experiment.protocols, context)));
    });
  protocol
    .command("schema")
    .description("Print the JSON Schema of experiment files, for editors.")
    .action(() => void printText(`${JSON.stringify(experimentJsonSchema(), null, 2)}\n`));
  for (const child of protocol.commands) child.exitOverride();
}

interface Flags {
  readonly svg?: string;
  readonly force?: boolean;
  readonly predict?: boolean;
  readonly manyPulses?: boolean;
  readonly json?: boolean;
}

function knownProtocol(name: string): string {
  if (Object.hasOwn(PROTOCOLS, name)) return name;
  throw new InvalidArgumentError(describeUnknown(name, Object.keys(PROTOCOLS), "protocol"));
}

/** "x.yaml:12:5: ..." begins with its place already. */
function placeIn(file: string, message: string) {
  const found = message.startsWith(`${file}:`) ? /^:(\d+):(\d+): /u.exec(message.slice(file.length)) : null;
  return { file, line: Number(found?.[1] ?? 0), column: Number(found?.[2] ?? 0), path: "" };
}

function withoutPlace(file: string, message: string): string {
  return placeIn(file, message).line === 0 ? message : message.slice(file.length).replace(/^:\d+:\d+: /u, "");
}

/** @throws ProtocolError for a file that is wrong or asks for what its array cannot do, LimitError for what it may not */
function dryRun(file: string, flags: Flags) {
  const experiment = loadExperiment(readText(file), file);
  const { seed, protocols, limits, chip, places, hold_V } = experiment;
  const array = new EmulatedArray(experiment.array, { seed });
  const mostPulses = flags.manyPulses ? Infinity : MOST_PULSES;
  const { grid, capabilities } = array;
  try {
    const plan = planProtocols({ grid, capabilities, protocols, limits, chip, seed, places, mostPulses });
    checkHold(hold_V, array, plan.limits);
    return { experiment, array, plan };
  } catch (error) {
    // to whoever checks a file, what its array cannot do is a mistake of the file
    if (!(error instanceof UnsupportedError)) throw error;
    throw new ProtocolError(placeIn(file, error.message), withoutPlace(file, error.message));
  }
}

async function planCommand(file: string, flags: Flags): Promise<void> {
  if (flags.svg !== undefined) checkTarget(flags.svg, flags.force ?? false);
  const { experiment, plan } = dryRun(file, flags);
  const prediction = flags.predict ? await predict(experiment, flags) : undefined;
  if (flags.svg !== undefined) await writeWhole(flags.svg, planFigure(plan, experiment.name, prediction));
  if (flags.json) {
    printJson({
      ...planToJson(plan),
      ...(prediction && { prediction: { ...prediction, junctionEnergy_J: [...prediction.junctionEnergy_J] } }),
    });
    return;
  }
  printText(clean(`${formatPlan(plan)}${prediction ? formatPrediction(prediction) : ""}`));
}

function predict({ array, protocols, limits, chip, seed, places }: Experiment, flags: Flags): Promise<Prediction> {
  const mostPulses = flags.manyPulses ? Infinity : MOST_PULSES;
  return predictRun({ array, protocols, limits, chip, seed, places, mostPulses });
}

function formatPrediction(predicted: Prediction): string {
  const { steps, duration_s, largestCurrent_A, column, energy_J, complianceShare, overloads, tripped } = predicted;
  const share = Number.isFinite(complianceShare) ? `${Number((100 * complianceShare).toPrecision(3))} %` : "no limit";
  return [
    "predicted on the emulated array",
    `steps, duration   ${steps}, ${formatSI(duration_s, "s", 4)}`,
    `max |I|           ${formatSI(largestCurrent_A, "A", 4)} in column ${column}`,
    `compliance        ${complianceShare > 0 || Number.isFinite(complianceShare) ? `${share} of the current limit or range` : "no current limit, no range"}${overloads > 0 ? `, ${overloads} samples overloaded` : ""}`,
    `energy            ${formatSI(energy_J, "J")} in all junctions`,
    ...(tripped === undefined ? [] : [`WOULD TRIP        ${tripped}`]),
    "",
  ].join("\n");
}
