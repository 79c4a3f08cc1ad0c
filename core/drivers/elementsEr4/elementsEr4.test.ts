import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { makeInstrumentArray } from "../../../tests/emulatedLine.ts";
import { canRun } from "../../../tests/needs.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { soakOr } from "../../../tests/soak.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import type { Grid } from "../../crossbar/grid.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { ArmError } from "../../errors.ts";
import { Arming } from "../../limiter/arming.ts";
import { constant } from "../../waveform.ts";
import { Bench } from "../emulation/bench.ts";
import { serveInstrument } from "../emulation/serve.ts";
import { type InstrumentState, isSimulated, type Selector } from "../instrument.ts";
import { makeBenchSelector } from "../emulation/benchInstrument.ts";
import { InstrumentArray } from "../instrumentArray.ts";
import { JumpingTimer, wallTimer } from "../timer.ts";
import { connectPipe } from "../transports/pipe.ts";
import { openSerial } from "../transports/serial.ts";
import type { Transport } from "../transport.ts";
import { decodeMessage, encodeMessage, powerOnSettings, presetProtocols, type Er4Settings } from "./codec.ts";
import { ElementsEr4, identify, open } from "./driver.ts";
import { EmulatedEr4, type EmulatedEr4Options } from "./emulated.ts";
import { e16, e4, enpr, enprHc } from "./index.ts";
import { E16, E4, ENPR, type Er4Model } from "./models.ts";

const samples = join(import.meta.dirname, "..", "..", "..", "..", "shared", "instruments", "samples");
const present = existsSync(samples);
if (!present) console.warn("\n!!! NOT TESTED HERE: er4 traces: the shared samples are not beside the project\n");

const conductance_S = (columns: number) => Float64Array.from({ length: columns }, (_, k) => 1e-9 * (1 + k / 4));
const makeDevice = (columns: number) =>
  new EmulatedArray(
    { rows: 1, columns, junction: { model: "ohmic" }, conductance_S: conductance_S(columns) },
    { seed: 1 },
  );

describe("messages", () => {
  const requests: readonly Partial<Er4Settings>[] = [
    { currentRange: 7 },
    { hold: 50, start: true },
    { hold: -100, start: true },
    { hold: 200, start: true },
    { hold: 0, protocol: 7, holdTime_ms: 50, rampTime_ms: 500, count: 2, initial: -100, final: 100, start: true },
  ];
  it.skipIf(!present).each([
    ["er4-trace-enpr.txt", ENPR, 3],
    ["er4-trace-e4n.txt", E4, 4],
  ] as const)("of %s, byte for byte from the same requests", (file, model, resets) => {
    const lines = readFileSync(join(samples, file), "utf8").trim().split("\n");
    const off = powerOnSettings(model);
    const preset = { ...off, ...presetProtocols(model) };
    let now: Er4Settings = { ...preset, samplingRate: 1 };
    const images: Er4Settings[] = [
      { ...off, reset: true },
      ...Array.from({ length: resets - 1 }, () => off),
      preset,
      now,
    ];
    for (const change of requests) {
      now = Object.assign({}, now, { start: false }, change);
      images.push(now);
    }
    expect(
      images.map(
        (image) =>
          `TX ${Buffer.from(encodeMessage(model, image))
            .toString("hex")
            .replace(/(..)(?=.)/g, "$1 ")}`,
      ),
    ).toEqual(lines);
    for (const line of lines) {
      const bytes = Uint8Array.from(line.slice(3).split(" "), (byte) => Number.parseInt(byte, 16));
      expect([...encodeMessage(model, decodeMessage(model, bytes))]).toEqual([...bytes]);
    }
  });
});

for (const [driver, columns, range_A] of [
  [enpr, 1, 200e-9],
  [enprHc, 1, 4e-6],
  [e4, 4, 200e-9],
  [e16, 16, 200e-9],
] as const)
  describeArrayBackend(
    `${driver.title} over its emulated instrument`,
    () => makeInstrumentArray(driver, makeDevice(columns), { selector: wired }),
    {
      safe_V: 0.4,
      relative: 1e-6,
      absolute_A: range_A / 32_767,
      samplePeriod_s: 0.02,
      longSamples: 100,
      linear: true,
      conductance_S: conductance_S(columns),
    },
  );

