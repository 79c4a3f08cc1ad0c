import { basename } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { checkHold } from "../../core/checkHold.ts";
import { DisturbBook } from "../../core/disturbBook.ts";
import { refusePrompts } from "../../core/engine.ts";
import { ProtocolError } from "../../core/errors.ts";
import { MOST_PULSES, type Plan, planProtocols } from "../../core/plan.ts";
import { planToJson } from "../../core/planJson.ts";
import { formatPlan } from "../../core/planText.ts";
import { loadExperiment } from "../../core/protocol/experiment.ts";
import type { RunStopped } from "../../core/runEvent.ts";
import { formatSI } from "../../core/units.ts";
import { createRunInWorker } from "../../recorder/createRunInWorker.ts";
import { makeManifest, recordCalibration } from "../../recorder/makeManifest.ts";
import { nameRunFolder } from "../../recorder/nameRunFolder.ts";
import { findOperator } from "../askOperator.ts";
import { chooseArray } from "../chooseArray.ts";
import { clean, EXIT } from "../exit.ts";
import { readText } from "../files.ts";
import { makePace } from "../../recorder/pace.ts";
import { openSolverPool } from "../../runtime/solverPool.ts";
import { recoverPort } from "../recoverPort.ts";
import { exitOfJob, runOnLab } from "../runOnLab.ts";
import { superviseRun } from "../superviseRun.ts";
import { log, printJson, printText } from "../terminal.ts";

/** Doses of larger arrays would be most of their record; a script can still book them. */
const LARGEST_BOOK = 64 * 64;

interface RunFlags {
  readonly out?: string;
  readonly seed?: number;
  readonly calibration?: string;
  readonly on?: readonly string[];
  readonly uncalibrated?: boolean;
  readonly dryRun?: boolean;
  readonly manyPulses?: boolean;
  readonly yes?: boolean;
  readonly lab?: string | true;
  readonly json?: boolean;
}

export function add(program: Command): void {
  program
    .command("run")
    .description("Run an experiment file on its array and record everything in a run folder.")
    .argument("<experiment>", "experiment file, YAML or JSON")
    .option("--out <folder>", "run folder to make (default: runs/DATE-NAME)", parseFolder)
    .option("--seed <number>", "seed of everything random, instead of the file's", parseSeed)
    .option("--calibration <file>", "calibration that corrects every current, recorded with the run", parseFolder)
    .option("--on <address...>", "instrument (and its selector) to run on, e.g. serial:/dev/ttyUSB0?driver=emstat-pico")
    .option("--uncalibrated", "drive a real instrument without a calibration")
    .option("--dry-run", "check everything and show what would happen; nothing is driven or written")
    .option("--many-pulses", `allow more than ${MOST_PULSES} pulses`)
    .option("--yes", "confirm every prompt of the experiment without asking")
    .option("--lab [array]", "run on an array of the running crosspore lab (its name or id; default: the only one)")
    .option("--json", "result as JSON on stdout")
    .action(runCommand);
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed))
    throw new InvalidArgumentError(`allowed are whole numbers from 0 to ${Number.MAX_SAFE_INTEGER}.`);
  return seed;
}

function parseFolder(text: string): string {
  if (text === "") throw new InvalidArgumentError("expected the name of a new folder.");
  return text;
}

