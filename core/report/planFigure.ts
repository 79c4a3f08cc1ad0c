import type { Plan } from "../plan.ts";
import type { Prediction } from "../predictRun.ts";
import { heatMap } from "./heatMap.ts";
import { xyPlot } from "./panel.ts";
import { drawText, FIGURE_CSS, px, themeCss } from "./svg.ts";

/**
 * A dry run as one SVG: what the first junction of each protocol sees, then per junction the largest |V|, the dose while
 * selected and while not, and the predicted energy where there is a prediction.
 */
export function planFigure(plan: Plan, title: string, prediction?: Prediction): string {
  const { grid } = plan;
  const waveforms = plan.perProtocol.flatMap(({ name, preview: { duration_s, voltage_V } }) => {
    if (voltage_V.every((voltage) => Number.isNaN(voltage))) return [];
    const time_s = Float64Array.from(voltage_V, (_, k) => (k * duration_s) / voltage_V.length);
    const text = `${name}: what the first junction sees`;
    const panel = {
      x: { quantity: "time", unit: "s" },
      y: { quantity: "voltage", unit: "V" },
      series: [{ x: time_s, y: voltage_V, kind: "line", tone: "ink" }],
      zeroLines: "x",
    } as const;
    return [{ text, svg: xyPlot(panel, { title: text, standalone: false, height: 220 }), height: 220 }];
  });
  const maps = [
    ["largest |V|", "V", plan.largestJunction_V],
    ["dose while selected", "V s", plan.selectedDose_Vs],
    ["dose while not selected", "V s", plan.halfSelectDose_Vs],
    ...(prediction ? ([["predicted energy", "J", prediction.junctionEnergy_J]] as const) : []),
  ] as const;
  const drawn = maps.map(([quantity, unit, values]) => {
    const svg = heatMap(values, grid, { quantity, unit, title: quantity, standalone: false });
    return { text: `${quantity} of each junction`, svg, height: heightOf(svg) };
  });
  let y = 34;
  const body = [...waveforms, ...drawn].map(({ text, svg, height }) => {
    const part = drawText(10, y, text, { ink: true }) + svg.replace("<svg ", `<svg x="0" y="${px(y + 6)}" `);
    y += height + 34;
    return part;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="fig" viewBox="0 0 500 ${px(y)}" width="500" height="${px(y)}">` +
    `<style>${themeCss(".fig")}${FIGURE_CSS}.fig{background:var(--panel)}</style>` +
    `${drawText(10, 16, title, { ink: true })}${body.join("")}</svg>\n`
  );
}

function heightOf(svg: string): number {
  return Number(/ height="([\d.]+)"/.exec(svg)?.[1] ?? 300);
}
