import type { Train } from "../analysis/sections.ts";
import { type PlasticityPhase, predictPhase } from "../analysis/plasticity.ts";
import { type FigureOptions, type Series, xyPlot } from "./panel.ts";

/** Conductance against pulse number: potentiation, then depression, with the fitted curves. */
export function plotTrain(train: Train, source: "measured" | "emulated", options: Partial<FigureOptions> = {}): string {
  const offset = Math.max(0, train.potentiation_S.length - 1);
  const series: Series[] = [];
  const add = (values: readonly number[], phase: PlasticityPhase | null, from: number, name: string, open: boolean) => {
    if (values.length === 0) return;
    const pulses = values.map((_, n) => from + n);
    if (phase && phase.nonlinearity !== null) {
      const steps = 100;
      const x = Array.from({ length: steps + 1 }, (_, k) => (k * phase.pulses) / steps);
      series.push({
        x: x.map((n) => from + n),
        y: x.map((n) => predictPhase(phase, n)),
        kind: "line",
        tone: "ink",
        width: 1,
      });
    }
    series.push({ x: pulses, y: values, kind: "points", tone: source, open, ...(name !== "" && { label: name }) });
  };
  const both = train.potentiation_S.length > 0 && train.depression_S.length > 0;
  add(train.potentiation_S, train.potentiation, 0, both ? "" : "potentiation", false);
  // the depression shares its first point with the last of the potentiation
  add(train.depression_S, train.depression, both ? offset : 0, both ? "" : "depression", true);
  return xyPlot(
    { x: { quantity: "pulse number", unit: "", whole: true }, y: { quantity: "conductance", unit: "S" }, series },
    {
      title: `Conductance after each pulse, row ${train.row} column ${train.column}`,
      description: `${Math.max(0, train.potentiation_S.length - 1)} potentiation pulses (filled), ${Math.max(0, train.depression_S.length - 1)} depression pulses (open), fitted curves.`,
      height: 280,
      ...options,
    },
  );
}
