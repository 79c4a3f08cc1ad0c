import { UnsupportedError } from "../../errors.ts";
import { parseQuantity } from "../../units.ts";
import type { Driver } from "../driver.ts";
import { identify, open } from "./driver.ts";
import { EmulatedKeithley2400 } from "./emulated.ts";
import { CYCLE_OVERHEAD_S } from "./emulated/meter.ts";

export const keithley2400: Driver = {
  name: "keithley-2400",
  title: "Keithley 2400 series (SCPI over RS-232)",
  line: { baudRate: 9600 },
  productPattern: /keithley|2400/i,
  identify,
  async open(transport, { timer, options, nonce }) {
    for (const key of options.keys())
      if (key !== "overhead")
        throw new UnsupportedError("option", `${key} is no option of keithley-2400, allowed is overhead=TIME`);
    const overhead = options.get("overhead");
    const overhead_s = overhead === undefined ? CYCLE_OVERHEAD_S : parseQuantity(overhead, "s");
    return { instrument: await open(transport, timer, overhead_s, nonce) };
  },
  emulate: (hardware) => new EmulatedKeithley2400(hardware),
  largestGrid: { rows: 1, columns: 1 },
};
