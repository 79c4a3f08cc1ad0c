import { numberTag, textTag } from "../analysis/runSteps.ts";
import { conductanceOfStep, groupBy, junctionKey, timesSinceWrite } from "../analysis/stepGroups.ts";
import { mean, sampleDeviation } from "../analysis/statistics.ts";
import { formatSI } from "../units.ts";
import type { Curves, Metric } from "./datasheet.ts";
import { makeMetric, missingMetric } from "./makeMetric.ts";
import type { SheetStep, stepsByRole } from "./sheetSteps.ts";

/** A window below this is closed, as in the endurance protocol. */
const LEAST_WINDOW = 1.1;

/** Time after which 1/e is left, and how the change of the first junction fades. */
export function measureRetention(by: ReturnType<typeof stepsByRole>): { metric: Metric; curve: Curves["retention"] } {
  const probes = by("probe", "read").filter(
    ({ intended }) => textTag(intended, "phase") === "retained" && intended.tags.control !== 1,
  );
  const series = groupBy(probes, (step) => `${junctionKey(step)} ${step.intended.tags.state ?? 0}`);
  if (series.length === 0)
    return { metric: missingMetric("retention_s", "no retention experiment in the runs"), curve: [] };
  const timeOf = timesSinceWrite(by("pulse", "probe", "read"));
  const initial = by("probe").filter(({ intended }) => textTag(intended, "phase") === "initial");
  const faded = series.map((steps) => {
    const [first] = steps;
    const before = initial.findLast(
      (step) =>
        first &&
        junctionKey(step) === junctionKey(first) &&
        step.intended.tags.state === first.intended.tags.state &&
        step.intended.tags.control !== 1,
    );
    const rest = before ? conductanceOfStep(before) : Number.NaN;
    const change = (first ? conductanceOfStep(first) : Number.NaN) - rest;
    return steps.map((step) => ({
      time_s: timeOf(step),
      remaining: (conductanceOfStep(step) - rest) / change,
    }));
  });
  const ends = faded.map(timeToOneOverE);
  const longest_s = Math.max(...faded.flat().map(({ time_s }) => time_s));
  const censored = ends.some((time_s) => time_s === Infinity);
  const first = series[0]?.[0]?.intended;
  const write = first && numberTag(first, "write_V");
  return {
    metric: makeMetric(
      "retention_s",
      ends.map((time_s) => (time_s === Infinity ? longest_s : time_s)),
      `after ${write === undefined ? "a write" : formatSI(write, "V")}, read at ${first ? formatSI(numberTag(first, "voltage_V") ?? 0, "V") : "–"}, followed for ${formatSI(longest_s, "s")}`,
      censored ? { relation: ">" } : { reason: "the write left no change to follow" },
    ),
    curve: (faded[0] ?? []).filter(({ time_s, remaining }) => Number.isFinite(time_s + remaining)),
  };
}

/** Between two reads on a straight line of ln(remaining); Infinity when more than 1/e is left at the end. */
function timeToOneOverE(points: readonly { time_s: number; remaining: number }[]): number {
  const level = Math.exp(-1);
  const start_s = points[0]?.time_s ?? Number.NaN;
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1], points[k]];
    if (!a || !b || !(b.remaining <= level)) continue;
    const part =
      b.remaining > 0
        ? Math.log(a.remaining / level) / Math.log(a.remaining / b.remaining)
        : (a.remaining - level) / (a.remaining - b.remaining);
    return a.time_s - start_s + part * (b.time_s - a.time_s);
  }
  return points.every(({ remaining }) => Number.isFinite(remaining)) && points.length > 1 ? Infinity : Number.NaN;
}

