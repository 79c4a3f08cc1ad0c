import { UnsupportedError } from "../../errors.ts";
import type { Driver } from "../driver.ts";
import { identify } from "../scpi/driver.ts";
import { open } from "./driver.ts";
import { EmulatedManualAmplifier } from "./emulated.ts";
import { readAmplifier } from "./profile.ts";

export const manualAmplifier: Driver = {
  name: "manual-amplifier",
  title: "patch-clamp amplifier without a port, behind a SCPI converter (?profile=FILE)",
  line: { baudRate: 9600 },
  // found by the profile alone: the converter says nothing of what is behind it
  productPattern: /^$/,
  identify,
  async open(transport, { timer, options, nonce }) {
    for (const key of options.keys())
      if (key !== "profile")
        throw new UnsupportedError("option", `${key} is no option of manual-amplifier, allowed is profile=FILE`);
    const file = options.get("profile");
    if (file === undefined)
      throw new UnsupportedError(
        "profile",
        "manual-amplifier needs a file that says what is wired to what: ?driver=manual-amplifier&profile=FILE (examples/instruments/axopatch-200b.amplifier.yaml is one to copy)",
      );
    return { instrument: await open(transport, timer, readAmplifier(file), nonce) };
  },
  emulate: (hardware) => new EmulatedManualAmplifier(hardware),
  largestGrid: { rows: 1, columns: 1 },
};
