import {
  analyseReservoir,
  colourAt,
  cssColour,
  decide,
  drawText,
  type Panel,
  plotReservoir,
  px,
  type Series,
  stackPlots,
  wrapFigure,
  xyPlot,
} from "crosspore";
import type { CrossbarResult, LinesResult } from "./crossbarPart.ts";
import type { ImageSet } from "./handwriting.ts";
import { PUBLISHED, type ReservoirResult } from "./reservoirPart.ts";

/** Drawings of the digits page. Emulated is purple and dashed; float and published figures are ink. */

export const CONDITIONS = [
  ["asBuilt", "as built"],
  ["columns", "gain and offset per column"],
  ["output", "digital layer behind the columns"],
  ["compensated", "junctions reprogrammed"],
] as const;

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

export function crossSection(lines: { readonly width_m: number; readonly height_m: number }): string {
  return `${(lines.width_m * 1e6).toFixed(0)} × ${(lines.height_m * 1e6).toFixed(0)} µm`;
}

/** The lines for which reprogramming wins most. */
export function mostRepaired(result: CrossbarResult): LinesResult | undefined {
  const gain = ({ accuracy }: LinesResult) => accuracy.compensated - accuracy.asBuilt;
  return result.lines.toSorted((a, b) => gain(b) - gain(a))[0];
}

/** Horizontal bars, one group per line geometry, with the float accuracy as a line through all of them. */
export function drawAccuracies(result: CrossbarResult): string {
  const [left, right, barHeight, step] = [250, 60, 13, 19];
  const width = 720;
  const x = (fraction: number) => left + (width - left - right) * fraction;
  const body: string[] = [];
  let y = 10;
  const bar = (label: string, value: number, emulated: boolean) => {
    const style = emulated
      ? "fill:var(--emulated);fill-opacity:.22;stroke:var(--emulated);stroke-dasharray:4 2.5"
      : "fill:var(--mute);fill-opacity:.55;stroke:var(--mute)";
    body.push(
      `<rect x="${px(left)}" y="${px(y)}" width="${px(x(value) - left)}" height="${barHeight}" style="${style}"/>`,
      drawText(left - 8, y + 10.5, label, { anchor: "end" }),
      drawText(x(Math.max(value, result.float)) + 7, y + 10.5, percent(value), { mono: true, ink: true }),
    );
    y += step;
  };
  bar("float readout", result.float, false);
  bar("no lines, ideal amplifiers", result.ideal, true);
  bar("no lines, amplifiers and converters", result.amplified, true);
  for (const lines of result.lines) {
    y += 8;
    body.push(drawText(left - 8, y + 10, `${lines.name} lines, ${crossSection(lines)}`, { anchor: "end", ink: true }));
    y += step - 1;
    for (const [key, label] of CONDITIONS) bar(label, lines.accuracy[key], true);
  }
  const bottom = y + 2;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  body.unshift(
    `<path class="ax" d="M${left} 4V${px(bottom)}H${width - right}${ticks.map((t) => `M${px(x(t))} ${px(bottom)}v4`).join("")}"/>`,
  );
  for (const t of ticks) body.push(drawText(x(t), bottom + 16, String(100 * t), { anchor: "middle", mono: true }));
  body.push(
    `<line x1="${px(x(result.float))}" y1="4" x2="${px(x(result.float))}" y2="${px(bottom)}" style="stroke:var(--ink);stroke-width:1"/>`,
    drawText((left + width - right) / 2, bottom + 34, `accuracy on ${result.testImages} test images / %`, {
      anchor: "middle",
      ink: true,
    }),
  );
  return wrapFigure(
    { width, height: bottom + 42 },
    { title: "Accuracy by condition", description: "Float readout, ideal array and three line geometries" },
    body.join(""),
    false,
  );
}

