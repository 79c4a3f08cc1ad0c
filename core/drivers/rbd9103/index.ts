import { UnsupportedError } from "../../errors.ts";
import type { Driver } from "../driver.ts";
import { readOption } from "../readOption.ts";
import { identify, open } from "./driver.ts";
import { EmulatedRbd9103 } from "./emulated.ts";

export const rbd9103: Driver = {
  name: "rbd9103",
  title: "RBD 9103 picoammeter, with a bias that the user declares (?bias=100mV)",
  line: { baudRate: 57_600 },
  productPattern: /RBD|9103/i,
  identify,
  async open(transport, { timer, options }) {
    for (const key of options.keys())
      if (key !== "bias")
        throw new UnsupportedError("option", `${key} is no option of rbd9103, allowed is bias=VOLTAGE`);
    const bias_V = readOption("rbd9103", "bias", options.get("bias") ?? "0 V", "V");
    if (!(Math.abs(bias_V) <= 100))
      throw new UnsupportedError("option", `bias=${bias_V} is no bias, allowed are -100 to 100 V`);
    return { instrument: await open(transport, timer, bias_V) };
  },
  emulate: (hardware) => new EmulatedRbd9103(hardware),
  largestGrid: { rows: 1, columns: 1 },
};
