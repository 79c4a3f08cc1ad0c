import { ivSweep } from "./ivSweep.ts";
import { noMembrane } from "./noMembrane.ts";
import { pairedPulse } from "./pairedPulse.ts";
import { pulseTrain } from "./pulseTrain.ts";
import { readMap } from "./readMap.ts";
import { reservoirTrain } from "./reservoirTrain.ts";
import { vectorProduct } from "./vectorProduct.ts";

/** Every protocol of the library by its name in files; a new one is one file and one line here. */
export const PROTOCOLS = {
  "iv-sweep": ivSweep,
  "pulse-train": pulseTrain,
  "paired-pulse": pairedPulse,
  "read-map": readMap,
  "vector-product": vectorProduct,
  "reservoir-train": reservoirTrain,
  "no-membrane": noMembrane,
} as const;

export { ivSweep, noMembrane, pairedPulse, pulseTrain, readMap, reservoirTrain, vectorProduct };
