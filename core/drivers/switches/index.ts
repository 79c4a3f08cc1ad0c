import { UnsupportedError } from "../../errors.ts";
import type { Driver } from "../driver.ts";
import { identify, open } from "./driver.ts";
import { EmulatedSwitchMatrix } from "./emulated.ts";
import { AGILENT_34970A, type CardSlots, KEITHLEY_2700, type MatrixModel, matrixGrid, PRESET_SLOTS } from "./matrix.ts";

function makeDriver(model: MatrixModel, line: Driver["line"], slots: number): Driver {
  return {
    name: model.name,
    title: model.title,
    line,
    productPattern: /34970|2700|2750/i,
    identify: (transport, timer) => identify(transport, timer, model),
    open: async (transport, { timer, options, nonce }) => ({
      selector: await open(transport, timer, model, readSlots(model, options, slots), nonce),
    }),
    emulate: (hardware) => new EmulatedSwitchMatrix(model, hardware),
    largestGrid: matrixGrid(model),
    unselectedLines: "floating",
  };
}

/** `rows=SLOT&columns=SLOT` */
function readSlots({ name }: MatrixModel, options: ReadonlyMap<string, string>, slots: number): CardSlots {
  const chosen = { ...PRESET_SLOTS };
  for (const [key, text] of options) {
    const slot = Number(text);
    if ((key !== "rows" && key !== "columns") || !(Number.isInteger(slot) && slot >= 1 && slot <= slots))
      throw new UnsupportedError(
        "option",
        `${key}=${text} is no option of ${name}, allowed are rows=SLOT and columns=SLOT with slots 1 to ${slots}`,
      );
    chosen[key] = slot;
  }
  if (chosen.rows === chosen.columns)
    throw new UnsupportedError(
      "option",
      `${name}: rows and columns are both in slot ${chosen.rows}, each needs a card of its own`,
    );
  return chosen;
}

export const switch34970a = makeDriver(AGILENT_34970A, { baudRate: 57_600 }, 3);
export const switch2700 = makeDriver(KEITHLEY_2700, { baudRate: 4800 }, 5);
