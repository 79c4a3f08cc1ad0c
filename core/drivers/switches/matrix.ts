import type { Grid } from "../../crossbar/grid.ts";
import type { Address } from "../../stimulus.ts";

/** One kind of mainframe with two matrix cards, as data. */
export interface MatrixModel {
  readonly name: string;
  readonly title: string;
  /** First words of `*IDN?`. */
  readonly identity: RegExp;
  readonly emulatedIdentity: string;
  readonly card: string;
  readonly cardRows: number;
  readonly cardColumns: number;
  /** Channels of a card that are no crosspoints: they join its rows to the mainframe's own meter. */
  readonly backplane: readonly number[];
  /** Number of a crosspoint, card row and column 0-based. */
  channel(slot: number, row: number, column: number): number;
  /** What a contact needs to close and to stop bouncing, s. */
  readonly settle_s: number;
}

/** Rows of both cards are joined to two buses: the first is HI (towards the array's rows), the second LO. */
const HI = 0;
const LO = 1;

/** Which cards the lines of an array hang on. */
export interface CardSlots {
  /** Card whose columns are the array's rows. */
  readonly rows: number;
  /** Card whose columns are the array's columns. */
  readonly columns: number;
}

export const PRESET_SLOTS: CardSlots = { rows: 1, columns: 2 };

/** As many lines as a card has columns, on either side. */
export function matrixGrid({ cardColumns }: MatrixModel): Grid {
  return { rows: cardColumns, columns: cardColumns };
}

/** The two crosspoints of a junction: its row to HI, its column to LO. */
export function junctionChannels(
  model: MatrixModel,
  slots: CardSlots,
  { row, column }: Address,
): readonly [number, number] {
  return [model.channel(slots.rows, HI, row), model.channel(slots.columns, LO, column)];
}

/** Every channel of both cards. */
export function allChannels(model: MatrixModel, slots: CardSlots): readonly number[] {
  return [slots.rows, slots.columns].flatMap((slot) => [
    ...Array.from({ length: model.cardRows * model.cardColumns }, (_, k) =>
      model.channel(slot, Math.floor(k / model.cardColumns), k % model.cardColumns),
    ),
    ...model.backplane.map((channel) => slot * 100 + channel),
  ]);
}

/** The junction that closed crosspoints connect; undefined when it is not exactly one, wired as it should be. */
export function findJunction(model: MatrixModel, slots: CardSlots, closed: ReadonlySet<number>): Address | undefined {
  if (closed.size !== 2) return undefined;
  const { rows, columns } = matrixGrid(model);
  const row = Array.from({ length: rows }, (_, k) => k).find((k) => closed.has(model.channel(slots.rows, HI, k)));
  const column = Array.from({ length: columns }, (_, k) => k).find((k) =>
    closed.has(model.channel(slots.columns, LO, k)),
  );
  return row === undefined || column === undefined ? undefined : { row, column };
}

/** HP/Agilent 34970A: slot, row 1 to 4, column 1 to 8. */
export const AGILENT_34970A: MatrixModel = {
  name: "switch-34970a",
  title: "HP/Agilent 34970A with two 34904A 4 x 8 matrix cards, RS-232",
  identity: /^(?:HEWLETT-PACKARD|AGILENT TECHNOLOGIES|KEYSIGHT TECHNOLOGIES),\s*3497[02]A/i,
  emulatedIdentity: "HEWLETT-PACKARD,34970A,SIM0001,13-2-2",
  card: "34904A",
  cardRows: 4,
  cardColumns: 8,
  backplane: [],
  channel: (slot, row, column) => slot * 100 + (row + 1) * 10 + column + 1,
  settle_s: 4e-3,
};

/** Keithley 2700: slot, then crosspoints 1 to 48, row by row. */
export const KEITHLEY_2700: MatrixModel = {
  name: "switch-2700",
  title: "Keithley 2700 with two 7709 6 x 8 matrix cards, RS-232",
  identity: /^KEITHLEY INSTRUMENTS(?: INC\.)?,\s*(?:MODEL )?27(?:00|50)/i,
  emulatedIdentity: "KEITHLEY INSTRUMENTS INC.,MODEL 2700,SIM0001,B09  /A02",
  card: "7709",
  cardRows: 6,
  cardColumns: 8,
  backplane: [49, 50],
  channel: (slot, row, column) => slot * 100 + row * 8 + column + 1,
  settle_s: 4e-3,
};
