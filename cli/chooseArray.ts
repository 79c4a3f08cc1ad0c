import type { ArrayBackend } from "../core/arrayBackend.ts";
import { CalibratedArray } from "../core/calibration/calibratedArray.ts";
import type { Calibration } from "../core/calibration/calibration.ts";
import type { InstrumentArray } from "../core/drivers/instrumentArray.ts";
import { EmulatedArray, type EmulatedArrayOptions } from "../core/emulated/emulatedArray.ts";
import { Arming } from "../core/limiter/arming.ts";
import { assumeReadiness, type Readiness } from "../core/limiter/blockers.ts";
import type { Experiment } from "../core/protocol/experiment.ts";
import { completeAddress, openInstrument } from "../lab/arrays/openInstrument.ts";
import { askEnter } from "./askOperator.ts";
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
  /** The instruments, where there are some. */
  readonly measured?: InstrumentArray;
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
  if (addresses.length === 0) {
    const emulated = new EmulatedArray(experiment.array, emulation);
    const array = calibration ? new CalibratedArray(emulated, calibration) : emulated;
    return { array, arming: new Arming(), readiness: assumeReadiness(array.capabilities), emulated, addresses };
  }
  const { limits, chip } = experiment;
  const { rows, columns } = experiment.array;
  const opened = await openInstrument({
    addresses,
    grid: { rows, columns },
    limits,
    chip,
    calibration,
    uncalibrated,
    askOperator: askEnter,
  });
  const { array, instrument, simulated, arming, readiness } = opened;
  const { name, safeOnSilence } = array.capabilities;
  if (simulated) log(`SIMULATED instrument: ${name}`);
  else if (!safeOnSilence)
    log(`${name} does not watch this computer: a plan that has begun ends by itself at 0 V, nothing else does`);
  return { array, measured: instrument, arming, readiness, addresses };
}
