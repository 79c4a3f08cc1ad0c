import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** A serial port of this machine. */
export interface FoundPort {
  readonly path: string;
  /** Stable name that survives replugging, where the system gives one. */
  readonly byId: string | undefined;
  readonly manufacturer: string | undefined;
  readonly product: string | undefined;
  readonly serialNumber: string | undefined;
}

/** Ports that exist whether or not anything is plugged in: shown only where a driver of the kernel has claimed them. */
const PLUGGABLE = /^(ttyUSB|ttyACM|ttyAMA|ttyXRUSB|ttyWCH|rfcomm|ttyS)\d+$/;
const LONGEST_TEXT = 200;

/**
 * Looks ports up in /sys and /dev/serial/by-id. Not through `SerialPort.list()`: it starts udevadm, and where that is missing
 * the error ends the process. A port that is not found here can still be named by its path.
 * @param root for tests: the folder that stands for /
 */
export async function discoverPorts(root = "/"): Promise<readonly FoundPort[]> {
  const classes = join(root, "sys/class/tty");
  const names = (await list(classes)).filter((name) => PLUGGABLE.test(name)).sort(compareNames);
  const byId = await namesById(root);
  const found: FoundPort[] = [];
  for (const name of names) {
    const path = join(root, "dev", name);
    if (!(await isReal(join(classes, name))) || !(await exists(path))) continue;
    const device = await usbDevice(join(classes, name, "device"));
    found.push({
      path,
      byId: byId.get(path),
      manufacturer: device && (await text(join(device, "manufacturer"))),
      product: device && (await text(join(device, "product"))),
      serialNumber: device && (await text(join(device, "serial"))),
    });
  }
  return found;
}

/** A ttyS without hardware has the type "unknown" (0). */
async function isReal(folder: string): Promise<boolean> {
  if (!(await exists(join(folder, "device")))) return false;
  return (await text(join(folder, "type"))) !== "0";
}

async function namesById(root: string): Promise<ReadonlyMap<string, string>> {
  const folder = join(root, "dev/serial/by-id");
  const names = new Map<string, string>();
  for (const name of await list(folder)) {
    const target = await realpath(join(folder, name)).catch(() => undefined);
    if (target !== undefined) names.set(target, join(folder, name));
  }
  return names;
}

/** The folder of the USB device above an interface: the one that has an idVendor. */
async function usbDevice(link: string): Promise<string | undefined> {
  let folder = await realpath(link).catch(() => undefined);
  for (let up = 0; folder !== undefined && up < 5; up++) {
    if (await exists(join(folder, "idVendor"))) return folder;
    folder = join(folder, "..");
  }
  return undefined;
}

/** Strings come from the device: nobody else's control characters reach a terminal. */
async function text(file: string): Promise<string | undefined> {
  const content = await readFile(file, "utf8").catch(() => undefined);
  // eslint-disable-next-line no-control-regex
  const clean = content?.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").trim();
  return clean === undefined || clean === "" ? undefined : clean.slice(0, LONGEST_TEXT);
}

async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** ttyUSB2 before ttyUSB10. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