/** What is left of each junction at the terminals, along the word lines. */
export function drawTransmission(result: CrossbarResult): string {
  const tones = ["emulated-1", "emulated", "emulated-2"] as const;
  return xyPlot(
    {
      x: { quantity: "word line, from the far end of the columns", unit: "" },
      y: { quantity: "transmission", unit: "", log: true },
      series: result.lines.map((lines, k): Series => {
        // readings lost below the converter's step have no logarithm
        const shown = lines.transmission.map((value) => (value > 1e-3 ? value : NaN));
        return {
          x: Float64Array.from(shown, (_, row) => row),
          y: shown,
          kind: "line",
          tone: tones[k % tones.length] ?? "emulated",
          label: crossSection(lines),
          dashed: true,
        };
      }),
    },
    { title: "Transmission along the word lines", width: 470, height: 220, standalone: false },
  );
}

/** The same, folded back into the image: the top of every digit is what the narrow lines lose. */
export function drawDropMaps(result: CrossbarResult): string {
  const [size, gap] = [130, 26];
  const body: string[] = [];
  result.lines.forEach((lines, k) => {
    const left = k * (size + gap);
    const cell = size / result.side;
    for (let pixel = 0; pixel < result.side ** 2; pixel++) {
      const x = left + (pixel % result.side) * cell;
      const y = 22 + Math.floor(pixel / result.side) * cell;
      const colour = cssColour(colourAt("cividis", lines.transmission[pixel] ?? 0));
      body.push(
        `<rect x="${px(x)}" y="${px(y)}" width="${px(cell + 0.3)}" height="${px(cell + 0.3)}" fill="${colour}" shape-rendering="crispEdges"/>`,
      );
    }
    body.push(drawText(left, 13, crossSection(lines), { ink: true }));
  });
  const bar = 3 * (size + gap);
  for (let k = 0; k < 65; k++)
    body.push(
      `<rect x="${bar}" y="${px(22 + (size * k) / 65)}" width="10" height="${px(size / 65 + 0.3)}" fill="${cssColour(colourAt("cividis", 1 - k / 64))}"/>`,
    );
  for (const value of [0, 0.5, 1])
    body.push(drawText(bar + 15, 22 + size * (1 - value) + 4, value.toFixed(1), { mono: true }));
  body.push(drawText(0, size + 42, "transmission of each pixel's word line, mean of 20 columns"));
  return wrapFigure(
    { width: bar + 50, height: size + 52 },
    { title: "Drop maps", description: "Transmission of every pixel's word line, one map per line geometry" },
    body.join(""),
    false,
  );
}

/** Logits through the lines against float logits, up to 60 test images spread over all digits. */
export function drawLogits(result: CrossbarResult, lines: LinesResult, key: "asBuilt" | "compensated"): string {
  const classes = result.floatLogits.length / result.testImages;
  const stride = Math.ceil(result.testImages / 60);
  const shown = Array.from(result.floatLogits.keys()).filter((k) => Math.floor(k / classes) % stride === 0);
  return xyPlot(
    {
      x: { quantity: "logit, float", unit: "" },
      y: { quantity: "logit, emulated", unit: "" },
      identity: true,
      series: [
        {
          x: Float64Array.from(shown, (k) => result.floatLogits[k] ?? NaN),
          y: Float64Array.from(shown, (k) => lines.logits[key][k] ?? NaN),
          kind: "points",
          tone: "emulated",
          width: 1.3,
        },
      ],
    },
    { title: `Logits, ${lines.name} lines, ${key}`, width: 300, height: 280, standalone: false },
  );
}

