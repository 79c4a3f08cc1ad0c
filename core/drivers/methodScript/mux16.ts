import type { Address } from "../../stimulus.ts";

/**
 * EmStat Pico MUX16 in its Mux256 mode: ten GPIO lines, [9:8] enables (0 = on), [7:4] reference and counter electrode,
 * [3:0] working electrode, each 1 of 16. The working electrode is the row, the other two together are the column.
 */
export const MUX16_GRID = { rows: 16, columns: 16 } as const;

/** Every line is an output. */
export const MUX16_PINS = 0x3ff;
export const MUX16_OPEN = 0x300;

/** @throws RangeError outside the 16 x 16 lines */
export function encodeMux16({ row, column }: Address): number {
  if (!(row >= 0 && row < MUX16_GRID.rows && column >= 0 && column < MUX16_GRID.columns))
    throw new RangeError(`row ${row}, column ${column}: the MUX16 has rows 0 to 15 and columns 0 to 15`);
  return (column << 4) | row;
}

/** undefined while either enable is off. */
export function decodeMux16(pins: number): Address | undefined {
  if ((pins & MUX16_OPEN) !== 0) return undefined;
  return { row: pins & 0xf, column: (pins >> 4) & 0xf };
}
