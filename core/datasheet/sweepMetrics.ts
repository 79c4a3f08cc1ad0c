import type { Cycle } from "../analysis/iv.ts";
import { currentsAt, measureCycle } from "../analysis/iv.ts";
import { loopArea } from "../analysis/loop.ts";
import { collectSteps } from "../analysis/runSteps.ts";
import { sweptLoops } from "../analysis/sections.ts";
import { finiteOf, mean } from "../analysis/statistics.ts";
import type { RunData } from "../record/runData.ts";
import { decimate } from "../report/decimate.ts";
import { formatSI } from "../units.ts";
import type { Curves, Metric } from "./datasheet.ts";
import { makeMetric, missingMetric } from "./makeMetric.ts";

const NAMES = ["onOff", "loopEnergy_J", "rectification", "pinchOffset_A"] as const;
/** Points of a loop in the record: a page draws no more. */
const POINTS = 240;
const MOST_LOOPS = 4;

interface MeasuredLoop {
  readonly frequency_Hz: number;
  readonly cycle: Cycle;
  /** Area of both lobes over that of their boxes: how wide the loop is, free of units. */
  readonly openness: number;
  readonly where: string;
}

export function loopsOfRun(run: RunData): MeasuredLoop[] {
  const sweeps = collectSteps(run).flatMap(({ steps }) => steps.filter(({ intended }) => intended.role === "sweep"));
  return [...sweptLoops(run, sweeps)].map(({ frequency_Hz, cycle, timed, row, column }) => {
    const area = loopArea(cycle.voltage_V, cycle.current_A);
    const box = area.positiveBox_W + area.negativeBox_W;
    return {
      frequency_Hz: timed ? frequency_Hz : Number.NaN,
      cycle,
      openness: box > 0 ? (Math.abs(area.positive_W) + Math.abs(area.negative_W)) / box : 0,
      where: `${row} ${column}`,
    };
  });
}

/** Loops of all junctions at the frequency where they are widest. */
export function measureSweeps(runs: readonly RunData[]): { metrics: Metric[]; curves: Curves["loops"] } {
  const loops = runs.flatMap(loopsOfRun);
  const widest = loops.toSorted((a, b) => b.openness - a.openness)[0];
  if (!widest)
    return { metrics: NAMES.map((name) => missingMetric(name, "no current-voltage sweep in the runs")), curves: [] };
  const alike = loops.filter(({ frequency_Hz }) => Object.is(frequency_Hz, widest.frequency_Hz));
  const measured = alike.map(({ cycle }) => measureCycle(cycle));
  const [first] = measured;
  const reach = `${formatSI(first?.smallest_V ?? 0, "V")} to ${formatSI(first?.largest_V ?? 0, "V")}`;
  const rate = Number.isNaN(widest.frequency_Hz) ? "rate not known" : formatSI(widest.frequency_Hz, "Hz");
  const untimed = { reason: "the file does not say how long a sweep lasted" };
  return {
    metrics: [
      makeMetric(
        "onOff",
        measured.map(({ onOffPositive, onOffNegative }) =>
          Math.max(...finiteOf([onOffPositive, onOffNegative]), Number.NEGATIVE_INFINITY),
        ),
        `at ±${formatSI(Math.abs(first?.read_V ?? 0), "V")} (the wider lobe), ${reach}, ${rate}`,
        { reason: "the loop has no two branches at the read voltage" },
      ),
      makeMetric(
        "loopEnergy_J",
        Number.isNaN(widest.frequency_Hz) ? [] : measured.map(({ energy_J }) => energy_J),
        `${reach}, ${rate}`,
        untimed,
      ),
      makeMetric(
        "rectification",
        measured.map(({ rectification }) => rectification),
        `at ±${formatSI(first?.rectification_V ?? 0, "V")}, ${rate}`,
        { reason: "the sweep does not reach both signs" },
      ),
      makeMetric(
        "pinchOffset_A",
        measured.map(({ pinchOffset_A }) => pinchOffset_A),
        `${reach}, ${rate}`,
      ),
    ],
    curves: pickLoops(loops.filter(({ where }) => where === widest.where)),
  };
}

