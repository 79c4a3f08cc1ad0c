import { BOLTZMANN_J_K, ELEMENTARY_CHARGE_C, ROOM_TEMPERATURE_K } from "../constants.ts";
import { waterViscosity_Pa_s } from "../electrolyte.ts";
import type { Dynamics } from "../engines/dynamics.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { Environment } from "../environment.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";

/**
 * Silica particle held elastically in the tip of a cone: the field pulls it off the tip and the pore opens.
 *
 *   i = v / R,   R = R0 [1 + b / (1 + (x / x0)^2)]
 *   gamma x' = q v / L - k x,   gamma = 6 pi eta(T) a   (Stokes; the mass does not matter)
 *
 *   x    m     displacement of the particle from the tip
 *   R0   ohm   1 / openConductance_S      b    -     blocking           x0   m    range_m
 *   q    C     charge                     k    N/m   stiffness_N_m      L    m    length_m      a    m   radius_m
 *
 * stochastic 1 adds the Brownian motion of the same drag, sigma^2 = k_B T / k, exactly (Ornstein and Uhlenbeck).
 * Qualitative: the reported device is a pinched elastic memristor, no parameter of it is stated. |v| < 0.5 V.
 */
export const elasticParticle: JunctionModel = {
  name: "elastic-particle",
  aliases: ["sio2-elastic"],
  title: "Elastically held silica particle in a cone",
  summary:
    "The field displaces a charged particle against a spring; the farther it is from the tip, the more open the pore.",
  source: "SiO2-in-cone elastic memristor, as reviewed; form R(x) of our own",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.5, 0.5],
  states: [{ name: "displacement_m", unit: "m", description: "displacement of the particle from the tip" }],
  parameters: [
    ours("openConductance_S", "S", 10e-9, [0, 1], "conductance 1/R0 with the particle far away", "scale only"),
    ours("blocking", "", 9, [0, 1e6], "relative resistance b that the particle adds in the tip", "closed to a tenth"),
    ours("range_m", "m", 0.2e-6, [1e-10, 1e-3], "displacement x0 that halves what is added", "twice the radius"),
    ours("charge_C", "C", 100 * ELEMENTARY_CHARGE_C, [-1e-12, 1e-12], "effective charge q", "100 e"),
    ours("stiffness_N_m", "N/m", 1e-6, [1e-12, 1], "spring constant k", "millisecond relaxation"),
    ours("length_m", "m", 10e-6, [1e-8, 1e-2], "length L over which the voltage drops", "length of the cone"),
    ours("radius_m", "m", 100e-9, [1e-9, 1e-4], "radius a of the particle", "colloidal silica"),
    ours(
      "temperature_K",
      "K",
      ROOM_TEMPERATURE_K,
      [250, 400],
      "temperature, for viscosity and motion",
      "room temperature",
    ),
    ours("stochastic", "", 0, [0, 1], "0: mean displacement, 1: with Brownian motion", "mean field"),
  ],

  resolve(given, environment) {
    const filled = fillParameters(elasticParticle, given);
    const { temperature_K } = environment;
    const parameters = temperature_K === undefined ? filled : { ...filled, temperature_K };
    const value = (name: string) => numberOf(parameters, name);
    const stochastic = value("stochastic");
    if (stochastic !== 0 && stochastic !== 1)
      throw new ParameterError("stochastic", `elastic-particle: stochastic is ${stochastic}, allowed are 0 and 1`);
    const stiffness_N_m = value("stiffness_N_m");
    const reference_K = value("temperature_K");
    const drag_Ns_m = 6 * Math.PI * waterViscosity_Pa_s(reference_K) * value("radius_m");
    const tau_s = drag_Ns_m / stiffness_N_m;
    const compliance_m_V = value("charge_C") / (value("length_m") * stiffness_N_m);
    return makeKernel({
      model: elasticParticle,
      parameters,
      environment,
      derived: { tau_s, compliance_m_V, drag_Ns_m },
      states: { displacement_m: 0 },
      constants: {
        openConductance_S: value("openConductance_S"),
        blocking: value("blocking"),
        range_m: value("range_m"),
        compliance_m_V,
        tau_s,
        spread_m: Math.sqrt((BOLTZMANN_J_K * reference_K) / stiffness_N_m),
      },
      dynamics: makeElasticDynamics(reference_K, stochastic === 1),
      terminals: {
        voltageDependent: false,
        conductance: (_v, x, c) => c[0] / (1 + c[1] / (1 + (x[0] / c[2]) ** 2)),
      },
    });
  },
};

function makeElasticDynamics(reference_K: number, stochastic: boolean): Dynamics {
  let known_K = reference_K;
  let thinning = 1;
  /** eta(reference) / eta(T): a warm particle moves faster. */
  const paceOf = ({ temperature_K = reference_K }: Environment): number => {
    if (temperature_K !== known_K) {
      thinning = waterViscosity_Pa_s(reference_K) / waterViscosity_Pa_s(temperature_K);
      known_K = temperature_K;
    }
    return thinning;
  };
  return {
    held: "exact",
    rule: `exact ${stochastic ? "Ornstein-Uhlenbeck step" : "exponential"}, any step`,
    stochastic,
    advance(v, dt_s, x, c, environment, dice) {
      const passed = (dt_s * paceOf(environment)) / c[4];
      x[0] -= (c[3] * v - x[0]) * Math.expm1(-passed);
      if (!stochastic || dt_s === 0) return;
      const warmth = (environment.temperature_K ?? reference_K) / reference_K;
      x[0] += c[5] * Math.sqrt(-Math.expm1(-2 * passed) * warmth) * dice.normal();
    },
    settle(v, x, c) {
      x[0] = c[3] * v;
    },
    times(_v, _x, c, environment, times_s) {
      times_s.fill(c[4] / paceOf(environment));
    },
  };
}