/** Set and reset, cycle by cycle and device by device. */
export function measureEndurance(
  by: ReturnType<typeof stepsByRole>,
  spread: { readonly cycle: string; readonly device: string },
): { metrics: Metric[]; curve: Curves["endurance"] } {
  const probes = by("probe", "read").filter(
    ({ intended }) => intended.tags.cycle !== undefined && ["on", "off"].includes(textTag(intended, "phase") ?? ""),
  );
  if (probes.length === 0) {
    const reason = "no endurance experiment in the runs";
    return {
      metrics: (["enduranceCycles", "enduranceWindow", "cycleVariability", "deviceVariability"] as const).map((name) =>
        missingMetric(name, reason),
      ),
      curve: [],
    };
  }
  const devices = groupBy(probes, junctionKey).map((steps) => pairStates(steps));
  const survived = devices.map((cycles) => {
    const failed = cycles.findIndex(({ on_S, off_S }) => !(windowOfPair(on_S, off_S) >= LEAST_WINDOW));
    return failed < 0 ? cycles.length : failed;
  });
  const worst = Math.min(...survived);
  const censored = devices.every((cycles, k) => survived[k] === cycles.length);
  const count = Math.max(...devices.map((cycles) => cycles.length));
  const conditions = `${devices.length} ${devices.length === 1 ? "device" : "devices"}, ${count} cycles`;
  const means = devices.map((cycles) => mean(cycles.map(({ on_S }) => on_S)));
  const metrics = [
    makeMetric("enduranceCycles", [worst], conditions, { n: devices.length, ...(censored && { relation: ">" }) }),
    makeMetric(
      "enduranceWindow",
      devices.flatMap((cycles) => cycles.map(({ on_S, off_S }) => windowOfPair(on_S, off_S))),
      conditions,
    ),
    spread.cycle === ""
      ? makeMetric(
          "cycleVariability",
          devices.map((cycles) => 100 * relativeDeviation(cycles.map(({ on_S }) => on_S))),
          `on state, ${conditions}`,
          { reason: "fewer than two cycles" },
        )
      : missingMetric("cycleVariability", spread.cycle),
    spread.device === ""
      ? makeMetric("deviceVariability", [100 * relativeDeviation(means)], `on state, ${conditions}`, {
          n: devices.length,
          reason: "fewer than two devices",
        })
      : missingMetric("deviceVariability", spread.device),
  ];
  const curve = Array.from({ length: count }, (_, k) => {
    const present = devices.flatMap((cycles) => cycles[k] ?? []);
    const [on, off] = [present.map(({ on_S }) => on_S), present.map(({ off_S }) => off_S)];
    return {
      cycle: present[0]?.cycle ?? k + 1,
      on_S: mean(on),
      off_S: mean(off),
      onDeviation_S: sampleDeviation(on) || 0,
      offDeviation_S: sampleDeviation(off) || 0,
      n: present.length,
    };
  }).filter(({ on_S, off_S }) => Number.isFinite(on_S + off_S));
  return { metrics, curve };
}

function pairStates(steps: readonly SheetStep[]) {
  return groupBy(steps, ({ intended }) => String(intended.tags.cycle)).map((states) => {
    const of = (phase: string) => states.find(({ intended }) => textTag(intended, "phase") === phase);
    const [on, off] = [of("on"), of("off")];
    return {
      cycle: (states[0] && numberTag(states[0].intended, "cycle")) ?? 0,
      on_S: on ? conductanceOfStep(on) : Number.NaN,
      off_S: off ? conductanceOfStep(off) : Number.NaN,
    };
  });
}

function windowOfPair(on_S: number, off_S: number): number {
  return on_S / off_S;
}

function relativeDeviation(values: readonly number[]): number {
  return sampleDeviation(values) / Math.abs(mean(values));
}

/** What reads and the writes of neighbours do to a junction, in %. */
export function measureDisturb(by: ReturnType<typeof stepsByRole>): Metric[] {
  const reads = groupBy(
    by("probe").filter(({ intended }) => intended.tags.stress_V !== undefined),
    (step) => `${junctionKey(step)} ${step.intended.tags.stress_V} ${step.intended.tags.state ?? ""}`,
  );
  const changes = reads.map((steps) => {
    const [first, last] = [steps[0], steps.at(-1)];
    return first && last ? 100 * (conductanceOfStep(last) / conductanceOfStep(first) - 1) : Number.NaN;
  });
  const shown = reads[0]?.at(-1)?.intended;
  const victims = groupBy(
    by("probe").filter(({ intended }) => ["row", "column"].includes(textTag(intended, "relation") ?? "")),
    ({ intended }) =>
      `${intended.tags.row} ${intended.tags.column} ${intended.tags.scheme} ${intended.tags.writes} ${intended.tags.aggressorRow} ${intended.tags.aggressorColumn}`,
  );
  const disturbed = victims.flatMap((steps) => {
    const of = (phase: string) => steps.find(({ intended }) => textTag(intended, "phase") === phase);
    const [before, after] = [of("before"), of("after")];
    return before && after
      ? [{ change: 100 * (conductanceOfStep(after) / conductanceOfStep(before) - 1), step: after }]
      : [];
  });
  const worst = disturbed.toSorted((a, b) => Math.abs(b.change) - Math.abs(a.change))[0];
  return [
    shown
      ? makeMetric(
          "readDisturb",
          changes,
          `${numberTag(shown, "reads")} reads of ${formatSI(numberTag(shown, "stress_V") ?? 0, "V")}, ${formatSI(numberTag(shown, "width_s") ?? 0, "s")}`,
        )
      : missingMetric("readDisturb", "no read-disturb experiment in the runs"),
    worst
      ? makeMetric(
          "halfSelectDisturb",
          [worst.change],
          `${worst.step.intended.tags.scheme}, ${worst.step.intended.tags.writes} writes, ${worst.step.intended.tags.relation} neighbour`,
          { n: disturbed.length },
        )
      : missingMetric("halfSelectDisturb", "no half-select experiment in the runs"),
  ];
}
