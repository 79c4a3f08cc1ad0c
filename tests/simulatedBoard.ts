import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Setup } from "../core/drivers/selectorBoard/messages.ts";
import { type ClosedLines, closedLines, type Pins, triggerIsHigh } from "../core/drivers/selectorBoard/pins.ts";
import { buildSimulator, type SimulatorFiles } from "../core/drivers/selectorBoard/simulator.ts";
import { openSerial } from "../core/drivers/transports/serial.ts";
import type { Transport } from "../core/drivers/transport.ts";

export const BOARD_HZ = 16e6;

/** A moment of the board's own clock. */
export interface TraceEntry {
  readonly time_s: number;
  readonly event: { readonly kind: "pins"; readonly pins: Pins } | { readonly kind: string; readonly name: string };
}

/** The compiled firmware in simavr behind a pseudo-terminal, and everything that its pins did. */
export class BoardOnPty {
  readonly port: string;
  readonly pinsFile: string;
  readonly files: SimulatorFiles;
  readonly #folder = mkdtempSync(join(tmpdir(), "board-"));
  readonly #logFile: string;
  readonly #child: ChildProcess;
  readonly #told: AsyncIterator<string>;
  #syncs = 0;

  private constructor(image: keyof SimulatorFiles, ppm: number) {
    this.files = buildSimulator();
    this.port = join(this.#folder, "port");
    this.pinsFile = join(this.#folder, "pins");
    this.#logFile = join(this.#folder, "log");
    this.#child = spawn(
      this.files.program,
      [
        ["--elf", this.files[image]],
        ["--pty", this.port],
        ["--log", this.#logFile],
        ["--pins", this.pinsFile],
        ["--ppm", String(ppm)],
      ].flat(),
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    if (!this.#child.stdout) throw new Error("no pipe");
    this.#told = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  static async start(
    options: { readonly image?: keyof SimulatorFiles; readonly ppm?: number } = {},
  ): Promise<BoardOnPty> {
    const board = new BoardOnPty(options.image ?? "image", options.ppm ?? 0);
    await board.#hear("ready");
    return board;
  }

  open(): Promise<Transport> {
    return openSerial({ path: this.port, baudRate: 115_200 });
  }

  /** mark NAME, hang, reset, trigger, unplug, plug: see firmware-bridge/simulator. */
  tell(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** Everything that happened until now, by the board's own clock. */
  async trace(): Promise<readonly TraceEntry[]> {
    const name = `sync ${++this.#syncs}`;
    this.tell(name);
    await this.#hear(name);
    return parseTrace(readFileSync(this.#logFile, "utf8"));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.stdin?.end();
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #hear(wanted: string): Promise<void> {
    for (;;) {
      const { done, value } = await this.#told.next();
      if (done) throw new Error("the simulator has ended");
      if (value === wanted) return;
    }
  }
}

function parseTrace(text: string): TraceEntry[] {
  let [relays, shifted, portD] = [0n, 0n, 0];
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [cycle = "0", kind = "", ...rest] = line.split(" ");
      const time_s = Number(cycle) / BOARD_HZ;
      if (kind !== "pins") return { time_s, event: { kind, name: rest.join(" ") } };
      const [ddrB = 0, portB = 0, ddrC = 0, portC = 0, ddrD = 0, newD = 0] = rest.map((hex) =>
        Number.parseInt(hex, 16),
      );
      // the 74HC595 chain on D2 (data), D3 (shift), D4 (show)
      const rising = newD & ~portD;
      portD = newD;
      if (rising & 0x08) shifted = ((shifted << 1n) | BigInt((newD >> 2) & 1)) & 0xffff_ffff_ffff_ffffn;
      if (rising & 0x10) relays = shifted;
      return { time_s, event: { kind, pins: { ddrB, portB, ddrC, portC, ddrD, portD, relays } } };
    });
}

/** What the trace shows of the promises: every time something closed or opened, and the worst of everything. */
export interface Judged {
  readonly makes: readonly { readonly time_s: number; readonly row: number; readonly column: number }[];
  readonly opens_s: readonly number[];
  readonly triggers_s: readonly number[];
  /** Most rows and columns that were ever closed together. */
  readonly mostRows: number;
  readonly mostColumns: number;
  /** Shortest time between the last line opening and the next closing. */
  readonly shortestDead_s: number;
  readonly closedNow: boolean;
}

export function judgeTrace(trace: readonly TraceEntry[], setup: Setup): Judged {
  const makes: { time_s: number; row: number; column: number }[] = [];
  const opens_s: number[] = [];
  const triggers_s: number[] = [];
  let [mostRows, mostColumns, shortestDead_s, high] = [0, 0, Infinity, false];
  let before: ClosedLines = { rows: [], columns: [] };
  let lastOpening_s = -Infinity;
  for (const { time_s, event } of trace) {
    if (!("pins" in event)) continue;
    const now = closedLines(event.pins, setup);
    mostRows = Math.max(mostRows, now.rows.length);
    mostColumns = Math.max(mostColumns, now.columns.length);
    const opened = gone(before.rows, now.rows) || gone(before.columns, now.columns);
    const closed = gone(now.rows, before.rows) || gone(now.columns, before.columns);
    if (closed) shortestDead_s = Math.min(shortestDead_s, opened ? 0 : time_s - lastOpening_s);
    if (opened) lastOpening_s = time_s;
    if (isAny(before) && !isAny(now)) opens_s.push(time_s);
    const [row, column] = [now.rows[0], now.columns[0]];
    if (row !== undefined && column !== undefined && closed) makes.push({ time_s, row, column });
    if (triggerIsHigh(event.pins) && !high) triggers_s.push(time_s);
    high = triggerIsHigh(event.pins);
    before = now;
  }
  return { makes, opens_s, triggers_s, mostRows, mostColumns, shortestDead_s, closedNow: isAny(before) };
}

const gone = (from: readonly number[], now: readonly number[]) => from.some((line) => !now.includes(line));
const isAny = ({ rows, columns }: ClosedLines) => rows.length + columns.length > 0;
