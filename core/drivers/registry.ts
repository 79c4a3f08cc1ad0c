import { arcOne } from "./arcOne/index.ts";
import { ced1902 } from "./ced1902/index.ts";
import type { Driver } from "./driver.ts";
import { e16, e4, elementsEr4, enpr, enprHc } from "./elementsEr4/index.ts";
import { esp32Memristor } from "./esp32Memristor/index.ts";
import { hekaBatch } from "./hekaBatch/index.ts";
import { keithley2400 } from "./keithley2400/index.ts";
import { keithley2600 } from "./keithley2600/index.ts";
import { manualAmplifier } from "./manualAmplifier/index.ts";
import { emstat4, emstatPico } from "./methodScript/index.ts";
import { piBridge } from "./piBridge/index.ts";
import { rbd9103 } from "./rbd9103/index.ts";
import { rodeostat } from "./rodeostat/index.ts";
import { scpi } from "./scpi/index.ts";
import { selectorBoard } from "./selectorBoard/index.ts";
import { switch2700, switch34970a } from "./switches/index.ts";

/** The only list of drivers. */
export const DRIVERS: readonly Driver[] = [
  emstatPico,
  emstat4,
  rodeostat,
  arcOne,
  keithley2400,
  keithley2600,
  switch34970a,
  switch2700,
  elementsEr4,
  enpr,
  enprHc,
  e4,
  e16,
  selectorBoard,
  piBridge,
  hekaBatch,
  esp32Memristor,
  rbd9103,
  ced1902,
  // both claim whoever answers *IDN?, so they are asked last
  scpi,
  manualAmplifier,
];

export function findDriver(name: string): Driver | undefined {
  return DRIVERS.find((driver) => driver.name === name);
}
