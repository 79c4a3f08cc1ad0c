import type { ArrayBackend } from "../../core/arrayBackend.ts";
import { CalibratedArray } from "../../core/calibration/calibratedArray.ts";
import { DisturbBook } from "../../core/disturbBook.ts";
import type { RunOptions } from "../../core/engine.ts";
import { limitsInForce, strictest } from "../../core/limits.ts";
import { MOST_PULSES, type Plan } from "../../core/plan.ts";
import { loadExperiment } from "../../core/protocol/experiment.ts";
import type { RecordedCalibration } from "../../core/record/runData.ts";
import type { RunEvent, RunStopped } from "../../core/runEvent.ts";
import type { RunStops } from "../../core/runStops.ts";
import { startClock } from "../../core/startClock.ts";
import type { LiveStatus } from "../../recorder/control/liveStatus.ts";
import { createRunInWorker } from "../../recorder/createRunInWorker.ts";
import { makeManifest } from "../../recorder/makeManifest.ts";
import { recordRun } from "../../recorder/recordRun.ts";
import type { RunRecorder } from "../../recorder/runRecorder.ts";
import type { LabArray } from "../arrays/labArray.ts";

/** Doses of larger arrays would be most of their record. */
const LARGEST_BOOK = 64 * 64;

export interface JobRun {
  readonly array: LabArray;
  readonly text: string;
  readonly file: string;
  readonly seed: number | undefined;
  readonly manyPulses: boolean;
  readonly notes: string;
  readonly calibration: RecordedCalibration | undefined;
  readonly plan: Plan;
  readonly stops: RunStops;
  /** Whole path of the run folder to make. */
  readonly folder: string;
  readonly created: Date;
  readonly askOperator: NonNullable<RunOptions["askOperator"]>;
  readonly onBegin: (recorder: RunRecorder, status: LiveStatus) => void;
  readonly follow: (event: RunEvent) => void;
  readonly warn: (problem: unknown) => void;
}

/**
 * One experiment on one array of the service, recorded like any run of the command line: same engine, same limiter, same
 * folder, same control socket. The clock of the run begins at 0, whatever the array has lived through.
 * @returns undefined when the run never began
 * @throws as `recordRun`
 */
export async function runJob(job: JobRun): Promise<RunStopped | undefined> {
  const { array, text, file, plan, stops, notes, created, folder } = job;
  const { parts } = array;
  const experiment = loadExperiment(text, file);
  const seed = job.seed ?? experiment.seed;
  const calibration = parts.calibration ?? job.calibration;
  const { capabilities, grid } = parts.backend;
  const manifest = await makeManifest({
    experiment: parts.emulated
      ? { ...experiment, resolved: { ...experiment.resolved, array: { ...parts.emulated.config } } }
      : experiment,
    text,
    file,
    seed,
    created,
    notes,
    addresses: parts.addresses,
    capabilities,
    ...(parts.emulated && { emulated: parts.emulated.describe() }),
    ...(calibration && { calibration }),
  });
  const { emulated } = parts;
  const book =
    grid.rows * grid.columns <= LARGEST_BOOK
      ? new DisturbBook(grid, emulated && ((into) => emulated.conductance_S(into)))
      : undefined;
  array.disturb = book;
  const corrected: ArrayBackend =
    job.calibration && !parts.calibration ? new CalibratedArray(parts.backend, job.calibration.content) : parts.backend;
  return recordRun({
    name: experiment.name,
    record: () => createRunInWorker(folder, manifest),
    protocols: experiment.protocols,
    array: startClock(corrected, parts.time_s()),
    limits: strictest(limitsInForce(parts.limits, capabilities, parts.chip), experiment.limits),
    chip: experiment.chip,
    hold_V: experiment.hold_V,
    seed,
    places: experiment.places,
    mostPulses: job.manyPulses ? Infinity : MOST_PULSES,
    plan,
    arming: parts.arming,
    readiness: parts.readiness,
    ...(book && { book }),
    askOperator: job.askOperator,
    stops,
    pace: parts.pace,
    follow: job.follow,
    onBegin: job.onBegin,
    warn: job.warn,
  });
}
