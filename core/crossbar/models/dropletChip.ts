import { makeArrivals } from "../engines/arrivals.ts";
import type { Dynamics } from "../engines/dynamics.ts";
import { inSequence } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionKernel, JunctionModel } from "../model.ts";
import { normal, streamOf } from "../random.ts";
import { CHANNEL_PARAMETERS, channelAim } from "./alamethicin.ts";
import { LEAK_PARAMETERS, LEAK_STATE, makeLeak } from "./bareBilayer.ts";
import { FILM_PARAMETERS, filmCapacitance_F, filmConstants, filmEnergy_J, makeFilm, OFFSET } from "./bilayerFilm.ts";
import { FILM_STATES } from "./memcapacitor.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";
import { isStochastic, STOCHASTIC } from "./stochastic.ts";

/**
 * Site of a droplet-on-chip array: bare bilayer (bareBilayer.ts) with alamethicin channels (alamethicin.ts) on the area
 * that the film has, sites that differ, and films that rupture.
 *
 *   i = [G_l (1 + alpha s) + g_1 n A] v + dq/dt,   A = (R / R_0)^2,   q = C (v - V_off)
 *   hazard of rupture h = h_0 exp((v - V_off)^2 / V_r^2), then the droplets are one: i = G_r v, no charge
 *
 *   s, n       -     leakState, channelCount (referenceConductance_S 0: no channels)
 *   int h dt   -     ruptureDose: expected number of ruptures so far; survival is exp(-dose)
 *   -          -     intact: 1, or 0 after rupture (stochastic: 1 only)
 *   h_0, V_r   1/s, V   ruptureRate_per_s, ruptureVoltage_V
 *   spread     -     siteSpread: log-normal, of R_0 and V_off of each site (stochastic: 1), from the seed
 *
 * With stochastic 0 every site is the nominal one and the dose alone tells of rupture. All numbers ours; |v| < 0.2 V.
 */
const CHIP = "typical of droplet arrays, nothing published for one";
const LEAK = OFFSET + 1;
const INTACT = 5;
/** A hazard is cut where no film is left anyway. */
const LARGEST_EXPONENT = 300;
const SPREAD_STREAM = streamOf("droplet-site");

