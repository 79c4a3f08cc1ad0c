import type { ArrayBackend } from "../../core/arrayBackend.ts";
import { CalibratedArray } from "../../core/calibration/calibratedArray.ts";
import type { Calibration } from "../../core/calibration/calibration.ts";
import type { Grid } from "../../core/crossbar/grid.ts";
import { type Identity, isSimulated } from "../../core/drivers/instrument.ts";
import type { InstrumentArray } from "../../core/drivers/instrumentArray.ts";
import { makeManualSelector } from "../../core/drivers/manualSelector.ts";
import { type OpenArrayOptions, openInstrumentArray } from "../../core/drivers/openArray.ts";
import { type Timer, wallTimer } from "../../core/drivers/timer.ts";
import { Arming } from "../../core/limiter/arming.ts";
import { assumeReadiness, type Readiness } from "../../core/limiter/blockers.ts";
import { type ChipLimits, type Limits, limitsVoltage } from "../../core/limits.ts";
import { LatchFile, latchFolder } from "../../runtime/latchFile.ts";

export interface InstrumentChoice {
  /** Of the instrument and its selector; "manual" is a person who switches. */
  readonly addresses: readonly string[];
  readonly grid: Grid;
  readonly limits: Limits;
  readonly chip: ChipLimits;
  readonly calibration: Calibration | undefined;
  /** The user takes it on that currents are as the instrument shows them. */
  readonly uncalibrated: boolean;
  /** Asks a person to switch, where an address is "manual". */
  readonly askOperator: (sentence: string) => Promise<void>;
  readonly wrap?: OpenArrayOptions["wrap"];
  /** Default: the wall clock. */
  readonly timer?: Timer;
}

export interface OpenedInstrument {
  /** With its calibration. */
  readonly array: ArrayBackend;
  /** Beneath it. */
  readonly instrument: InstrumentArray;
  readonly identity: Identity;
  /** An emulated instrument behind a real port. */
  readonly simulated: boolean;
  readonly arming: Arming;
  readonly readiness: Readiness;
}

/** A bare path is a serial port. */
export function completeAddress(text: string): string {
  return text.startsWith("/") || text.startsWith("./") || /^COM\d+/i.test(text) ? `serial:${text}` : text;
}

/**
 * The array behind one or two addresses, and what is known of it before arming. Opening asks the instrument who it is
 * and puts its output to 0 V.
 * @throws ProtocolError | TransportError | InstrumentError | UnsupportedError
 */
export async function openInstrument(choice: InstrumentChoice): Promise<OpenedInstrument> {
  const { addresses, grid, limits, chip, calibration, uncalibrated, askOperator, wrap, timer = wallTimer } = choice;
  const byHand = addresses.includes("manual");
  const unknown: Identity = { manufacturer: "", model: "", serial: "", firmware: "" };
  let [arming, identity] = [new Arming(), unknown];
  const instrument = await openInstrumentArray({
    addresses: addresses.filter((address) => address !== "manual"),
    grid,
    timer,
    limits,
    chip,
    armingFor: (found) => {
      identity = found;
      return (arming = makeArming(found));
    },
    compliance_A: limits.current_A,
    ...(byHand && { manual: (of) => makeManualSelector(of, askOperator) }),
    ...(wrap && { wrap }),
  });
  try {
    const array = calibration ? new CalibratedArray(instrument, calibration) : instrument;
    const { capabilities } = array;
    const simulated = capabilities.source === "emulated";
    const readiness: Readiness = simulated
      ? assumeReadiness(capabilities)
      : {
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
        };
    return { array, instrument, identity, simulated, arming, readiness };
  } catch (error) {
    await instrument[Symbol.asyncDispose]();
    throw error;
  }
}

/** A real instrument's latch outlives this process; that of a simulated one does not. */
function makeArming(identity: Identity): Arming {
  const { manufacturer, model, serial } = identity;
  return isSimulated(identity)
    ? new Arming()
    : new Arming(new LatchFile(latchFolder(), `${manufacturer} ${model} ${serial}`));
}
