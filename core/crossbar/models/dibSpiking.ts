import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";

/**
 * Droplet interface bilayer that spikes under a direct current: fast channel insertion, slow polyelectrolyte block, and the
 * capacitance of the film. No constants are published. As a reduced stand-in FitzHugh and Nagumo's equations (Biophys. J. 1,
 * 445 (1961), 10.1016/S0006-3495(61)86902-6) in physical units, with separate fast and slow times:
 *
 *   i = G V_u (y - x + x^3 / 3) + C dv/dt,   x = x_0 + v / V_u,   C = G tau_n
 *   tau_b y' = x + a - b y
 *
 *   y             -   recovery: the slow block
 *   G, V_u        S, V  scaleConductance_S, scaleVoltage_V
 *   tau_n, tau_b  s   insertionTime_s, blockTime_s; tau_n / tau_b is FitzHugh's 0.08
 *   a, b          -   offset, slope of the slow equation
 *   x_0           -   rest at zero current, so that the junction rests at 0 V
 *
 * Driven by a current I the junction spikes for I / (G V_u) from about 0.33 to 1.42; the period follows tau_b, so that fast
 * and slow spiking are a matter of the block. It is active (the film holds a battery): neither passive nor pinched.
 *
 * The literal reduction C v' = I - G_l v - g n (1 - B) v, n' = (n_inf(v) - n) / tau_n, B' = (B_inf(n v) - B) / tau_b has no
 * battery and cannot spike for tau_n << tau_b: at fixed B a rising n_inf gives one stable (v, n), and B then moves
 * monotonically. Hence the stand-in. Qualitative.
 */
const NO_NUMBERS = "no constants are published; dimensionless form of FitzHugh";

export const dibSpiking: JunctionModel = {
  name: "spiking-bilayer",
  aliases: ["dib-spiking"],
  title: "Spiking droplet interface bilayer",
  summary:
    "Fast insertion and slow block of channels on a capacitive film: spikes under direct current (reduced form).",
  source: "10.1016/S0006-3495(61)86902-6 as a stand-in for a device without published constants",
  grade: "qualitative",
  plug: "mixed",
  claims: { passive: false, pinched: false },
  validRange_V: [-0.1, 0.2],
  states: [{ name: "recovery", unit: "", description: "slow block y" }],
  parameters: [
    ours("scaleConductance_S", "S", 1e-9, [1e-15, 1], "conductance scale G", "order of one channel"),
    ours("scaleVoltage_V", "V", 0.04, [1e-6, 10], "voltage scale V_u", "spikes of some 0.1 V"),
    ours("insertionTime_s", "s", 0.02, [1e-9, 1e6], "fast time tau_n = C / G", NO_NUMBERS),
    ours("blockTime_s", "s", 0.25, [1e-9, 1e9], "slow time tau_b", NO_NUMBERS),
    ours("offset", "", 0.7, [0, 1], "constant a of the slow equation", NO_NUMBERS),
    ours("slope", "", 0.8, [1e-3, 1], "constant b of the slow equation", NO_NUMBERS),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(dibSpiking, given);
    const value = (name: string) => numberOf(parameters, name);
    const scale_V = value("scaleVoltage_V");
    const conductance_S = value("scaleConductance_S");
    const tau_s = value("blockTime_s");
    const a = value("offset");
    const b = value("slope");
    if (!(value("insertionTime_s") < tau_s))
      throw new ParameterError(
        "insertionTime_s",
        `spiking-bilayer: insertionTime_s must be below blockTime_s, ${tau_s} s`,
      );
    const rest = restingPoint(a, b);
    const membrane_F = conductance_S * value("insertionTime_s");
    /** The whole carried current over G. */
    const drive_V = (v: number, y: number) => {
      const x = rest + v / scale_V;
      return scale_V * (y - x + (x * x * x) / 3);
    };
    return makeKernel({
      model: dibSpiking,
      parameters,
      environment,
      derived: { capacitance_F: membrane_F, scaleCurrent_A: conductance_S * scale_V, rest },
      states: { recovery: (rest + a) / b },
      constants: { scaleConductance_S: conductance_S, blockTime_s: tau_s },
      dynamics: makeBank({
        states: 1,
        aim(v, _x, c, _environment, target, rate) {
          target[0] = (rest + v / scale_V + a) / b;
          rate[0] = b / c[1];
        },
      }),
      terminals: {
        conductance: (_v, _x, c) => c[0],
        emf: (v, x) => drive_V(v, x[0]) - v,
        voltageDependent: true,
        slope(v, _x, c) {
          const u = rest + v / scale_V;
          return c[0] * (u * u - 1);
        },
        charge: (v) => membrane_F * v,
        storedEnergy: (v) => 0.5 * membrane_F * v * v,
      },
    });
  },
};

/** The real root of x - x^3/3 - (x + a)/b = 0, unique for b <= 1 (Newton from the left, where the cubic is monotonic). */
function restingPoint(a: number, b: number): number {
  let x = -2;
  for (let iteration = 0; iteration < 200; iteration++) {
    const step = (x - (x * x * x) / 3 - (x + a) / b) / (1 - x * x - 1 / b);
    x -= step;
    if (Math.abs(step) < 1e-15) break;
  }
  return x;
}
