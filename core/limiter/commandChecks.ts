import { type Capabilities, mostColumnsPerProduct } from "../arrayBackend.ts";
import type { Grid } from "../crossbar/grid.ts";
import { LimitError, UnsupportedError } from "../errors.ts";
import type { ApplyStep, MultiplyStep } from "../protocol/protocol.ts";
import type { LineDrive } from "../stimulus.ts";
import { formatSI } from "../units.ts";
import { largestMagnitude_V, type Waveform } from "../waveform.ts";
import type { Groups } from "./groupLines.ts";
import { isIndex, malformed } from "./refuse.ts";
import { rememberSealed, sealWaveform, SHORTEST_S } from "./sealWaveform.ts";

/**
 * The checks of a command by itself, by name, in the order in which they run. Each throws or passes; nothing else in
 * this room refuses a command. `mutants.test.ts` takes away one after the other and shows what then slips through.
 */
export type Checks<Facts> = Readonly<Record<string, (facts: Facts) => void>>;

interface Common {
  readonly grid: Grid;
  readonly can: Capabilities;
  readonly where: string;
}

export interface ApplyFacts extends Common {
  readonly step: ApplyStep;
  /** Lines that share a drive. */
  readonly rows: Groups;
  readonly columns: Groups;
}

export interface MultiplyFacts extends Common {
  readonly step: MultiplyStep;
}

/** Of the columns that are read, whatever the command. */
const READ_CHECKS: Checks<Common & { readonly step: ApplyStep | MultiplyStep }> = {
  "read columns are the array's": ({ step, grid, where }) =>
    step.readout.columns.forEach((column, k, columns) => {
      if (!isIndex(column, grid.columns) || (k > 0 && column <= (columns[k - 1] ?? -1)))
        throw malformed(where, `column ${column} is read, allowed are 0 to ${grid.columns - 1}, ascending`);
    }),
  "columns read at once": ({ step, can, where }) => {
    const { length } = step.readout.columns;
    const most = step.kind === "multiply" ? mostColumnsPerProduct(can) : can.columnsSensedAtOnce;
    if (length > most)
      throw new UnsupportedError(
        "columns sensed at once",
        `${where}: ${length} columns are read at once, allowed are ${most}`,
      );
  },
  "current range is a current": ({ step, where }) => {
    const { currentRange_A } = step.readout;
    if (currentRange_A !== "auto" && !(currentRange_A > 0))
      throw malformed(where, `the current range is ${currentRange_A} A, allowed are values above 0`);
  },
  "current range exists": ({ step, can: { currentRanges_A }, where }) => {
    const { currentRange_A } = step.readout;
    if (currentRange_A === "auto" || currentRanges_A.length === 0 || currentRanges_A.includes(currentRange_A)) return;
    const allowed = currentRanges_A.map((range) => formatSI(range, "A")).join(", ");
    throw new UnsupportedError(
      "current range",
      `${where}: current range ${formatSI(currentRange_A, "A")}, allowed are ${allowed}`,
    );
  },
};