async function runCommand(file: string, flags: RunFlags): Promise<void> {
  const text = readText(file);
  if (flags.lab !== undefined && !flags.dryRun) return runInLab(file, text, flags, flags.lab);
  const experiment = loadExperiment(text, file);
  const seed = flags.seed ?? experiment.seed;
  const pace = makePace();
  using pool = flags.dryRun ? undefined : openSolverPool(experiment.array);
  const calibration =
    flags.calibration === undefined ? undefined : recordCalibration(readText(flags.calibration), flags.calibration);
  const { array, emulated, measured, arming, readiness, addresses } = await chooseArray({
    experiment,
    emulation: { seed, pause: pace.pause, ...(pool && { pool }) },
    on: flags.on,
    calibration: calibration?.content,
    uncalibrated: flags.uncalibrated ?? false,
  });
  const { protocols, limits, chip, hold_V, places } = experiment;
  // planned before the folder is made: a refused experiment leaves nothing behind
  const mostPulses = flags.manyPulses ? Infinity : MOST_PULSES;
  const { grid, capabilities } = array;
  let plan: Plan;
  try {
    plan = planProtocols({
      grid,
      capabilities,
      protocols,
      limits,
      chip,
      seed,
      places,
      mostPulses,
      rehearse: measured?.rehearse.bind(measured),
    });
    checkHold(hold_V, array, plan.limits);
  } catch (error) {
    await array[Symbol.asyncDispose]();
    throw error;
  }
  if (flags.dryRun) {
    if (flags.json) printJson(planToJson(plan));
    else printText(clean(formatPlan(plan)));
    await array[Symbol.asyncDispose]();
    return;
  }

  const askOperator = findOperator(flags.yes ?? false);
  if (!askOperator) refusePrompts(plan);
  const created = new Date();
  const folder = flags.out ?? nameRunFolder("runs", experiment.name, created);
  const manifest = await makeManifest({
    experiment,
    text,
    file,
    seed,
    created,
    addresses,
    capabilities,
    ...(emulated && { emulated: emulated.describe() }),
    ...(calibration && { calibration }),
  });
  const { rows, columns } = array.grid;
  const stopped = await superviseRun({
    name: experiment.name,
    record: () => createRunInWorker(folder, manifest),
    protocols,
    array,
    limits,
    chip,
    hold_V,
    seed,
    places,
    mostPulses,
    plan,
    pace,
    ...(askOperator && { askOperator }),
    arming,
    readiness,
    ...(measured && { recover: (error, signal) => recoverPort(measured, error, signal) }),
    ...(emulated &&
      rows * columns <= LARGEST_BOOK && { book: new DisturbBook(array.grid, (into) => emulated.conductance_S(into)) }),
  });
  if (!stopped) return;
  report(folder, stopped, flags.json ?? false);
  if (stopped.status !== "success") process.exitCode = EXIT.aborted;
}

/** The same on an array of the lab: window and script share it. */
async function runInLab(file: string, text: string, flags: RunFlags, lab: string | true): Promise<void> {
  const refuse = (path: string, reason: string) => new ProtocolError({ file: "run", line: 0, column: 0, path }, reason);
  if (flags.on) throw refuse("--on", "the lab owns its instruments: open it there, then name it behind --lab");
  if (flags.out !== undefined && flags.out !== basename(flags.out))
    throw refuse("--out", "with --lab it is the name of a folder among the lab's runs, without slashes");
  const { calibration, seed, out } = flags;
  const { job, folder } = await runOnLab({
    text,
    file,
    array: lab === true ? undefined : lab,
    manyPulses: flags.manyPulses ?? false,
    yes: flags.yes ?? false,
    askOperator: findOperator(false),
    ...(seed !== undefined && { seed }),
    ...(out !== undefined && { run: out }),
    ...(calibration !== undefined && { calibration: { text: readText(calibration), file: calibration } }),
  });
  const { progress, state, reason } = job;
  if (flags.json)
    printJson({
      run: folder ?? null,
      status: state,
      reason,
      steps: progress?.steps ?? 0,
      samples: progress?.samples ?? 0,
      lost: progress?.lost ?? 0,
      overloads: progress?.overloads ?? 0,
      duration_s: progress?.elapsed_s ?? 0,
    });
  else
    printText(
      clean(
        `${state === "success" ? "done" : `${state} (${reason})`}: ${progress?.steps ?? 0} steps\n${folder ?? ""}\n`,
      ),
    );
  process.exitCode = exitOfJob(job);
}

function report(folder: string, stopped: RunStopped, json: boolean): void {
  const { status, reason, steps, samples, lost, overloads, time_s, left } = stopped;
  if (json) {
    printJson({ run: folder, status, reason, steps, samples, lost, overloads, duration_s: time_s, left });
    return;
  }
  const quality = lost + overloads > 0 ? `, ${lost} lost, ${overloads} overloads` : "";
  const figures = `${steps} steps, ${samples} samples${quality}, ${formatSI(time_s, "s")} of array time`;
  const whole = status === "success" && stopped.left === undefined;
  printText(clean(`${whole ? "done" : `${status} (${reason})`}: ${figures}\n${folder}\n`));
  if (status === "success") log(`next: crosspore report ${folder}`);
}
