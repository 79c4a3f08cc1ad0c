import { type Limits, NO_LIMITS } from "../limits.ts";

/**
 * CRC-32 (IEEE 802.3, reflected) of the limits, by which host and device find out that they hold the same ones:
 * "name=value;" in the order of the names, values as JavaScript writes doubles.
 */
export function limitsCrc(limits: Limits): number {
  const names: readonly (keyof Limits)[] = Object.keys(NO_LIMITS).filter(isLimitName).sort();
  return crc32(names.map((name) => `${name}=${limits[name]};`).join(""));
}

function isLimitName(name: string): name is keyof Limits {
  return name in NO_LIMITS;
}

/** @param text ASCII */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let k = 0; k < text.length; k++) {
    crc ^= text.charCodeAt(k);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
