import type { Driver } from "../driver.ts";
import { identify, open } from "./driver.ts";
import { EmulatedCed1902 } from "./emulated.ts";

/** `?gain=4&lowPass=2`: indices as the preamplifier counts them. */
export const ced1902: Driver = {
  name: "ced-1902",
  title: "CED 1902 isolated preamplifier: gain and filters beside a channel",
  line: { baudRate: 9600, dataBits: 7, parity: "even" },
  productPattern: /^$/,
  identify,
  open: async (transport, { timer, options }) => ({
    conditioner: await open(
      transport,
      timer,
      Object.fromEntries([...options].map(([key, value]) => [key, Number(value)])),
    ),
  }),
  emulate: (hardware) => new EmulatedCed1902(hardware),
  largestGrid: { rows: 1, columns: 1 },
};
