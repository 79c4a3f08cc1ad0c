import type { Effect, EffectSite, EffectSpec } from "./effect.ts";
import { capacitance } from "./capacitance.ts";
import { electrodes } from "./electrodes.ts";
import { endurance } from "./endurance.ts";
import { evaporation } from "./evaporation.ts";
import { heating } from "./heating.ts";
import { noise } from "./noise.ts";
import { retention } from "./retention.ts";
import { saltCoupling } from "./saltCoupling.ts";
import { translocations } from "./translocations.ts";
import { variability } from "./variability.ts";
import type { Parameters } from "../model.ts";
import { fillParameters } from "../models/parameters.ts";
import { suggestName } from "../nearestName.ts";

/** Every effect by its name in files; a new one is one file and one line here. */
export const EFFECTS: readonly EffectSpec[] = [
  electrodes,
  capacitance,
  saltCoupling,
  heating,
  evaporation,
  noise,
  variability,
  endurance,
  retention,
  translocations,
];

/** Effects as a configuration names them, each with the parameters that are not the defaults. */
export type EffectsConfig = Readonly<Record<string, Parameters>>;

/** @throws RangeError with the nearest known name */
export function findEffect(name: string): EffectSpec {
  const spec = EFFECTS.find((known) => known.name === name);
  if (spec) return spec;
  const near = suggestName(
    name,
    EFFECTS.map((known) => known.name),
  );
  throw new RangeError(`No effect "${name}", ${near}`);
}

/**
 * Effects in the order of `EFFECTS`, whatever the order of the configuration.
 * @throws RangeError for an unknown effect, ParameterError for a parameter, both naming what is allowed
 */
export function makeEffects(config: EffectsConfig, site: EffectSite): readonly Effect[] {
  for (const name of Object.keys(config)) findEffect(name);
  return EFFECTS.flatMap((spec) => {
    const given = config[spec.name];
    return given === undefined ? [] : [spec.make(fillParameters(spec, given), site)];
  });
}
