import type { Datasheet } from "../datasheet/datasheet.ts";
import { frequencyLabel, plotLoop } from "./loopFigure.ts";
import { type FigureOptions, type Panel, type Series, xyPlot } from "./panel.ts";
import { shade, type Tone } from "./svg.ts";

/** One drawing of a datasheet, or of several on the same axes. */
export interface SheetFigure {
  readonly svg: string;
  readonly caption: string;
}

/** Letters that name the sheets of a comparison. */
export const SHEET_LETTERS = "ABCDEFGH";

const FIGURE = { standalone: false, width: 480 } as const;

/**
 * The figures of one datasheet, or of several overlaid. Measured is teal, emulated purple, and dashed where a measured one
 * is beside it; a figure that no sheet has data for is left out.
 */
export function drawSheets(sheets: readonly Datasheet[]): SheetFigure[] {
  return [drawLoops, drawTrain, drawPairs, drawRetention, drawEndurance, drawTemperature].flatMap(
    (draw) => draw(sheets) ?? [],
  );
}

interface Styled {
  readonly sheet: Datasheet;
  readonly tone: Tone;
  readonly dashed: boolean;
  /** Empty for a sheet that stands alone. */
  readonly letter: string;
}

function styled(sheets: readonly Datasheet[], has: (sheet: Datasheet) => boolean): Styled[] {
  const counts = { measured: 0, emulated: 0 };
  const total = {
    measured: sheets.filter(({ source }) => source === "measured").length,
    emulated: sheets.filter(({ source }) => source === "emulated").length,
  };
  return sheets
    .map((sheet, k) => ({
      sheet,
      tone: shade(sheet.source, counts[sheet.source]++, total[sheet.source]),
      dashed: sheet.source === "emulated" && total.measured > 0,
      letter: sheets.length > 1 ? (SHEET_LETTERS[k] ?? "?") : "",
    }))
    .filter(({ sheet }) => has(sheet));
}

/** "emulated", or "A measured, B emulated". */
function sourcesOf(drawn: readonly Styled[]): string {
  return drawn.map(({ sheet, letter }) => `${letter} ${sheet.source}`.trim()).join(", ");
}

function conditionOf(drawn: readonly Styled[], name: string): string {
  const conditions = new Set(
    drawn.map(({ sheet, letter }) =>
      `${letter === "" ? "" : `${letter}: `}${sheet.metrics.find((metric) => metric.name === name)?.conditions ?? ""}`.trim(),
    ),
  );
  return [...conditions].filter((text) => text !== "").join("; ");
}

function figureOf(
  panel: Panel,
  drawn: readonly Styled[],
  title: string,
  caption: string,
  options: Partial<FigureOptions> = {},
): SheetFigure | undefined {
  if (drawn.length === 0) return undefined;
  return {
    svg: xyPlot(panel, { title, description: caption, height: 290, ...FIGURE, ...options }),
    caption: `${caption.replace(/\.$/u, "")}; ${sourcesOf(drawn)}.`,
  };
}

function drawLoops(sheets: readonly Datasheet[]): SheetFigure | undefined {
  const drawn = styled(sheets, ({ curves }) => curves.loops.length > 0);
  if (drawn.length === 0) return undefined;
  if (drawn.length === 1 && drawn[0]) {
    const { curves, source } = drawn[0].sheet;
    const loops = curves.loops.map(({ frequency_Hz, voltage_V, current_A }) => ({
      voltage_V,
      current_A,
      source,
      ...(frequency_Hz !== null && { label: frequencyLabel(frequency_Hz) }),
    }));
    return {
      svg: plotLoop(loops, { ...FIGURE, height: 290 }),
      caption: `Current against voltage, last cycle, n = 1 cycle per frequency; ${source}.`,
    };
  }
  // currents of platforms differ by orders of magnitude: shapes are compared, each against its own largest values
  const series = drawn.map(({ sheet, tone, dashed, letter }): Series => {
    const loop = sheet.curves.loops[Math.floor(sheet.curves.loops.length / 2)];
    const scale = (values: readonly number[]) => {
      const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      return values.map((value) => value / most);
    };
    return {
      x: scale(loop?.voltage_V ?? []),
      y: scale(loop?.current_A ?? []),
      kind: "line",
      tone,
      dashed,
      label: letter,
    };
  });
  return figureOf(
    {
      x: { quantity: "voltage / largest voltage", unit: "" },
      y: { quantity: "current / largest current", unit: "" },
      series,
      zeroLines: "both",
    },
    drawn,
    "Loops, normalised",
    `Loops at their middle frequency, each against its own largest voltage and current (${conditionOf(drawn, "onOff")}).`,
  );
}

function drawTrain(sheets: readonly Datasheet[]): SheetFigure | undefined {
  const drawn = styled(sheets, ({ curves }) => curves.potentiation_S.length > 1);
  const alone = drawn.length === 1;
  const series = drawn.flatMap(({ sheet, tone, letter }): Series[] => {
    const { potentiation_S: up, depression_S: down } = sheet.curves;
    const unit = alone ? 1 : Math.min(...up);
    const points = (values: readonly number[], from: number, open: boolean): Series => ({
      x: values.map((_, k) => from + k),
      y: values.map((g) => g / unit),
      kind: "points",
      tone,
      open,
      ...(letter !== "" && !open && { label: letter }),
    });
    return [points(up, 0, false), ...(down.length > 1 ? [points(down, up.length - 1, true)] : [])];
  });
  const y = alone ? { quantity: "conductance", unit: "S" } : { quantity: "conductance / smallest", unit: "" };
  return figureOf(
    { x: { quantity: "pulse number", unit: "", whole: true }, y, series },
    drawn,
    "Potentiation and depression",
    `Conductance after each pulse, potentiation filled, depression open, n = 1 (${conditionOf(drawn, "range")}).`,
  );
}

