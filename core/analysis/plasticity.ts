import { minimise } from "./leastSquares.ts";
import { criticalT, finiteOf } from "./statistics.ts";

/** One direction of a pulse train: conductance before the first pulse and after each. */
export interface PlasticityPhase {
  /** "rises" is the LTP form, "falls" the LTD form, whatever the pulses were called. */
  readonly direction: "rises" | "falls" | "none";
  readonly pulses: number;
  readonly smallest_S: number;
  readonly largest_S: number;
  /** A of f_A(x) = (1 - exp(-x/A)) / (1 - exp(-1/A)); null where the train is linear or does not change. */
  readonly a: number | null;
  /** NL in [-10.1, 10.1]: + saturates on the way up (LTP), - saturates on the way down (LTD); null without change. */
  readonly nonlinearity: number | null;
  /** 95 % interval of the nonlinearity; null below three points. */
  readonly interval95: readonly [number, number] | null;
  readonly shape: "linear" | "curved";
  /** Root mean square of the normalised residuals. */
  readonly residual: number | null;
  /** Why there is no figure, for people. */
  readonly note: string;
}

export interface PlasticityResult {
  readonly potentiation: PlasticityPhase | null;
  readonly depression: PlasticityPhase | null;
  /** |NL of the rise - NL of the fall|; null unless both have one. */
  readonly asymmetry: number | null;
  /** Largest over smallest conductance of both phases. */
  readonly dynamicRange: number;
}

/** NL = 10.1015 max |f_A(x) - x|, the scale of NeuroSim's table of 900 entries; below this it is drawn as a straight line. */
const NL_SCALE = 10.1015;
const LINEAR_BELOW = 0.01;
const STEEPEST = 300;

/** f_A with k = 1/A, which passes through the straight line at k = 0. */
export function plasticityCurve(k: number, x: number): number {
  return Math.abs(k) < 1e-9 ? x + (k * x * (1 - x)) / 2 : Math.expm1(-k * x) / Math.expm1(-k);
}

/** Nonlinearity of a curve with k = 1/A, with the sign of A. */
export function nonlinearityOf(k: number): number {
  if (Math.abs(k) < 1e-9) return (NL_SCALE * k) / 8;
  // x* = A ln(1/(A (1 - exp(-1/A)))) where the slope of f_A is one; above 1 the negative side is its mirror image
  const size = Math.abs(k);
  const at = Math.log(size / -Math.expm1(-size)) / size;
  return Math.sign(k) * NL_SCALE * (plasticityCurve(size, at) - at);
}

/**
 * Fits one phase.
 * @param conductance_S before the first pulse and after each one, in order; NaN where a read was lost
 */
export function analysePhase(conductance_S: readonly number[]): PlasticityPhase {
  const kept = finiteOf(conductance_S);
  const [smallest_S, largest_S] = [Math.min(...kept), Math.max(...kept)];
  const pulses = Math.max(0, conductance_S.length - 1);
  const nothing = (note: string, direction: PlasticityPhase["direction"] = "none"): PlasticityPhase => ({
    direction,
    pulses,
    smallest_S,
    largest_S,
    a: null,
    nonlinearity: null,
    interval95: null,
    shape: "linear",
    residual: null,
    note,
  });
  if (kept.length < 3) return nothing(`a curve needs 3 reads, there are ${kept.length}`);
  const span = largest_S - smallest_S;
  // second differences see the scatter of reads but hardly the curve: 3 sigma of them is no change
  let rough = 0;
  for (let k = 2; k < kept.length; k++) rough += ((kept[k] ?? 0) - 2 * (kept[k - 1] ?? 0) + (kept[k - 2] ?? 0)) ** 2;
  const scatter = Math.sqrt(rough / (6 * (kept.length - 2)));
  const change = (kept.at(-1) ?? 0) - (kept[0] ?? 0);
  if (
    !(span > 1e-9 * Math.max(Math.abs(largest_S), Math.abs(smallest_S))) ||
    (Math.abs(change) < 3 * scatter && kept.length > 3)
  )
    return nothing("the conductance does not change beyond the scatter of the reads");
  const direction = change > 0 ? "rises" : "falls";

  // a falling train is mirrored (x from the end), as NeuroSim draws LTD: saturating falls are then convex, A < 0
  const points: { x: number; y: number }[] = [];
  conductance_S.forEach((g, n) => {
    if (Number.isFinite(g))
      points.push({ x: direction === "rises" ? n / pulses : 1 - n / pulses, y: (g - smallest_S) / span });
  });
  const cost = (k: number) => points.reduce((sum, p) => sum + (p.y - plasticityCurve(k, p.x)) ** 2, 0);
  const grid: number[] = [0];
  for (let k = 0.01; k <= STEEPEST; k *= 1.2) grid.push(k, -k);
  grid.sort((a, b) => a - b);
  let best = 0;
  grid.forEach((k, at) => {
    if (cost(k) < cost(grid[best] ?? 0)) best = at;
  });
  const k = minimise(cost, grid[Math.max(0, best - 1)] ?? 0, grid[Math.min(grid.length - 1, best + 1)] ?? 0);
  const sum = cost(k);
  const h = 1e-5 * Math.max(1, Math.abs(k));
  const information = points.reduce(
    (s, p) => s + ((plasticityCurve(k + h, p.x) - plasticityCurve(k - h, p.x)) / (2 * h)) ** 2,
    0,
  );
  const error = Math.sqrt(sum / (points.length - 1) / information) * criticalT(points.length - 1);
  const nonlinearity = nonlinearityOf(k);
  const linear = Math.abs(nonlinearity) < LINEAR_BELOW;
  return {
    direction,
    pulses,
    smallest_S,
    largest_S,
    a: linear ? null : 1 / k,
    nonlinearity: linear ? 0 : nonlinearity,
    interval95: Number.isFinite(error) ? [nonlinearityOf(k - error), nonlinearityOf(k + error)] : null,
    shape: linear ? "linear" : "curved",
    residual: Math.sqrt(sum / points.length),
    note: "",
  };
}

/** The conductance that a fitted phase predicts after `pulse` pulses. */
export function predictPhase(phase: PlasticityPhase, pulse: number): number {
  const x = phase.pulses === 0 ? 0 : pulse / phase.pulses;
  const k = phase.a === null ? 0 : 1 / phase.a;
  return (
    phase.smallest_S +
    (phase.largest_S - phase.smallest_S) * plasticityCurve(k, phase.direction === "falls" ? 1 - x : x)
  );
}

/** Potentiation and depression of one junction. Each series starts with the read before its first pulse. */
export function analysePlasticity(
  potentiation_S: readonly number[],
  depression_S: readonly number[],
): PlasticityResult {
  const potentiation = potentiation_S.length === 0 ? null : analysePhase(potentiation_S);
  const depression = depression_S.length === 0 ? null : analysePhase(depression_S);
  const all = finiteOf([...potentiation_S, ...depression_S]);
  const [up, down] = [potentiation?.nonlinearity ?? null, depression?.nonlinearity ?? null];
  return {
    potentiation,
    depression,
    asymmetry: up === null || down === null ? null : Math.abs(up - down),
    dynamicRange: Math.max(...all) / Math.min(...all),
  };
}
