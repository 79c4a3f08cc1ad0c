import { GpioSwitches } from "../../core/drivers/piBridge/gpioSwitches.ts";
import type { DigitalOutput } from "../../core/drivers/piBridge/digitalOutput.ts";
import type { OpenOutput } from "./onoffOutput.ts";
import type { Wiring } from "./wiring.ts";

export interface Lines {
  readonly switches: GpioSwitches;
  readonly hold: DigitalOutput;
  readonly trigger: DigitalOutput;
}

/** Every line of the wiring as an output; enables first and off, before an address moves. @throws UnsupportedError naming the line */
export function openLines(wiring: Wiring, base: number, open: OpenOutput): Lines {
  const { multiplexer, rows, columns, hold, trigger } = wiring;
  const active = multiplexer === "4067" ? 0 : 1;
  const outputs = (lines: readonly number[], level: 0 | 1) => lines.map((line) => open(base + line, level));
  const off = active === 1 ? 0 : 1;
  const [rowEnables, columnEnables] = [outputs(rows.enables, off), outputs(columns.enables, off)];
  return {
    switches: new GpioSwitches({
      rows: { enables: rowEnables, address: outputs(rows.address, 0) },
      columns: { enables: columnEnables, address: outputs(columns.address, 0) },
      active,
      channels: multiplexer === "4067" ? 16 : 8,
    }),
    hold: open(base + hold, 0),
    trigger: open(base + trigger, 0),
  };
}