export const APPLY_CHECKS: Checks<ApplyFacts> = {
  "duration is finite": ({ step, where }) => {
    const { duration_s } = step.stimulus;
    if (!(duration_s >= SHORTEST_S && Number.isFinite(duration_s)))
      throw malformed(where, `the stimulus lasts ${duration_s} s, allowed are finite values from ${SHORTEST_S} s`);
  },
  "one drive per row": ({ step, grid, where }) => checkSize(step.stimulus.rows.length, grid.rows, "rows", where),
  "one drive per column": ({ step, grid, where }) =>
    checkSize(step.stimulus.columns.length, grid.columns, "columns", where),
  "reference row is the array's": ({ step, grid, where }) => {
    const { referenceRow } = step.stimulus;
    if (!isIndex(referenceRow, grid.rows))
      throw malformed(where, `the reference row is ${referenceRow}, allowed are 0 to ${grid.rows - 1}`);
  },
  "targets are the array's": ({ step, grid, where }) => {
    for (const { row, column } of step.stimulus.targets)
      if (!isIndex(row, grid.rows) || !isIndex(column, grid.columns))
        throw malformed(where, `the target row ${row}, column ${column} is outside the array`);
  },
  ...READ_CHECKS,
  "sample period fits": ({ step, where }) => {
    const { samplePeriod_s } = step.readout;
    const { duration_s } = step.stimulus;
    if (!(samplePeriod_s > 0 && samplePeriod_s <= duration_s * (1 + 1e-9)))
      throw malformed(where, `a sample every ${samplePeriod_s} s, allowed are values above 0 up to ${duration_s} s`);
  },
  "sampling rate": ({ step, can: { fastestSampling_Hz }, where }) => {
    const { samplePeriod_s } = step.readout;
    if (!(1 / samplePeriod_s <= fastestSampling_Hz * (1 + 1e-9)))
      throw new UnsupportedError(
        "sampling",
        `${where}: ${formatSI(1 / samplePeriod_s, "Hz")} sampling, allowed are up to ${formatSI(fastestSampling_Hz, "Hz")}`,
      );
  },
  "read windows lie inside": ({ step, where }) => {
    const { duration_s } = step.stimulus;
    for (const { start_s, end_s, label = "" } of step.readout.windows)
      if (!(start_s >= 0 && end_s > start_s && end_s <= duration_s * (1 + 1e-9)))
        throw malformed(
          where,
          `the read window ${label} from ${start_s} to ${end_s} s is not inside 0 to ${duration_s} s`,
        );
  },
  "waveforms are whole": ({ rows, columns, where }) => {
    forEachDriven(rows, columns, (drive) => sealAt(drive, where));
  },
  "lines may float": ({ rows, columns, can, where }) => {
    if (can.unselectedLines === "grounded" && (rows.has("floating") || columns.has("floating")))
      throw new UnsupportedError("floating lines", `${where}: ${can.name} cannot let a line float`);
  },
  "line voltage": ({ rows, columns, can, where }) => {
    forEachDriven(rows, columns, (drive) => checkLineVoltage(largestOf_V(drive), can, where));
  },
  "rows driven at once": ({ rows, columns, can, where }) => {
    if (can.unselectedLines === "biased") return;
    const driven = areAllAtRest(rows, columns) ? 0 : countBusy(rows, can);
    if (driven > can.rowsDrivenAtOnce)
      throw new UnsupportedError(
        "rows driven at once",
        `${where}: ${driven} rows are driven, ${can.name} drives ${can.rowsDrivenAtOnce} at once and leaves the others ${can.unselectedLines}`,
      );
  },
  "columns held at once": ({ rows, columns, can, where }) => {
    if (can.unselectedLines === "biased") return;
    const held = areAllAtRest(rows, columns) ? 0 : countBusy(columns, can);
    if (held > can.columnsSensedAtOnce)
      throw new UnsupportedError(
        "columns sensed at once",
        `${where}: ${held} columns are held, ${can.name} holds ${can.columnsSensedAtOnce} at once and leaves the others ${can.unselectedLines}`,
      );
  },
  "environment has such inputs": ({ step, can, where }) => {
    for (const name of Object.keys(step.stimulus.environment ?? {}))
      if (!can.environmentInputs.includes(name))
        throw new UnsupportedError("environment", `${where}: ${can.name} has no input for ${name}`);
  },
  "environment is whole": ({ step, where }) => {
    for (const [name, waveform] of Object.entries(step.stimulus.environment ?? {}))
      sealAt(waveform, `${where}, ${name}`);
  },
};

