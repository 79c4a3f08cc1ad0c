import { conditioning } from "./conditioning.ts";
import { dummyCell } from "./dummyCell.ts";
import { eis } from "./eis.ts";
import { endurance } from "./endurance.ts";
import { halfSelect } from "./halfSelect.ts";
import { ivSweep } from "./ivSweep.ts";
import { lineResistance } from "./lineResistance.ts";
import { memoryCapacity } from "./memoryCapacity.ts";
import { noise } from "./noise.ts";
import { noMembrane } from "./noMembrane.ts";
import { pairedPulse } from "./pairedPulse.ts";
import { pulseTrain } from "./pulseTrain.ts";
import { readDisturb } from "./readDisturb.ts";
import { readMap } from "./readMap.ts";
import { reservoirTrain } from "./reservoirTrain.ts";
import { retention } from "./retention.ts";
import { sealTest } from "./sealTest.ts";
import { shortTermTrain } from "./shortTermTrain.ts";
import { srdp } from "./srdp.ts";
import { stdp } from "./stdp.ts";
import { switchingEnergy } from "./switchingEnergy.ts";
import { vectorProduct } from "./vectorProduct.ts";
import { vmmAccuracy } from "./vmmAccuracy.ts";
import { writeVerify } from "./writeVerify.ts";

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
  "write-verify": writeVerify,
  "switching-energy": switchingEnergy,
  conditioning,
  noise,
  eis,
  "reservoir-train": reservoirTrain,
  "memory-capacity": memoryCapacity,
  "vector-product": vectorProduct,
  "vmm-accuracy": vmmAccuracy,
  "read-map": readMap,
  "seal-test": sealTest,
  "dummy-cell": dummyCell,
  "line-resistance": lineResistance,
  "no-membrane": noMembrane,
} as const;

export {
  conditioning,
  dummyCell,
  eis,
  endurance,
  halfSelect,
  ivSweep,
  lineResistance,
  memoryCapacity,
  noise,
  noMembrane,
  pairedPulse,
  pulseTrain,
  readDisturb,
  readMap,
  reservoirTrain,
  retention,
  sealTest,
  shortTermTrain,
  srdp,
  stdp,
  switchingEnergy,
  vectorProduct,
  vmmAccuracy,
  writeVerify,
};
