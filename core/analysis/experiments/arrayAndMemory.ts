import type { Marked } from "../../runEvent.ts";
import type { RunData } from "../../record/runData.ts";
import { estimateLineResistance, type LineEstimate, predictProducts } from "../lineResistance.ts";
import { memoryCapacity } from "../reservoirCapacity.ts";
import { numberTag, type RunStep, windowOf } from "../runSteps.ts";
import { groupBy, junctionKey } from "../stepGroups.ts";
import { DRAWN, type ExperimentReader, type ExperimentResult, noteOf, placeOf } from "./experiment.ts";

/** Delays that are looked at; a relaxing junction has forgotten long before. */
const LONGEST_DELAY = 20;

/** Rows one by one against the network whose lines were fitted to them. */
export const readLineResistance: ExperimentReader = (run, { steps }) => {
  const taken = steps.filter(({ intended }) => intended.role === "row-product");
  const grid = run.events.find((event) => event.kind === "run-started")?.grid;
  const [first] = taken;
  if (!first || !grid) return undefined;
  const { rows, columns } = grid;
  const passes = taken.map((step) => numberTag(step.intended, "repeat") ?? 1);
  const repeats = Math.max(...passes);
  const inputs_V = new Float64Array(repeats * rows * rows);
  const measured_A = new Float64Array(repeats * rows * columns).fill(Number.NaN);
  const known_S = new Float64Array(rows * columns).fill(Number.NaN);
  for (const [k, { products: found }] of taken.entries()) {
    if (!found) continue;
    const pass = (passes[k] ?? 1) - 1;
    inputs_V.set(found.inputs_V, pass * rows * rows);
    const { products, expected_A } = found;
    for (let row = 0; row < rows; row++)
      products.columns.forEach((column, c) => {
        const at = row * products.columns.length + c;
        measured_A[(pass * rows + row) * columns + column] = products.current_A[at] ?? Number.NaN;
        if (expected_A)
          known_S[row * columns + column] = (expected_A[at] ?? Number.NaN) / (found.inputs_V[row * rows + row] ?? 1);
      });
  }
  const request = {
    grid,
    inputs_V,
    measured_A,
    known: {
      rowSource_ohm: numberTag(first.intended, "rowSource_ohm") ?? 0,
      columnSense_ohm: numberTag(first.intended, "columnSense_ohm") ?? 0,
    },
    seekScale: true,
    ...(known_S.every(Number.isFinite) && { conductance_S: known_S }),
  };
  const estimate = estimateLineResistance(request);
  const fitted_A = estimate.kind === "fit" ? predictProducts(request, estimate) : undefined;
  // the same row in every pass is one point with a deviation
  const seen = (row: number, column: number, list: Float64Array) =>
    Array.from({ length: repeats }, (_, pass) => {
      const volts = inputs_V[(pass * rows + row) * rows + row] ?? Number.NaN;
      return (list[(pass * rows + row) * columns + column] ?? Number.NaN) / volts;
    }).filter(Number.isFinite);
  const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const drawn = [...new Set([0, Math.floor((rows - 1) / 2), rows - 1])];
  const across = Array.from({ length: columns }, (_, column) => column);
  return {
    panels: [
      {
        kind: "curves",
        title: "Rows one by one",
        caption: `Current per volt of one driven row against the column it comes out of, n = ${repeats} per point; points: read, lines: the array with the fitted segments.`,
        x: { quantity: "column", unit: "", whole: true },
        y: { quantity: "effective conductance", unit: "S" },
        curves: drawn.flatMap((row, group) => [
          {
            label: `row ${row}`,
            style: "points",
            role: "data",
            group,
            x: across,
            y: across.map((column) => average(seen(row, column, measured_A))),
          } as const,
          ...(fitted_A
            ? [
                {
                  label: "",
                  style: "line",
                  role: "fit",
                  x: across,
                  y: across.map((column) => average(seen(row, column, fitted_A))),
                } as const,
              ]
            : []),
        ]),
      },
      {
        kind: "map",
        title: "What the lines take",
        caption: `Effective conductance of every junction against the largest, n = ${repeats} per junction.`,
        quantity: "below the largest / %",
        unit: "",
        values: belowLargest(rows, columns, (row, column) => average(seen(row, column, measured_A))),
      },
    ],
    results: estimate.kind === "fit" ? lineResults(estimate, request.conductance_S === undefined) : [],
    notes: estimate.kind === "none" ? [noteOf("lines", estimate)] : [],
  };
};

