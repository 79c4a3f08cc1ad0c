import { UnsupportedError } from "../../errors.ts";
import type { Driver } from "../driver.ts";
import { LINES, SCHEMES } from "./codec.ts";
import { identify, open } from "./driver.ts";
import { EmulatedArcOne } from "./emulated.ts";

export const arcOne: Driver = {
  name: "arc-one",
  title: "ArC ONE 32 x 32 crossbar tester",
  line: { baudRate: 921_600, parity: "even" },
  productPattern: /mbed|arc ?one/i,
  identify,
  open(transport, { timer, options }) {
    const asked = options.get("scheme") ?? "V/3";
    const scheme = SCHEMES.find((one) => one === asked);
    const other = [...options.keys()].find((key) => key !== "scheme");
    if (!scheme || other !== undefined)
      throw new UnsupportedError(
        "option",
        `${other ?? `scheme=${asked}`} is no option of arc-one, allowed is scheme=${SCHEMES.join(", ")}`,
      );
    return open(transport, timer, scheme);
  },
  emulate: (hardware) => new EmulatedArcOne(hardware),
  largestGrid: { rows: LINES, columns: LINES },
  unselectedLines: "grounded",
};
