import { formatSI } from "../units.ts";
import { type FigureOptions, type Series, xyPlot } from "./panel.ts";
import { shade } from "./svg.ts";

/** One current-voltage loop in order of time. */
export interface LoopCurve {
  readonly voltage_V: ArrayLike<number>;
  readonly current_A: ArrayLike<number>;
  readonly label?: string;
  readonly source?: "measured" | "emulated";
}

/**
 * Current against voltage, one or several loops on one pair of axes. Measured loops are teal; emulated ones purple,
 * and dashed where a measured loop is beside them.
 */
export function plotLoop(loops: LoopCurve | readonly LoopCurve[], options: Partial<FigureOptions> = {}): string {
  const list: readonly LoopCurve[] = "voltage_V" in loops ? [loops] : loops;
  const overlaid = list.some((loop) => loop.source === "measured") && list.some((loop) => loop.source !== "measured");
  const counts = { measured: 0, emulated: 0 };
  const totals = { measured: 0, emulated: 0 };
  for (const loop of list) totals[loop.source ?? "emulated"]++;
  const series = list.map((loop): Series => {
    const source = loop.source ?? "emulated";
    const label = loop.label ?? (overlaid ? source : undefined);
    return {
      x: loop.voltage_V,
      y: loop.current_A,
      kind: "line",
      tone: shade(source, counts[source]++, totals[source]),
      ...(label !== undefined && { label }),
      ...(overlaid && source === "emulated" && { dashed: true }),
    };
  });
  return xyPlot(
    { x: { quantity: "voltage", unit: "V" }, y: { quantity: "current", unit: "A" }, series, zeroLines: "both" },
    {
      title: "Current against voltage",
      description: `${list.length} ${list.length === 1 ? "loop" : "loops"}${list.map((loop) => (loop.label ? `, ${loop.label}` : "")).join("")}.`,
      height: 340,
      ...options,
    },
  );
}

/** "40 Hz", for labels of loops. */
export function frequencyLabel(frequency_Hz: number): string {
  return formatSI(frequency_Hz, "Hz");
}
