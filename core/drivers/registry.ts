import type { Driver } from "./driver.ts";
import { rodeostat } from "./rodeostat/index.ts";

/** The only list of drivers. */
export const DRIVERS: readonly Driver[] = [rodeostat];

export function findDriver(name: string): Driver | undefined {
  return DRIVERS.find((driver) => driver.name === name);
}
