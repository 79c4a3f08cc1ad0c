import { numberOf, ours, published } from "../models/parameters.ts";
import type { EffectSpec } from "./effect.ts";

/**
 * Capacitance of crossings and lines. A crossing is a plate capacitor through the membrane, between the row and the
 * column node of its junction; cables and pads are a stray capacitance to ground where the row meets its source.
 *
 *   C = eps_0 eps_r A / d             SiN 50 nm: 13.3 pF per 100 x 100 um
 *
 * Backward Euler turns every capacitor into a companion in the nodal matrix, a conductance C/dt with the current
 * C/dt v(t - dt) (solve with companions: companions.ts). First order, stable for any step.
 * Valid below the frequency at which membranes lose (see noise: tan delta).
 */
export const VACUUM_PERMITTIVITY_F_M = 8.8541878128e-12;

/** @throws RangeError for a value that is not positive */
export function plateCapacitance_F(plate: {
  readonly permittivity: number;
  readonly area_m2: number;
  readonly thickness_m: number;
}): number {
  for (const [name, value] of Object.entries(plate))
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${name} is ${value}, allowed are finite values above 0`);
  return (VACUUM_PERMITTIVITY_F_M * plate.permittivity * plate.area_m2) / plate.thickness_m;
}

/** What companions.ts needs to know. */
export interface Capacitances {
  readonly crossing_F: number;
  readonly stray_F: number;
}

export function readCapacitances(parameters: Readonly<Record<string, unknown>>): Capacitances {
  const read = (name: string) => numberOf(parameters as Readonly<Record<string, number>>, name);
  return {
    crossing_F: plateCapacitance_F({
      permittivity: read("permittivity"),
      area_m2: read("width_m") ** 2,
      thickness_m: read("membrane_m"),
    }),
    stray_F: read("stray_F"),
  };
}

export const capacitance: EffectSpec = {
  name: "capacitance",
  title: "Line and crossing capacitance",
  summary: "The membrane of every crossing is a capacitor, every row has a stray capacitance behind its source.",
  source: "plate capacitor; backward Euler companions",
  parameters: [
    ours("width_m", "m", 100e-6, [1e-8, 1e-2], "side of the square where the channels cross", "width of the channels"),
    ours("membrane_m", "m", 50e-9, [1e-10, 1e-3], "thickness of the membrane", "usual SiN window"),
    published("permittivity", "", 7.5, [1, 100], "relative permittivity", "SiN 7.5; PET 3.3, PDMS 2.7"),
    ours("stray_F", "F", 10e-12, [0, 1e-6], "stray capacitance of a row", "1 to 100 pF of cable and pad"),
  ],
  make(parameters) {
    const capacitances = readCapacitances(parameters);
    return { name: "capacitance", figures: () => ({ ...capacitances }) };
  },
};
