import { makeGrid } from "../grid.ts";
import type { ArrayNetwork } from "./network.ts";

/**
 * The one place that decides which networks are physical.
 * @throws RangeError naming the array that has the wrong length or the element that is negative, NaN or infinite
 */
export function checkNetwork(network: ArrayNetwork): void {
  const { rows, columns, conductance_S } = network;
  makeGrid(rows, columns);
  checkLength("conductance_S", conductance_S.length, rows * columns, `${rows} rows x ${columns} columns`);
  for (let k = 0; k < conductance_S.length; k++) {
    if (!isPhysical(conductance_S[k]))
      throw refuse(`conductance_S[${Math.floor(k / columns)}][${k % columns}]`, conductance_S[k], "siemens");
  }
  checkResistances("rowSegment_ohm", network.rowSegment_ohm, rows, "one per row");
  checkResistances("rowSource_ohm", network.rowSource_ohm, rows, "one per row");
  checkResistances("columnSegment_ohm", network.columnSegment_ohm, columns, "one per column");
  checkResistances("columnSense_ohm", network.columnSense_ohm, columns, "one per column");
}

function checkResistances(name: string, values: Float64Array, length: number, meaning: string): void {
  checkLength(name, values.length, length, meaning);
  // a plain loop: transients check their network at every step
  for (let line = 0; line < length; line++)
    if (!isPhysical(values[line])) throw refuse(`${name}[${line}]`, values[line], "ohm");
}

export function checkLength(name: string, found: number, expected: number, meaning: string): void {
  if (found !== expected) throw new RangeError(`${name} has ${found} values, expected ${expected} (${meaning})`);
}

function isPhysical(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY;
}

function refuse(element: string, value: number, unit: string): RangeError {
  return new RangeError(`${element} is ${value}, allowed are finite values of 0 ${unit} or more`);
}