/** The first test image of every digit, with what float and the most repaired lines make of it. */
export function drawSamples(result: CrossbarResult, test: ImageSet): string {
  const [size, gap] = [72, 20];
  const lines = mostRepaired(result);
  const classes = 10;
  const guesses = [
    ["float", result.floatLogits],
    ["as built", lines?.logits.asBuilt ?? new Float64Array(0)],
    ["reprogrammed", lines?.logits.compensated ?? new Float64Array(0)],
  ] as const;
  const left = 96;
  const body: string[] = guesses.map(([label], row) => drawText(0, size + 21 + 17 * row, label));
  for (let digit = 0; digit < classes; digit++) {
    const n = test.labels.indexOf(digit);
    const x0 = left + digit * (size + gap);
    const cell = size / test.side;
    body.push(
      `<rect x="${px(x0)}" y="1" width="${size}" height="${size}" style="fill:none;stroke:var(--line);stroke-width:1"/>`,
    );
    for (let pixel = 0; pixel < test.side ** 2; pixel++) {
      const ink = test.features[n * test.side ** 2 + pixel] ?? 0;
      if (ink < 0.02) continue;
      body.push(
        `<rect x="${px(x0 + (pixel % test.side) * cell)}" y="${px(1 + Math.floor(pixel / test.side) * cell)}" width="${px(cell + 0.2)}" height="${px(cell + 0.2)}" style="fill:var(--ink);fill-opacity:${ink.toFixed(2)}"/>`,
      );
    }
    guesses.forEach(([, logits], row) => {
      const guess = decide(logits.subarray(n * classes, (n + 1) * classes), classes)[0] ?? NaN;
      const right = guess === digit;
      body.push(
        drawText(x0 + size / 2, size + 21 + 17 * row, `${guess}${right ? "" : " ×"}`, {
          anchor: "middle",
          mono: true,
          ...(right ? { ink: true } : { tone: "warn" as const }),
        }),
      );
    });
  }
  return wrapFigure(
    { width: left + classes * (size + gap), height: size + 64 },
    {
      title: "Test images",
      description: "First test image of every digit and three answers each; × marks a wrong one",
    },
    body.join(""),
    false,
  );
}

/** Currents of three channels under their trains: 5 V pulses, the last read at -1 V. */
export function drawTraces(result: ReservoirResult): string {
  const shown = [0b1111, 0b0101, 0b1000];
  const panels = shown.flatMap((pattern, k) => {
    const trace = result.traces.find((candidate) => candidate.pattern === pattern);
    if (trace === undefined) return [];
    const end = trace.time_s.findIndex((time) => time > 5.6);
    const panel: Panel = {
      x: { quantity: "time", unit: "s" },
      y: { quantity: "current", unit: "A", extent: [-0.5e-6, 1.75e-6] },
      zeroLines: "x",
      hideX: k < shown.length - 1,
      series: [
        {
          x: trace.time_s.subarray(0, end),
          y: trace.current_A.subarray(0, end),
          kind: "line",
          tone: "emulated",
          label: pattern.toString(2).padStart(4, "0"),
          width: 1.2,
        },
      ],
    };
    return [{ panel, height: k < shown.length - 1 ? 100 : 130 }];
  });
  return stackPlots(panels, { title: "Channel currents under 4-bit trains", width: 470, standalone: false });
}

export function drawStates(result: ReservoirResult): string {
  const reads = Array.from(result.conductance_S, (value, pattern) => ({
    pattern: pattern.toString(2).padStart(4, "0"),
    value,
  }));
  return plotReservoir(analyseReservoir(reads), "S", "emulated", { width: 470, standalone: false });
}

export function drawNoise(result: ReservoirResult): string {
  const curve = (
    points: readonly { noise: number; accuracy: number }[],
    tone: Series["tone"],
    label: string,
  ): Series[] => {
    const x = Float64Array.from(points, (point) => 100 * point.noise);
    const y = Float64Array.from(points, (point) => 100 * point.accuracy);
    return [
      { x, y, kind: "line", tone, dashed: true, label },
      { x, y, kind: "points", tone },
    ];
  };
  const level = (fraction: number, label: string): Series => ({
    x: [0, 10],
    y: [100 * fraction, 100 * fraction],
    kind: "line",
    tone: "ink",
    width: 1,
    label,
  });
  return xyPlot(
    {
      x: { quantity: "noise of a conductance / %", unit: "" },
      y: { quantity: "accuracy / %", unit: "", extent: [75, 100] },
      series: [
        ...curve(result.small, "emulated-1", "4 × 5 pixels"),
        ...curve(result.handwriting, "emulated-2", "MNIST"),
        level(PUBLISHED.small, "published, 4 × 5"),
        level(PUBLISHED.handwriting, "published, MNIST"),
      ],
    },
    { title: "Reservoir accuracy and noise", width: 470, height: 300, standalone: false },
  );
}
