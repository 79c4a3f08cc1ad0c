import { type FigureOptions, stackPlots } from "./panel.ts";

/** Voltage and current over time; the arrays have one length. */
export interface TimeTrace {
  readonly time_s: ArrayLike<number>;
  readonly voltage_V: ArrayLike<number>;
  readonly current_A: ArrayLike<number>;
}

/** Voltage above current on one time axis. Extremes survive any number of samples, gaps stay gaps. */
export function plotTrace(
  trace: TimeTrace,
  source: "measured" | "emulated",
  options: Partial<FigureOptions> = {},
): string {
  const time = { quantity: "time", unit: "s" } as const;
  const series = (y: ArrayLike<number>, tone: "mute" | "measured" | "emulated") => [
    { x: trace.time_s, y, kind: "line", tone, width: 1.1 } as const,
  ];
  return stackPlots(
    [
      {
        panel: {
          x: time,
          y: { quantity: "voltage", unit: "V" },
          series: series(trace.voltage_V, "mute"),
          zeroLines: "y",
          hideX: true,
        },
        height: 110,
      },
      {
        panel: {
          x: time,
          y: { quantity: "current", unit: "A" },
          series: series(trace.current_A, source),
          zeroLines: "y",
        },
        height: 210,
      },
    ],
    { title: "Voltage and current over time", description: `${trace.time_s.length} samples.`, width: 680, ...options },
  );
}
