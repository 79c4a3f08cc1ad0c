import type { Driver } from "../driver.ts";
import { refuseOptions } from "../readOption.ts";
import { identify, open } from "./driver.ts";
import { EmulatedEsp32Memristor } from "./emulated.ts";

export const esp32Memristor: Driver = {
  name: "esp32-memristor",
  title: "ESP32 memristor controller v1: 0 to 3.3 V, 8 bits, INA219",
  line: { baudRate: 115_200 },
  productPattern: /CP210|ESP32|CH340/i,
  identify,
  async open(transport, { timer, options }) {
    refuseOptions("esp32-memristor", options);
    return { instrument: await open(transport, timer) };
  },
  emulate: (hardware) => new EmulatedEsp32Memristor(hardware),
  largestGrid: { rows: 1, columns: 1 },
};
