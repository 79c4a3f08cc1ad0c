import type { Protocol } from "../protocol/protocol.ts";
import {
  endurance,
  halfSelect,
  ivSweep,
  pairedPulse,
  pulseTrain,
  readDisturb,
  retention,
} from "../protocol/library/index.ts";
import type { SheetDrive } from "./chooseDrive.ts";

/** Devices of the set: a square, so that rows and columns have a neighbour. */
export const SHEET_SIDE = 2;
/** Where temperature is looked at, kelvin: 10, 25 and 40 degrees Celsius. */
export const SHEET_TEMPERATURES_K = [283.15, 298.15, 313.15] as const;

/** A tenth of what writes: reads are to see and not to change. */
const READ_PART = 0.1;

/** The standard experiments, timed by the relaxation of the junction: one definition for every model, so that figures compare. */
export function standardSet({ amplitude_V, frequency_Hz, polarity, pairs }: SheetDrive): Protocol[] {
  const tau_s = 1 / (2 * Math.PI * frequency_Hz);
  const [write_V, erase_V, read_V] = [
    polarity * amplitude_V,
    -polarity * amplitude_V,
    polarity * READ_PART * amplitude_V,
  ];
  const cell = { cells: [[0, 0]] as [number, number][] };
  const width_s = tau_s / 4;
  const read = { voltage_V: read_V, width_s: tau_s / 50 };
  const recovery_s = 20 * tau_s;
  return [
    standardSweep({ amplitude_V, frequency_Hz }, [frequency_Hz / 10, frequency_Hz, frequency_Hz * 10]),
    pulseTrain({
      ...cell,
      potentiation: { amplitude_V: write_V, width_s, gap_s: tau_s / 25, count: 20 },
      depression: { amplitude_V: erase_V, width_s, gap_s: tau_s / 25, count: 20 },
      read,
      rest_s: recovery_s,
    }),
    pairedPulse({
      ...cell,
      ...(pairs ?? {
        amplitude_V: write_V,
        width_s: tau_s,
        gaps_s: [0.1, 0.2, 0.5, 1, 2, 5, 10].map((gap) => gap * tau_s),
        recovery_s,
      }),
      repeats: 3,
    }),
    retention({
      ...cell,
      writes_V: [write_V],
      write: { width_s: 5 * tau_s, count: 1, gap_s: tau_s },
      read,
      first_s: tau_s / 10,
      total_s: 20 * tau_s,
      readsPerDecade: 6,
      recovery_s,
    }),
    endurance({
      cells: "all",
      set: { voltage_V: write_V, width_s: tau_s },
      reset: { voltage_V: erase_V, width_s: tau_s },
      cycles: 25,
      read,
      stop: null,
    }),
    readDisturb({
      ...cell,
      voltages_V: [read_V],
      width_s: tau_s / 50,
      reads: 1000,
      looksPerDecade: 3,
      read,
      recovery_s,
    }),
    halfSelect({
      aggressor: [[0, 0]],
      voltage_V: write_V,
      width_s: tau_s,
      gap_s: tau_s,
      writes: [10],
      read,
      recovery_s,
      schemes: ["V/2"],
    }),
  ];
}

export function standardSweep(
  { amplitude_V }: { readonly amplitude_V: number; readonly frequency_Hz: number },
  frequencies_Hz: readonly number[],
): Protocol {
  return ivSweep({ cells: [[0, 0]], amplitude_V, frequency_Hz: [...frequencies_Hz], cycles: 6, samplesPerCycle: 400 });
}
