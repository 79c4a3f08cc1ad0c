import { UnsupportedError } from "../../errors.ts";
import type { Driver, OpenOptions } from "../driver.ts";
import { readOption } from "../readOption.ts";
import type { Transport } from "../transport.ts";
import { type HekaBatch, type HekaSettings, identify, open, openInAnyMode } from "./driver.ts";
import { EmulatedPatchmaster } from "./emulated.ts";

const NAME = "heka-batch";
const OPTIONS = "amplifier=1, interval=1ms, sequence=NAME, exportAs=NAME, exported=PATH";

export const hekaBatch: Driver = {
  name: NAME,
  title: "HEKA PATCHMASTER or EpcMaster by batch communication (folder:PATH or a TCP line bridge)",
  line: { baudRate: 115_200 },
  // a program, not a plug
  productPattern: /^$/,
  identify,
  open: async (transport, { timer, options }) => ({ instrument: await open(transport, timer, readSettings(options)) }),
  emulate: (hardware) => new EmulatedPatchmaster(hardware),
  largestGrid: { rows: 1, columns: 1 },
};

/** The amplifier as it is, in current clamp too; nothing is commanded. */
export function openAsItIs(transport: Transport, { timer, options }: OpenOptions): Promise<HekaBatch> {
  return openInAnyMode(transport, timer, readSettings(options));
}

function readSettings(options: ReadonlyMap<string, string>): HekaSettings {
  const refuse = (key: string, value: string) =>
    new UnsupportedError("option", `${key}=${value} is no option of ${NAME}, allowed are ${OPTIONS}`);
  const settings: { -readonly [Key in keyof HekaSettings]: HekaSettings[Key] } = {
    amplifier: 1,
    interval_s: 1e-3,
    sequence: "crosspore",
    exportAs: "crosspore.asc",
    exported: undefined,
  };
  for (const [key, value] of options)
    if (key === "amplifier") {
      settings.amplifier = Number(value);
      if (!(Number.isInteger(settings.amplifier) && settings.amplifier >= 1 && settings.amplifier <= 8))
        throw refuse(key, value);
    } else if (key === "interval") {
      settings.interval_s = readOption(NAME, key, value, "s");
      if (!(settings.interval_s >= 1e-6 && settings.interval_s <= 1)) throw refuse(key, value);
    } else if ((key === "sequence" || key === "exportAs") && /^[\w.:\\/-]+$/.test(value)) settings[key] = value;
    else if (key === "exported") settings.exported = value;
    else throw refuse(key, value);
  return settings;
}
