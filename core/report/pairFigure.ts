import { evaluateExponential, exponentialBand } from "../analysis/expFit.ts";
import type { PairedPulseResult } from "../analysis/pairedPulse.ts";
import { type FigureOptions, type Series, xyPlot } from "./panel.ts";

/** Paired-pulse index against the gap, with scatter, fitted exponential and its 95 % confidence band. */
export function plotPairs(
  result: PairedPulseResult,
  source: "measured" | "emulated",
  options: Partial<FigureOptions> = {},
): string {
  const { indices, fit } = result;
  const gaps = indices.map((point) => point.gap_s);
  const [low, high] = [Math.min(...gaps), Math.max(...gaps)];
  const log = low > 0 && high / low >= 20;
  const series: Series[] = [];
  if (fit.kind === "fit" && high > low) {
    const x = Array.from({ length: 121 }, (_, k) =>
      log ? low * (high / low) ** (k / 120) : low + ((high - low) * k) / 120,
    );
    series.push({
      x,
      y: x.map((gap) => evaluateExponential(fit, gap)),
      band: x.map((gap) => exponentialBand(fit, gap)),
      kind: "line",
      tone: "ink",
      width: 1,
    });
  }
  series.push({
    x: gaps,
    y: indices.map((point) => point.index),
    error: indices.map((point) => point.deviation),
    kind: "points",
    tone: source,
    width: 3.2,
  });
  return xyPlot(
    { x: { quantity: "gap", unit: "s", log }, y: { quantity: "paired-pulse index I₂ / I₁", unit: "" }, series },
    {
      title: "Paired-pulse index against gap",
      description: `${indices.length} gaps; error bars are standard deviations over repeats; the band is the 95 % confidence of the fit.`,
      height: 290,
      ...options,
    },
  );
}