function drawPairs(sheets: readonly Datasheet[]): SheetFigure | undefined {
  const drawn = styled(sheets, ({ curves }) => curves.pairs.length > 0);
  const series = drawn.map(
    ({ sheet, tone, letter }): Series => ({
      x: sheet.curves.pairs.map(({ gap_s }) => gap_s),
      y: sheet.curves.pairs.map(({ index }) => index),
      error: sheet.curves.pairs.map(({ deviation }) => deviation),
      kind: "points",
      tone,
      ...(letter !== "" && { label: letter }),
    }),
  );
  const repeats = Math.max(0, ...drawn.flatMap(({ sheet }) => sheet.curves.pairs.map(({ n }) => n)));
  return figureOf(
    { x: { quantity: "gap", unit: "s", log: true }, y: { quantity: "paired-pulse index I₂ / I₁", unit: "" }, series },
    drawn,
    "Paired-pulse index",
    `Index against the gap between two equal pulses, n = ${repeats} pairs per gap, error bars: standard deviation.`,
  );
}

function drawRetention(sheets: readonly Datasheet[]): SheetFigure | undefined {
  const drawn = styled(sheets, ({ curves }) => curves.retention.length > 1);
  const series = drawn.map(
    ({ sheet, tone, dashed, letter }): Series => ({
      x: sheet.curves.retention.map(({ time_s }) => time_s),
      y: sheet.curves.retention.map(({ remaining }) => remaining),
      kind: drawn.length > 1 ? "line" : "points",
      tone,
      dashed,
      ...(letter !== "" && { label: letter }),
    }),
  );
  const times = drawn.flatMap(({ sheet }) => sheet.curves.retention.map(({ time_s }) => time_s));
  const level = Math.exp(-1);
  if (times.length > 0)
    series.unshift({
      x: [Math.min(...times), Math.max(...times)],
      y: [level, level],
      kind: "line",
      tone: "mute",
      width: 0.8,
      dashed: true,
      label: "1/e",
    });
  return figureOf(
    {
      x: { quantity: "time after the write", unit: "s", log: true },
      y: { quantity: "change left, of the first read", unit: "", zero: true },
      series,
    },
    drawn,
    "Retention",
    `What is left of a written change, n = 1 device (${conditionOf(drawn, "retention_s")}).`,
  );
}

function drawEndurance(sheets: readonly Datasheet[]): SheetFigure | undefined {
  const drawn = styled(sheets, ({ curves }) => curves.endurance.length > 0);
  const alone = drawn.length === 1;
  const series = drawn.flatMap(({ sheet, tone, letter }): Series[] => {
    const points = sheet.curves.endurance;
    const x = points.map(({ cycle }) => cycle);
    if (!alone) return [{ x, y: points.map(({ on_S, off_S }) => on_S / off_S), kind: "points", tone, label: letter }];
    return [
      {
        x,
        y: points.map(({ on_S }) => on_S),
        error: points.map(({ onDeviation_S }) => onDeviation_S),
        kind: "points",
        tone,
        label: "on",
      },
      {
        x,
        y: points.map(({ off_S }) => off_S),
        error: points.map(({ offDeviation_S }) => offDeviation_S),
        kind: "points",
        tone,
        open: true,
        label: "off",
      },
    ];
  });
  return figureOf(
    {
      x: { quantity: "cycle", unit: "", whole: true },
      y: alone ? { quantity: "conductance", unit: "S" } : { quantity: "on / off", unit: "" },
      series,
    },
    drawn,
    "Endurance",
    `${alone ? "Both states" : "Window"} in every cycle, mean of all devices${alone ? ", error bars: standard deviation between devices" : ""} (${conditionOf(drawn, "enduranceWindow")}).`,
  );
}

function drawTemperature(sheets: readonly Datasheet[]): SheetFigure | undefined {
  const drawn = styled(sheets, ({ curves }) => curves.temperature.length > 1);
  const alone = drawn.length === 1;
  const series = drawn.map(({ sheet, tone, letter }): Series => {
    const points = sheet.curves.temperature;
    const unit = alone ? 1 : (points[0]?.conductance_S ?? 1);
    return {
      x: points.map(({ temperature_K }) => temperature_K),
      y: points.map(({ conductance_S }) => conductance_S / unit),
      kind: "points",
      tone,
      ...(letter !== "" && { label: letter }),
    };
  });
  return figureOf(
    {
      x: { quantity: "temperature", unit: "K" },
      y: alone ? { quantity: "conductance", unit: "S" } : { quantity: "conductance / coldest", unit: "" },
      series,
    },
    drawn,
    "Conductance against temperature",
    `Mean of both branches of the loop, n = 1 loop per temperature (${conditionOf(drawn, "temperatureCoefficient")}).`,
  );
}
