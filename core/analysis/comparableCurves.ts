import type { RunData } from "../record/runData.ts";
import { collectSteps } from "./runSteps.ts";
import { type AnalysisSection, sweptLoops } from "./sections.ts";
import { formatSI } from "../units.ts";

/** A curve of a run that has a fellow in another run of the same protocol: same key, same axes. */
export interface ComparableCurve {
  /** Protocol kind, junction and condition, e.g. "loop r0 c1 40 Hz". */
  readonly key: string;
  readonly x: { readonly label: string; readonly unit: string };
  readonly y: { readonly label: string; readonly unit: string };
  /** "phase": both run through the same cycle, point k of n at k / (n - 1). "x": y over a growing x. */
  readonly along: "phase" | "x";
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
}

/** A figure of merit with the key that its fellow has. */
export interface ComparableMetric {
  readonly key: string;
  readonly unit: string;
  readonly value: number;
}

const place = ({ row, column }: { readonly row: number; readonly column: number }) => `r${row} c${column}`;

/** Loops of the last cycles, staircases, pairs and the data curves of every other experiment, in order. */
export function comparableCurves(run: RunData, sections: readonly AnalysisSection[]): ComparableCurve[] {
  const curves: ComparableCurve[] = [];
  for (const group of collectSteps(run)) {
    const sweeps = group.steps.filter(({ intended }) => intended.role === "sweep");
    for (const loop of sweptLoops(run, sweeps))
      curves.push({
        key: `loop ${place(loop)} ${formatSI(loop.frequency_Hz, "Hz")}`,
        x: { label: "voltage", unit: "V" },
        y: { label: "current", unit: "A" },
        along: "phase",
        xs: loop.cycle.voltage_V,
        ys: loop.cycle.current_A,
      });
  }
  for (const section of sections) {
    if (section.kind === "plasticity")
      for (const train of section.trains)
        for (const phase of ["potentiation", "depression"] as const) {
          const ys = train[`${phase}_S`];
          if (ys.length === 0) continue;
          curves.push({
            key: `${phase} ${place(train)}`,
            x: { label: "pulse number", unit: "" },
            y: { label: "conductance", unit: "S" },
            along: "x",
            xs: ys.map((_, n) => n),
            ys,
          });
        }
    if (section.kind === "pairs")
      for (const junction of section.junctions)
        curves.push({
          key: `paired pulses ${place(junction)}`,
          x: { label: "gap", unit: "s" },
          y: { label: "index I₂ / I₁", unit: "" },
          along: "x",
          xs: junction.indices.map(({ gap_s }) => gap_s),
          ys: junction.indices.map(({ index }) => index),
        });
    if (section.kind === "experiment")
      for (const panel of section.panels)
        if (panel.kind === "curves")
          for (const curve of panel.curves)
            if (curve.role === "data")
              curves.push({
                key: [panel.title, curve.label].filter((text) => text !== "").join(", "),
                x: { label: panel.x.quantity, unit: panel.x.unit },
                y: { label: panel.y.quantity, unit: panel.y.unit },
                along: isAscending(curve.x) ? "x" : "phase",
                xs: curve.x,
                ys: curve.y,
              });
  }
  return curves;
}

/** Figures of merit of all sections, numbers only. */
export function comparableMetrics(sections: readonly AnalysisSection[]): ComparableMetric[] {
  const metrics: ComparableMetric[] = [];
  const add = (key: string, unit: string, value: number | null | undefined) => {
    if (typeof value === "number" && Number.isFinite(value)) metrics.push({ key, unit, value });
  };
  for (const section of sections) {
    if (section.kind === "loops")
      for (const loop of section.loops) {
        const at = `${place(loop)} ${formatSI(loop.frequency_Hz, "Hz")}`;
        add(`loop area, V > 0, ${at}`, "W", loop.loopAreaPositive_W);
        add(`loop area, V < 0, ${at}`, "W", loop.loopAreaNegative_W);
        add(`on/off at ${formatSI(loop.read_V, "V")}, ${at}`, "", loop.onOffPositive);
        add(`rectification, ${at}`, "", loop.rectification);
        add(`largest current, ${at}`, "A", loop.largest_A);
      }
    if (section.kind === "plasticity")
      for (const train of section.trains) {
        add(`nonlinearity of potentiation, ${place(train)}`, "", train.potentiation?.nonlinearity);
        add(`nonlinearity of depression, ${place(train)}`, "", train.depression?.nonlinearity);
        add(`dynamic range, ${place(train)}`, "", train.dynamicRange);
      }
    if (section.kind === "pairs")
      for (const junction of section.junctions) {
        const [first] = junction.indices;
        if (first) add(`index at ${formatSI(first.gap_s, "s")}, ${place(junction)}`, "", first.index);
        if (junction.fit.kind === "fit") add(`time constant of pairs, ${place(junction)}`, "s", junction.fit.tau);
      }
    if (section.kind === "map") {
      add("median conductance", "S", section.statistics.median_S);
      add("standard deviation of conductance", "S", section.statistics.deviation_S);
    }
    if (section.kind === "products" && section.errors) add("relative error of products", "", section.errors.relative);
    if (section.kind === "experiment")
      for (const { where, label, unit, value } of section.results)
        if (typeof value === "number") add(`${label}, ${where}`, unit, value);
  }
  return metrics;
}

function isAscending(x: ArrayLike<number>): boolean {
  for (let k = 1; k < x.length; k++) if (!((x[k] ?? Number.NaN) > (x[k - 1] ?? Number.NaN))) return false;
  return true;
}
