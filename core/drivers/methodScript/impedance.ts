import type { ImpedanceResult, SineRequest } from "../../stimulus.ts";
import type { DeviceProfile } from "./devices.ts";
import { amperes, rangeFor } from "./devices.ts";
import { decodePackage } from "./packages.ts";
import { formatLiteral } from "./script/literals.ts";

/** Bits of the status of a field. */
const OVERLOAD = 2;
/** Periods that the device may take for one frequency, its autoranging included: a guess, on the long side. */
const MOST_PERIODS = 12;
/** What it takes beside them, s. */
const SETUP_S = 1;

/** How long one frequency takes at most, s. */
export function longestImpedance_s({ frequency_Hz }: SineRequest): number {
  return MOST_PERIODS / frequency_Hz + SETUP_S;
}

/**
 * One point of `meas_loop_eis`: the device drives the sine, correlates and tells the impedance. Amplitudes of scripts are RMS,
 * ours are peaks. A plan for the high-speed mode; `on_finished:` switches the cell off.
 * @returns lines without the command `e` and without the blank line at the end
 */
export function compileImpedance(
  { bias_V, amplitude_V, frequency_Hz }: SineRequest,
  currentRange_A: number | "auto",
  profile: DeviceProfile,
): readonly string[] {
  const fast = { ranges: profile.fastRanges };
  const [least, most] = [rangeFor(fast, 0), rangeFor(fast, Infinity)];
  const wanted = currentRange_A === "auto" ? most : rangeFor(fast, currentRange_A);
  const auto = currentRange_A === "auto" ? [least, most] : [wanted, wanted];
  const bias = formatLiteral(bias_V);
  const frequency = formatLiteral(frequency_Hz);
  return [
    "var f",
    "var r",
    "var j",
    "set_pgstat_chan 0",
    `set_pgstat_mode ${profile.fastMode}`,
    `set_max_bandwidth ${formatLiteral(Math.min(profile.fastest_Hz, 10 * frequency_Hz))}`,
    `set_range_minmax da ${bias} ${bias}`,
    `set_range ba ${amperes(wanted)}`,
    `set_autoranging ba ${auto.map(amperes).join(" ")}`,
    `set_e ${bias}`,
    "cell_on",
    `meas_loop_eis f r j ${formatLiteral(amplitude_V / Math.SQRT2)} ${frequency} ${frequency} 1 ${bias}`,
    "pck_start",
    "pck_add f",
    "pck_add r",
    "pck_add j",
    "pck_end",
    "endloop",
    "set_e 0",
    "on_finished:",
    "cell_off",
  ];
}

/** Frequency, real and imaginary part of a package, found by their types; undefined when it holds no impedance. */
export function decodeImpedance(line: string): ImpedanceResult | undefined {
  const fields = new Map(decodePackage(line)?.map((field) => [field.type, field]));
  const [frequency, real, imaginary] = [fields.get("dc"), fields.get("cc"), fields.get("cd")];
  if (!real || !imaginary) return undefined;
  return {
    frequency_Hz: frequency?.value ?? Number.NaN,
    real_ohm: real.value,
    imaginary_ohm: imaginary.value,
    overload: (((real.status ?? 0) | (imaginary.status ?? 0)) & OVERLOAD) !== 0,
  };
}
