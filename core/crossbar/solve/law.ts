/**
 * Currents of junctions as functions of their own voltages, v = V_row - V_column, for a whole array at once.
 * Anything that can say I(v) and dI/dv is a law: the three below, or a junction model at fixed state (modelLaw.ts).
 */
export interface JunctionLaw {
  /** For records and messages. */
  readonly name: string;
  /** Current in ampere and dI/dv in siemens of every junction. */
  evaluate(voltage_V: Float64Array, current_A: Float64Array, slope_S: Float64Array): void;
  /**
   * The voltage at which junction k carries `current_A`, where that is known in closed form: Newton then never climbs an
   * exponential step by step.
   */
  voltageAt?(k: number, current_A: number): number;
  /** Junction voltages of either sign up to which the law holds; absent means any. */
  readonly largest_V?: number;
  /** True when dI/dv < 0 somewhere: several operating points may exist. */
  readonly active: boolean;
}

/** What a request says. */
export type LawRequest =
  | { readonly kind: "ohmic" }
  | { readonly kind: "sinh"; readonly scale_V: number }
  | { readonly kind: "rectifying"; readonly slope: number; readonly scale_V: number };

/** Beyond v / s = 200 (currents 1e86 times the ohmic one) sinh goes on as a straight line; no array works there. */
const LARGEST_RATIO = 200;

/** max over u of tanh u + u / cosh^2 u = the root of u tanh u = 1: rectifiers of a larger slope have dI/dv < 0. */
export const LARGEST_MONOTONE_SLOPE = 1 / 1.199678640257734;

/**
 *   ohmic       I = G v
 *   sinh        I = G s sinh(v / s)              hopping and ion transport over barriers
 *   rectifying  I = G v (1 + slope tanh(v / s))  passive for |slope| < 1, monotone for |slope| <= 0.8336
 * @param conductance_S G of every junction, siemens; kept, not copied
 * @throws RangeError naming the parameter
 */
export function makeLaw(request: LawRequest, conductance_S: Float64Array): JunctionLaw {
  switch (request.kind) {
    case "ohmic":
      return ohmic(conductance_S);
    case "sinh":
      checkScale(request.scale_V);
      return sinh(conductance_S, request.scale_V);
    case "rectifying":
      checkScale(request.scale_V);
      if (!(Math.abs(request.slope) < 1))
        throw new RangeError(`law.slope is ${request.slope}, allowed are numbers above -1 and below 1 (passive)`);
      return rectifying(conductance_S, request.slope, request.scale_V);
  }
}

function checkScale(scale_V: number): void {
  if (!(scale_V > 0 && scale_V < Number.POSITIVE_INFINITY))
    throw new RangeError(`law.scale_V is ${scale_V}, allowed are finite numbers above 0 V`);
}

function ohmic(conductance_S: Float64Array): JunctionLaw {
  return {
    name: "ohmic",
    active: false,
    evaluate(voltage_V, current_A, slope_S) {
      for (let k = 0; k < conductance_S.length; k++) current_A[k] = conductance_S[k] * voltage_V[k];
      slope_S.set(conductance_S);
    },
    voltageAt: (k, current_A) => current_A / conductance_S[k],
  };
}

function sinh(conductance_S: Float64Array, scale_V: number): JunctionLaw {
  return {
    name: `sinh, scale ${scale_V} V`,
    active: false,
    largest_V: LARGEST_RATIO * scale_V,
    evaluate(voltage_V, current_A, slope_S) {
      for (let k = 0; k < conductance_S.length; k++) {
        const u = voltage_V[k] / scale_V;
        const inside = u > LARGEST_RATIO ? LARGEST_RATIO : u < -LARGEST_RATIO ? -LARGEST_RATIO : u;
        const g = conductance_S[k];
        let rise: number;
        let cosh: number;
        if (inside > 0.3 || inside < -0.3) {
          const e = Math.exp(inside);
          rise = 0.5 * (e - 1 / e);
          cosh = 0.5 * (e + 1 / e);
        } else {
          // differences of exponentials lose digits here; the next term is below 1e-17
          const q = inside * inside;
          const t = 1 + (q / 6) * (1 + (q / 20) * (1 + (q / 42) * (1 + (q / 72) * (1 + q / 110))));
          rise = inside * t;
          cosh = Math.sqrt(1 + rise * rise);
        }
        current_A[k] = g * scale_V * (rise + cosh * (u - inside));
        slope_S[k] = g * cosh;
      }
    },
    voltageAt: (k, current_A) => scale_V * Math.asinh(current_A / (conductance_S[k] * scale_V)),
  };
}

function rectifying(conductance_S: Float64Array, slope: number, scale_V: number): JunctionLaw {
  return {
    name: `rectifying, slope ${slope}, scale ${scale_V} V`,
    active: Math.abs(slope) > LARGEST_MONOTONE_SLOPE,
    evaluate(voltage_V, current_A, slope_S) {
      for (let k = 0; k < conductance_S.length; k++) {
        const v = voltage_V[k];
        const u = v / scale_V;
        const t = Math.tanh(u);
        const g = conductance_S[k];
        current_A[k] = g * v * (1 + slope * t);
        // u / cosh^2 u dies away before it can overflow
        slope_S[k] = g * (1 + slope * (t + (Math.abs(u) < 350 ? u * (1 - t * t) : 0)));
      }
    },
  };
}
