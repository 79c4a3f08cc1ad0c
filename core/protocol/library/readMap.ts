import type { z } from "zod";
import { type Capabilities, mostColumnsPerProduct } from "../../arrayBackend.ts";
import { driveRow } from "../../bias.ts";
import type { Grid } from "../../crossbar/grid.ts";
import { streamOf, uniform } from "../../crossbar/random.ts";
import { strictObject } from "../../document.ts";
import type { Address } from "../../stimulus.ts";
import { durationOf, type Waveform } from "../../waveform.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, restStep, secondHalf } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  countCells,
  currentRange_A,
  findCellMistake,
  notNegative,
  notZero,
  oneOf,
  positive,
  resolveCells,
  trueOrFalse,
} from "../parameters.ts";
import type { ApplyStep, MultiplyStep } from "../protocol.ts";

/**
 * The conductance of every junction at a small voltage. Defaults suit the conical channel: 0.1 V for 1 ms changes it by
 * 1.9 % at most. For the ncnm channel the published read is -1 V for 50 ms.
 */
const schema = strictObject({
  cells,
  voltage_V: notZero("V").default(0.1),
  width_s: positive("s").default(0.001),
  /** "random" is shuffled by the run's seed, so that drift does not look like a gradient. */
  order: oneOf(["row", "column", "random"]).default("row"),
  /** Drives a row and reads its columns together, as many as the array senses at once. */
  parallel: trueOrFalse().default(false),
  /**
   * As products of unit vectors, one step for as many columns as the array takes: an instrument that reads whole arrays by
   * itself (ArC ONE) does so in one job. Each read lasts `width_s`; there are no samples of it.
   */
  whole: trueOrFalse().default(false),
  /** At 0 V, between two reads. */
  rest_s: notNegative("s").default(0),
  samplesPerRead: count(4, 100_000).default(20),
  bias,
  currentRange_A,
}).superRefine(({ parallel, whole, bias, order, cells }, context) => {
  if (whole && (parallel || bias !== "ground" || order !== "row" || cells !== "all"))
    context.addIssue({
      code: "custom",
      path: ["whole"],
      message: "a whole map takes cells: all, order: row, bias: ground and no parallel",
    });
  if (parallel && bias !== "ground")
    context.addIssue({
      code: "custom",
      path: ["bias"],
      message: `${typeof bias === "string" ? bias : "a custom bias"} does not fit parallel reads, allowed is ground`,
    });
  if (parallel && order === "column")
    context.addIssue({
      code: "custom",
      path: ["order"],
      message: "column does not fit parallel reads, allowed are row and random",
    });
});

/** One step per junction, per row where `parallel`, or one product of unit vectors where `whole`; the window "read" is the second half of the pulse. */
export const readMap = defineProtocol({
  name: "read-map",
  title: "Conductance map",
  summary:
    "Reads junction after junction (or row after row) with one short pulse each: the map of conductances. " +
    "Volatile junctions are disturbed a little by their own read and by their neighbours'.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  fewestSteps: ({ cells, parallel, whole }, { grid, capabilities }) =>
    // a list may name a junction twice, and a row reads it once
    whole || (parallel && typeof cells !== "string")
      ? 1
      : Math.ceil(countCells(grid, cells) / (parallel ? Math.min(grid.columns, capabilities.columnsSensedAtOnce) : 1)),
  *steps(parameters, { grid, capabilities, seed }) {
    const { voltage_V, width_s, order, parallel, whole, rest_s, samplesPerRead, bias, currentRange_A } = parameters;
    const waveform = holds([voltage_V, width_s]);
    const windows = [secondHalf(0, width_s, "read")];
    const samplePeriod_s = width_s / samplesPerRead;
    if (whole) {
      yield* wholeSteps(grid, capabilities, parameters);
      return;
    }
    const addresses = resolveCells(grid, parameters.cells);
    let first = true;
    const rest = function* () {
      if (!first && rest_s > 0) yield restStep(grid, rest_s);
      first = false;
    };
    if (parallel) {
      for (const cellsOfRow of sortCells(groupByRow(addresses, capabilities.columnsSensedAtOnce), order, seed)) {
        yield* rest();
        yield rowStep(grid, cellsOfRow, waveform, { samplePeriod_s, currentRange_A, windows }, voltage_V);
      }
      return;
    }
    const sorted = order === "column" ? addresses.toSorted((a, b) => a.column - b.column || a.row - b.row) : addresses;
    for (const cell of sortCells(sorted, order, seed)) {
      yield* rest();
      const tags = { voltage_V };
      yield cellStep({
        grid,
        cell,
        waveform,
        bias,
        role: "read",
        label: "",
        samplePeriod_s,
        currentRange_A,
        windows,
        tags,
      });
    }
  },
});