export const dropletChip: JunctionModel = {
  name: "droplet-chip",
  aliases: ["droplet-on-chip"],
  title: "Droplet-on-chip site",
  summary:
    "Bilayers with channels in an array: sites spread in size and offset, and rupture with a field-driven hazard.",
  source: "mechanisms of 10.1021/acsnano.8b01282 and 10.1038/s41467-019-11223-8",
  grade: "qualitative",
  plug: "mixed",
  claims: { passive: true, pinched: false },
  validRange_V: [-0.2, 0.2],
  states: [
    ...FILM_STATES,
    LEAK_STATE,
    { name: "channelCount", unit: "", description: "channels per area of the film at rest" },
    { name: "ruptureDose", unit: "", description: "expected number of ruptures so far" },
    { name: "intact", unit: "", description: "1: a film, 0: the droplets have merged" },
  ],
  parameters: [
    ...FILM_PARAMETERS.map((spec) =>
      spec.name === "offsetVoltage_V" ? { ...spec, default: 0.01, source: `${CHIP}; spreads with the site` } : spec,
    ),
    ...LEAK_PARAMETERS,
    ...CHANNEL_PARAMETERS,
    ours("ruptureRate_per_s", "1/s", 1e-5, [0, 1e6], "hazard h_0 of rupture without a field", CHIP),
    ours("ruptureVoltage_V", "V", 0.1, [1e-3, 10], "voltage scale V_r of the hazard", CHIP),
    ours(
      "rupturedConductance_S",
      "S",
      1e-5,
      [0, 1],
      "conductance of merged droplets",
      "electrolyte between electrodes",
    ),
    ours("siteSpread", "", 0.15, [0, 1], "log-normal spread of R_0 and V_off", "10 to 20 %"),
    STOCHASTIC,
  ],

  resolve(given, environment) {
    const parameters = fillParameters(dropletChip, given);
    const value = (name: string) => numberOf(parameters, name);
    const stochastic = isStochastic(parameters);
    const gain = value("leakGain");
    const hazard_per_s = value("ruptureRate_per_s");
    const rupture_V = value("ruptureVoltage_V");
    const ruptured_S = value("rupturedConductance_S");
    const rupture: Dynamics = {
      held: "exact",
      rule: "exact waiting time",
      stochastic,
      advance(v, dt_s, x, c, _environment, dice) {
        if (x[INTACT] === 0) return;
        const strain = (v - c[OFFSET]) / rupture_V;
        const dose = hazard_per_s * Math.exp(Math.min(LARGEST_EXPONENT, strain * strain)) * dt_s;
        x[INTACT - 1] += dose;
        if (stochastic && dice.uniform() < -Math.expm1(-dose)) x[INTACT] = 0;
      },
      settle() {},
      times(_v, _x, _c, _environment, times_s) {
        // a rare event is no time constant that a step would have to follow
        times_s[0] = Infinity;
        times_s[1] = 0;
      },
    };
    const dynamics = inSequence(
      makeFilm(),
      makeLeak(value),
      makeArrivals({ aim: channelAim(value), stochastic, state: 3 }),
      rupture,
    );
    const kernel = makeKernel({
      model: dropletChip,
      parameters,
      environment,
      states: {
        bilayerRadius_m: value("radius_m"),
        bilayerThickness_m: value("thickness_m"),
        leakState: 0,
        channelCount: 0,
        ruptureDose: 0,
        intact: 1,
      },
      constants: {
        ...filmConstants(value),
        leakConductance_S: value("leakConductance_S"),
        channelConductance_S: value("channelConductance_S"),
      },
      dynamics,
      terminals: {
        conductance(_v, x, c) {
          if (x[INTACT] === 0) return ruptured_S;
          const grown = x[0] / c[1];
          return c[LEAK] * (1 + gain * x[2]) + c[LEAK + 1] * x[3] * grown * grown;
        },
        voltageDependent: false,
        charge: (v, x, c) => (x[INTACT] === 0 ? 0 : filmCapacitance_F(x, c) * (v - c[OFFSET])),
        storedEnergy(v, x, c) {
          if (x[INTACT] === 0) return 0;
          const u = v - c[OFFSET];
          return filmEnergy_J(u, x, c) + c[OFFSET] * filmCapacitance_F(x, c) * u;
        },
      },
    });
    return stochastic ? spreadSites(kernel, dynamics, value("siteSpread")) : kernel;
  },
};

/** The kernel with R_0 and V_off of every site drawn at `allocate`, each site at its own rest. */
function spreadSites(kernel: JunctionKernel, dynamics: Dynamics, spread: number): JunctionKernel {
  return {
    ...kernel,
    allocate(grid, seed = 0) {
      const state = kernel.allocate(grid, seed);
      const fields = state.names.map((name) => state.field(name));
      const radius = state.field("restRadius_m");
      const offset = state.field("offsetVoltage_V");
      const states = kernel.model.states.length;
      const constants = fields.length - states;
      const x = new Float64Array(states);
      const c = new Float64Array(constants);
      for (let k = 0; k < radius.length; k++) {
        radius[k] *= Math.exp(spread * normal(seed, SPREAD_STREAM, 2 * k));
        offset[k] *= Math.exp(spread * normal(seed, SPREAD_STREAM, 2 * k + 1));
        for (let s = 0; s < states; s++) x[s] = fields[s][k];
        for (let p = 0; p < constants; p++) c[p] = fields[states + p][k];
        x[0] = radius[k];
        dynamics.settle(0, x, c, kernel.environment);
        for (let s = 0; s < states; s++) fields[s][k] = x[s];
      }
      return state;
    },
  };
}
