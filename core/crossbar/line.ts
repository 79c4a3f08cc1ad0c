import { AVOGADRO_PER_MOL, ELEMENTARY_CHARGE_C } from "./constants.ts";

/**
 * Resistances of fluidic lines and of pores from geometry and conductivity.
 * Access resistance: Hall, J. Gen. Physiol. 66, 531 (1975), 10.1085/jgp.66.4.531.
 */

/**
 * Resistance of a channel between two junctions, R = l / (s w h), ohm.
 * @throws RangeError for a dimension or conductivity that is not positive
 */
export function segmentResistance_ohm(segment: {
  readonly length_m: number;
  readonly width_m: number;
  readonly height_m: number;
  readonly conductivity_S_m: number;
}): number {
  const { length_m, width_m, height_m, conductivity_S_m } = checkPositive(segment);
  return length_m / (conductivity_S_m * width_m * height_m);
}

/** Cylindrical pore without its mouths, R = 4 L / (pi d^2 s), ohm. */
export function cylinderResistance_ohm(pore: {
  readonly length_m: number;
  readonly diameter_m: number;
  readonly conductivity_S_m: number;
}): number {
  const { length_m, diameter_m, conductivity_S_m } = checkPositive(pore);
  return (4 * length_m) / (Math.PI * diameter_m ** 2 * conductivity_S_m);
}

/** Conical pore without its mouths, R = L / (pi s r1 r2), ohm. */
export function coneResistance_ohm(pore: {
  readonly length_m: number;
  readonly baseRadius_m: number;
  readonly tipRadius_m: number;
  readonly conductivity_S_m: number;
}): number {
  const { length_m, baseRadius_m, tipRadius_m, conductivity_S_m } = checkPositive(pore);
  return length_m / (Math.PI * conductivity_S_m * baseRadius_m * tipRadius_m);
}

/**
 * Access resistance of both mouths together, 1/(4 s r1) + 1/(4 s r2), ohm: 1/(s d) for a cylinder.
 */
export function accessResistance_ohm(mouths: {
  readonly firstRadius_m: number;
  readonly secondRadius_m: number;
  readonly conductivity_S_m: number;
}): number {
  const { firstRadius_m, secondRadius_m, conductivity_S_m } = checkPositive(mouths);
  return 1 / (4 * conductivity_S_m * firstRadius_m) + 1 / (4 * conductivity_S_m * secondRadius_m);
}

/**
 * Conductance of a crossing with many pores in parallel, siemens: the access resistance of the whole patch,
 * 1/(2 s D) per side, is in series once. Nominal: measured patches fall below it.
 */
export function multiporeConductance_S(patch: {
  readonly poreCount: number;
  readonly poreResistance_ohm: number;
  readonly patchDiameter_m: number;
  readonly conductivity_S_m: number;
}): number {
  const { poreCount, poreResistance_ohm, patchDiameter_m, conductivity_S_m } = checkPositive(patch);
  return 1 / (poreResistance_ohm / poreCount + 1 / (conductivity_S_m * patchDiameter_m));
}

/**
 * Conductivity inside a charged pore, s (1 + 4 l_Du / d) with the Dukhin length l_Du = |sigma| / (2 e c), S/m.
 * @param surfaceCharge_C_m2 of either sign
 */
export function poreConductivity_S_m(pore: {
  readonly conductivity_S_m: number;
  readonly diameter_m: number;
  readonly surfaceCharge_C_m2: number;
  readonly salt_mM: number;
}): number {
  const { conductivity_S_m, diameter_m, salt_mM } = pore;
  checkPositive({ conductivity_S_m, diameter_m, salt_mM });
  if (!Number.isFinite(pore.surfaceCharge_C_m2))
    throw new RangeError(`surfaceCharge_C_m2 is ${pore.surfaceCharge_C_m2}`);
  return conductivity_S_m * (1 + (4 * dukhinLength_m(pore.surfaceCharge_C_m2, salt_mM)) / diameter_m);
}

/** l_Du = |sigma| / (2 e c), metre: below this pore size the surface carries more than the bulk. */
export function dukhinLength_m(surfaceCharge_C_m2: number, salt_mM: number): number {
  return Math.abs(surfaceCharge_C_m2) / (2 * ELEMENTARY_CHARGE_C * AVOGADRO_PER_MOL * salt_mM);
}

function checkPositive<T extends Readonly<Record<string, number>>>(values: T): T {
  for (const [name, value] of Object.entries(values))
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${name} is ${value}, allowed are finite values above 0`);
  return values;
}