/** Vector r has the voltage on row r alone, so that its products are the currents of that row's junctions. */
function* wholeSteps(
  grid: Grid,
  capabilities: Capabilities,
  {
    voltage_V,
    width_s,
    rest_s,
    currentRange_A,
  }: Pick<z.output<typeof schema>, "voltage_V" | "width_s" | "rest_s" | "currentRange_A">,
): Generator<MultiplyStep> {
  const { rows, columns } = grid;
  const inputs_V = new Float64Array(rows * rows);
  for (let row = 0; row < rows; row++) inputs_V[row * rows + row] = voltage_V;
  const size = Math.max(1, Math.min(columns, mostColumnsPerProduct(capabilities)));
  for (let from = 0; from < columns; from += size) {
    const asked = Array.from({ length: Math.min(size, columns - from) }, (_, k) => from + k);
    yield {
      kind: "multiply",
      role: "read",
      label: asked.length === columns ? "whole array" : `columns ${from} to ${from + asked.length - 1}`,
      inputs_V,
      readout: { integration_s: width_s, rest_s, columns: asked, currentRange_A },
      tags: { voltage_V, firstColumn: from },
    };
  }
}

function rowStep(
  grid: Grid,
  cellsOfRow: readonly Address[],
  waveform: Waveform,
  readout: Omit<ApplyStep["readout"], "columns">,
  voltage_V: number,
): ApplyStep {
  const row = cellsOfRow[0]?.row ?? 0;
  const columns = cellsOfRow.map(({ column }) => column);
  return {
    kind: "apply",
    role: "read",
    label: columns.length === grid.columns ? `r${row}` : `r${row} c${columns[0]} to c${columns.at(-1)}`,
    stimulus: {
      duration_s: durationOf(waveform),
      ...driveRow(grid, row, waveform),
      targets: cellsOfRow,
      referenceRow: row,
    },
    readout: { ...readout, columns },
    tags: { row, voltage_V },
  };
}

/** Cells of one row, columns ascending, at most `most` together. */
function groupByRow(addresses: readonly Address[], most: number): Address[][] {
  const rows = new Map<number, Set<number>>();
  for (const { row, column } of addresses) {
    const columns = rows.get(row);
    if (columns) columns.add(column);
    else rows.set(row, new Set([column]));
  }
  return [...rows].flatMap(([row, columns]) => {
    const sorted = [...columns].toSorted((a, b) => a - b).map((column) => ({ row, column }));
    const size = Math.min(most, sorted.length);
    return Array.from({ length: Math.ceil(sorted.length / size) }, (_, k) => sorted.slice(k * size, (k + 1) * size));
  });
}

/** Fisher and Yates' shuffle on counter-based numbers: the same order for one seed on any machine. */
function sortCells<T>(items: readonly T[], order: "row" | "column" | "random", seed: number): readonly T[] {
  if (order !== "random") return items;
  const shuffled = [...items];
  const stream = streamOf("read-map order");
  for (let k = shuffled.length - 1; k > 0; k--) {
    const other = Math.floor(uniform(seed, stream, k) * (k + 1));
    [shuffled[k], shuffled[other]] = [shuffled[other] as T, shuffled[k] as T];
  }
  return shuffled;
}