describe("an er4 amplifier", () => {
  const openOn = (instrument: EmulatedEr4, host: Transport, device: Transport, model: Er4Model) => {
    device.listen({ bytes: (chunk) => instrument.receive(chunk), closed: () => instrument.close() });
    return open(host, patientTimer(40), model);
  };
  const emulate = (model: Er4Model, pass: (bytes: Uint8Array) => Uint8Array, options: EmulatedEr4Options = {}) => {
    const [host, device] = connectPipe(model.name);
    const bench = new Bench(makeDevice(model.inputs), "grounded");
    const send = (bytes: Uint8Array) => void device.write(pass(bytes)).catch(() => {});
    const instrument = new EmulatedEr4(model, { bench, timer: new JumpingTimer(), send }, options);
    return { instrument, host, device };
  };

  it("of another model is refused, with the one to name, before anything is sent", async () => {
    const { instrument, host, device } = emulate(E4, (bytes) => bytes);
    await expect(openOn(instrument, host, device, ENPR)).rejects.toThrow(
      /frames of 4 inputs, those of an Elements e4.*model=e4.*not moved/,
    );
    await host.close();
  });

  it("is known by the length of its frames without a byte sent", async () => {
    const { instrument, host, device } = emulate(E16, (bytes) => bytes);
    const heard: number[] = [];
    device.listen({ bytes: (chunk) => heard.push(...chunk), closed: () => instrument.close() });
    expect(await identify(host, patientTimer(40))).toMatchObject({ model: "e16 (Nanion Orbit 16)" });
    expect(heard).toEqual([]);
    await host.close();
  });

  it("that is emulated is never taken for a real one, at a second opening either", async () => {
    const { instrument, host, device } = emulate(E4, (bytes) => bytes);
    const amplifier = await openOn(instrument, host, device, E4);
    expect(isSimulated(amplifier.identity)).toBe(true);
    // the port stays, somebody else wakes it again while it streams
    expect(isSimulated((await open(host, patientTimer(40), E4)).identity)).toBe(true);
    await host.close();
  });

  it("reads a row of a 2 x 3 array at once, with a switch in front of the rows", async () => {
    const map = Float64Array.from([1, 2, 3, 4, 5, 6], (k) => k * 1e-9);
    const array = new EmulatedArray(
      { rows: 2, columns: 3, junction: { model: "ohmic" }, conductance_S: map },
      { seed: 1 },
    );
    await using rows = await makeInstrumentArray(e4, array, { selector: (bench) => makeBenchSelector(bench) });
    expect(rows.capabilities).toMatchObject({ rowsDrivenAtOnce: 1, columnsSensedAtOnce: 3, products: "superposed" });
    const readout = { integration_s: 0.02, currentRange_A: 20e-9, rest_s: 0, columns: [0, 2] };
    const { current_A } = await rows.multiply(Float64Array.of(0.1, -0.2), readout, new AbortController().signal);
    // I_j = 0.1 G_0j - 0.2 G_1j
    expectClose(current_A[0] ?? 0, -0.7e-9, 0, 1e-12);
    expectClose(current_A[1] ?? 0, -0.9e-9, 0, 1e-12);
    const all = await rows.readAll(0.1, readout, new AbortController().signal);
    all.current_A.forEach((current, k) => expectClose(current, (map[k] ?? 0) * 0.1, 0, 1e-12));
  });

  it("zaps when armed, and only then; its output voltage is not moved by it", async () => {
    const { instrument, host, device } = emulate(E4, (bytes) => bytes);
    const amplifier = await openOn(instrument, host, device, E4);
    const arming = new Arming();
    const token = arming.arm([]);
    await amplifier.zap(2, arming, token);
    arming.disarm(token);
    await expect(amplifier.zap(2, arming, token)).rejects.toBeInstanceOf(ArmError);
    await amplifier.makeSafe();
    expect(instrument.zaps.map(({ input }) => input)).toEqual([2]);
    await amplifier[Symbol.asyncDispose]();
  });

  it("tells the electrode offsets that it has compensated, in its own steps of 0.1 mV", async () => {
    const electrodeOffset_V = [0.0121, -0.0333, 0, 0.002];
    const { instrument, host, device } = emulate(E4, (bytes) => bytes, { electrodeOffset_V });
    const amplifier = await openOn(instrument, host, device, E4);
    const found = await amplifier.compensateOffsets();
    found.forEach((offset_V, input) => expectClose(offset_V, electrodeOffset_V[input] ?? 0, 0, 0.5e-4));
    await amplifier[Symbol.asyncDispose]();
  });

  it("says its range as a state that changes, and reads right in each: nothing of the range before gets in", async () => {
    const { instrument, host, device } = emulate(ENPR, (bytes) => bytes);
    const amplifier = await openOn(instrument, host, device, ENPR);
    const states: InstrumentState[] = [];
    amplifier.states.subscribe((state) => states.push(state));
    const array = new InstrumentArray({
      instrument: amplifier,
      selector: wired({ array: makeDevice(1) }),
      timer: patientTimer(40),
    });
    const stimulus = { duration_s: 0.1, rows: [constant(0.05)], columns: [constant(0)], targets: [], referenceRow: 0 };
    for (const currentRange_A of [200e-9, 200e-12, 20e-9, 200e-12]) {
      const readout = { samplePeriod_s: 1e-3, columns: [0], currentRange_A, windows: [{ start_s: 0, end_s: 0.1 }] };
      const { windows, overloads } = await array.apply(stimulus, readout, new AbortController().signal);
      // 50 mV on 1 nS
      expectClose(windows[0]?.current_A[0] ?? 0, 50e-12, 0, currentRange_A / 32_767);
      expect(overloads).toBe(0);
    }
    expect(states.map(({ currentRange_A }) => currentRange_A)).toEqual([200e-12, 200e-9, 200e-12, 20e-9, 200e-12]);
    await array[Symbol.asyncDispose]();
  });

  it("flags saturated samples and goes on", async () => {
    const { instrument, host, device } = emulate(ENPR, (bytes) => bytes);
    const array = new InstrumentArray({
      instrument: await openOn(instrument, host, device, ENPR),
      selector: wired({ array: makeDevice(1) }),
      timer: patientTimer(40),
    });
    const stimulus = { duration_s: 0.05, rows: [constant(0.5)], columns: [constant(0)], targets: [], referenceRow: 0 };
    const readout = {
      samplePeriod_s: 1e-3,
      columns: [0],
      currentRange_A: 200e-12,
      windows: [{ start_s: 0, end_s: 0.05 }],
    };
    const { windows, overloads, samples } = await array.apply(stimulus, readout, new AbortController().signal);
    expect([overloads, windows[0]?.overload]).toEqual([samples, true]);
    await array[Symbol.asyncDispose]();
  });

  it("keeps time and counts what is lost when bytes vanish on the line", async () => {
    let sent = 0;
    let dropping = 0;
    const { instrument, host, device } = emulate(ENPR, (bytes) => {
      sent += bytes.length;
      if (dropping === 0) return bytes;
      dropping--;
      return bytes.subarray(0, bytes.length - 33);
    });
    const array = new InstrumentArray({
      instrument: await openOn(instrument, host, device, ENPR),
      selector: wired({ array: makeDevice(1) }),
      timer: patientTimer(40),
    });
    const stimulus = { duration_s: 1, rows: [constant(0.1)], columns: [constant(0)], targets: [], referenceRow: 0 };
    const readout = { samplePeriod_s: 1e-3, columns: [0], currentRange_A: 20e-9, windows: [] };
    array.samples.subscribe(() => {
      if (sent > 0) dropping = 1;
      sent = -Infinity;
    });
    const { lost, samples } = await array.apply(stimulus, readout, new AbortController().signal);
    expect(samples).toBe(1001);
    // one frame is 16 samples of 4.9 kHz
    expect(lost).toBeGreaterThanOrEqual(2);
    expect(lost).toBeLessThanOrEqual(8);
    await array[Symbol.asyncDispose]();
  });
});

