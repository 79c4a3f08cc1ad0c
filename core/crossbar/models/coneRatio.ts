import { makeCubicTable } from "../engines/cubicTable.ts";

/**
 * Steady conductance of a conical channel relative to its conductance at rest (equation in conicalChannel.ts).
 *
 * With u = x R_t / R(x) as variable the integral has a fixed, smooth weight and one exponential:
 *
 *   g_inf / g_0 = 1 + dg int_0^1 { u - expm1(b u) / expm1(b) } (R_b/R_t) / (1 + (R_b/R_t - 1) u)^2 du,   b = Pe R_t / R_b
 *
 * because dx = R_b R_t du / (R_t + (R_b - R_t) u)^2. Panels of 8-point Gauss-Legendre quadrature resolve it to 1e-12
 * up to |b| = 100 (24 V on the published cone).
 */
export interface ConeShape {
  /** dg, dimensionless. */
  readonly polarization: number;
  /** b per volt. */
  readonly exponent_perV: number;
  /** R_b / R_t >= 1. */
  readonly taper: number;
}

const PANELS = 32;
const POINTS = 8;
const TABLE_RANGE_V = 3;
/** Coarsest spacing: 1201 points over 3 V either side. */
const LARGEST_SPACING_V = 0.005;
/** Change of b from point to point; four-point interpolation then errs by (3/128) 0.02^4 = 4e-9 at most. */
const EXPONENT_SPACING = 0.02;
const LARGEST_TABLE = 20_001;

/** The shapes asked for last: a table takes tens of milliseconds, and every array of a series has the same cones. */
const known = new Map<string, (voltage_V: number) => number>();
const MOST_KNOWN = 16;

/** r(v), >= 0: interpolated inside 3 V, evaluated directly outside. */
export function makeConeRatio(cone: ConeShape): (voltage_V: number) => number {
  if (cone.polarization === 0) return () => 1;
  const key = `${cone.polarization} ${cone.exponent_perV} ${cone.taper}`;
  const ratio = known.get(key) ?? tabulate(cone);
  known.delete(key);
  known.set(key, ratio);
  for (const oldest of known.keys()) {
    if (known.size <= MOST_KNOWN) break;
    known.delete(oldest);
  }
  return ratio;
}

function tabulate(cone: ConeShape): (voltage_V: number) => number {
  const evaluate = makeQuadrature(cone);
  const wanted = Math.min(LARGEST_SPACING_V, EXPONENT_SPACING / Math.abs(cone.exponent_perV));
  // an even number of intervals puts 0 V on a point, so that r(0) = 1 exactly
  const intervals = Math.min(LARGEST_TABLE - 1, 2 * Math.ceil(TABLE_RANGE_V / wanted - 1e-9));
  const table = makeCubicTable(evaluate, -TABLE_RANGE_V, TABLE_RANGE_V, intervals);
  return (voltage_V) => {
    const value = table(voltage_V);
    return value > 0 || Number.isNaN(value) ? value : 0;
  };
}

/** Direct evaluation at any voltage, without allocation. */
export function makeQuadrature(cone: ConeShape): (voltage_V: number) => number {
  const { nodes, weights } = placeNodes(cone.taper);
  return (voltage_V) => {
    const b = cone.exponent_perV * voltage_V;
    // the integrand's limit for b -> 0 is 0
    if (Math.abs(b) < 1e-9) return 1;
    // expm1(b u) / expm1(b) without overflow
    const whole = b <= 0 ? Math.expm1(b) : Math.expm1(-b);
    let integral = 0;
    for (let k = 0; k < nodes.length; k++) {
      const u = nodes[k];
      const part = b <= 0 ? Math.expm1(b * u) : Math.exp(b * (u - 1)) * Math.expm1(-b * u);
      integral += weights[k] * (u - part / whole);
    }
    const value = 1 + cone.polarization * integral;
    return value > 0 || Number.isNaN(value) ? value : 0;
  };
}

/** Quadrature nodes over [0, 1] with the geometric factor folded into the weights. */
function placeNodes(taper: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(PANELS * POINTS);
  const weights = new Float64Array(PANELS * POINTS);
  for (let point = 0; point < POINTS; point++) {
    const { x, weight } = legendreNode(POINTS, point);
    for (let panel = 0; panel < PANELS; panel++) {
      const u = (panel + 0.5 + x / 2) / PANELS;
      nodes[panel * POINTS + point] = u;
      weights[panel * POINTS + point] = ((weight / (2 * PANELS)) * taper) / (1 + (taper - 1) * u) ** 2;
    }
  }
  return { nodes, weights };
}

/** Root `k` of the Legendre polynomial of degree `n` by Newton's method, with its Gauss weight on [-1, 1]. */
function legendreNode(n: number, k: number): { x: number; weight: number } {
  let x = Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
  let slope = 1;
  for (let iteration = 0; iteration < 8; iteration++) {
    let previous = 1;
    let value = x;
    for (let degree = 2; degree <= n; degree++)
      [previous, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * previous) / degree];
    slope = (n * (x * value - previous)) / (x * x - 1);
    x -= value / slope;
  }
  return { x, weight: 2 / ((1 - x * x) * slope * slope) };
}
