import type { Grid } from "../../crossbar/grid.ts";
import type { RunStarted } from "../../runEvent.ts";
import { formatSI } from "../../units.ts";
import { numberTag, type RunStep, textTag } from "../runSteps.ts";
import { mean, sampleDeviation } from "../statistics.ts";
import { conductanceOfStep, groupBy, junctionKey, timesSinceWrite } from "../stepGroups.ts";
import { analyseRetention, evaluateRetention } from "../lifetime/retention.ts";
import {
  DRAWN,
  type ExperimentCurve,
  type ExperimentPanel,
  type ExperimentReader,
  type ExperimentResult,
  noteOf,
  placeOf,
} from "./experiment.ts";

const tagged = (steps: readonly RunStep[], tag: string) =>
  steps.filter(({ intended }) => intended.role === "probe" && intended.tags[tag] !== undefined);

/** Conductance after a write against time. */
export const readRetention: ExperimentReader = (_, { steps }) => {
  const probes = tagged(steps, "write_V").filter(({ intended }) =>
    ["initial", "retained"].includes(textTag(intended, "phase") ?? ""),
  );
  if (probes.length === 0) return undefined;
  const junctions = groupBy(probes, junctionKey);
  const notes: string[] = [];
  const timeOf = timesSinceWrite(steps);
  return {
    panels: junctions.slice(0, DRAWN).map((of) => {
      const series = groupBy(of, ({ intended }) => `${intended.tags.state} ${intended.tags.control}`);
      const where = of[0] ? placeOf(of[0]) : "";
      return {
        kind: "curves",
        title: `Retention, ${where}`,
        caption: `${where}: conductance after a write, n = 1 per time; level line: before the write; curve: the law that AICc prefers; read at ${formatSI(numberTag(of[0]?.intended ?? noStep, "voltage_V") ?? 0, "V")}.`,
        x: { quantity: "time after the write", unit: "s", log: true },
        y: { quantity: "conductance", unit: "S" },
        curves: series.flatMap((states) => {
          const kept = states.filter(({ intended }) => textTag(intended, "phase") === "retained");
          const rest = states.find(({ intended }) => textTag(intended, "phase") === "initial");
          const x = kept.map(timeOf);
          const control = states[0]?.intended.tags.control === 1;
          const label = `${formatSI(numberTag(states[0]?.intended ?? noStep, "write_V") ?? 0, "V")}${control ? ", control" : ""}`;
          return [
            ...lawOf(states, timeOf, label, notes, where),
            ...(rest && x.length > 1
              ? [
                  {
                    label: "",
                    style: "line",
                    role: "fit",
                    x: [Math.min(...x), Math.max(...x)],
                    y: [conductanceOfStep(rest), conductanceOfStep(rest)],
                  } as const,
                ]
              : []),
            {
              label: series.length > 1 ? label : "",
              style: "points",
              role: "data",
              open: control,
              x,
              y: kept.map(conductanceOfStep),
            } as const,
          ];
        }),
      };
    }),
    results: junctions.flatMap((of) =>
      groupBy(of, ({ intended }) => `${intended.tags.state} ${intended.tags.control}`).flatMap((states) => {
        const kept = states.filter(({ intended }) => textTag(intended, "phase") === "retained");
        const [rest, first, last] = [states[0], kept[0], kept.at(-1)];
        if (!rest || !first || !last) return [];
        const left =
          (conductanceOfStep(last) - conductanceOfStep(rest)) / (conductanceOfStep(first) - conductanceOfStep(rest));
        const control = rest.intended.tags.control === 1 ? ", control" : "";
        return control === ""
          ? [
              {
                where: placeOf(rest),
                label: `left of ${formatSI(numberTag(rest.intended, "write_V") ?? 0, "V")} after ${formatSI(timeOf(last), "s")}, of the first read`,
                unit: "",
                value: left,
              },
              ...lawResults(states, timeOf),
            ]
          : [];
      }),
    ),
    notes,
  };
};

/** Times and conductances after the write of one series. */
function keptOf(
  states: readonly RunStep[],
  timeOf: (read: RunStep) => number,
): { t: number[]; g: number[]; write: string } {
  const kept = states.filter(({ intended }) => textTag(intended, "phase") === "retained");
  return {
    t: kept.map(timeOf),
    g: kept.map(conductanceOfStep),
    write: formatSI(numberTag(states[0]?.intended ?? noStep, "write_V") ?? 0, "V"),
  };
}

