import type { Grid } from "../crossbar/grid.ts";
import type { RunData } from "../record/runData.ts";
import type { RunStarted } from "../runEvent.ts";
import { decimate } from "../report/decimate.ts";
import { type ComparableCurve, comparableCurves, comparableMetrics } from "./comparableCurves.ts";
import { collectSteps, junctionsOf } from "./runSteps.ts";
import { latestMap, sweptLoops } from "./sections.ts";
import { finiteOf, median } from "./statistics.ts";
import { analyseRun } from "./summary.ts";

/** Points of a curve that is shown, and curves that are shown. */
const POINTS = 1200;
const CURVES = 24;

export interface CurvePair {
  readonly title: string;
  readonly x: { readonly label: string; readonly unit: string };
  readonly y: { readonly label: string; readonly unit: string };
  readonly emulated: { readonly x: readonly number[]; readonly y: readonly number[] };
  readonly measured: { readonly x: readonly number[]; readonly y: readonly number[] };
  /** Measured minus emulated at the measured points, NaN where the emulated curve does not reach. */
  readonly residual: { readonly x: readonly number[]; readonly y: readonly number[] };
  /** Root of the mean square of the residual over that of the emulated curve at the same points. */
  readonly relativeRms: number;
}

/** What two runs of one protocol have in common, compared as (measured - emulated) / emulated. */
export interface RunComparison {
  /** null where the grids differ or one is not known. */
  readonly grid: Grid | null;
  /** Row-major, NaN where a run has none; empty without a common grid. */
  readonly emulated_S: readonly number[];
  readonly measured_S: readonly number[];
  readonly residual: readonly number[];
  readonly rms: number;
  readonly median: number;
  /** Largest in magnitude, with its sign. */
  readonly largest: number;
  readonly metrics: readonly {
    readonly label: string;
    readonly unit: string;
    readonly emulated: number;
    readonly measured: number;
    readonly difference: number;
  }[];
  readonly overlays: readonly CurvePair[];
  readonly notes: readonly string[];
}

/**
 * Compares two runs junction by junction, figure by figure and curve by curve. What only one of them has is left out and
 * said. The names say which is taken as the reference: any two runs can be compared.
 */
export function compareRuns(emulated: RunData, measured: RunData): RunComparison {
  const notes: string[] = [];
  const [e, m] = [analyseRun(emulated), analyseRun(measured)];
  const [gridE, gridM] = [startOf(emulated)?.grid, startOf(measured)?.grid];
  const same = gridE !== undefined && gridE.rows === gridM?.rows && gridE.columns === gridM.columns;
  const grid = same ? gridE : null;
  if (!same) notes.push(`the grids differ (${side(gridE)} and ${side(gridM)}): there is no map of differences`);
  const [emulated_S, measured_S] = grid
    ? [conductances(emulated, grid, "emulated", notes), conductances(measured, grid, "measured", notes)]
    : [[], []];
  const residual = emulated_S.map((g, k) => ((measured_S[k] ?? Number.NaN) - g) / g);
  const kept = finiteOf(residual);
  if (grid && kept.length === 0) notes.push("no junction was read in both runs");

  const fellows = new Map(comparableMetrics(m.sections).map((metric) => [metric.key, metric]));
  const metrics = comparableMetrics(e.sections).flatMap(({ key, unit, value }) => {
    const fellow = fellows.get(key);
    return fellow?.unit === unit
      ? [{ label: key, unit, emulated: value, measured: fellow.value, difference: fellow.value - value }]
      : [];
  });

  const curves = new Map(comparableCurves(measured, m.sections).map((curve) => [curve.key, curve]));
  const pairs = comparableCurves(emulated, e.sections).flatMap((curve) => {
    const fellow = curves.get(curve.key);
    return fellow ? [[curve, fellow] as const] : [];
  });
  if (pairs.length === 0) notes.push("the runs have no curve of the same kind, junction and condition");
  if (pairs.length > CURVES) notes.push(`${pairs.length - CURVES} more pairs of curves are not shown`);
  return {
    grid,
    emulated_S,
    measured_S,
    residual,
    rms: kept.length === 0 ? Number.NaN : Math.sqrt(kept.reduce((sum, r) => sum + r * r, 0) / kept.length),
    median: median(kept),
    largest: kept.reduce((most, r) => (Math.abs(r) > Math.abs(most) ? r : most), kept[0] ?? Number.NaN),
    metrics,
    overlays: pairs.slice(0, CURVES).map(([first, second]) => overlay(first, second)),
    notes,
  };
}