describe.skipIf(!canRun("er4 amplifiers over a pseudo-terminal", { programs: ["socat"] }))(
  "on a pseudo-terminal",
  () => {
    it.each([
      [enpr, 200_000],
      [e4, 50_000],
    ] as const)("$name streams at its own pace without a lost frame", async (driver, rate_Hz) => {
      const folder = mkdtempSync(join(tmpdir(), "er4-"));
      const link = join(folder, "port");
      const { columns } = driver.largestGrid;
      const bench = new Bench(makeDevice(columns), "grounded");
      const served = await serveInstrument({
        make: driver.emulate,
        bench,
        place: { link },
        timer: wallTimer,
        paced: true,
      });
      const timer = patientTimer(40);
      const { instrument } = await driver.open(await openSerial({ path: link, ...driver.line }), {
        timer,
        options: new Map(),
      });
      if (!(instrument instanceof ElementsEr4)) throw new Error("no er4");
      const array = new InstrumentArray({ instrument, selector: wired(bench), timer });
      const duration_s = soakOr(60, 0.2);
      const rows = [constant(0.1)];
      const columnsHeld = Array.from({ length: columns }, () => constant(0));
      const stimulus = { duration_s, rows, columns: columnsHeld, targets: [], referenceRow: 0 };
      const readout = {
        samplePeriod_s: 1 / rate_Hz,
        columns: Array.from({ length: columns }, (_, column) => column),
        currentRange_A: "auto" as const,
        windows: [],
      };
      const { samples, lost } = await array.apply(stimulus, readout, new AbortController().signal);
      expect({ samples, lost, frames: instrument.figures.lost }).toEqual({
        samples: columns * (Math.round(duration_s * rate_Hz) + 1),
        lost: 0,
        frames: 0,
      });
      await array[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });
  },
);

/** Every column on an input of its own, one row on the stimulus. */
function wired({ array }: { readonly array: { readonly grid: Grid } }): Selector {
  return {
    grid: array.grid,
    unselectedLines: "floating",
    select: async () => {},
    open: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
