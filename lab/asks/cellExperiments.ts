import type { Address } from "../../core/stimulus.ts";
import type { LabArray } from "../arrays/labArray.ts";
import { Refusal } from "../refusal.ts";

/** Reads and pulses of single junctions are experiments like any other: what ran can be seen, and run again. */

type Cells = "all" | readonly Address[];

const READ_V = 0.1;
const READ_s = 0.001;

/** JSON, which YAML contains. */
export function writeReads(array: LabArray, cells: Cells, voltage_V = READ_V, width_s = READ_s): string {
  const { capabilities } = array.parts.backend;
  const chosen = chooseCells(array, cells);
  const whole = chosen.length === array.book.masked.length && capabilities.columnsSensedAtOnce > 1;
  const read = {
    cells: namedCells(array, chosen),
    voltage_V,
    width_s,
    ...(whole && { parallel: true }),
    bias: biasOf(array),
  };
  return write(array, `Read of ${countCells(chosen.length)}`, [{ "read-map": read }]);
}

export function writePulses(array: LabArray, cells: Cells, voltage_V: number, width_s: number): string {
  const chosen = chooseCells(array, cells);
  const bias = biasOf(array, "V/2");
  const steps = chosen.map(({ row, column }) => ({
    pulse: { cells: [[row, column]], voltage_V, width_s, bias },
  }));
  const read = { cells: namedCells(array, chosen), voltage_V: READ_V, width_s: READ_s, bias: biasOf(array) };
  return write(array, `Pulse to ${countCells(chosen.length)}`, [...steps, { "read-map": read }]);
}

function write(array: LabArray, name: string, protocol: readonly object[]): string {
  const { grid } = array.parts.backend;
  const junction = { model: array.parts.emulated?.config.junction.model ?? "ohmic" };
  return `${JSON.stringify({ crosspore: 1, name, array: { ...grid, junction }, protocol }, null, 1)}\n`;
}

/** Without the masked ones where all are meant. @throws Refusal when none is left */
function chooseCells(array: LabArray, cells: Cells): readonly Address[] {
  const { rows, columns } = array.parts.backend.grid;
  const chosen =
    cells === "all"
      ? Array.from({ length: rows * columns }, (_, k) => ({
          row: Math.floor(k / columns),
          column: k % columns,
        })).filter((_, k) => array.book.masked[k] !== 1)
      : cells;
  if (chosen.length === 0) throw new Refusal("MESSAGE", "every junction is masked", "take some out of the mask");
  return chosen;
}

function namedCells(array: LabArray, chosen: readonly Address[]): "all" | number[][] {
  return chosen.length === array.book.masked.length ? "all" : chosen.map(({ row, column }) => [row, column]);
}

/** What the array can do with the other lines. */
function biasOf(array: LabArray, wanted: "ground" | "V/2" = "ground"): string {
  const { unselectedLines } = array.parts.backend.capabilities;
  if (unselectedLines === "floating") return "float";
  return unselectedLines === "grounded" ? "ground" : wanted;
}

function countCells(count: number): string {
  return count === 1 ? "one junction" : `${count} junctions`;
}