/** Of a long frequency series, the ends and two between. */
function pickLoops(loops: readonly MeasuredLoop[]): Curves["loops"] {
  const ordered = loops.toSorted((a, b) => a.frequency_Hz - b.frequency_Hz);
  const picked =
    ordered.length <= MOST_LOOPS
      ? ordered
      : Array.from(
          { length: MOST_LOOPS },
          (_, k) => ordered[Math.round((k * (ordered.length - 1)) / (MOST_LOOPS - 1))],
        ).flatMap((loop) => loop ?? []);
  return picked.map(({ frequency_Hz, cycle }) => {
    const thin = decimate(cycle.voltage_V, cycle.current_A, POINTS);
    const kept = [...thin.x.keys()].filter((k) =>
      Number.isFinite((thin.x[k] ?? Number.NaN) + (thin.y[k] ?? Number.NaN)),
    );
    return {
      frequency_Hz: Number.isNaN(frequency_Hz) ? null : frequency_Hz,
      voltage_V: kept.map((k) => short(thin.x[k] ?? 0)),
      current_A: kept.map((k) => short(thin.y[k] ?? 0)),
    };
  });
}

/** Six figures: what a drawing needs, and the same on every machine. */
export function short(value: number): number {
  return Number(value.toPrecision(6));
}

/** Conductance of both branches at the read voltage against temperature, over runs at different temperatures. */
export function measureTemperature(
  runs: readonly RunData[],
  temperatureOf: (run: RunData) => number | undefined,
): { metric: Metric; curve: Curves["temperature"] } {
  const points: { temperature_K: number; conductance_S: number }[] = [];
  let condition = "";
  for (const run of runs) {
    const temperature_K = temperatureOf(run);
    if (temperature_K === undefined) continue;
    const loops = loopsOfRun(run);
    const widest = loops.toSorted((a, b) => b.openness - a.openness)[0];
    if (!widest) continue;
    const read_V = measureCycle(widest.cycle).read_V;
    points.push({ temperature_K, conductance_S: mean(currentsAt(widest.cycle, read_V).map((i) => i / read_V)) });
    condition = `at ${formatSI(read_V, "V")}, ${formatSI(widest.frequency_Hz, "Hz")}`;
  }
  const curve = points
    .filter(({ conductance_S }) => conductance_S > 0)
    .toSorted((a, b) => a.temperature_K - b.temperature_K);
  const [low, high] = [curve[0], curve.at(-1)];
  if (!low || !high || high.temperature_K === low.temperature_K)
    return {
      metric: missingMetric("temperatureCoefficient", "the runs are at one temperature, or do not say at which"),
      curve: [],
    };
  const [t, g] = [
    curve.map(({ temperature_K }) => temperature_K),
    curve.map(({ conductance_S }) => Math.log(conductance_S)),
  ];
  const [mt, mg] = [mean(t), mean(g)];
  const slope =
    t.reduce((sum, x, k) => sum + (x - mt) * ((g[k] ?? 0) - mg), 0) / t.reduce((sum, x) => sum + (x - mt) ** 2, 0);
  const constant = curve.every(({ conductance_S }) => Math.abs(conductance_S / low.conductance_S - 1) < 1e-12);
  if (constant)
    return { metric: missingMetric("temperatureCoefficient", "the model does not depend on temperature"), curve: [] };
  return {
    metric: makeMetric(
      "temperatureCoefficient",
      [100 * slope],
      `${low.temperature_K} K to ${high.temperature_K} K, ${condition}`,
      { n: curve.length },
    ),
    curve: curve.map(({ temperature_K, conductance_S }) => ({ temperature_K, conductance_S: short(conductance_S) })),
  };
}