function startOf(run: RunData): RunStarted | undefined {
  return run.events.find((event): event is RunStarted => event.kind === "run-started");
}

function side(grid: Grid | undefined): string {
  return grid ? `${grid.rows} x ${grid.columns}` : "unknown";
}

/**
 * Conductance of every junction: the latest map of the run; where it has none, the latest read of each junction; where it
 * was only swept, the straight line through 0 that fits its last cycle best, sum(I V) / sum(V V).
 */
function conductances(run: RunData, grid: Grid, name: string, notes: string[]): number[] {
  const map = latestMap(analyseRun(run).sections, grid);
  if (map) return [...map.conductance_S];
  const values = Array.from({ length: grid.rows * grid.columns }, () => Number.NaN);
  const put = (row: number, column: number, g: number) => {
    if (Number.isFinite(g) && row < grid.rows && column < grid.columns) values[row * grid.columns + column] = g;
  };
  const steps = collectSteps(run).flatMap((group) => group.steps);
  let reads = 0;
  for (const step of steps) {
    const window = step.reading?.windows.at(-1);
    if (!window || !["read", "probe"].includes(step.intended.role)) continue;
    reads += 1;
    for (const { row, column, at } of junctionsOf(step))
      put(row, column, (window.current_A[at] ?? Number.NaN) / (window.voltage_V[at] ?? Number.NaN));
  }
  if (reads > 0) {
    notes.push(`${name}: conductances are those of the latest read of each junction`);
    return values;
  }
  const sweeps = steps.filter(({ intended }) => intended.role === "sweep");
  for (const { row, column, cycle } of sweptLoops(run, sweeps)) {
    let [iv, vv] = [0, 0];
    for (let k = 0; k < cycle.current_A.length; k++) {
      const [v, i] = [cycle.voltage_V[k] ?? Number.NaN, cycle.current_A[k] ?? Number.NaN];
      if (!Number.isFinite(v * i)) continue;
      iv += i * v;
      vv += v * v;
    }
    put(row, column, iv / vv);
  }
  if (sweeps.length > 0) notes.push(`${name}: conductances are the mean slopes of the last cycles, no read was taken`);
  return values;
}

function overlay(emulated: ComparableCurve, measured: ComparableCurve): CurvePair {
  const residual_y = Float64Array.from(
    measured.ys,
    (y, k) => y - valueAlong(emulated, measured.along === "x" ? (measured.xs[k] ?? Number.NaN) : phase(k, measured)),
  );
  let [squares, reference] = [0, 0];
  residual_y.forEach((r, k) => {
    if (!Number.isFinite(r)) return;
    squares += r * r;
    reference += ((measured.ys[k] ?? 0) - r) ** 2;
  });
  const thin = (xs: ArrayLike<number>, ys: ArrayLike<number>) => {
    const { x, y } = decimate(xs, ys, POINTS);
    return { x: [...x], y: [...y] };
  };
  return {
    title: emulated.key,
    x: emulated.x,
    y: emulated.y,
    emulated: thin(emulated.xs, emulated.ys),
    measured: thin(measured.xs, measured.ys),
    residual: thin(measured.xs, residual_y),
    relativeRms: reference > 0 ? Math.sqrt(squares / reference) : Number.NaN,
  };
}

function phase(k: number, { ys }: ComparableCurve): number {
  return ys.length < 2 ? 0 : k / (ys.length - 1);
}

/** The curve at a phase from 0 to 1, or at an x, by straight lines; NaN outside. */
function valueAlong({ along, xs, ys }: ComparableCurve, at: number): number {
  const last = ys.length - 1;
  if (along === "phase" || last < 1) {
    const k = Math.min(last, Math.floor(at * last));
    return between(ys, k, at * last - k);
  }
  for (let k = 0; k <= last; k++) {
    const [from, to] = [xs[k] ?? Number.NaN, xs[k + 1] ?? Number.NaN];
    if (at === from) return ys[k] ?? Number.NaN;
    if (at > from && at < to) return between(ys, k, (at - from) / (to - from));
  }
  return Number.NaN;
}

function between(ys: ArrayLike<number>, k: number, share: number): number {
  const low = ys[k] ?? Number.NaN;
  return share === 0 ? low : low + ((ys[k + 1] ?? Number.NaN) - low) * share;
}
