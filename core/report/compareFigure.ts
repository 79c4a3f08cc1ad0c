import type { Comparison } from "../recordings/compareModel.ts";
import { type FigureOptions, type Series, stackPlots } from "./panel.ts";

/** Sweeps that are drawn, of more evenly chosen ones. */
const MOST_SWEEPS = 6;

/** Command, measured current with the model's dashed over it, and what is left between them. */
export function plotComparison(
  comparison: Comparison,
  isSimulated: boolean,
  options: Partial<FigureOptions> = {},
): string {
  // a recording of an emulated array is not called measured
  const [recorded, tone] = isSimulated ? (["recorded", "ink"] as const) : (["measured", "measured"] as const);
  const all = comparison.sweeps;
  const count = Math.min(MOST_SWEEPS, all.length);
  const drawn = Array.from(
    { length: count },
    (_, k) => all[count === 1 ? 0 : Math.round((k * (all.length - 1)) / (count - 1))]!,
  );
  const time = { quantity: "time", unit: "s" } as const;
  const line = (x: Float64Array, y: Float64Array, tone: Series["tone"], more: Partial<Series> = {}): Series => ({
    x,
    y,
    kind: "line",
    tone,
    width: 1.1,
    ...more,
  });
  const last = drawn.at(-1);
  return stackPlots(
    [
      {
        panel: {
          x: time,
          y: { quantity: "voltage", unit: "V" },
          series: drawn.map(({ time_s, voltage_V }) => line(time_s, voltage_V, "mute")),
          hideX: true,
        },
        height: 110,
      },
      {
        panel: {
          x: time,
          y: { quantity: "current", unit: "A" },
          series: [
            ...drawn.map((sweep) =>
              line(sweep.time_s, sweep.measured_A, tone, sweep === last ? { label: recorded } : {}),
            ),
            ...drawn.map((sweep) =>
              line(sweep.time_s, sweep.model_A, "emulated", {
                dashed: true,
                ...(sweep === last && { label: "model" }),
              }),
            ),
          ],
          hideX: true,
        },
        height: 240,
      },
      {
        panel: {
          x: time,
          y: { quantity: "residual", unit: "A" },
          series: drawn.map(({ time_s, measured_A, model_A }) =>
            line(
              time_s,
              measured_A.map((value, n) => value - (model_A[n] ?? 0)),
              "ink",
            ),
          ),
          zeroLines: "y",
        },
        height: 170,
      },
    ],
    {
      title: "Measured and modelled current",
      description: "Residual is measured minus model.",
      width: 720,
      ...options,
    },
  );
}
