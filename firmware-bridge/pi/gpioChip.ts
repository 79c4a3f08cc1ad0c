import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UnsupportedError } from "../../core/errors.ts";

/** The header's chip on every Raspberry Pi: 0 to 3 and Zero, 4, 5. */
const HEADER = /^pinctrl-(?:bcm2835|bcm2711|rp1)$/;

export interface GpioChip {
  readonly label: string;
  /** Number in /sys/class/gpio of the chip's line 0: 0 before kernel 6.6, 512 and others since. */
  readonly base: number;
  readonly lines: number;
}

/**
 * The chip behind a Raspberry Pi's header.
 * @param root /sys/class/gpio
 * @throws UnsupportedError with the remedy when there is no GPIO, or none of a Raspberry Pi
 */
export function findHeaderChip(root = "/sys/class/gpio"): GpioChip {
  const chips = listChips(root);
  const found = chips.find(({ label }) => HEADER.test(label));
  if (found) return found;
  throw new UnsupportedError(
    "GPIO",
    chips.length === 0
      ? `${root} has no GPIO chip: this is no Raspberry Pi, or its kernel is built without CONFIG_GPIO_SYSFS; run the bridge on a Raspberry Pi OS kernel, or use the selector board (docs/hardware.md)`
      : `${root} has no chip of a Raspberry Pi's header, only ${chips.map(({ label }) => label).join(", ")}: name its base with gpio_base in the wiring file`,
  );
}

function listChips(root: string): GpioChip[] {
  let names: string[];
  try {
    names = readdirSync(root).filter((name) => /^gpiochip\d+$/.test(name));
  } catch {
    return [];
  }
  return names.sort().flatMap((name) => {
    const read = (file: string) => readFileSync(join(root, name, file), "utf8").trim();
    try {
      const [label, base, lines] = [read("label"), Number(read("base")), Number(read("ngpio"))];
      return Number.isInteger(base) && Number.isInteger(lines) ? [{ label, base, lines }] : [];
    } catch {
      return [];
    }
  });
}
