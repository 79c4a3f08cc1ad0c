import { UnsupportedError } from "../../errors.ts";
import type { Driver } from "../driver.ts";
import { type DeviceProfile, EMSTAT4_LR, EMSTAT_PICO } from "./devices.ts";
import { identify, open } from "./driver.ts";
import { EmulatedMethodScriptDevice } from "./emulated.ts";
import { MUX16_GRID } from "./mux16.ts";

function makeDriver(name: string, profile: DeviceProfile, productPattern: RegExp): Driver {
  return {
    name,
    title: `${profile.title} (PalmSens MethodSCRIPT)`,
    line: { baudRate: profile.baudRate },
    productPattern,
    identify: (transport, timer) => identify(transport, timer, profile),
    open(transport, { timer, options, nonce }) {
      for (const [key, value] of options)
        if (key !== "selector" || !["mux16", "none"].includes(value))
          throw new UnsupportedError(
            "option",
            `${key}=${value} is no option of ${name}, allowed are selector=mux16 and selector=none`,
          );
      return open(transport, timer, profile, options.get("selector") !== "none", nonce);
    },
    emulate: (hardware) => new EmulatedMethodScriptDevice(profile, hardware),
    largestGrid: MUX16_GRID,
    unselectedLines: "floating",
  };
}

export const emstatPico = makeDriver("emstat-pico", EMSTAT_PICO, /ESPicoDev|Sensit/i);
export const emstat4 = makeDriver("emstat4", EMSTAT4_LR, /EmStat4/i);
