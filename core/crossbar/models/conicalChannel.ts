import { diffusionRatio } from "../electrolyte.ts";
import type { Environment } from "../environment.ts";
import type { JunctionModel, Parameters } from "../model.ts";
import { makeConeRatio, makeQuadrature } from "./coneRatio.ts";
import { fillParameters, numberOf, ParameterError } from "./parameters.ts";
import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";

/**
 * Conical channel with concentration polarization. Kamsma et al., PRL 130, 268401 (2023),
 * 10.1103/PhysRevLett.130.268401.
 *
 *   i = g v,   dg/dt = (g_inf(v) - g) / tau,   tau = L^2 / (12 D)
 *   g_0 = (pi R_b R_t / L) 2 rho_b e^2 D / kT
 *   g_inf / g_0 = 1 + dg int_0^1 { x R_t/R(x) - expm1[Pe x R_t^2/(R_b R(x))] / expm1[Pe R_t/R_b] } dx
 *   R(x) = R_b - (R_b - R_t) x,   dg = -2 w (1 - R_t/R_b) Du,   Du = sigma / (2 rho_b R_t)
 *   w = e D eta / (kT eps psi_0),   Pe(v) = -e v R_b / (kT R_t w)
 *   psi_0 = (2 kT/e) asinh(2 pi lambda_D lambda_B sigma)
 *   lambda_B = e^2 / (4 pi eps kT),   lambda_D = sqrt(eps kT / (2 e^2 rho_b))
 *
 *   L, R_b, R_t   m       length_m, baseRadius_m, tipRadius_m
 *   rho_b         1/m^3   from salt_mM
 *   sigma         1/m^2   surfaceCharge_C_m2 / e
 *   D             m^2/s   diffusion_m2_s, at 293.15 K; eta likewise
 *   T             K       temperature_K, operating; D(T) and eta(T) scale from 293.15 K, environment.temperature_K overrides
 *
 * Sign: with orientation 1 (negative charge) g falls for v > 0; -1 turns the cone round.
 * Valid for 0.1 to 10 mM with the Debye length far below R_t, |v| < 2 V, L >> R_b. Far beyond, the formula may pass
 * below zero: it is cut there, so that the junction stays passive.
 */
const REFERENCE_K = 293.15;
/** Constants as the authors' code has them; CODATA would move g_inf by 1e-4 at 2 V. */
export const E_C = 1.6022e-19;
const KB_J_K = 1.3806503e-23;
const PER_M3_PER_MM = 6.02214076e23;
const VISCOSITY_PA_S = 1.01e-3;
const PERMITTIVITY_F_M = 0.71e-9;
const AUTHORS = "authors' code MarjoleinDijkstraGroupUU/Memriki-Logic, constants of 10.1103/PhysRevLett.130.268401";

export const conicalChannel: JunctionModel = {
  name: "conical-channel",
  aliases: ["cone"],
  title: "Conical channel",
  summary: "Salt accumulates or depletes in a charged cone under flow; conductance relaxes with L^2 / 12 D.",
  source: "10.1103/PhysRevLett.130.268401",
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-2, 2],
  states: [CONDUCTANCE_STATE],
  parameters: [
    {
      name: "length_m",
      unit: "m",
      description: "length L",
      default: 10e-6,
      range: [1e-8, 1e-2],
      provenance: "published",
      source: "10.1103/PhysRevLett.130.268401",
    },
    {
      name: "baseRadius_m",
      unit: "m",
      description: "radius R_b of the wide end",
      default: 200e-9,
      range: [1e-9, 1e-4],
      provenance: "published",
      source: "10.1103/PhysRevLett.130.268401",
    },
    {
      name: "tipRadius_m",
      unit: "m",
      description: "radius R_t of the narrow end, at most the base radius",
      default: 50e-9,
      range: [1e-9, 1e-4],
      provenance: "published",
      source: "10.1103/PhysRevLett.130.268401",
    },
    {
      name: "salt_mM",
      unit: "mM",
      description: "KCl concentration of both reservoirs; the theory holds from 0.1 to 10 mM",
      default: 0.1,
      range: [1e-3, 1e3],
      validRange: [0.1, 10],
      provenance: "published",
      source: AUTHORS,
    },
    {
      name: "surfaceCharge_C_m2",
      unit: "C/m2",
      description: "charge density of the wall; -0.0015 e/nm^2",
      default: (-0.0015 * E_C) / 1e-18,
      range: [-1, 1],
      provenance: "published",
      source: AUTHORS,
    },
    {
      name: "diffusion_m2_s",
      unit: "m2/s",
      description: "effective diffusion coefficient D of KCl at 293.15 K",
      default: 1.75e-9,
      range: [1e-14, 1e-7],
      provenance: "published",
      source: AUTHORS,
    },
    {
      name: "temperature_K",
      unit: "K",
      description: "operating temperature; D and viscosity scale from 293.15 K",
      default: REFERENCE_K,
      range: [250, 400],
      provenance: "published",
      source: AUTHORS,
    },
    {
      name: "orientation",
      unit: "",
      description: "1: conductance falls for v > 0 (authors' sign), -1: the cone the other way round",
      default: 1,
      range: [-1, 1],
      provenance: "default of ours",
      source: "sign convention of the authors' circuit code",
    },
  ],

  resolve(given, environment) {
    const filled = fillParameters(conicalChannel, given);
    const orientation = numberOf(filled, "orientation");
    if (Math.abs(orientation) !== 1)
      throw new ParameterError("orientation", `conical-channel: orientation is ${orientation}, allowed are 1 and -1`);
    const orient = (forward: (v: number) => number) => (orientation === 1 ? forward : (v: number) => forward(-v));
    const parameters = surroundCone(filled, environment);
    const cone = deriveCone(parameters);
    const { zeroConductance_S, tau_s, ...derived } = cone;
    return makeRelaxer({
      model: conicalChannel,
      parameters,
      environment,
      derived,
      zeroConductance_S,
      tau_s,
      ratio: orient(makeConeRatio(cone)),
      under(now) {
        const other = deriveCone(surroundCone(filled, now));
        return {
          conductanceFactor: other.zeroConductance_S / zeroConductance_S,
          tauFactor: other.tau_s / tau_s,
          // no table for surroundings that may last one step
          ratio: orient(other.polarization === 0 ? () => 1 : makeQuadrature(other)),
        };
      },
    });
  },
};

