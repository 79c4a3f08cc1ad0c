import { type Capabilities, mostColumnsPerProduct } from "../arrayBackend.ts";
import type { Grid } from "../crossbar/grid.ts";
import { LimitError, UnsupportedError } from "../errors.ts";
import type { ProductReadout, Readout, Stimulus } from "../stimulus.ts";
import { formatSI } from "../units.ts";
import { groupLines } from "../limiter/groupLines.ts";
import { rememberSealed } from "../limiter/sealWaveform.ts";
import { checkWaveform, edgesOf, largestMagnitude_V, makeSampler, type Waveform } from "../waveform.ts";

/** Points per period at which the difference of two sines is looked at. */
const POINTS_PER_PERIOD = 64;
const MOST_POINTS = 100_000;

/** @throws LimitError | UnsupportedError before anything moves */
export function checkStimulus(grid: Grid, capabilities: Capabilities, stimulus: Stimulus): void {
  checkCount("rows", stimulus.rows.length, grid.rows);
  checkCount("columns", stimulus.columns.length, grid.columns);
  if (!(stimulus.duration_s > 0 && stimulus.duration_s < Infinity))
    throw new UnsupportedError("duration", `Stimulus lasts ${stimulus.duration_s} s, allowed are finite times above 0`);
  const { referenceRow } = stimulus;
  if (!Number.isInteger(referenceRow) || referenceRow < 0 || referenceRow >= grid.rows)
    throw new UnsupportedError("reference row", `Reference row is ${referenceRow}, allowed are 0 to ${grid.rows - 1}`);
  for (const name of Object.keys(stimulus.environment ?? {}))
    if (!capabilities.environmentInputs.includes(name))
      throw new UnsupportedError("environment", `Environment waveform "${name}" refused, this array has no such input`);
  const [least_V, most_V] = capabilities.voltageRange_V;
  const rows = drivenOf(stimulus.rows, "row");
  const columns = drivenOf(stimulus.columns, "column");
  for (const driven of [rows, columns])
    for (const [waveform, where] of driven) {
      const largest_V = magnitudeOf(waveform);
      if (!(largest_V <= Math.max(-least_V, most_V))) throw refuseVoltage(largest_V, capabilities, where());
    }
  for (const [row, rowName] of rows)
    for (const [column, columnName] of columns) {
      const bound_V = magnitudeOf(row) + magnitudeOf(column);
      if (bound_V <= Math.min(-least_V, most_V)) continue;
      const where = `${rowName()} against ${columnName()}`;
      for (const v of differences(row, column, stimulus.duration_s))
        if (!(v >= least_V && v <= most_V)) throw refuseVoltage(v, capabilities, where);
    }
}

/** @throws LimitError | UnsupportedError before anything moves */
export function checkReadout(grid: Grid, capabilities: Capabilities, readout: Readout): void {
  checkColumns(grid, readout.columns, capabilities.columnsSensedAtOnce);
  checkRange(capabilities, readout.currentRange_A);
  const fastest = capabilities.fastestSampling_Hz;
  if (!(readout.samplePeriod_s > 0 && readout.samplePeriod_s < Infinity))
    throw new UnsupportedError("sampling", `samplePeriod_s is ${readout.samplePeriod_s}, allowed are times above 0`);
  if (1 / readout.samplePeriod_s > fastest * (1 + 1e-9))
    throw new LimitError("sampling rate", formatSI(1 / readout.samplePeriod_s, "Hz", 6), formatSI(fastest, "Hz", 6));
  readout.windows.forEach(({ start_s, end_s }, index) => {
    if (!(start_s >= 0 && end_s > start_s))
      throw new UnsupportedError(
        "window",
        `windows[${index}] is ${start_s} s to ${end_s} s, must start at 0 or later and end after`,
      );
  });
}

