import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UnsupportedError } from "../../errors.ts";

/** The board's image and the simulator that it runs in, as files. */
export interface SimulatorFiles {
  readonly program: string;
  readonly image: string;
  /** Images that a host must refuse: one without a dead-man, one of another protocol. */
  readonly brokenDeadman: string;
  readonly old: string;
}

/**
 * Compiles firmware and simulator where they are not there or older than their sources.
 * @throws UnsupportedError with the remedy when a tool is missing
 */
export function buildSimulator(): SimulatorFiles {
  const folder = findFirmwareBridge();
  // two processes at once would write the same files
  const make = (part: string, ...targets: string[]) =>
    execFileSync("flock", [join(folder, part, "Makefile"), "make", "-s", "-C", join(folder, part), ...targets], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  try {
    make("firmware", "all", "tests");
    make("simulator");
  } catch (cause) {
    const said =
      cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim().split("\n")[0] : String(cause);
    throw new UnsupportedError(
      "simulated board",
      `the selector board's firmware cannot be compiled or simulated here (${said}): on Debian, apt-get install make gcc gcc-avr avr-libc simavr libsimavr-dev libelf-dev`,
    );
  }
  const build = (name: string) => join(folder, "firmware", "build", name);
  return {
    program: join(folder, "simulator", "build", "simulatedBoard"),
    image: build("selector.elf"),
    brokenDeadman: build("broken-deadman.elf"),
    old: build("old.elf"),
  };
}

/** From the compiled package as from its source. */
export function findFirmwareBridge(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const found = join(folder, "firmware-bridge");
    if (existsSync(join(found, "firmware", "Makefile"))) return found;
    if (dirname(folder) === folder)
      throw new UnsupportedError("simulated board", "the firmware's sources are not part of this installation");
  }
}
