import type { FoundEvent } from "../analysis/events/eventTable.ts";
import { type FigureOptions, stackPlots } from "./panel.ts";

/** Depth over dwell of every event, and the first of them in the record. @param trace current over time, thinned */
export function plotEvents(
  events: readonly FoundEvent[],
  trace: { readonly x: Float64Array; readonly y: Float64Array },
  source: "measured" | "emulated",
  options: Partial<FigureOptions> = {},
): string {
  const whole = events.filter(({ cut, dwell_s }) => !cut && dwell_s > 0);
  const labels = [...new Set(whole.map(({ label }) => label ?? ""))].sort();
  const tones = [source, "warn", "ink", "mute"] as const;
  return stackPlots(
    [
      {
        panel: {
          x: { quantity: "time", unit: "s" },
          y: { quantity: "current", unit: "A" },
          series: [{ ...trace, kind: "line", tone: source, width: 0.9 }],
        },
        height: 230,
      },
      {
        panel: {
          x: { quantity: "dwell", unit: "s", log: true },
          y: { quantity: "blocked part of the current", unit: "", extent: [0, 1] },
          series: labels.map((label, k) => {
            const own = whole.filter((event) => (event.label ?? "") === label);
            return {
              x: own.map(({ dwell_s }) => dwell_s),
              y: own.map(({ depth }) => depth),
              kind: "points" as const,
              tone: tones[k % tones.length] ?? source,
              width: 2.2,
              ...(label !== "" && { label }),
            };
          }),
        },
        height: 270,
      },
    ],
    { title: "Events of a pore", description: `${events.length} events.`, width: 720, ...options },
  );
}