/** @throws LimitError | UnsupportedError before anything moves */
export function checkProducts(
  grid: Grid,
  capabilities: Capabilities,
  inputs_V: Float64Array,
  readout: ProductReadout,
): void {
  if (capabilities.products === "none")
    throw new UnsupportedError(
      "products",
      "multiply refused: unselected lines float, so a column current is no product",
    );
  checkColumns(grid, readout.columns, mostColumnsPerProduct(capabilities));
  checkRange(capabilities, readout.currentRange_A);
  if (inputs_V.length % grid.rows !== 0)
    throw new UnsupportedError(
      "inputs",
      `inputs_V has ${inputs_V.length} values, allowed are multiples of ${grid.rows} (one per row)`,
    );
  if (!(readout.integration_s > 0 && readout.integration_s < Infinity))
    throw new UnsupportedError(
      "integration",
      `integration_s is ${readout.integration_s}, allowed are finite times above 0`,
    );
  if (!(readout.rest_s >= 0 && readout.rest_s < Infinity))
    throw new UnsupportedError("rest", `rest_s is ${readout.rest_s}, allowed are finite times from 0`);
  const [least_V, most_V] = capabilities.voltageRange_V;
  inputs_V.forEach((v, index) => {
    if (!(v >= least_V && v <= most_V)) throw refuseVoltage(v, capabilities, `inputs_V[${index}]`);
  });
}

function checkCount(what: string, found: number, expected: number): void {
  if (found !== expected)
    throw new UnsupportedError("stimulus size", `Stimulus drives ${found} ${what}, this array has ${expected}`);
}

function checkColumns(grid: Grid, columns: readonly number[], mostAtOnce: number): void {
  columns.forEach((column, index) => {
    if (!Number.isInteger(column) || column < 0 || column >= grid.columns)
      throw new UnsupportedError("column", `columns[${index}] is ${column}, allowed are 0 to ${grid.columns - 1}`);
    if (index > 0 && column <= (columns[index - 1] ?? 0))
      throw new UnsupportedError("column", `columns[${index}] is ${column}, columns must ascend`);
  });
  if (columns.length > mostAtOnce)
    throw new UnsupportedError(
      "columns sensed at once",
      `${columns.length} columns asked for, this array senses ${mostAtOnce} at once`,
    );
}

function checkRange({ currentRanges_A }: Capabilities, asked_A: number | "auto"): void {
  if (asked_A === "auto") return;
  if (!(asked_A > 0))
    throw new UnsupportedError("current range", `currentRange_A is ${asked_A}, allowed are values above 0`);
  const widest_A = currentRanges_A.at(-1) ?? Infinity;
  if (asked_A > widest_A) throw new LimitError("current range", formatSI(asked_A, "A", 6), formatSI(widest_A, "A", 6));
}

/** Of a waveform that no array could play it throws. */
const magnitudeOf = rememberSealed((waveform) => largestMagnitude_V(checkWaveform(waveform)));

/** Each distinct waveform once, with the name of the first line that carries it. */
function drivenOf(drives: Stimulus["rows"], side: string): ReadonlyMap<Waveform, () => string> {
  const distinct = new Map<Waveform, () => string>();
  for (const [drive, [first]] of groupLines(drives)) {
    if (drive === "floating") continue;
    distinct.set(drive, () => `${side} ${first}`);
    try {
      magnitudeOf(drive);
    } catch (error) {
      throw new UnsupportedError(
        "waveform",
        `${side} ${first}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return distinct;
}

function refuseVoltage(
  asked_V: number,
  { voltageRange_V: [least_V, most_V] }: Capabilities,
  where: string,
): LimitError {
  return new LimitError(
    "voltage",
    formatSI(asked_V, "V", 6),
    `${formatSI(least_V, "V", 6)} to ${formatSI(most_V, "V", 6)}`,
    where,
  );
}

/** Row minus column on both sides of every edge, and along sines. */
function* differences(row: Waveform, column: Waveform, duration_s: number): Generator<number> {
  const rowAt = makeSampler(row);
  const columnAt = makeSampler(column);
  const at = (time_s: number) => rowAt(time_s) - columnAt(time_s);
  yield at(0);
  yield at(duration_s);
  for (const edge of [...edgesOf(row), ...edgesOf(column)]) {
    if (!(edge < duration_s)) continue;
    yield at(edge);
    yield at(edge * (1 - 1e-14));
  }
  const fastest_Hz = [...row, ...column].reduce(
    (f, one) => (one.kind === "sine" ? Math.max(f, Math.abs(one.frequency_Hz)) : f),
    0,
  );
  const points = Math.min(MOST_POINTS, Math.ceil(POINTS_PER_PERIOD * fastest_Hz * duration_s));
  for (let k = 1; k < points; k++) yield at((k / points) * duration_s);
}
