import type { Capabilities } from "../arrayBackend.ts";
import { isSimulated, type Identity, type Potentiostat, type Selector } from "./instrument.ts";

/** What calibrations, latches and records call an instrument, on whatever port it is. */
export function nameIdentity({ manufacturer, model, serial, firmware }: Identity): string {
  return `${manufacturer} ${model} ${serial} (${firmware})`;
}

/** One channel and a selector, as the capabilities of an array. */
export function describeCapabilities({ channel, identity, impedance }: Potentiostat, selector: Selector): Capabilities {
  const together = Math.min(channel.inputs ?? 1, selector.grid.columns);
  // columns on virtual grounds hold the rows that nobody connects at 0 V too
  const unselectedLines = channel.inputs === undefined ? selector.unselectedLines : "grounded";
  return {
    name: nameIdentity(identity),
    source: isSimulated(identity) ? "emulated" : "measured",
    voltageRange_V: channel.voltageRange_V,
    // what floats follows: of two terminals only the difference counts
    ...(unselectedLines === "floating" ? {} : { columnVoltageRange_V: [0, 0] as const }),
    currentRanges_A: channel.currentRanges_A,
    fastestSampling_Hz: 1 / channel.shortestMeasured_s,
    slewLimit_V_s: Infinity,
    rowsDrivenAtOnce: 1,
    columnsSensedAtOnce: together,
    ...(selector.readJunctions && { columnsPerProduct: selector.grid.columns }),
    ...(impedance && {
      impedance: { frequency_Hz: impedance.frequency_Hz, amplitude_V: impedance.amplitude_V },
    }),
    unselectedLines,
    products: unselectedLines === "floating" ? "none" : "superposed",
    clock: "wall",
    safeOnSilence: channel.safeOnSilence,
    environmentInputs: [],
  };
}
