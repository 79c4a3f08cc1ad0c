import type { Driver } from "../driver.ts";
import { identify, openBoard } from "./driver.ts";
import { SimulatedBoard } from "./emulated.ts";
import { readSetup } from "./options.ts";

const MODEL = "selector board";

export const selectorBoard: Driver = {
  name: "selector-board",
  title: "Crosspore selector board (ATmega328P, firmware-bridge/firmware), USB serial 115200",
  line: { baudRate: 115_200 },
  // Uno, Nano and the chips on their copies
  productPattern: /arduino|uno|nano|ch340|usb.?serial|2341:|1a86:/i,
  identify: (transport, timer) => identify(transport, timer, MODEL),
  open: async (transport, { timer, options }) => ({
    selector: await openBoard(transport, timer, readSetup(options, "selector-board"), MODEL),
  }),
  emulate: (hardware) => new SimulatedBoard(hardware, readSetup(new Map(), "selector-board")),
  largestGrid: { rows: 32, columns: 32 },
  unselectedLines: "floating",
};
