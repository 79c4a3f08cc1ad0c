import type { Driver } from "../driver.ts";
import { refuseOptions } from "../readOption.ts";
import { identify, open } from "./driver.ts";
import { EmulatedKeithley2600 } from "./emulated.ts";

export const keithley2600: Driver = {
  name: "keithley-2600",
  title: "Keithley 2600 series (TSP scripts over RS-232), channel A",
  line: { baudRate: 115_200 },
  productPattern: /keithley|26\d\d/i,
  identify,
  async open(transport, { timer, options, nonce }) {
    refuseOptions("keithley-2600", options);
    return { instrument: await open(transport, timer, nonce) };
  },
  emulate: (hardware) => new EmulatedKeithley2600(hardware),
  largestGrid: { rows: 1, columns: 1 },
};
