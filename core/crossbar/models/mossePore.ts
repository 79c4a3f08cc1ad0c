import { makeBank } from "../engines/bank.ts";
import { type Dynamics, STILL } from "../engines/dynamics.ts";
import { inSequence, withEdges } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Janus MoSSe pore whose confined water turns its dipoles against the field: negative differential resistance, hysteresis
 * and short-term plasticity within picoseconds. Dronadula and Aluru 2026, 10.1039/d5fd00130g (molecular dynamics).
 *
 *   i = G_0 w m v,   v = E l_eff
 *   w' = (w_eq - w) / (tau_or where w_eq < w, else tau_rel),   w_eq = w_f + (1 - w_f) / (1 + exp((|E + E_i| - E_h) / delta))
 *   m = c (1 + a) r,   a' = -a / tau_f,   r' = (1 - r) / tau_d,   c' = (1 - c) / tau_c
 *   at the end of a pulse (|E| rose by more than 0.1 V/nm before):
 *     from a hold of |E| >= 0.3 V/nm:  a += 1.9/1.2,  c += rho (1.418 - c),  rho = 0.2/0.418      facilitation
 *     from a lower hold:               r *= 2/9,      c *= 0.9                                    depression
 *
 *   w, a, c, r   -      ordering, facilitation, scale, recovery (states); lastVoltage_V, pulse and pulseAge_s find the pulses
 *   E_i          V/m    intrinsicField_V_m: that of the Janus sheet; 0 is symmetric MoS2
 *   tau_f, tau_d s      published 8 and 7.5 ps;  tau_or, tau_rel of w ours
 *   l_eff        m      effectiveLength_m;   timeScale multiplies every time (slower solvents, laboratory scale)
 *
 * One mode of 8 ps cannot make hysteresis at 200 MHz: hence slow ordering w for the loop and a fast multiplier m for pulses.
 * E_i, E_h, delta and w_f are calibrated so that the forward peaks lie at the published +0.5 and -1.0 V/nm; the jumps give the
 * published PPF 3.1 -> 1.2 and PPD 0.2 -> 0.9. Pulse width, absolute currents, tau(E) are not published. Valid |E| < 2 V/nm.
 * A pulse is read with the multiplier before its own jump; jumps act at its falling edge.
 */
const RISE_V_M = 0.1e9;
const FACILITATING_HOLD_V_M = 0.3e9;
const FACILITATION = 1.9 / 1.2;
const SCALE_LIMIT = 1.418;
const SCALE_STEP = 0.2 / 0.418;
const DEPRESSION = 2 / 9;
const SCALE_LOSS = 0.9;
const SOURCE = "10.1039/d5fd00130g";
const CALIBRATED = "calibrated so that the forward peaks lie at +0.5 and -1.0 V/nm (10.1039/d5fd00130g)";

/** A value that follows from published ones by fitting. */
const calibrated: typeof ours = (...spec) => ({ ...ours(...spec), provenance: "derived" });

