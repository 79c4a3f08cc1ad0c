import type { Driver } from "./driver.ts";

/** The only list of drivers. */
export const DRIVERS: readonly Driver[] = [];

export function findDriver(name: string): Driver | undefined {
  return DRIVERS.find((driver) => driver.name === name);
}
