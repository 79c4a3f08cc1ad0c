import type { DigitalOutput } from "./digitalOutput.ts";

/** The lines of one side of an array: address bits (lowest first) common to all multiplexers, one enable each. */
export interface SideOutputs {
  readonly address: readonly DigitalOutput[];
  readonly enables: readonly DigitalOutput[];
}

export interface GpioSwitchesOptions {
  readonly rows: SideOutputs;
  readonly columns: SideOutputs;
  /** Level at which a multiplexer is on. */
  readonly active: 0 | 1;
  /** Channels of one multiplexer. */
  readonly channels: 8 | 16;
}

/**
 * Rows and columns on GPIO lines that are written one after the other: addresses change only while every enable is off, because
 * between two writes they show addresses that nobody asked for.
 */
export class GpioSwitches {
  readonly #options: GpioSwitchesOptions;
  #addressed: string | undefined;
  #closed = true;

  constructor(options: GpioSwitchesOptions) {
    this.#options = options;
  }

  /** Most lines of either side. */
  get largest(): { readonly rows: number; readonly columns: number } {
    const { rows, columns, channels } = this.#options;
    return { rows: rows.enables.length * channels, columns: columns.enables.length * channels };
  }

  get channels(): 8 | 16 {
    return this.#options.channels;
  }

  get active(): 0 | 1 {
    return this.#options.active;
  }

  /** Every enable off; one that cannot be written does not keep the others on. @throws Error when one could not */
  open(): void {
    const { rows, columns, active } = this.#options;
    let failed: unknown;
    for (const enable of [...rows.enables, ...columns.enables])
      try {
        enable.write(active === 1 ? 0 : 1);
      } catch (error) {
        failed ??= error;
      }
    this.#addressed = undefined;
    this.#closed = false;
    if (failed !== undefined) throw failed;
  }

  /** Address lines only. @throws Error when something is closed, or a line cannot be written */
  address(row: number, column: number): void {
    if (this.#closed) throw new Error("addresses change only while every switch is open");
    this.#addressed = undefined;
    const { rows, columns, channels } = this.#options;
    for (const [side, line] of [
      [rows, row],
      [columns, column],
    ] as const)
      for (const [bit, output] of side.address.entries()) output.write(((line % channels) >> bit) & 1 ? 1 : 0);
    this.#addressed = `${row},${column}`;
  }

  /**
   * THE ONE-HOT INVARIANT LIVES HERE: the only code that turns an enable on, one of the rows and one of the columns, after all were
   * turned off and the addresses written. @throws Error otherwise, and when a line cannot be written
   */
  close(row: number, column: number): void {
    const { rows, columns, active, channels } = this.#options;
    const rowEnable = rows.enables[Math.floor(row / channels)];
    const columnEnable = columns.enables[Math.floor(column / channels)];
    if (this.#closed || this.#addressed !== `${row},${column}` || !rowEnable || !columnEnable)
      throw new Error("a junction is closed only after it was addressed with every switch open");
    this.#closed = true;
    rowEnable.write(active);
    columnEnable.write(active);
  }
}
