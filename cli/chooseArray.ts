import type { ArrayBackend } from "../core/arrayBackend.ts";
import { CalibratedArray } from "../core/calibration/calibratedArray.ts";
import type { Calibration } from "../core/calibration/calibration.ts";
import { type Identity, isSimulated } from "../core/drivers/instrument.ts";
import { openInstrumentArray } from "../core/drivers/openArray.ts";
import { makeManualSelector } from "../core/drivers/manualSelector.ts";
import { wallTimer } from "../core/drivers/timer.ts";
import { EmulatedArray, type EmulatedArrayOptions } from "../core/emulated/emulatedArray.ts";
import { Arming } from "../core/limiter/arming.ts";
import { assumeReadiness, type Readiness } from "../core/limiter/blockers.ts";
import { limitsVoltage } from "../core/limits.ts";
import type { Experiment } from "../core/protocol/experiment.ts";
import { LatchFile, latchFolder } from "../runtime/latchFile.ts";
import { completeAddress } from "./instrumentAddress.ts";
import { log } from "./terminal.ts";

export interface ArrayChoice {
  readonly experiment: Experiment;
  readonly emulation: EmulatedArrayOptions;
  /** Addresses of instrument and selector, in place of the experiment's; empty = the emulated array. */
  readonly on: readonly string[] | undefined;
  readonly calibration: Calibration | undefined;
  /** The user takes it on that currents are as the instrument shows them. */
  readonly uncalibrated: boolean;
}

export interface ChosenArray {
  readonly array: ArrayBackend;
  readonly arming: Arming;
  readonly readiness: Readiness;
  /** The emulated array, where it is one in this process. */
  readonly emulated?: EmulatedArray;
  /** What the run record keeps of an instrument. */
  readonly addresses: readonly string[];
}

/**
 * The array of an experiment: emulated, or the instruments that it names with `on:` (or the command line with --on).
 * Opening an instrument asks it who it is and puts its output to 0 V.
 * @throws ProtocolError | TransportError | InstrumentError | UnsupportedError
 */
export async function chooseArray(choice: ArrayChoice): Promise<ChosenArray> {
  const { experiment, emulation, calibration, uncalibrated } = choice;
  const addresses = (choice.on ?? experiment.on).map(completeAddress);
  let arming = new Arming();
  const corrected = (array: ArrayBackend) => (calibration ? new CalibratedArray(array, calibration) : array);
  if (addresses.length === 0) {
    const emulated = new EmulatedArray(experiment.array, emulation);
    const array = corrected(emulated);
    return { array, arming, readiness: assumeReadiness(array.capabilities), emulated, addresses };
  }
  const { limits, chip } = experiment;
  const { rows, columns } = experiment.array;
  const byHand = addresses.includes("manual");
  const opened = await openInstrumentArray({
    addresses: addresses.filter((address) => address !== "manual"),
    grid: { rows, columns },
    timer: wallTimer,
    limits,
    chip,
    armingFor: (identity) => (arming = makeArming(identity)),
    compliance_A: limits.current_A ?? Infinity,
    ...(byHand && { manual: (grid) => makeManualSelector(grid, askOperator) }),
  });
  const array = corrected(opened);
  const { capabilities } = array;
  if (capabilities.source === "emulated") {
    log(`SIMULATED instrument: ${capabilities.name}`);
    return { array, arming, readiness: assumeReadiness(capabilities), addresses };
  }
  if (!capabilities.safeOnSilence)
    log(
      `${capabilities.name} does not watch this computer: a plan that has begun ends by itself at 0 V, nothing else does`,
    );
  return {
    array,
    arming,
    readiness: {
      limitsLoaded: limitsVoltage(limits, chip),
      deviceLimitsCrc: "none",
      identity: { expected: calibration?.identity ?? capabilities.name, found: capabilities.name },
      calibrated: calibration !== undefined || uncalibrated,
      // the port is locked while it is open
      owner: "ours",
      watchdog: capabilities.safeOnSilence ? "shown" : "absent",
      recorderDurable: true,
      // plans are played and timed by the instrument itself
      clockSynced: true,
    },
    addresses,
  };
}

/** A real instrument's latch outlives this process; that of a simulated one does not. */
function makeArming(identity: Identity): Arming {
  const { manufacturer, model, serial } = identity;
  return isSimulated(identity)
    ? new Arming()
    : new Arming(new LatchFile(latchFolder(), `${manufacturer} ${model} ${serial}`));
}

/** Shows a sentence and waits for Enter. */
async function askOperator(sentence: string): Promise<void> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    await terminal.question(`${sentence}, then press Enter: `);
  } finally {
    terminal.close();
  }
}
