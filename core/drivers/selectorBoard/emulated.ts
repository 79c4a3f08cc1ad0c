import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import type { Bench } from "../emulation/bench.ts";
import type { Setup } from "./messages.ts";
import { closedLines, connectedJunction, decodePins } from "./pins.ts";
import { buildSimulator } from "./simulator.ts";

const PINS_BYTES = 16;

/** Joins a bench to the pins that a simulator shows in a file. @returns what ends it */
export function followPins(bench: Bench, file: string, wired: Setup): () => void {
  const pins = openSync(file, "r");
  const bytes = Buffer.alloc(PINS_BYTES);
  const { rows, columns } = bench.array.grid;
  bench.follow(() => {
    readSync(pins, bytes, 0, PINS_BYTES, 0);
    const found = connectedJunction(closedLines(decodePins(bytes), wired));
    // a line that nothing is wired to
    return found && found.row < rows && found.column < columns ? found : undefined;
  });
  return () => {
    bench.follow(undefined);
    closeSync(pins);
  };
}

/** The compiled firmware in simavr, in a process of its own and in real time whatever the bench's timer does. */
export class SimulatedBoard implements EmulatedInstrument {
  readonly bitsPerSecond = 115_200;
  readonly #folder = mkdtempSync(join(tmpdir(), "selector-board-"));
  readonly #child;
  readonly #leave: () => void;

  /** @throws UnsupportedError where the tools that compile and run it are missing */
  constructor({ bench, send, identity = "SIM0001" }: EmulatedHardware, wired: Setup) {
    const { program, image } = buildSimulator();
    const pins = join(this.#folder, "pins");
    // somebody must have made it before it is read
    closeSync(openSync(pins, "w"));
    this.#child = spawn(program, ["--elf", image, "--pins", pins, "--serial", identity], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdin.on("error", () => {});
    this.#child.stdout.on("data", (chunk: Buffer) => {
      send(chunk);
    });
    this.#child.once("error", () => {});
    this.#leave = followPins(bench, pins, wired);
  }

  receive(chunk: Uint8Array): void {
    this.#child.stdin.write(chunk);
  }

  hangUp(): void {}

  close(): void {
    this.#leave();
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
