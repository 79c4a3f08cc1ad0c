import type { Driver } from "../driver.ts";
import { identify, openBoard } from "../selectorBoard/driver.ts";
import { readSetup } from "../selectorBoard/options.ts";
import { EmulatedBridge } from "./emulated.ts";
import { enterBridge } from "./handshake.ts";
import { readToken } from "./token.ts";

const MODEL = "Raspberry Pi bridge";
/** What the wiring guide has on a Raspberry Pi. */
const PRESET = [
  ["wiring", "4067"],
  ["rows", "32"],
  ["columns", "32"],
] as const;

export const piBridge: Driver = {
  name: "pi-bridge",
  title: "Raspberry Pi with `crosspore bridge`, TCP",
  line: { baudRate: 115_200 },
  // never on a serial port
  productPattern: /(?!)/,
  identify: async (transport, timer) =>
    identify(await enterBridge(transport, timer, "selector", readToken()), timer, MODEL),
  open: async (transport, { timer, options }) => {
    const setup = readSetup(new Map([...PRESET, ...options]), "pi-bridge");
    return {
      selector: await openBoard(await enterBridge(transport, timer, "selector", readToken()), timer, setup, MODEL),
    };
  },
  emulate: (hardware) => new EmulatedBridge(hardware, readToken()),
  largestGrid: { rows: 32, columns: 32 },
  unselectedLines: "floating",
};
