import { type FigureOptions, type Series, stackPlots } from "./panel.ts";
import type { ProductErrors } from "../analysis/vmm.ts";

/** More dots than this only make the file heavy: an even choice is drawn, the figures use all. */
const DOTS = 1500;

export interface ProductFigureData {
  /** Column of each number. */
  readonly columns: readonly number[];
  readonly measured_A: ArrayLike<number>;
  readonly ideal_A: ArrayLike<number>;
  readonly errors: ProductErrors;
}

/** Products against ideal products with y = x, and below them the residuals after a gain and offset per column. */
export function plotProducts(
  data: ProductFigureData,
  source: "measured" | "emulated",
  options: Partial<FigureOptions> = {},
): string {
  const fits = new Map(data.errors.columns.map((fit) => [fit.column, fit]));
  const chosen = chooseDots(data);
  const at = (values: ArrayLike<number>, k: number) => values[k] ?? Number.NaN;
  const x = chosen.map((k) => at(data.ideal_A, k));
  const residual = chosen.map((k) => {
    const fit = fits.get(data.columns[k] ?? 0);
    return fit ? (at(data.measured_A, k) - fit.offset_A) / fit.gain - at(data.ideal_A, k) : Number.NaN;
  });
  const dots = (y: number[]): Series => ({ x, y, kind: "points", tone: source, width: chosen.length > 400 ? 1.3 : 2 });
  const axis = { quantity: "ideal product", unit: "A" } as const;
  return stackPlots(
    [
      {
        panel: {
          x: axis,
          y: { quantity: "product", unit: "A" },
          series: [dots(chosen.map((k) => at(data.measured_A, k)))],
          identity: true,
          hideX: true,
        },
        height: 290,
      },
      {
        panel: {
          x: { ...axis, extent: extentOf(data, chosen) },
          y: { quantity: "residual, calibrated", unit: "A" },
          series: [dots(residual)],
          zeroLines: "y",
        },
        height: 190,
      },
    ],
    {
      title: "Products against ideal products",
      description: `${data.errors.n} products${chosen.length < data.errors.n ? `, ${chosen.length} of them drawn` : ""}; dashed line: ideal. Below: residual after a gain and an offset per column.`,
      ...options,
    },
  );
}

/** An even stride plus the largest deviations, which must not be thinned away. */
function chooseDots({ measured_A, ideal_A }: ProductFigureData): number[] {
  const finite: number[] = [];
  for (let k = 0; k < measured_A.length; k++)
    if (Number.isFinite((measured_A[k] ?? Number.NaN) + (ideal_A[k] ?? Number.NaN))) finite.push(k);
  if (finite.length <= DOTS) return finite;
  const stride = finite.length / (DOTS - 100);
  const kept = new Set(Array.from({ length: DOTS - 100 }, (_, k) => finite[Math.floor(k * stride)] ?? 0));
  const deviation = (k: number) => Math.abs((measured_A[k] ?? 0) - (ideal_A[k] ?? 0));
  for (const k of finite.toSorted((a, b) => deviation(b) - deviation(a)).slice(0, 100)) kept.add(k);
  return [...kept].sort((a, b) => a - b);
}

function extentOf({ measured_A, ideal_A }: ProductFigureData, chosen: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const k of chosen)
    for (const value of [measured_A[k] ?? 0, ideal_A[k] ?? 0]) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (!(high > low)) return [low - Math.abs(low || 1) * 0.1, high + Math.abs(high || 1) * 0.1];
  const pad = 0.04 * (high - low);
  return [low - pad, high + pad];
}
