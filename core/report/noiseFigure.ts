import { BESIDE_TERMS, type NoiseBeside, type NoiseRecord } from "../patchClamp/noiseBeside.ts";
import { averageByDecade } from "../analysis/noise/averageByDecade.ts";
import { formatSI } from "../units.ts";
import { type FigureOptions, stackPlots } from "./panel.ts";

/** Spectra that are drawn; the table has all. */
const MOST = 4;
const PER_DECADE = 24;

/** Measured density beside the formula and its terms, one panel for each record. */
export function plotNoise(
  compared: readonly { readonly record: NoiseRecord; readonly beside: NoiseBeside }[],
  source: "measured" | "emulated",
  options: Partial<FigureOptions> = {},
): string {
  const drawn = compared.slice(0, MOST);
  return stackPlots(
    drawn.map(({ record, beside }) => {
      const { from_Hz, to_Hz, formula_A, density } = beside;
      const { x, y } = averageByDecade(record.spectrum);
      const kept = x.map((f, k) => ({ f, density: y[k] ?? Number.NaN })).filter(({ f }) => f >= from_Hz && f <= to_Hz);
      const count = Math.max(2, Math.ceil(PER_DECADE * Math.log10(to_Hz / from_Hz)));
      const grid = Array.from({ length: count + 1 }, (_, k) => from_Hz * (to_Hz / from_Hz) ** (k / count));
      // terms far below all that was measured would stretch the axis
      const floor = Math.min(...kept.map((point) => point.density), ...grid.map((f) => density("total", f))) / 10;
      const line = (term: Parameters<NoiseBeside["density"]>[0]) => {
        const points = grid.map((f) => ({ f, level: density(term, f) })).filter(({ level }) => level >= floor);
        return { x: points.map(({ f }) => f), y: points.map(({ level }) => level), kind: "line" as const };
      };
      const seen = BESIDE_TERMS.filter((term) => formula_A[term] > 0.03 * formula_A.total);
      return {
        panel: {
          x: { quantity: "frequency", unit: "Hz", log: true },
          y: { quantity: "density / (A² Hz⁻¹)", unit: "", log: true },
          series: [
            {
              x: kept.map(({ f }) => f),
              y: kept.map((point) => point.density),
              kind: "points" as const,
              tone: source,
              width: 1.8,
              label: Number.isFinite(record.voltage_V) ? `at ${formatSI(record.voltage_V, "V")}` : source,
            },
            ...(seen.length > 1
              ? seen.map((term) => ({ ...line(term), tone: "mute" as const, width: 0.9, dashed: true, label: term }))
              : []),
            { ...line("total"), tone: "ink" as const, width: 1.3, label: "formula" },
          ],
        },
        height: 260,
      };
    }),
    {
      title: "Current noise beside the formula",
      description: drawn
        .map(
          ({ record }) =>
            `Row ${record.row}, column ${record.column}${Number.isFinite(record.voltage_V) ? ` at ${formatSI(record.voltage_V, "V")}` : ""}.`,
        )
        .join(" "),
      width: 720,
      ...options,
    },
  );
}
