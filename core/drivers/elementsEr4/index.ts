import { UnsupportedError } from "../../errors.ts";
import type { Driver } from "../driver.ts";
import { identify, open } from "./driver.ts";
import { EmulatedEr4 } from "./emulated.ts";
import { E16, E4, ENPR, ENPR_HC, ER4_MODELS, type Er4Model } from "./models.ts";

/** FIFO mode: the baud rate means nothing. */
const LINE = { baudRate: 3_000_000 };
const PRODUCT = /FT2232|Elements|Orbit/i;

function makeDriver(name: string, title: string, preset: Er4Model, chosen: boolean): Driver {
  return {
    name,
    title,
    line: LINE,
    productPattern: PRODUCT,
    identify,
    async open(transport, { timer, options }) {
      return { instrument: await open(transport, timer, readModel(name, options, chosen ? preset : undefined)) };
    },
    // a fault script may put another model behind the port
    emulate: (hardware) =>
      new EmulatedEr4(ER4_MODELS.find((model) => model.name === hardware.identity) ?? preset, hardware),
    largestGrid: { rows: 1, columns: preset.inputs },
    ...(preset.inputs > 1 && { unselectedLines: "grounded" as const }),
  };
}

/** The amplifier does not say who it is over this port, so whoever opens it does. */
function readModel(name: string, options: ReadonlyMap<string, string>, preset: Er4Model | undefined): Er4Model {
  const names = ER4_MODELS.map((model) => model.name);
  for (const [key, value] of options)
    if (preset || key !== "model" || !names.includes(value))
      throw new UnsupportedError(
        "option",
        `${key}=${value} is no option of ${name}, allowed ${preset ? "is none" : `are model=${names.join(", model=")}`}`,
      );
  const found = preset ?? ER4_MODELS.find((model) => model.name === options.get("model"));
  if (!found)
    throw new UnsupportedError(
      "model",
      `${name} does not say which amplifier it is: name it, ?driver=${name}&model=${names.join(" or &model=")}`,
    );
  return found;
}

/** Any of them, named by `?model=`; emulated it is an e4. */
export const elementsEr4 = makeDriver(
  "elements-er4",
  "Elements er4 amplifier, ?model=enpr, enpr-hc, e4, e16",
  E4,
  false,
);
export const enpr = makeDriver(ENPR.name, "Elements eNPR nanopore reader", ENPR, true);
export const enprHc = makeDriver(ENPR_HC.name, "Elements eNPR-HC nanopore reader", ENPR_HC, true);
export const e4 = makeDriver(E4.name, "Elements e4, Nanion Orbit mini: 4 columns at once", E4, true);
export const e16 = makeDriver(E16.name, "Elements e16, Nanion Orbit 16: 16 columns at once", E16, true);
