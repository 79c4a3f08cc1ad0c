import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { conductivityRatio, makeMobility } from "./mobility.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";

/**
 * Polyelectrolyte gels in series: ions move through each gel by diffusion, so its memory scales with the square of its
 * thickness. Zhang, Sabbagh et al. 2024, "Geometrically scalable iontronic memristors" (bipolar gels).
 *
 *   i = v / sum_k 1/G_k,   v_k = v (1/G_k) / sum_j 1/G_j        (inner nodes solved algebraically)
 *   G_k = (G0 sum_j L_j / L_k) exp[beta s_k (x_k + phi n_k)]
 *   tau_k x_k' = tanh(v_k / V_k) - x_k,   tau_k = L_k^2 / (pi^2 D)   (slowest mode of diffusion), V_k = V_s L_k / sum_j L_j
 *   n_k' = k |x_k| (sign(x_k) - n_k)   where |x_k| > 0.7, otherwise held: what strong programming leaves behind
 *
 *   x_k    -      ions in gel k relative to rest (volatile)       n_k   -   the part that stays (nonvolatile)
 *   L_k    m      length_m thicknessRatio^k for k = 0 to gels - 1
 *   s_k    -      1, or 1, -1, 1 with alternation -1 (polycation beside polyanion)
 *   D      m2/s   diffusion_m2_s, in the gel, at 25 degrees Celsius
 *   G0     S      conductance_S, of the whole stack at rest
 *   beta   -      gain          phi  -  stayingPart          V_s  V  scale_V          k  1/s  staying_per_s
 *
 * tau: 50.7 ms for 10 um, 127 s for 500 um. Qualitative: scaling, volatile and programmed behaviour are reported, no
 * number of the gels is; D in gels is one to several decades below water. n is our bounded form of a drift k x. |v| < 3 V.
 */
export const gelStack: JunctionModel = {
  name: "gel-stack",
  aliases: ["bipolar-gel"],
  title: "Stack of polyelectrolyte gels",
  summary: "Ions diffuse through gels in series; tau is L^2 / (pi^2 D), strong programming leaves a lasting part.",
  source: "Zhang, Sabbagh et al. 2024, Geometrically scalable iontronic memristors",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-3, 3],
  states: [
    ...[1, 2, 3].map((k) => ({
      name: `ions${k}`,
      unit: "",
      description: `ions in gel ${k} relative to rest, -1 to 1`,
    })),
    ...[1, 2, 3].map((k) => ({ name: `stayed${k}`, unit: "", description: `lasting part in gel ${k}, -1 to 1` })),
  ],
  parameters: [
    ours("gels", "", 1, [1, 3], "gels in series, a whole number", "one slow gel"),
    ours("length_m", "m", 500e-6, [1e-7, 1e-1], "thickness of the first gel", "centre of the range 10 um to 1 mm"),
    ours("thicknessRatio", "", 0.5, [1e-3, 1e3], "each further gel is this many times as thick", "different memories"),
    ours("alternation", "", -1, [-1, 1], "-1: gels alternate in sign; 1: all alike", "polycation beside polyanion"),
    ours("diffusion_m2_s", "m2/s", 2e-10, [1e-15, 1e-8], "diffusion coefficient in the gel", "a decade below water"),
    ours("conductance_S", "S", 1e-6, [0, 10], "conductance of the stack at rest", "scale only"),
    ours("gain", "", 0.9, [-10, 10], "logarithmic conductance change of a full gel", "moderate on/off of 6"),
    ours("scale_V", "V", 0.5, [1e-3, 100], "voltage across the stack that fills a gel to 76 %", "programming by volts"),
    ours("stayingPart", "", 0.2, [0, 1], "weight phi of the lasting part", "volatile to stable under strong steps"),
    ours("staying_per_s", "1/s", 1e-3, [0, 1e6], "rate k of the lasting part", "many programming steps"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(gelStack, given);
    const value = (name: string) => numberOf(parameters, name);
    const gels = value("gels");
    if (!Number.isInteger(gels))
      throw new ParameterError("gels", `gel-stack: gels is ${gels}, allowed are the whole numbers 1 to 3`);
    const alternation = value("alternation");
    if (Math.abs(alternation) !== 1)
      throw new ParameterError("alternation", `gel-stack: alternation is ${alternation}, allowed are 1 and -1`);
    const numbers = [0, 1, 2];
    const length_m = numbers.map((k) => value("length_m") * value("thicknessRatio") ** k);
    const whole_m = length_m.slice(0, gels).reduce((sum, l) => sum + l, 0);
    const part = length_m.map((l, k) => (k < gels ? l / whole_m : 0));
    const sign = numbers.map((k) => alternation ** k);
    const tau_s = length_m.map((l) => l ** 2 / (Math.PI ** 2 * value("diffusion_m2_s")));
    const mobility = makeMobility();

    // resistance of each gel relative to the stack at rest; constants: G0, gain, V_s, phi, k, tau 1 to 3
    const share = new Float64Array(3);
    const resist = (x: Float64Array, c: Float64Array): number => {
      let sum = 0;
      for (let k = 0; k < gels; k++) {
        share[k] = part[k] * Math.exp(-c[1] * sign[k] * (x[k] + c[3] * x[3 + k]));
        sum += share[k];
      }
      return sum;
    };
    return makeKernel({
      model: gelStack,
      parameters,
      environment,
      derived: Object.fromEntries(tau_s.slice(0, gels).map((tau, k) => [`tau${k + 1}_s`, tau])),
      states: { ions1: 0, ions2: 0, ions3: 0, stayed1: 0, stayed2: 0, stayed3: 0 },
      constants: {
        restConductance_S: value("conductance_S"),
        gain: value("gain"),
        scale_V: value("scale_V"),
        stayingPart: value("stayingPart"),
        staying_per_s: value("staying_per_s"),
        tau1_s: tau_s[0],
        tau2_s: tau_s[1],
        tau3_s: tau_s[2],
      },
      dynamics: makeBank({
        states: 6,
        coupled: true,
        aim(v, x, c, now, target, rate_per_s) {
          const speed = mobility(now);
          const sum = resist(x, c);
          for (let k = 0; k < 3; k++) {
            // a gel that is not there rests, with the rate of the first
            const there = k < gels;
            target[k] = there ? Math.tanh((v * share[k]) / sum / (c[2] * part[k])) : 0;
            rate_per_s[k] = speed / c[there ? 5 + k : 5];
            const ions = Math.abs(x[k]);
            target[3 + k] = Math.sign(x[k]);
            rate_per_s[3 + k] = ions > 0.7 ? c[4] * ions : 0;
          }
        },
      }),
      terminals: {
        voltageDependent: false,
        conductance: (_v, x, c, now) => (c[0] / resist(x, c)) * conductivityRatio(mobility(now), now),
      },
    });
  },
};
