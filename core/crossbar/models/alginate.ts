import type { Dynamics } from "../engines/dynamics.ts";
import { withEdges } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel, ParameterSpec } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Alginate gel: beyond a threshold the field brings calcium that crosslinks the gel, or takes it away.
 *
 *   i = [G_f + (G_x - G_f) x] v
 *   x' = d k sgn(v) (|v| - V_th) x (1 - x) for |v| > V_th, else 0
 *   every pulse above V_th desensitises, d <- d exp(-1 / n_0), rest brings d back: d' = (1 - d) / tau_d
 *   x(0) = c / (c + c_half) from the calcium of the bath
 *
 *   x, d        -     crosslinked, sensitivity
 *   G_f, G_x    S     freeConductance_S, crosslinkedConductance_S
 *   V_th, k     V, 1/(V s)  thresholdVoltage_V, rate_perVs
 *   n_0, tau_d  -, s  pulsesToDesensitise, recoveryTime_s
 *   c, c_half   mM    calcium_mM, halfCalcium_mM
 *
 * A pulse is an upward crossing of the threshold by |v|, or a jump from one sign to the other above it. With v held both
 * equations have closed solutions (logistic in x, kept within 1e-6 of its ends). Nonvolatile below V_th; |v| < 1 V. All constants ours.
 */
/** What is left of the crosslinks, or of the free gel, in the end. */
const LEAST = 1e-6;
const NONE = "mechanism only, no constants published";

export const ALGINATE_PARAMETERS: readonly ParameterSpec[] = [
  ours("freeConductance_S", "S", 1e-6, [1e-15, 1], "conductance G_f of the gel without crosslinks", NONE),
  ours("crosslinkedConductance_S", "S", 1e-7, [1e-15, 1], "conductance G_x of the crosslinked gel", NONE),
  ours("thresholdVoltage_V", "V", 0.5, [0, 10], "dead zone V_th", NONE),
  ours("rate_perVs", "1/(V s)", 20, [0, 1e9], "rate k of crosslinking per volt above the threshold", NONE),
  ours("pulsesToDesensitise", "", 10, [0.1, 1e9], "pulses n_0 that leave 1/e of the sensitivity", NONE),
  ours("recoveryTime_s", "s", 60, [1e-3, 1e9], "time constant tau_d of the sensitivity", NONE),
];

/** Signed voltage above the dead zone. */
export const beyond_V = (v: number, threshold_V: number): number =>
  v > threshold_V ? v - threshold_V : v < -threshold_V ? v + threshold_V : 0;

export const alginate: JunctionModel = {
  name: "alginate-gel",
  aliases: ["alginate"],
  title: "Alginate gel with calcium crosslinks",
  summary: "Field beyond a threshold moves the crosslinked fraction; pulse trains desensitise. Nonvolatile below.",
  source: "class of devices; no constants published",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [
    { name: "crosslinked", unit: "", description: "crosslinked part of the gel" },
    { name: "sensitivity", unit: "", description: "sensitivity left by the pulses so far" },
    { name: "lastVoltage_V", unit: "V", description: "voltage of the last step" },
  ],
  parameters: [
    ...ALGINATE_PARAMETERS,
    ours("calcium_mM", "mM", 10, [1e-6, 1e4], "calcium of the bath, sets the fraction at the start", NONE),
    ours("halfCalcium_mM", "mM", 10, [1e-6, 1e4], "calcium at which half of the gel is crosslinked", NONE),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(alginate, given);
    const value = (name: string) => numberOf(parameters, name);
    const calcium_mM = value("calcium_mM");
    const threshold_V = value("thresholdVoltage_V");
    const rate_perVs = value("rate_perVs");
    const recovery_s = value("recoveryTime_s");
    const kept = Math.exp(-1 / value("pulsesToDesensitise"));
    const between: Dynamics = {
      held: "exact",
      rule: "closed logistic solution, any step",
      stochastic: false,
      advance(v, dt_s, x) {
        // integral of the sensitivity over the step, while it recovers
        const lost = 1 - x[1];
        const back = -Math.expm1(-dt_s / recovery_s);
        const sensitive_s = dt_s - lost * recovery_s * back;
        x[1] += lost * back;
        const growth = rate_perVs * beyond_V(v, threshold_V) * sensitive_s;
        // never quite 0 or 1, from where nothing would come back
        x[0] = Math.min(1 - LEAST, Math.max(LEAST, x[0] / (x[0] + (1 - x[0]) * Math.exp(-growth))));
      },
      settle(v, x) {
        x[1] = 1;
        const drive = beyond_V(v, threshold_V);
        if (drive !== 0) x[0] = drive > 0 ? 1 - LEAST : LEAST;
      },
      times(v, x, _c, _environment, times_s) {
        const moving = Math.abs(rate_perVs * beyond_V(v, threshold_V));
        times_s[0] = Math.min(recovery_s, 1 / moving);
        times_s[1] = moving === 0 ? recovery_s : Math.max(recovery_s, 1 / (moving * Math.max(x[1], 1e-6)));
      },
    };
    return makeKernel({
      model: alginate,
      parameters,
      environment,
      states: {
        crosslinked: startOf(calcium_mM, value("halfCalcium_mM")),
        sensitivity: 1,
        lastVoltage_V: 0,
      },
      constants: {
        freeConductance_S: value("freeConductance_S"),
        crosslinkedConductance_S: value("crosslinkedConductance_S"),
      },
      dynamics: withEdges({
        lastVoltage: 2,
        onChange(from_V, to_V, x) {
          if (beginsPulse(from_V, to_V, threshold_V)) x[1] *= kept;
        },
        between,
      }),
      terminals: { conductance: (_v, x, c) => c[0] + (c[1] - c[0]) * x[0], voltageDependent: false },
    });
  },
};

export function beginsPulse(from_V: number, to_V: number, threshold_V: number): boolean {
  const to = beyond_V(to_V, threshold_V);
  return to !== 0 && beyond_V(from_V, threshold_V) * to <= 0;
}

function startOf(calcium_mM: number, half_mM: number): number {
  const start = calcium_mM / (calcium_mM + half_mM);
  return Math.min(1 - LEAST, Math.max(LEAST, start));
}