function belowLargest(rows: number, columns: number, of: (row: number, column: number) => number): number[][] {
  const values = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => of(row, column)),
  );
  const largest = values.flat().reduce((most, value) => (value > most ? value : most), 0);
  return values.map((row) => row.map((value) => 100 * (value / largest - 1)));
}

function lineResults({ lines, scale, relativeAfter }: LineEstimate, alike: boolean): ExperimentResult[] {
  const found = (label: string, unit: string, estimate: typeof scale): ExperimentResult[] =>
    estimate
      ? [
          { where: "array", label, unit, value: estimate.value },
          { where: "array", label: `${label}, standard error`, unit, value: estimate.standardError },
        ]
      : [];
  return [
    ...found("row segment", "ohm", lines.rowSegment_ohm ?? null),
    ...found("column segment", "ohm", lines.columnSegment_ohm ?? null),
    ...found(alike ? "conductance of a junction" : "factor on the conductances", alike ? "S" : "", scale),
    { where: "array", label: "left after the fit, rms", unit: "%", value: 100 * relativeAfter },
  ];
}

/** How well past inputs can be told from the states of each junction. */
export const readMemoryCapacity: ExperimentReader = (run, { protocol, steps }) => {
  const streams = steps.filter(({ intended }) => intended.role === "stream");
  if (streams.length === 0) return undefined;
  const mark = run.events.find(
    (event): event is Marked => event.kind === "marked" && event.protocol === protocol && event.label === "inputs",
  );
  const inputs = mark?.data["inputs"];
  if (!Array.isArray(inputs)) return { panels: [], results: [], notes: ["the inputs of the stream are not recorded"] };
  const notes: string[] = [];
  const found = groupBy(streams, junctionKey).flatMap((of) => {
    const where = of[0] ? placeOf(of[0]) : "";
    const states = of.flatMap(statesOf);
    const input = inputs.slice(0, states.length).map(Number);
    const kept = states.findIndex((state) => !Number.isFinite(state));
    try {
      if (kept >= 0) throw new RangeError(`slot ${kept} was lost`);
      return [{ where, slots: states.length, ...memoryCapacity(input, states, LONGEST_DELAY) }];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      notes.push(`${where}: ${error.message}`);
      return [];
    }
  });
  const slots = found[0]?.slots ?? 0;
  return {
    panels: [
      {
        kind: "curves",
        title: "Memory capacity",
        caption: `Squared correlation of the input so many slots ago with the best linear readout of the state, n = ${slots} slots, the first ${LONGEST_DELAY} left out; line: what chance gives.`,
        x: { quantity: "delay / slots", unit: "", whole: true },
        y: { quantity: "capacity r²", unit: "", zero: true },
        curves: found.slice(0, DRAWN).flatMap(({ where, capacities, chance }, group) => [
          ...(group === 0
            ? [{ label: "", style: "line", role: "fit", x: [0, LONGEST_DELAY], y: [chance, chance] } as const]
            : []),
          {
            label: found.length > 1 ? where : "",
            style: "points",
            role: "data",
            group,
            x: capacities.map((_, delay) => delay),
            y: [...capacities],
          } as const,
        ]),
      },
    ],
    results: found.flatMap(({ where, capacities, total, corrected }) => [
      { where, label: "capacity of the present input", unit: "", value: capacities[0] ?? Number.NaN },
      { where, label: `memory capacity, delays 1 to ${LONGEST_DELAY}`, unit: "", value: total },
      { where, label: "without chance", unit: "", value: corrected },
    ]),
    notes,
  };
};

function statesOf({ intended, reading }: RunStep): number[] {
  const first = numberTag(intended, "firstSlot") ?? 0;
  return Array.from({ length: numberTag(intended, "slots") ?? 0 }, (_, n) => {
    const window = reading && windowOf(reading, `slot ${first + n}`);
    return (window?.current_A[0] ?? Number.NaN) / (window?.voltage_V[0] ?? Number.NaN);
  });
}

/** Current at 0 V in front of a control: what the electrodes drive by themselves. */
export const readOffset: ExperimentReader = (_run: RunData, { steps }) => {
  const offsets = steps.filter(({ intended }) => intended.role === "offset");
  if (offsets.length === 0) return undefined;
  return {
    panels: [],
    results: offsets.map((step) => ({
      where: placeOf(step),
      label: "current at 0 V",
      unit: "A",
      value: (step.reading && windowOf(step.reading, "offset")?.current_A[0]) ?? Number.NaN,
    })),
    notes: [],
  };
};
