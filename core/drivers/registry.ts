import { arcOne } from "./arcOne/index.ts";
import type { Driver } from "./driver.ts";
import { emstat4, emstatPico } from "./methodScript/index.ts";
import { rodeostat } from "./rodeostat/index.ts";

/** The only list of drivers. */
export const DRIVERS: readonly Driver[] = [emstatPico, emstat4, rodeostat, arcOne];

export function findDriver(name: string): Driver | undefined {
  return DRIVERS.find((driver) => driver.name === name);
}