export const mossePore: JunctionModel = {
  name: "mosse-pore",
  aliases: ["mosse"],
  title: "MoSSe pore with water dipoles",
  summary:
    "Water dipoles turn in strong fields and block ions: NDR, unipolar hysteresis, PPF and PPD within picoseconds.",
  source: SOURCE,
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-2, 2],
  states: [
    { name: "ordering", unit: "", description: "slow order of the water, 1 conducting" },
    { name: "facilitation", unit: "", description: "short-term gain of the last pulses" },
    { name: "scale", unit: "", description: "slow gain of a pulse train" },
    { name: "recovery", unit: "", description: "short-term loss of the last pulses, 1 recovered" },
    { name: "lastVoltage_V", unit: "V", description: "voltage of the step before, to find pulse edges" },
    { name: "pulse", unit: "", description: "0 no pulse, 1 facilitating, 2 depressing pulse running" },
    { name: "pulseAge_s", unit: "s", description: "time since the pulse began" },
  ],
  parameters: [
    ours(
      "conductance_S",
      "S",
      2.5202e-9,
      [0, 1],
      "conductance G_0",
      "1 nA at the first peak; no absolute current is published",
    ),
    ours("effectiveLength_m", "m", 1e-9, [1e-11, 1e-6], "length l_eff that turns voltage into field", "1 V is 1 V/nm"),
    calibrated("intrinsicField_V_m", "V/m", 0.304e9, [-2e9, 2e9], "field E_i of the Janus sheet", CALIBRATED),
    calibrated("halfField_V_m", "V/m", 0.8786e9, [0, 1e10], "field E_h of half ordering", CALIBRATED),
    calibrated("fieldWidth_V_m", "V/m", 0.1e9, [1e6, 1e10], "width delta of the ordering", CALIBRATED),
    calibrated("floor", "", 0.02, [0, 1], "conductance w_f left in the strongest field, relative", CALIBRATED),
    ours("orderingTau_s", "s", 50e-12, [1e-15, 1e6], "time tau_or to order", "hysteresis at 200 MHz"),
    ours(
      "relaxationTau_s",
      "s",
      300e-12,
      [1e-15, 1e6],
      "time tau_rel to relax, the longer one",
      "hysteresis at 200 MHz",
    ),
    {
      ...ours("facilitationTau_s", "s", 8e-12, [1e-15, 1e6], "decay of facilitation", SOURCE),
      provenance: "published",
    },
    {
      ...ours("depressionTau_s", "s", 7.5e-12, [1e-15, 1e6], "recovery from depression", SOURCE),
      provenance: "published",
    },
    ours("scaleTau_s", "s", 1e-3, [1e-12, 1e9], "decay of the slow gain", "far above 1 ns: trains keep it"),
    ours(
      "longestPulse_s",
      "s",
      15e-12,
      [0, 1e6],
      "a rise that lasts longer is a new hold level",
      "below the published preparation of 20 ps",
    ),
    ours("timeScale", "", 1, [1e-3, 1e15], "factor on every time", "molecular dynamics"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(mossePore, given);
    const number = (name: string) => numberOf(parameters, name);
    const length_m = number("effectiveLength_m");
    const [intrinsic, half, width, floor] = [
      number("intrinsicField_V_m"),
      number("halfField_V_m"),
      number("fieldWidth_V_m"),
      number("floor"),
    ];
    const slower = number("timeScale");
    const [facilitation_s, depression_s, scale_s] = [
      number("facilitationTau_s") * slower,
      number("depressionTau_s") * slower,
      number("scaleTau_s") * slower,
    ];
    return makeKernel({
      model: mossePore,
      parameters,
      environment,
      states: { ordering: 1, facilitation: 0, scale: 1, recovery: 1, lastVoltage_V: 0, pulse: 0, pulseAge_s: 0 },
      constants: {
        conductance_S: number("conductance_S"),
        orderingTau_s: number("orderingTau_s") * slower,
        relaxationTau_s: number("relaxationTau_s") * slower,
      },
      dynamics: withEdges({
        lastVoltage: 4,
        onChange(from_V, to_V, x) {
          const rise = (Math.abs(to_V) - Math.abs(from_V)) / length_m;
          if (rise > RISE_V_M && x[5] === 0) {
            x[5] = Math.abs(from_V) / length_m >= FACILITATING_HOLD_V_M ? 1 : 2;
            x[6] = 0;
          } else if (rise < -RISE_V_M && x[5] !== 0) {
            if (x[5] === 1) {
              x[1] += FACILITATION;
              x[2] += SCALE_STEP * (SCALE_LIMIT - x[2]);
            } else {
              x[3] *= DEPRESSION;
              x[2] *= SCALE_LOSS;
            }
            x[5] = 0;
          }
        },
        between: inSequence(
          makePulseClock(number("longestPulse_s") * slower),
          makeBank({
            states: 4,
            aim(v, x, c, _environment, target, rate) {
              const field = Math.abs(v / length_m + intrinsic);
              const order = floor + (1 - floor) / (1 + Math.exp((field - half) / width));
              target[0] = order;
              // w moves towards w_eq from one side: the choice of tau does not change within a held step
              rate[0] = 1 / (order < x[0] ? c[1] : c[2]);
              target[1] = 0;
              rate[1] = 1 / facilitation_s;
              target[2] = 1;
              rate[2] = 1 / scale_s;
              target[3] = 1;
              rate[3] = 1 / depression_s;
            },
          }),
        ),
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] * x[0] * x[2] * (1 + x[1]) * x[3] },
    });
  },
};

/** Counts the age of a pulse; past `longest_s` it was the preparation of a new hold level and leaves no mark. */
function makePulseClock(longest_s: number): Dynamics {
  return {
    ...STILL,
    rule: "exact clock",
    advance(_v, dt_s, x) {
      if (x[5] === 0) return;
      x[6] += dt_s;
      if (x[6] > longest_s) x[5] = x[6] = 0;
    },
    settle(_v, x) {
      x[5] = x[6] = 0;
    },
  };
}

/**
 * Free-energy barriers of Cl- in the pore, kJ/mol, table 1 of 10.1039/d5fd00130g: published total, and the sum of its
 * components. The difference is the work of the external field, e E d, with d of 0.065 to 0.085 nm.
 */
export const MOSSE_BARRIERS: readonly {
  readonly field_V_nm: number;
  readonly total_kJ_mol: number;
  readonly components_kJ_mol: number;
}[] = [
  { field_V_nm: 0.2, total_kJ_mol: 4.05, components_kJ_mol: 5.665 },
  { field_V_nm: 0.4, total_kJ_mol: 2.03, components_kJ_mol: 5.305 },
  { field_V_nm: 0.6, total_kJ_mol: 4.8, components_kJ_mol: 8.545 },
  { field_V_nm: 0.8, total_kJ_mol: 6.2, components_kJ_mol: 11.61 },
];
