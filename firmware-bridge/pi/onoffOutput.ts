import { existsSync } from "node:fs";
import type * as Onoff from "onoff";
import { UnsupportedError } from "../../core/errors.ts";
import type { DigitalOutput } from "../../core/drivers/piBridge/digitalOutput.ts";

const EXPORT = "/sys/class/gpio/export";
const PERMISSION = "not permitted; add the user to the group gpio (sudo usermod -aG gpio $USER) and log in again";

export type OpenOutput = (number: number, level: 0 | 1) => DigitalOutput;

/**
 * Lines of /sys/class/gpio through onoff, the only file that knows it. A line becomes an output and gets its level in one write
 * ("high", "low"), so that an enable that is off when high never shows a low.
 * @throws UnsupportedError with the remedy when onoff is not there, or the kernel has no GPIO
 */
export async function loadOnoff(): Promise<OpenOutput> {
  let onoff: typeof Onoff;
  try {
    onoff = await import("onoff");
  } catch (cause) {
    throw new UnsupportedError(
      "GPIO",
      `the package onoff cannot be loaded (${firstLine(cause)}): on the Raspberry Pi, apt-get install build-essential, then npm run gpio in the folder of crosspore`,
    );
  }
  const { Gpio } = onoff;
  if (!Gpio.accessible && existsSync(EXPORT))
    throw new UnsupportedError("GPIO", `${EXPORT} cannot be written: ${PERMISSION}`);
  if (!Gpio.accessible)
    throw new UnsupportedError(
      "GPIO",
      "this kernel has no /sys/class/gpio/export: the bridge runs on a Raspberry Pi, with a kernel that has CONFIG_GPIO_SYSFS; elsewhere use the selector board (docs/hardware.md)",
    );
  return (number, level) => {
    try {
      const line = new Gpio(number, level === 1 ? "high" : "low");
      return {
        write: (next) => {
          line.writeSync(next);
        },
      };
    } catch (cause) {
      throw new UnsupportedError("GPIO", explain(number, cause));
    }
  };
}

function explain(number: number, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const what = `GPIO ${number} cannot be used as an output`;
  if (code === "EACCES" || code === "EPERM") return `${what}: ${PERMISSION}`;
  if (code === "EBUSY")
    return `${what}: another driver or program has it; free it (gpioinfo names the user) or wire another line`;
  if (code === "EINVAL") return `${what}: there is no such line; check the numbers and gpio_base in the wiring file`;
  return `${what}: ${firstLine(cause)}`;
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
}
