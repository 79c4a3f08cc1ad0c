import { UnsupportedError } from "../../errors.ts";
import type { Driver } from "../driver.ts";
import { EmulatedKeithley2400 } from "../keithley2400/emulated.ts";
import { identify, open } from "./driver.ts";
import { readProfile } from "./profile.ts";

export const scpi: Driver = {
  name: "scpi",
  title: "any SCPI source-measure unit that a profile describes (?profile=FILE)",
  line: { baudRate: 9600 },
  // found by its identity, never by its plug
  productPattern: /^$/,
  identify,
  async open(transport, { timer, options, nonce }) {
    for (const key of options.keys())
      if (key !== "profile")
        throw new UnsupportedError("option", `${key} is no option of scpi, allowed is profile=FILE`);
    const file = options.get("profile");
    if (file === undefined)
      throw new UnsupportedError(
        "profile",
        "scpi needs a profile that describes the instrument: ?driver=scpi&profile=FILE (examples/instruments has one to copy)",
      );
    return { instrument: await open(transport, timer, readProfile(file), nonce) };
  },
  emulate: (hardware) => new EmulatedKeithley2400(hardware),
  largestGrid: { rows: 1, columns: 1 },
};
