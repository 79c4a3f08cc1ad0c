import type { BiasScheme } from "../../bias.ts";
import type { Grid } from "../../crossbar/grid.ts";
import type { Address } from "../../stimulus.ts";
import type { Triple } from "./codec.ts";

/** What the jobs of the emulated firmware are written in: arguments as they come, the analogue part, answers. */
export interface Firmware {
  /** The next argument. Waits for ever: the instrument has no time-out. */
  number(): Promise<number>;
  integer(): Promise<number>;
  numbers(count: number): Promise<readonly number[]>;
  /** Closes a crosspoint; addresses as on the wire, 1-based. Beyond the lines: open. */
  select(word: number, bit: number): void;
  /** One reading at the read voltage (or another), every other line as in a read. Ohm. */
  read(voltage_V?: number, cycles?: number): Promise<number>;
  /** Holds a voltage with the other lines as in a read, and reads at its start and then evenly up to its end. */
  hold(voltage_V: number, width_s: number, reads: number, tell: (resistance_ohm: number) => void): Promise<void>;
  /** Writes: the other lines at the fractions of the scheme (or of another bias). */
  pulse(voltage_V: number, width_s: number, bias?: BiasScheme): Promise<void>;
  /** Piecewise linear from point to point, as a write. */
  ramp(points: readonly (readonly [time_s: number, voltage_V: number])[]): Promise<void>;
  /** 0 V. */
  idle(duration_s: number): Promise<void>;
  floats(...values: readonly number[]): void;
  triple(triple: Triple): void;
  text(line: string): void;
  settings: FirmwareSettings;
  /** Lines that something is wired to. */
  readonly lines: Grid;
  /** All of these words at a voltage, the others and all bits at 0 V: what one bit line sees, in ohm. */
  readWords(words: readonly number[], bit: number, voltage_V: number): Promise<number>;
}

export interface FirmwareSettings {
  words: number;
  bits: number;
  cycles: number;
  readMode: number;
  /** Code on the wire. */
  scheme: number;
  read_V: number;
}

export const FACTORY_SETTINGS: FirmwareSettings = {
  words: 32,
  bits: 32,
  cycles: 50,
  readMode: 2,
  scheme: 0,
  read_V: 0.5,
};

/** The junction behind wire addresses, undefined beyond the lines of the device. */
export function addressOf(word: number, bit: number, rows: number, columns: number): Address | undefined {
  return word >= 1 && word <= rows && bit >= 1 && bit <= columns ? { row: word - 1, column: bit - 1 } : undefined;
}