function lawOf(
  states: readonly RunStep[],
  timeOf: (read: RunStep) => number,
  label: string,
  notes: string[],
  where: string,
): ExperimentCurve[] {
  const { t, g } = keptOf(states, timeOf);
  // a control is one read
  if (t.length < 2 || !ascends(t)) return [];
  const { best } = analyseRetention(t, g);
  if (best.kind === "none") {
    notes.push(noteOf(`${where}, ${label}`, best));
    return [];
  }
  const [from, to] = [Math.max(t[0] ?? 1, 1e-6 * (t.at(-1) ?? 1)), t.at(-1) ?? 1];
  const x = Array.from({ length: 81 }, (_, k) => from * (to / from) ** (k / 80));
  const p = best.fit.parameters.map(({ value }) => value);
  return [{ label: "", style: "line", role: "fit", x, y: x.map((time_s) => evaluateRetention(best.law, p, time_s)) }];
}

function lawResults(states: readonly RunStep[], timeOf: (read: RunStep) => number): ExperimentResult[] {
  const { t, g, write } = keptOf(states, timeOf);
  if (t.length < 2 || !ascends(t)) return [];
  const { best, lossE } = analyseRetention(t, g);
  const where = states[0] ? placeOf(states[0]) : "";
  if (best.kind === "none") return [];
  const tau = best.parameters["tau"];
  return [
    { where, label: `law after ${write}`, unit: "", value: best.law },
    ...(tau ? [{ where, label: `time constant after ${write}`, unit: "s", value: tau.value }] : []),
    ...(lossE.time_s === null
      ? []
      : [{ where, label: `time to lose 1 − 1/e after ${write}`, unit: "s", value: lossE.time_s }]),
  ];
}

const ascends = (times: readonly number[]) => times.every((time, k) => k === 0 || time > (times[k - 1] ?? 0));

const noStep = { tags: {} } as RunStep["intended"];

/** Both states in every cycle. */
export const readEndurance: ExperimentReader = (_, { steps }) => {
  const probes = tagged(steps, "cycle");
  if (probes.length === 0) return undefined;
  const junctions = groupBy(probes, junctionKey);
  const points = (of: readonly RunStep[], phase: string) => {
    const taken = of.filter(({ intended }) => textTag(intended, "phase") === phase);
    return {
      x: taken.map(({ intended }) => numberTag(intended, "cycle") ?? Number.NaN),
      y: taken.map(conductanceOfStep),
    };
  };
  const all = windowsOf(junctions.map((of) => ({ on: points(of, "on"), off: points(of, "off") })));
  const ofAll: ExperimentPanel[] =
    junctions.length < 2
      ? []
      : [
          {
            kind: "curves",
            title: "Window of all junctions",
            caption: `Conductance after set over that after reset, mean and standard deviation of n = ${junctions.length} junctions (fewer where some were given up).`,
            x: { quantity: "cycle", unit: "", whole: true },
            y: { quantity: "window", unit: "" },
            curves: [{ label: "", style: "points", role: "data", ...all }],
          },
        ];
  const ofEach = junctions.slice(0, DRAWN).map(
    (of): ExperimentPanel => ({
      kind: "curves",
      title: `Endurance, ${of[0] ? placeOf(of[0]) : ""}`,
      caption: `${of[0] ? placeOf(of[0]) : ""}: conductance after set (filled) and after reset (open) in every cycle, n = 1.`,
      x: { quantity: "cycle", unit: "", whole: true },
      y: { quantity: "conductance", unit: "S" },
      curves: [
        { label: "on", style: "points", role: "data", ...points(of, "on") },
        { label: "off", style: "points", role: "data", open: true, ...points(of, "off") },
      ],
    }),
  );
  return {
    panels: [...ofAll, ...ofEach],
    results: junctions.flatMap((of) => {
      const [on, off] = [points(of, "on").y, points(of, "off").y];
      const windows = on.map((g, k) => g / (off[k] ?? Number.NaN)).filter(Number.isFinite);
      const where = of[0] ? placeOf(of[0]) : "";
      return [
        { where, label: "cycles", unit: "", value: windows.length },
        { where, label: "smallest window", unit: "", value: Math.min(...windows) },
        { where, label: "last window", unit: "", value: windows.at(-1) ?? Number.NaN },
      ];
    }),
    notes: [],
  };
};

/** Windows of several junctions by cycle: means and deviations over those that still cycle. */
function windowsOf(devices: readonly { readonly on: Curve; readonly off: Curve }[]) {
  const byCycle = new Map<number, number[]>();
  for (const { on, off } of devices)
    on.x.forEach((cycle, k) => {
      const window = (on.y[k] ?? Number.NaN) / (off.y[off.x.indexOf(cycle)] ?? Number.NaN);
      if (Number.isFinite(window)) byCycle.set(cycle, [...(byCycle.get(cycle) ?? []), window]);
    });
  const cycles = [...byCycle.keys()].toSorted((a, b) => a - b);
  const of = (cycle: number) => byCycle.get(cycle) ?? [];
  return {
    x: cycles,
    y: cycles.map((cycle) => mean(of(cycle))),
    deviation: cycles.map((cycle) => (of(cycle).length > 1 ? sampleDeviation(of(cycle)) : Number.NaN)),
  };
}

interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Change against the number of reads. */
export const readReadDisturb: ExperimentReader = (_, { steps }) => {
  const probes = tagged(steps, "stress_V");
  if (probes.length === 0) return undefined;
  const junctions = groupBy(probes, junctionKey);
  const seriesOf = (of: readonly RunStep[]) =>
    groupBy(of, ({ intended }) => `${intended.tags.stress_V} ${intended.tags.state}`).map((looks) => {
      const first = looks[0] ? conductanceOfStep(looks[0]) : Number.NaN;
      const later = looks.filter(({ intended }) => (numberTag(intended, "reads") ?? 0) > 0);
      return {
        where: looks[0] ? placeOf(looks[0]) : "",
        stress_V: numberTag(looks[0]?.intended ?? noStep, "stress_V") ?? 0,
        x: later.map(({ intended }) => numberTag(intended, "reads") ?? 0),
        y: later.map((look) => 100 * (conductanceOfStep(look) / first - 1)),
      };
    });
  return {
    panels: junctions.slice(0, DRAWN).map((of) => ({
      kind: "curves",
      title: `Read disturb, ${of[0] ? placeOf(of[0]) : ""}`,
      caption: `${of[0] ? placeOf(of[0]) : ""}: change of conductance by reads of ${formatSI(numberTag(of[0]?.intended ?? noStep, "width_s") ?? 0, "s")}, n = 1 series per voltage.`,
      x: { quantity: "reads", unit: "", log: true },
      y: { quantity: "change of conductance / %", unit: "", zero: true },
      curves: seriesOf(of)
        .slice(0, DRAWN)
        .map(({ stress_V, x, y }) => ({ label: formatSI(stress_V, "V"), style: "points", role: "data", x, y })),
    })),
    results: junctions.flatMap(seriesOf).map(({ where, stress_V, x, y }) => ({
      where,
      label: `change by ${x.at(-1) ?? 0} reads of ${formatSI(stress_V, "V")}`,
      unit: "%",
      value: y.at(-1) ?? Number.NaN,
    })),
    notes: [],
  };
};

/** What writing one junction did to the others, as a map for each scheme and number of writes. */
export const readHalfSelect: ExperimentReader = (run, { steps }) => {
  const probes = tagged(steps, "scheme");
  const grid: Grid | undefined = run.events.find((event): event is RunStarted => event.kind === "run-started")?.grid;
  if (probes.length === 0 || !grid) return undefined;
  const series = groupBy(
    probes,
    ({ intended }) =>
      `${intended.tags.scheme} ${intended.tags.writes} ${intended.tags.aggressorRow} ${intended.tags.aggressorColumn}`,
  ).map((of) => {
    const victims = groupBy(of, junctionKey).flatMap((looks) => {
      const by = (phase: string) => looks.find(({ intended }) => textTag(intended, "phase") === phase);
      const [before, after] = [by("before"), by("after")];
      return before && after
        ? [
            {
              row: numberTag(before.intended, "row") ?? 0,
              column: numberTag(before.intended, "column") ?? 0,
              relation: textTag(before.intended, "relation") ?? "",
              change: 100 * (conductanceOfStep(after) / conductanceOfStep(before) - 1),
            },
          ]
        : [];
    });
    const tags = of[0]?.intended.tags ?? {};
    return {
      victims,
      what: `${tags.scheme}, ${tags.writes} ${tags.writes === 1 ? "write" : "writes"} of r${tags.aggressorRow} c${tags.aggressorColumn}`,
    };
  });
  return {
    panels: series.slice(0, 2 * DRAWN).map(({ victims, what }) => ({
      kind: "map",
      title: `Half-select disturb, ${what}`,
      caption: `Change of conductance by ${what}, n = 1 per junction; hatched: the written junction itself (in the table) and those not looked at.`,
      quantity: "change / %",
      unit: "",
      // the aggressor itself would hide its victims
      values: Array.from({ length: grid.rows }, (_row, row) =>
        Array.from(
          { length: grid.columns },
          (_column, column) =>
            victims.find((victim) => victim.row === row && victim.column === column && victim.relation !== "selected")
              ?.change ?? Number.NaN,
        ),
      ),
    })),
    results: series.flatMap(({ victims, what }) =>
      victims.map(({ row, column, relation, change }) => ({
        where: `r${row} c${column}`,
        label: `${relation}, ${what}`,
        unit: "%",
        value: change,
      })),
    ),
    notes: [],
  };
};