export const MULTIPLY_CHECKS: Checks<MultiplyFacts> = {
  "products exist": ({ can, where }) => {
    if (can.products === "none" || can.unselectedLines === "floating")
      throw new UnsupportedError("products", `${where}: ${can.name} has no products, its unselected lines float`);
  },
  "whole vectors": ({ step, grid, where }) => {
    const batch = step.inputs_V.length / grid.rows;
    if (!(Number.isInteger(batch) && batch >= 1))
      throw malformed(where, `${step.inputs_V.length} inputs are no whole vectors of ${grid.rows} rows`);
  },
  ...READ_CHECKS,
  "a product reads a column": ({ step, where }) => {
    if (step.readout.columns.length === 0) throw malformed(where, "a product needs at least one column");
  },
  "as many expectations as products": ({ step, grid, where }) => {
    const products = (step.inputs_V.length / grid.rows) * step.readout.columns.length;
    if (step.expected_A && step.expected_A.length !== products)
      throw malformed(where, `${step.expected_A.length} expected products, must be ${products}`);
  },
  "integration and rest are finite": ({ step, where }) => {
    const { integration_s, rest_s } = step.readout;
    if (!(integration_s >= SHORTEST_S && Number.isFinite(integration_s)) || !(rest_s >= 0 && Number.isFinite(rest_s)))
      throw malformed(
        where,
        `integration_s ${integration_s} and rest_s ${rest_s} must be finite, from ${SHORTEST_S} and from 0`,
      );
  },
  "inputs are finite": ({ step, grid, where }) => {
    const k = step.inputs_V.findIndex((voltage_V) => !Number.isFinite(voltage_V));
    if (k >= 0) throw malformed(inputAt(k, grid, where), `the voltage is ${step.inputs_V[k]}, must be finite`);
  },
  "input voltage": ({ step, grid, can, where }) => {
    const most_V = rangeOf(can);
    const k = step.inputs_V.findIndex((voltage_V) => Math.abs(voltage_V) > most_V);
    if (k >= 0) checkLineVoltage(Math.abs(step.inputs_V[k] ?? 0), can, inputAt(k, grid, where));
  },
  "rows driven at once by a product": ({ step, grid, can, where }) => {
    if (can.products === "superposed") return;
    for (let k = 0; k < step.inputs_V.length; k += grid.rows) {
      const driven = step.inputs_V
        .subarray(k, k + grid.rows)
        .reduce((sum, voltage_V) => sum + (voltage_V === 0 ? 0 : 1), 0);
      if (driven > can.rowsDrivenAtOnce)
        throw new UnsupportedError(
          "rows driven at once",
          `${where}: ${driven} rows, allowed are ${can.rowsDrivenAtOnce}`,
        );
    }
  },
};

function checkSize(found: number, expected: number, what: string, where: string): void {
  if (found !== expected) throw malformed(where, `the stimulus has ${found} ${what}, the array ${expected}`);
}

function forEachDriven(rows: Groups, columns: Groups, check: (drive: Waveform) => void): void {
  for (const drive of rows.keys()) if (drive !== "floating") check(drive);
  for (const drive of columns.keys()) if (drive !== "floating") check(drive);
}

const largestOf_V = rememberSealed(largestMagnitude_V);

function sealAt(waveform: Waveform, where: string): void {
  try {
    sealWaveform(waveform);
  } catch (error) {
    throw malformed(where, error instanceof Error ? error.message : String(error));
  }
}

/** A line against ground; lines against one another are judged by the run's limit, which includes this range. */
function checkLineVoltage(largest_V: number, can: Capabilities, where: string): void {
  const [least, most] = can.voltageRange_V;
  if (!(largest_V <= rangeOf(can)))
    throw new LimitError("line voltage", formatSI(largest_V, "V", 6), `${least} to ${most} V`, where);
}

function rangeOf({ voltageRange_V: [least, most] }: Capabilities): number {
  return Math.max(Math.abs(least), Math.abs(most));
}

/** Every line at 0 V: an array that can only let them float gives its junctions the same, no voltage. */
function areAllAtRest(rows: Groups, columns: Groups): boolean {
  return [...rows.keys(), ...columns.keys()].every((drive) => drive !== "floating" && largestOf_V(drive) === 0);
}

/** Lines that do more than this array lets idle lines do. */
function countBusy(groups: Groups, { unselectedLines }: Capabilities): number {
  const idle = (drive: LineDrive) =>
    unselectedLines === "floating" ? drive === "floating" : drive !== "floating" && largestOf_V(drive) === 0;
  return [...groups].reduce((sum, [drive, lines]) => sum + (idle(drive) ? 0 : lines.length), 0);
}

function inputAt(k: number, { rows }: Grid, where: string): string {
  return `${where}, vector ${Math.floor(k / rows)} row ${k % rows}`;
}
