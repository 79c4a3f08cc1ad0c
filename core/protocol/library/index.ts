import { endurance } from "./endurance.ts";
import { halfSelect } from "./halfSelect.ts";
import { ivSweep } from "./ivSweep.ts";
import { noMembrane } from "./noMembrane.ts";
import { pairedPulse } from "./pairedPulse.ts";
import { pulseTrain } from "./pulseTrain.ts";
import { readDisturb } from "./readDisturb.ts";
import { readMap } from "./readMap.ts";
import { reservoirTrain } from "./reservoirTrain.ts";
import { retention } from "./retention.ts";
import { shortTermTrain } from "./shortTermTrain.ts";
import { srdp } from "./srdp.ts";
import { stdp } from "./stdp.ts";
import { vectorProduct } from "./vectorProduct.ts";

/** Every protocol of the library by its name in files; a new one is one file and one line here. */
export const PROTOCOLS = {
  "iv-sweep": ivSweep,
  "pulse-train": pulseTrain,
  "paired-pulse": pairedPulse,
  "short-term-train": shortTermTrain,
  stdp,
  srdp,
  retention,
  endurance,
  "read-disturb": readDisturb,
  "half-select": halfSelect,
  "read-map": readMap,
  "vector-product": vectorProduct,
  "reservoir-train": reservoirTrain,
  "no-membrane": noMembrane,
} as const;

export {
  endurance,
  halfSelect,
  ivSweep,
  noMembrane,
  pairedPulse,
  pulseTrain,
  readDisturb,
  readMap,
  reservoirTrain,
  retention,
  shortTermTrain,
  srdp,
  stdp,
  vectorProduct,
};
