import type { Driver } from "../driver.ts";
import { refuseOptions } from "../readOption.ts";
import { MUX_CHANNELS } from "./codec.ts";
import { identify, open } from "./driver.ts";
import { EmulatedRodeostat } from "./emulated.ts";

export const rodeostat: Driver = {
  name: "rodeostat",
  title: "Rodeostat (IO Rodeo), firmware FW0.1.0, with the 7-channel multiplexer",
  line: { baudRate: 115_200 },
  productPattern: /rodeostat|teensy|itsybitsy/i,
  identify,
  async open(transport, { timer, options, nonce }) {
    refuseOptions("rodeostat", options);
    return open(transport, timer, nonce);
  },
  emulate: (hardware) => new EmulatedRodeostat(hardware),
  largestGrid: { rows: 1, columns: MUX_CHANNELS },
  unselectedLines: "grounded",
};
