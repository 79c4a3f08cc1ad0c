import type { Grid } from "../crossbar/grid.ts";
import type { Address } from "../stimulus.ts";
import type { Selector } from "./instrument.ts";

/**
 * A person with cables: asks for every connection and waits for the answer.
 * @param ask shows the sentence and resolves when it is done; rejects when the person wants to stop
 */
export function makeManualSelector(grid: Grid, ask: (sentence: string) => Promise<void>): Selector {
  let connected: Address | undefined;
  return {
    grid,
    unselectedLines: "floating",
    async select(address) {
      if (!(address.row >= 0 && address.row < grid.rows && address.column >= 0 && address.column < grid.columns))
        throw new RangeError(`row ${address.row}, column ${address.column} is outside ${grid.rows} x ${grid.columns}`);
      if (connected?.row === address.row && connected.column === address.column) return;
      connected = undefined;
      await ask(`Connect row ${address.row} and column ${address.column}, leave every other line open`);
      connected = address;
    },
    // nothing that software could open: the channel is at 0 V, and the next address is asked for
    async open() {},
    async [Symbol.asyncDispose]() {},
  };
}
