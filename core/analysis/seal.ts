import { fitExponential } from "./expFit.ts";
import type { Estimate } from "./fit/curveFit.ts";
import { criticalT, mean } from "./statistics.ts";

/** I = G (V - V_0) by least squares: a seal before wetting, a pore or a dummy at small voltages. */
export interface OhmicFit {
  readonly conductance_S: Estimate;
  readonly resistance_ohm: Estimate;
  /** Voltage of zero current: electrode offset. */
  readonly offset_V: number;
  /** Rms residual over the rms current: above the noise where the contact is not ohmic. */
  readonly nonlinearity: number;
  readonly n: number;
}

/** @throws RangeError below 3 usable points or where the voltage does not vary */
export function fitOhmic(voltage_V: ArrayLike<number>, current_A: ArrayLike<number>): OhmicFit {
  const v: number[] = [];
  const i: number[] = [];
  for (let k = 0; k < voltage_V.length; k++)
    if (Number.isFinite(voltage_V[k]! + current_A[k]!)) {
      v.push(voltage_V[k]!);
      i.push(current_A[k]!);
    }
  const n = v.length;
  const [mv, mi] = [mean(v), mean(i)];
  let [vv, vi] = [0, 0];
  for (let k = 0; k < n; k++) {
    vv += (v[k]! - mv) ** 2;
    vi += (v[k]! - mv) * (i[k]! - mi);
  }
  if (n < 3 || !(vv > 0)) throw new RangeError(`${n} points at different voltages are usable, allowed are 3 and more`);
  const g = vi / vv;
  let [rest, power] = [0, 0];
  for (let k = 0; k < n; k++) {
    rest += (i[k]! - mi - g * (v[k]! - mv)) ** 2;
    power += i[k]! ** 2;
  }
  const error = Math.sqrt(rest / (n - 2) / vv);
  const t = criticalT(n - 2);
  const [low, high] = [g - t * error, g + t * error];
  return {
    conductance_S: { value: g, standardError: error, interval95: [low, high] },
    // a conductance that may be zero has a resistance without upper bound
    resistance_ohm: {
      value: 1 / g,
      standardError: error / (g * g),
      interval95: [1 / high, low > 0 ? 1 / low : Infinity],
    },
    offset_V: mv - mi / g,
    nonlinearity: Math.sqrt(rest / power),
    n,
  };
}

/** The answer to a small voltage step, as patch-clampers read it: R_access in series with R_seal parallel to C. */
export interface SealTest {
  readonly access_ohm: number;
  readonly seal_ohm: number;
  readonly capacitance_F: number;
  readonly tau_s: number;
}

/** A transient of fewer samples has its height between them: R_a and C would be guesses. */
const FEWEST_TAU_SAMPLES = 3;

/**
 * I(t) = dV [1/(R_a + R_s) + (1/R_a - 1/(R_a + R_s)) exp(-t/tau)], tau = C R_a R_s / (R_a + R_s), fitted from the step on.
 * @param current_A change of the current since before the step, first sample at the step
 * @returns the reason as text where the transient cannot be resolved: then only R_a + R_s = dV / I is known
 * @throws RangeError for a step of 0 V or a period that is not positive
 */
export function measureSeal(
  current_A: ArrayLike<number>,
  samplePeriod_s: number,
  step_V: number,
): SealTest | { readonly total_ohm: number; readonly reason: string } {
  if (!(Math.abs(step_V) > 0)) throw new RangeError(`step_V is ${step_V}, allowed are steps other than 0 V`);
  if (!(samplePeriod_s > 0)) throw new RangeError(`samplePeriod_s is ${samplePeriod_s}, allowed are positive numbers`);
  const fit = fitExponential(
    Array.from(current_A, (_, k) => k * samplePeriod_s),
    current_A,
    "decay",
  );
  const tail = Array.from(current_A).slice(-Math.max(1, current_A.length >> 2));
  const total_ohm = step_V / mean(tail);
  if (fit.kind === "none") return { total_ohm, reason: fit.reason };
  if (fit.tau < FEWEST_TAU_SAMPLES * samplePeriod_s)
    return { total_ohm, reason: "the transient is over within a few samples" };
  const access_ohm = step_V / (fit.offset + fit.amplitude);
  const seal_ohm = step_V / fit.offset - access_ohm;
  if (!(access_ohm > 0 && seal_ohm > 0))
    return { total_ohm, reason: "the transient is not that of a capacitance that charges" };
  return {
    access_ohm,
    seal_ohm,
    capacitance_F: (fit.tau * (access_ohm + seal_ohm)) / (access_ohm * seal_ohm),
    tau_s: fit.tau,
  };
}

/**
 * Diameter of a cylindrical pore from its conductance, G = sigma / (4 L / (pi d^2) + 1/d): pore and two access
 * resistances of Hall (J. Gen. Physiol. 66, 531 (1975), 10.1085/jgp.66.4.531); surface conduction is not in it.
 * The positive root of d^2 - g d - 4 g L / pi = 0, g = G / sigma.
 */
export function poreDiameter_m(conductance_S: number, conductivity_S_m: number, length_m: number): number {
  for (const [name, value] of Object.entries({ conductance_S, conductivity_S_m }))
    if (!(value > 0)) throw new RangeError(`${name} is ${value}, allowed are positive numbers`);
  if (!(length_m >= 0)) throw new RangeError(`length_m is ${length_m}, allowed are 0 and more`);
  const g = conductance_S / conductivity_S_m;
  return (g + Math.sqrt(g * g + (16 * g * length_m) / Math.PI)) / 2;
}