/** Temperature of the environment overrides the parameter; salt that neighbours leave adds to it. */
export function surroundCone(parameters: Parameters, environment: Environment): Parameters {
  const { temperature_K, neighbourSalt_mM } = environment;
  if (temperature_K === undefined && neighbourSalt_mM === undefined) return parameters;
  // a neighbour may deplete a pore but never take more than there is
  const salt_mM = Math.max(1e-3, numberOf(parameters, "salt_mM") + (neighbourSalt_mM ?? 0));
  return { ...parameters, salt_mM, ...(temperature_K === undefined ? {} : { temperature_K }) };
}

/** Every constant of the equations in the file head. */
export function deriveCone(parameters: Parameters) {
  const length_m = numberOf(parameters, "length_m");
  const base_m = numberOf(parameters, "baseRadius_m");
  const tip_m = numberOf(parameters, "tipRadius_m");
  if (tip_m > base_m)
    throw new ParameterError(
      "tipRadius_m",
      `conical-channel: tipRadius_m is ${tip_m} m, allowed is at most the base radius of ${base_m} m (orientation: -1 turns the cone)`,
    );
  const temperature_K = numberOf(parameters, "temperature_K");
  const kT_J = KB_J_K * temperature_K;
  const density_per_m3 = numberOf(parameters, "salt_mM") * PER_M3_PER_MM;
  const charge_per_m2 = numberOf(parameters, "surfaceCharge_C_m2") / E_C;
  const mobility = diffusionRatio(temperature_K, REFERENCE_K);
  const diffusion_m2_s = numberOf(parameters, "diffusion_m2_s") * mobility;
  // eta(T)/eta(T0) = (T/T0) / (D(T)/D(T0))
  const viscosity_Pa_s = (VISCOSITY_PA_S * temperature_K) / REFERENCE_K / mobility;

  const bjerrumLength_m = E_C ** 2 / (4 * Math.PI * PERMITTIVITY_F_M * kT_J);
  const debyeLength_m = Math.sqrt((PERMITTIVITY_F_M * kT_J) / (2 * E_C ** 2 * density_per_m3));
  const wallPotential_V =
    ((2 * kT_J) / E_C) * Math.asinh(2 * Math.PI * debyeLength_m * bjerrumLength_m * charge_per_m2);
  const dukhin = charge_per_m2 / (2 * density_per_m3 * tip_m);
  // 1/w, which stays finite for an uncharged wall
  const flow = (kT_J * PERMITTIVITY_F_M * wallPotential_V) / (E_C * diffusion_m2_s * viscosity_Pa_s);
  return {
    zeroConductance_S:
      ((Math.PI * base_m * tip_m) / length_m) * ((2 * density_per_m3 * E_C ** 2 * diffusion_m2_s) / kT_J),
    tau_s: length_m ** 2 / (12 * diffusion_m2_s),
    temperature_K,
    diffusion_m2_s,
    viscosity_Pa_s,
    bjerrumLength_m,
    debyeLength_m,
    wallPotential_V,
    dukhin,
    /** dg; 0 for an uncharged wall or a cylinder. */
    polarization: flow === 0 ? 0 : (-2 * (1 - tip_m / base_m) * dukhin) / flow,
    /** Pe(1 V) R_t / R_b, the exponent of the profile at the tip, per volt. */
    exponent_perV: (-E_C / kT_J) * flow,
    taper: base_m / tip_m,
  };
}
