import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";
import type { Environment } from "../environment.ts";
import type { JunctionModel, Parameters } from "../model.ts";
import { makeConeRatio, makeQuadrature } from "./coneRatio.ts";
import { conicalChannel, deriveCone, surroundCone } from "./conicalChannel.ts";
import { fillParameters, numberOf } from "./parameters.ts";

/**
 * Conical channel under a pressure difference: the pressure-driven flow adds to the electro-osmotic one and sweeps the
 * salt profile along. arXiv 2404.15006 (pressure enhances, reduces or at once resets the memory); lubrication theory ours.
 *
 *   Q_p = 3 pi R_b^3 R_t^3 dp / [8 eta L (R_b^2 + R_b R_t + R_t^2)]
 *   Pe_tot = Pe(v) + Q_p L / (pi R_t^2 D)
 *   g_inf / g_0 = 1 + dg (Pe / Pe_tot) I(Pe_tot),   with dg, Pe, I, g_0 and tau of conicalChannel.ts
 *
 * As Pe is proportional to v, the flow acts like a voltage V_p: with r(v) the ratio of the cone without pressure,
 * g_inf / g_0 = 1 + v / (v + V_p) [r(v + V_p) - 1]. Large |dp| gives g_0 back.
 *
 *   dp   Pa   environment.pressure_Pa (row side minus column side), else pressure_Pa
 *
 * Valid below 1 bar, otherwise as conicalChannel.ts. Qualitative: the coupling formula is derived here, not published.
 */
export const pressureCone: JunctionModel = {
  ...conicalChannel,
  name: "pressure-cone",
  aliases: ["cone-pressure"],
  title: "Conical channel under pressure",
  summary: "Pressure-driven flow shifts the concentration polarization of a cone; a strong one erases the memory.",
  source: "arXiv 2404.15006",
  grade: "qualitative",
  states: [CONDUCTANCE_STATE],
  parameters: [
    ...conicalChannel.parameters.filter(({ name }) => name !== "orientation"),
    {
      name: "pressure_Pa",
      unit: "Pa",
      description: "pressure of the row side above the column side, where the environment gives none",
      default: 0,
      range: [-1e8, 1e8],
      validRange: [-1e5, 1e5],
      provenance: "default of ours",
      source: "no pressure",
    },
  ],

  resolve(given, environment) {
    const filled = fillParameters(pressureCone, given);
    const parameters = surroundCone(filled, environment);
    const cone = deriveCone(parameters);
    const still = makeConeRatio(cone);
    const { zeroConductance_S, tau_s, ...derived } = cone;
    const flow_V = pressureVoltage(parameters, environment);
    return makeRelaxer({
      model: pressureCone,
      parameters,
      environment,
      derived: { ...derived, flow_V },
      zeroConductance_S,
      tau_s,
      ratio: shiftRatio(still, flow_V),
      under(now) {
        const around = surroundCone(filled, now);
        const sameCone = around.temperature_K === parameters.temperature_K && around.salt_mM === parameters.salt_mM;
        const other = sameCone ? cone : deriveCone(around);
        const ratio = sameCone ? still : makeQuadrature(other);
        return {
          conductanceFactor: other.zeroConductance_S / zeroConductance_S,
          tauFactor: other.tau_s / tau_s,
          ratio: shiftRatio(ratio, pressureVoltage(around, now)),
        };
      },
    });
  },
};

/** V_p: the voltage whose electro-osmotic flow equals the pressure-driven one; Infinity for an uncharged wall. */
function pressureVoltage(parameters: Parameters, environment: Environment): number {
  const pressure_Pa = environment.pressure_Pa ?? numberOf(parameters, "pressure_Pa");
  if (pressure_Pa === 0) return 0;
  const base_m = numberOf(parameters, "baseRadius_m");
  const tip_m = numberOf(parameters, "tipRadius_m");
  const length_m = numberOf(parameters, "length_m");
  const { diffusion_m2_s, exponent_perV, viscosity_Pa_s } = deriveCone(parameters);
  const flow_m3_s =
    (3 * Math.PI * (base_m * tip_m) ** 3 * pressure_Pa) /
    (8 * viscosity_Pa_s * length_m * (base_m ** 2 + base_m * tip_m + tip_m ** 2));
  // Pe per volt is the exponent at the tip times R_b / R_t
  return (flow_m3_s * length_m) / (Math.PI * tip_m ** 2 * diffusion_m2_s) / (exponent_perV * (base_m / tip_m));
}

function shiftRatio(still: (v: number) => number, flow_V: number): (v: number) => number {
  if (flow_V === 0) return still;
  if (!Number.isFinite(flow_V)) return () => 1;
  const h = 1e-4;
  const slope = (still(h) - still(-h)) / (2 * h);
  return (v) => {
    const total = v + flow_V;
    const part = Math.abs(total) < 1e-6 ? slope : (still(total) - 1) / total;
    return Math.max(0, 1 + v * part);
  };
}
