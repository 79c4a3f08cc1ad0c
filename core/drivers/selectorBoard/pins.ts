import type { Address } from "../../stimulus.ts";
import type { Setup } from "./messages.ts";

/** Data direction and output registers of the ATmega328P, as firmware-bridge/simulator shows them, and the relays' outputs. */
export interface Pins {
  readonly ddrB: number;
  readonly portB: number;
  readonly ddrC: number;
  readonly portC: number;
  readonly ddrD: number;
  readonly portD: number;
  /** 74HC595 chain, output 0 in the lowest bit. */
  readonly relays: bigint;
}

/** Enables E0 to E3 on both sides, address lines A0 to A3: port and bit, as the wiring guide (docs/hardware.md) has them. */
const ROWS = {
  enables: ["D6", "D7", "B1", "B2"],
  address: ["D2", "D3", "D4", "D5"],
} as const;
const COLUMNS = {
  enables: ["C3", "C4", "C5", "B4"],
  address: ["C0", "C1", "C2", "B5"],
} as const;
const RELAY_ENABLE = "D6";
const TRIGGER_OUT = "B3";

export interface ClosedLines {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** What the switches around a board connect, given its pins: a line that is not driven is held off by its resistor. */
export function closedLines(pins: Pins, { wiring, channels, rows, columns }: Setup): ClosedLines {
  if (wiring === "relays") {
    if (level(pins, RELAY_ENABLE) !== 0) return { rows: [], columns: [] };
    const first = 8 * Math.ceil(rows / 8);
    const on = (from: number, count: number) =>
      Array.from({ length: count }, (_, k) => k).filter((k) => (pins.relays >> BigInt(from + k)) & 1n);
    return { rows: on(0, rows), columns: on(first, columns) };
  }
  const active = wiring === "mux-active-high" ? 1 : 0;
  const closed = ({ enables, address }: typeof ROWS | typeof COLUMNS) => {
    const width = channels === 16 ? 4 : 3;
    const line = address.slice(0, width).reduce((sum, pin, bit) => sum + ((level(pins, pin) ?? 0) << bit), 0);
    return enables.flatMap((pin, chip) => (level(pins, pin) === active ? [chip * channels + line] : []));
  };
  return { rows: closed(ROWS), columns: closed(COLUMNS) };
}

/** The junction between the terminals; undefined when it is not exactly one. */
export function connectedJunction({ rows, columns }: ClosedLines): Address | undefined {
  const [row, column] = [rows[0], columns[0]];
  return rows.length === 1 && columns.length === 1 && row !== undefined && column !== undefined
    ? { row, column }
    : undefined;
}

export const triggerIsHigh = (pins: Pins): boolean => level(pins, TRIGGER_OUT) === 1;

/** The file that the simulator keeps up to date. */
export function decodePins(bytes: Buffer): Pins {
  const [ddrB = 0, portB = 0, ddrC = 0, portC = 0, ddrD = 0, portD = 0] = bytes;
  return { ddrB, portB, ddrC, portC, ddrD, portD, relays: bytes.readBigUInt64LE(8) };
}

/** 0 or 1 where the board drives the pin, undefined where it does not. */
function level(pins: Pins, pin: string): 0 | 1 | undefined {
  const bit = Number(pin[1]);
  const [direction, output] = {
    B: [pins.ddrB, pins.portB],
    C: [pins.ddrC, pins.portC],
    D: [pins.ddrD, pins.portD],
  }[pin[0] as "B" | "C" | "D"] as [number, number];
  if (((direction >> bit) & 1) === 0) return undefined;
  return ((output >> bit) & 1) === 1 ? 1 : 0;
}
