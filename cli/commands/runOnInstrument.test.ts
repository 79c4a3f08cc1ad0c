import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveOn } from "../../tests/emulatedLine.ts";
import { canRun } from "../../tests/needs.ts";
import { Bench } from "../../core/drivers/emulation/bench.ts";
import { emstatPico } from "../../core/drivers/methodScript/index.ts";
import { openRun } from "../../recorder/openRun.ts";
import { readDevice, makeDevice } from "../benchFile.ts";

const root = resolve(import.meta.dirname, "../..");
const file = join(root, "examples", "on-hardware.yaml");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function crosspore(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolveEnd) => {
    const child = spawn(process.execPath, [join(root, "bin/crosspore.js"), ...args]);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("close", (code) => resolveEnd({ code, out, err }));
  });
}

describe.skipIf(!canRun("runs on an emulated instrument", { programs: ["socat"] }))("crosspore run --on", () => {
  let folder: string;
  let line: Awaited<ReturnType<typeof serveOn>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "on-"));
    line = await serveOn("pty", emstatPico, new Bench(makeDevice(readDevice(file), 1)));
  });
  afterAll(async () => {
    await line.stop();
    rmSync(folder, { recursive: true });
  });

  it("the same file gives the same currents on the emulated array and through an EmStat Pico on a pseudo-terminal", async () => {
    const [direct, measured] = [join(folder, "direct"), join(folder, "measured")];
    expect(await crosspore("run", file, "--out", direct)).toMatchObject({ code: 0 });
    const on = await crosspore("run", file, "--on", `${line.served.address}?driver=emstat-pico`, "--out", measured);
    expect(on).toMatchObject({ code: 0 });
    expect(on.err).toContain("SIMULATED instrument: PalmSens EmStat Pico");

    const currents = (run: string) => [...openRun(run).blocks()].flatMap(({ block }) => [...block.current_A]);
    const [a, b] = [currents(direct), currents(measured)];
    expect(b.length).toBe(a.length);
    const largest = a.reduce((most, current) => Math.max(most, Math.abs(current)), 0);
    // half a step of the potential, 0.27 mV of 400, a step of the current, and the time in the point at which it is read
    const far = a.filter((current, k) => !(Math.abs(current - (b[k] ?? Number.NaN)) <= 0.03 * largest));
    expect(far).toEqual([]);
  }, 120_000);

  it("refuses what the instrument cannot do before anything moves, and leaves no folder", async () => {
    const refused = await crosspore(
      "run",
      join(root, "examples/first-loop.yaml"),
      "--on",
      `${line.served.address}?driver=emstat-pico`,
      "--out",
      join(folder, "none"),
    );
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.err).toMatch(/first-loop\.yaml:\d+:\d+: iv-sweep step 0/);
  }, 60_000);

  const sweep = (amplitude: string, limits: string) => `crosspore: 1
name: sweep
seed: 1
array: { rows: 2, columns: 3, unselectedLines: floating, junction: { model: ohmic } }
limits: { ${limits} }
protocol:
  - iv-sweep: { cells: [[0, 0]], bias: float, amplitude_V: ${amplitude}, frequency_Hz: [1 Hz], cycles: 1, samplesPerCycle: 40 }
`;

  it.each([
    ["2 V", /:7:5: iv-sweep step 0 \(r0 c0, 1 Hz\), .*voltage of -1\.\d+ V refused, allowed is -1\.25 V to 2 V/],
    ["1.2 V", /:7:5: iv-sweep step 0 \(r0 c0, 1 Hz\), .*span of voltages of 2\.4 V refused, allowed is 2\.2 V/],
  ])(
    "refuses a sweep to %s beyond the instrument's window with its line, in a dry run too",
    async (amplitude, message) => {
      const [experiment, run] = [join(folder, "beyond.yaml"), join(folder, "beyond")];
      writeFileSync(experiment, sweep(amplitude, "voltage_V: 5 V"));
      for (const more of [["--dry-run"], []]) {
        const on = ["--on", `${line.served.address}?driver=emstat-pico`, "--out", run, ...more];
        const refused = await crosspore("run", experiment, ...on);
        expect([refused.code, refused.out]).toEqual([3, ""]);
        expect(refused.err).toMatch(message);
        expect(existsSync(run)).toBe(false);
      }
    },
  );

  it("a run that fails in the middle says what state the outputs are in", async () => {
    const experiment = join(folder, "trips.yaml");
    writeFileSync(experiment, sweep("0.4 V", "voltage_V: 0.5 V, current_A: 1 nA"));
    const tripped = await crosspore(
      "run",
      experiment,
      "--on",
      `${line.served.address}?driver=emstat-pico`,
      "--out",
      join(folder, "trips"),
    );
    expect(tripped.code).toBe(3);
    expect(tripped.err).toMatch(
      /the run has ended: its output is at 0 V, every switch is open\ncrosspore: step 0, column 0: current of .* refused, allowed is ±1 nA/,
    );
  });

  it.each([
    ["serial:/nowhere?driver=emstat-pico", 4, /there is no such port/],
    ["serial:/nowhere?driver=emstat-pica", 2, /no driver emstat-pica, did you mean emstat-pico/],
    ["usb:1", 2, /"usb" is no kind of port/],
    ["tcp:localhost:99999?driver=rodeostat", 2, /no HOST:PORT/],
  ])("names what is wrong with %s", async (address, code, message) => {
    const refused = await crosspore("run", file, "--on", address, "--out", join(folder, "none"));
    expect(refused.err).toMatch(message);
    expect(refused.code).toBe(code);
  });
});
