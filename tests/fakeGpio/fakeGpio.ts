import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Wiring } from "../../firmware-bridge/pi/wiring.ts";

const folder = import.meta.dirname;
const root = join(folder, "..", "..");
/** The one-shot behind the hold line, as docs/hardware.md sets it. */
export const ONE_SHOT_S = 0.15;

export interface FakeGpioOptions {
  readonly base?: number;
  readonly label?: string;
  readonly denied?: boolean;
}

/** `crosspore bridge` with the unmodified onoff on a fake /sys/class/gpio, and everything that it wrote. */
export class BridgeOnFakeGpio {
  readonly #folder = mkdtempSync(join(tmpdir(), "bridge-"));
  readonly #child: ChildProcess;
  readonly #log = join(this.#folder, "log");
  readonly #said: AsyncIterator<string>;
  readonly #errors: string[] = [];
  pid = 0;
  port = 0;

  private constructor(options: FakeGpioOptions, parameters: readonly string[]) {
    const program = join(this.#folder, "fakeGpio");
    const flags = execFileSync("pkg-config", ["--cflags", "--libs", "fuse3"], { encoding: "utf8" }).trim().split(/\s+/);
    execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", join(folder, "fakeGpio.c"), "-o", program, ...flags]);
    writeFileSync(join(this.#folder, "token"), `${TOKEN}\n`);
    const command = [process.execPath, join(root, "bin/crosspore.js"), "bridge", "--port", "0", ...parameters];
    this.#child = spawn("unshare", ["-m", "bash", join(folder, "fakeGpio.sh"), program, this.#log, ...command], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        FAKE_BASE: String(options.base ?? 512),
        FAKE_LABEL: options.label ?? "pinctrl-bcm2711",
        ...(options.denied ? { FAKE_DENY: "1" } : {}),
        CROSSPORE_BRIDGE_TOKEN_FILE: join(this.#folder, "token"),
        CROSSPORE_BRIDGE_SERIAL: "SIM0001",
      },
    });
    if (!this.#child.stdout || !this.#child.stderr) throw new Error("no pipe");
    this.#said = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    createInterface({ input: this.#child.stderr }).on("line", (line) => this.#errors.push(line));
  }

  /** @throws Error with what it said when it ended instead */
  static async start(options: FakeGpioOptions = {}, ...parameters: string[]): Promise<BridgeOnFakeGpio> {
    const bridge = new BridgeOnFakeGpio(options, parameters);
    bridge.pid = Number(await bridge.#line());
    bridge.port = Number(/^tcp:[\d.]+:(\d+)/.exec(await bridge.#line())?.[1]);
    return bridge;
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch {
      // it was killed before
    }
  }

  /** What was written until now. */
  writes(): readonly LineWrite[] {
    return parseWrites(readFileSync(this.#log, "utf8"));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.kill("SIGCONT");
      this.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #line(): Promise<string> {
    const { done, value } = await this.#said.next();
    if (!done) return value;
    await this.stop();
    throw new Error(`the bridge ended: ${this.#errors.join(" ")}`);
  }
}

export const TOKEN = "a-token-that-tests-know";

export interface LineWrite {
  /** CLOCK_MONOTONIC, as process.hrtime has it. */
  readonly time_s: number;
  /** In /sys/class/gpio. */
  readonly line: number;
  readonly level: 0 | 1;
}

function parseWrites(text: string): LineWrite[] {
  return text.split("\n").flatMap((row) => {
    const [, time, line, file, value] = /^([\d.]+) \/gpio(\d+)\/(value|direction)=(\w+)$/.exec(row) ?? [];
    if (time === undefined || value === undefined || value === "in") return [];
    return [
      {
        time_s: Number(time),
        line: Number(line),
        level: file === "value" ? (value === "1" ? 1 : 0) : value === "high" ? 1 : 0,
      },
    ];
  });
}

export const now_s = (): number => Number(process.hrtime.bigint()) * 1e-9;

/** What the write log shows of the promises. */
export function judgeWrites(writes: readonly LineWrite[], wiring: Wiring, base: number) {
  const active = wiring.multiplexer === "4067" ? 0 : 1;
  const channels = wiring.multiplexer === "4067" ? 16 : 8;
  const level = new Map<number, 0 | 1>();
  const makes: { time_s: number; row: number; column: number }[] = [];
  const triggers_s: number[] = [];
  /** From and to when something was closed, as far as the enables say. */
  const closed: { from_s: number; to_s: number }[] = [];
  const holds_s: number[] = [];
  let [mostRows, mostColumns, shortestDead_s, hotAddresses] = [0, 0, Infinity, 0];
  let opened_s = -Infinity;
  const enabled = ({ enables }: Wiring["rows"]) => enables.filter((line) => level.get(base + line) === active);
  const addressed = ({ address, enables }: Wiring["rows"]) =>
    enables.findIndex((line) => level.get(base + line) === active) * channels +
    address.reduce((sum, line, bit) => sum + ((level.get(base + line) ?? 0) << bit), 0);
  const addresses = new Set([...wiring.rows.address, ...wiring.columns.address].map((line) => base + line));
  for (const { time_s, line, level: written } of writes) {
    const before = enabled(wiring.rows).length + enabled(wiring.columns).length;
    const changed = level.get(line) !== written;
    if (addresses.has(line) && changed && before > 0) hotAddresses++;
    if (line === base + wiring.hold && changed) holds_s.push(time_s);
    if (line === base + wiring.trigger && written === 1 && changed) triggers_s.push(time_s);
    level.set(line, written);
    const [rows, columns] = [enabled(wiring.rows), enabled(wiring.columns)];
    const after = rows.length + columns.length;
    mostRows = Math.max(mostRows, rows.length);
    mostColumns = Math.max(mostColumns, columns.length);
    if (after > before) shortestDead_s = before === 0 ? Math.min(shortestDead_s, time_s - opened_s) : shortestDead_s;
    if (after < before) opened_s = time_s;
    if (after > 0 && before === 0) closed.push({ from_s: time_s, to_s: Infinity });
    const last = closed.at(-1);
    if (after === 0 && before > 0 && last) closed[closed.length - 1] = { from_s: last.from_s, to_s: time_s };
    if (after > before && rows.length > 0 && columns.length > 0)
      makes.push({ time_s, row: addressed(wiring.rows), column: addressed(wiring.columns) });
  }
  return { makes, triggers_s, closed, holds_s, mostRows, mostColumns, shortestDead_s, hotAddresses };
}

/** When the last switch was open for good: the enables, or the one-shot when the hold line rests. Infinity while neither. */
export function openSince_s({ closed, holds_s }: ReturnType<typeof judgeWrites>): number {
  const last = closed.at(-1);
  if (!last) return -Infinity;
  return Math.min(last.to_s, (holds_s.at(-1) ?? -Infinity) + ONE_SHOT_S);
}
