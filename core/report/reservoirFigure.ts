import type { ReservoirResult } from "../analysis/reservoir.ts";
import { makeScale } from "./axis.ts";
import type { FigureOptions } from "./panel.ts";
import { drawText, px, textWidth, wrapFigure } from "./svg.ts";

/** The states of a reservoir as a ladder: one lollipop per pulse pattern, ascending upwards. */
export function plotReservoir(
  result: ReservoirResult,
  unit: "S" | "A",
  source: "measured" | "emulated",
  options: Partial<FigureOptions> = {},
): string {
  const { states } = result;
  const width = options.width ?? 480;
  const step = Math.max(3, Math.min(15, 900 / Math.max(1, states.length)));
  const names = step >= 10;
  const left = names ? 20 + Math.max(...states.map((state) => textWidth(state.pattern, true)), 20) : 20;
  const [top, room] = [22, width - left - 20];
  const bottom = top + step * states.length + 4;
  const spread = states.flatMap((state) => {
    const half = Number.isFinite(state.deviation) ? state.deviation : 0;
    return [state.value - half, state.value + half];
  });
  const scale = makeScale(
    { quantity: unit === "S" ? "conductance after the train" : "current after the train", unit, zero: true },
    spread,
    room,
  );
  const x = (value: number) => left + room * scale.at(value);
  const parts: string[] = [];
  const zero = x(Math.max(scale.low, Math.min(scale.high, 0)));
  let [stems, dots, bars, ticks] = ["", "", "", ""];
  states.forEach((state, k) => {
    const y = bottom - 4 - (k + 0.5) * step;
    const at = x(state.value);
    stems += `M${px(zero)} ${px(y)}H${px(at)}`;
    dots += `M${px(at - 3)} ${px(y)}a3 3 0 1 1 6 0a3 3 0 1 1 -6 0`;
    if (state.deviation > 0)
      bars += `M${px(x(state.value - state.deviation))} ${px(y - 3)}v6m0 -3H${px(x(state.value + state.deviation))}m0 -3v6`;
    if (names) parts.push(drawText(left - 7, y + 3.6, state.pattern, { anchor: "end", mono: true }));
  });
  for (const { value, label } of scale.ticks) {
    ticks += `M${px(x(value))} ${px(bottom)}v4`;
    parts.push(drawText(x(value), bottom + 16, label, { anchor: "middle", mono: true }));
  }
  parts.unshift(
    `<path d="${stems}" style="fill:none;stroke:var(--${source});stroke-width:1;opacity:.45"/><path d="${bars}" style="fill:none;stroke:var(--${source})"/>` +
      `<path d="${dots}" style="fill:var(--${source})"/><path class="ax" d="M${px(zero)} ${px(top - 6)}V${px(bottom)}M${px(left)} ${px(bottom)}H${px(left + room)}${ticks}"/>`,
  );
  parts.push(drawText(left + room / 2, bottom + 33, scale.title, { anchor: "middle", ink: true }));
  if (names) parts.push(drawText(left - 7, top - 9, "train", { anchor: "end", ink: true }));
  return wrapFigure(
    { width, height: bottom + 40 },
    {
      title: options.title ?? "States of the reservoir",
      description:
        options.description ??
        `${states.length} pulse patterns in ascending order of the state they leave; error bars are standard deviations over repeats.`,
    },
    parts.join(""),
    options.standalone ?? true,
  );
}
