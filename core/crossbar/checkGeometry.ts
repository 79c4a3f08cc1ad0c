import { debyeLength_m } from "./electrolyte.ts";

/** Sizes of a crossing and its lines; what is absent is not compared. */
export interface ChipGeometry {
  readonly poreDiameter_m?: number;
  /** Wider end, of a cone. */
  readonly baseDiameter_m?: number;
  readonly channelWidth_m?: number;
  readonly channelHeight_m?: number;
  /** Distance of neighbouring channels. */
  readonly pitch_m?: number;
  readonly salt_mM?: number;
}

/**
 * Refuses what cannot be built, or where the formulas for pores and lines mean nothing.
 * @throws RangeError naming the element, what was asked and what is allowed
 */
export function checkGeometry(geometry: ChipGeometry): void {
  for (const [name, value] of Object.entries(geometry))
    if (value !== undefined && !(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${name} is ${value}, allowed are finite values above 0`);
  const { poreDiameter_m, baseDiameter_m, channelWidth_m, pitch_m, salt_mM } = geometry;
  const below = (name: string, value: number | undefined, limit: number | undefined, of: string): void => {
    if (value !== undefined && limit !== undefined && value > limit)
      throw new RangeError(`${name} is ${value} m, wider than the ${of} of ${limit} m; allowed are values up to it`);
  };
  below("poreDiameter_m", poreDiameter_m, channelWidth_m, "channel");
  below("baseDiameter_m", baseDiameter_m, channelWidth_m, "channel");
  below("poreDiameter_m", poreDiameter_m, baseDiameter_m, "base of the cone");
  if (channelWidth_m !== undefined && pitch_m !== undefined && channelWidth_m > pitch_m)
    throw new RangeError(
      `channelWidth_m is ${channelWidth_m} m at a pitch of ${pitch_m} m, neighbouring channels would overlap; allowed are values up to the pitch`,
    );
  if (poreDiameter_m === undefined || salt_mM === undefined) return;
  const debye_m = debyeLength_m(salt_mM);
  if (debye_m > poreDiameter_m / 2)
    throw new RangeError(
      `poreDiameter_m is ${poreDiameter_m} m: the Debye length of ${debye_m.toPrecision(3)} m at ${salt_mM} mM is above the radius, double layers overlap; allowed are diameters from ${(2 * debye_m).toPrecision(3)} m`,
    );
}
