import { envelopeOf, lineOf } from "../recordings/envelope.ts";
import type { Series } from "../recordings/recording.ts";
import { type FigureOptions, type Panel, stackPlots } from "./panel.ts";
import { shade } from "./svg.ts";

/** Sweeps that are drawn; of more, these many at even distances, the last one among them. */
const MOST_SWEEPS = 16;
const STRETCHES = 900;

export interface DrawnSweeps {
  /** Numbers of the sweeps that are drawn, from 0. */
  readonly sweeps: readonly number[];
  /** Per channel or output, per sweep: a line in base SI (or the channel's own unit) over seconds. */
  readonly lines: readonly (readonly { readonly x: Float64Array; readonly y: Float64Array }[])[];
  readonly names: readonly { readonly name: string; readonly unit: string; readonly kind: "channel" | "output" }[];
}

/** Channels, and outputs with a waveform, by their extremes: a gap-free recording of any length fits. */
export function drawSweeps(series: Series, stretches = STRETCHES, most = MOST_SWEEPS): DrawnSweeps {
  const count = Math.min(most, series.sweeps);
  const sweeps = Array.from({ length: count }, (_, k) =>
    count === 1 ? 0 : Math.round((k * (series.sweeps - 1)) / (count - 1)),
  );
  const outputs = series.commands.flatMap((command, k) =>
    command.source === "epochs" && command.epochs.length > 0 ? [k] : [],
  );
  const base = (quantity: string, unit: string) => (quantity === "current" ? "A" : quantity === "voltage" ? "V" : unit);
  const draw = (factor: number, read: (sweep: number, from: number, into: Float64Array) => void) =>
    sweeps.map((sweep) => {
      const { points } = series.sweep(sweep);
      const line = lineOf(
        envelopeOf(points, stretches, (from, into) => read(sweep, from, into)),
        0,
        points * series.samplePeriod_s,
      );
      for (let n = 0; n < line.y.length; n++) line.y[n] = line.y[n]! * factor;
      return line;
    });
  return {
    sweeps,
    names: [
      ...series.channels.map(({ name, quantity, unit }) => ({
        name,
        unit: base(quantity, unit),
        kind: "channel" as const,
      })),
      ...outputs.map((k) => {
        const { name, quantity, unit } = series.commands[k]!;
        return { name, unit: base(quantity, unit), kind: "output" as const };
      }),
    ],
    lines: [
      ...series.channels.map(({ toSi }, channel) =>
        draw(toSi, (sweep, from, into) => series.read(sweep, channel, from, into)),
      ),
      ...outputs.map((k) =>
        draw(series.commands[k]!.toSi, (sweep, from, into) => series.command(sweep, k, from, into)),
      ),
    ],
  };
}

const QUANTITIES: Readonly<Record<string, string>> = { A: "current", V: "voltage" };

/** One panel per channel and output, sweeps from dark to light, the time within a sweep. */
export function plotRecording(series: Series, options: Partial<FigureOptions> = {}): string {
  const { lines, names, sweeps } = drawSweeps(series);
  const panels = names.map(({ name, unit, kind }, k) => {
    const last = k === names.length - 1;
    const panel: Panel = {
      x: { quantity: "time", unit: "s" },
      y: { quantity: `${name}, ${QUANTITIES[unit] ?? kind}`, unit: QUANTITIES[unit] ? unit : "" },
      series: lines[k]!.map((line, n) => ({
        ...line,
        kind: "line" as const,
        tone:
          kind === "output"
            ? ("mute" as const)
            : shade("measured", Math.floor((4 * n) / sweeps.length), sweeps.length > 1 ? 4 : 1),
        width: 1,
      })),
      hideX: !last,
    };
    return { panel, height: (kind === "output" ? 110 : 190) + (last ? 40 : 0) };
  });
  const of =
    series.sweeps > sweeps.length
      ? `${sweeps.length} of ${series.sweeps} sweeps`
      : `${series.sweeps} ${series.sweeps === 1 ? "sweep" : "sweeps"}`;
  return stackPlots(panels, {
    title: series.name || "Recording",
    description: `${of}, drawn by their extremes.`,
    width: 720,
    ...options,
  });
}
