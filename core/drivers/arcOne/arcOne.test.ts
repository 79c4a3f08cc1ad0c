import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../../tests/close.ts";
import { makeInstrumentArray, pipeTo, serveOn } from "../../../tests/emulatedLine.ts";
import { canRun } from "../../../tests/needs.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { AbortedError, InstrumentError, LimitError, TransportError, UnsupportedError } from "../../errors.ts";
import type { Stimulus } from "../../stimulus.ts";
import { readMap } from "../../protocol/library/index.ts";
import { analyseRun } from "../../analysis/summary.ts";
import { runInMemory } from "../../runInMemory.ts";
import { constant, type Waveform } from "../../waveform.ts";
import { Bench } from "../emulation/bench.ts";
import { serveInstrument } from "../emulation/serve.ts";
import type { Fault } from "../emulation/faults.ts";
import { InstrumentArray } from "../instrumentArray.ts";
import { limitSelector } from "../limitSelector.ts";
import { JumpingTimer } from "../timer.ts";
import { replay } from "../transports/replay.ts";
import { tap, type TranscriptLine } from "../transports/tap.ts";
import { openTcp } from "../transports/tcp.ts";
import { currentOf, decodeFloats, decodeTriple, encodeJob, isEnd, JOB, parseNumber } from "./codec.ts";
import { arcOne } from "./index.ts";

const conductanceOf = (count: number) => Float64Array.from({ length: count }, (_, k) => 1e-6 * (1 + (k % 7)));
const makeDevice = (rows = 32, columns = 32, model = "ohmic") =>
  new EmulatedArray(
    {
      rows,
      columns,
      junction: { model },
      ...(model === "ohmic" ? { conductance_S: conductanceOf(rows * columns) } : {}),
    },
    { seed: 1 },
  );

// 0.37 mV steps of the output, half of one at 50 mV is 0.4 %; 0.3 nA steps of the converter in the 10 uA range
const quantised = {
  safe_V: 0.4,
  relative: 4e-3,
  absolute_A: 1e-9,
  samplePeriod_s: 0.01,
  longSamples: 100,
  linear: true,
};

describeArrayBackend(
  "ArC ONE, 32 x 32, over its emulated instrument",
  () => makeInstrumentArray(arcOne, makeDevice()),
  {
    ...quantised,
    conductance_S: conductanceOf(1024),
  },
);
describeArrayBackend(
  "ArC ONE with a 4 x 3 array over its emulated instrument",
  () => makeInstrumentArray(arcOne, makeDevice(4, 3)),
  { ...quantised, conductance_S: conductanceOf(12) },
);

const never = () => new AbortController().signal;

/** One row follows a waveform, all other lines at 0 V. */
function driveRow(rows: number, columns: number, row: number, waveform: Waveform, duration_s: number): Stimulus {
  const ground = constant(0);
  return {
    duration_s,
    rows: Array.from({ length: rows }, (_, r) => (r === row ? waveform : ground)),
    columns: Array.from({ length: columns }, () => ground),
    targets: [],
    referenceRow: row,
  };
}

const readoutOf = (column: number, samplePeriod_s: number, windows: Stimulus["duration_s"][] = []) => ({
  samplePeriod_s,
  columns: [column],
  currentRange_A: "auto" as const,
  windows: windows.map((start_s) => ({ start_s, end_s: start_s + samplePeriod_s })),
});

const PULSE: Waveform = [
  { kind: "hold", voltage_V: 0.5, duration_s: 0.2 },
  { kind: "hold", voltage_V: 0, duration_s: 0.1 },
  { kind: "hold", voltage_V: -0.3, duration_s: 0.1 },
];

describe("the same array on an emulated ArC ONE and driven directly", () => {
  it("a channel with memory gives the same currents within a step of the output and the converter", async () => {
    await using array = await makeInstrumentArray(arcOne, makeDevice(3, 2, "ncnm-channel"));
    const starts = [0, 0.02, 0.1, 0.18, 0.3, 0.38];
    const stimulus = driveRow(3, 2, 1, PULSE, 0.4);
    const { windows } = await array.apply(stimulus, readoutOf(1, 0.02, starts), never());

    const direct = makeDevice(3, 2, "ncnm-channel");
    // the instrument reads for 0.5 ms at the end of each sample's time
    const ends = starts.map((start_s) => ({ start_s: start_s + 0.02 - 5e-4, end_s: start_s + 0.02 }));
    const fine = { samplePeriod_s: 2.5e-4, columns: [1], currentRange_A: "auto" as const, windows: ends };
    const expected = await direct.apply(stimulus, fine, never());
    const currents = (reading: typeof windows) => reading.map(({ current_A }) => current_A[0] ?? Number.NaN);
    const [first = 0, , , last = 0] = currents(expected.windows);
    // it remembers, or there was nothing to compare
    expect(Math.abs(last / first - 1)).toBeGreaterThan(0.02);
    expectAllClose(currents(windows), currents(expected.windows), 24 / 65_535 / 0.3 + 10 / 32_767);
  });

  it("reads the whole array as one job, in row order, and a column's product as its sum", async () => {
    await using array = await makeInstrumentArray(arcOne, makeDevice());
    const { current_A, method } = await array.readAll(0.25, { integration_s: 2.5e-4, currentRange_A: "auto" }, never());
    expect(method).toBe("superposed");
    expectAllClose(
      current_A,
      conductanceOf(1024).map((g) => 0.25 * g),
      1e-3,
      3e-10,
    );
    const inputs_V = Float64Array.from({ length: 32 }, (_, row) => (row % 3 === 0 ? 0 : 0.1 + 0.01 * row));
    const readout = { integration_s: 1e-3, rest_s: 0, columns: [5], currentRange_A: "auto" as const };
    const product = await array.multiply(inputs_V, readout, never());
    const expected = inputs_V.reduce((sum, v, row) => sum + v * (conductanceOf(1024)[32 * row + 5] ?? 0), 0);
    expectClose(product.current_A[0] ?? 0, expected, 2e-3, 1e-9);
  });

  it("a whole read-map is one step and one job, every conductance at its place, with the time of every read", async () => {
    const jobs: string[] = [];
    const bench = new Bench(makeDevice(), "grounded");
    const transport = tap(
      pipeTo(arcOne, bench),
      () => 0,
      ({ from, text }) => void (from === "host" && jobs.push(text)),
    );
    await using array = await makeInstrumentArray(arcOne, bench.array, { transport });
    jobs.length = 0;
    const run = await runInMemory(array, [readMap({ whole: true, voltage_V: 0.25, width_s: 2.5e-4 })]);
    expect(jobs.filter((job) => /^[12]\n/.test(job))).toEqual(["2\n1\n32\n32\n"]);
    const taken = run.events.filter((event) => event.kind === "products-taken");
    expect(taken.length).toBe(1);
    const { readTimes_s = [] } = taken[0]?.products ?? {};
    expect(readTimes_s.length).toBe(1024);
    expect(readTimes_s.every((time_s, k) => time_s >= (readTimes_s[k - 1] ?? 0))).toBe(true);
    const { sections } = analyseRun(run);
    const map_S = sections.flatMap((section) => (section.kind === "map" ? section.conductance_S.flat() : []));
    expectAllClose(Float64Array.from(map_S), conductanceOf(1024), 1e-3, 2e-9);
  });

  it("reads a long way through an array junction by junction, and stops between two", async () => {
    await using array = await makeInstrumentArray(arcOne, makeDevice(4, 3));
    const readout = { integration_s: 0.1, currentRange_A: "auto" as const };
    const whole = await array.readAll(-0.2, readout, never());
    expectAllClose(
      whole.current_A,
      conductanceOf(12).map((g) => -0.2 * g),
      2e-3,
      1e-9,
    );
    const controller = new AbortController();
    const stopped = array.readAll(0.2, readout, controller.signal);
    controller.abort();
    await expect(stopped).rejects.toBeInstanceOf(AbortedError);
    const again = await array.readAll(0.2, readout, never());
    expectAllClose(
      again.current_A,
      conductanceOf(12).map((g) => 0.2 * g),
      2e-3,
      1e-9,
    );
  });

  it("where unselected lines float, products and whole arrays are refused", async () => {
    const device = makeDevice(3, 3);
    const transport = pipeTo(arcOne, new Bench(device, "grounded"));
    const timer = patientTimer(40);
    const { instrument, selector } = await arcOne.open(transport, { timer, options: new Map([["scheme", "float"]]) });
    if (!instrument || !selector) throw new Error("no channel");
    await using array = new InstrumentArray({ instrument, selector: limitSelector(selector, device.grid), timer });
    expect(array.capabilities).toMatchObject({ unselectedLines: "floating", products: "none" });
    const readout = { integration_s: 1e-3, currentRange_A: "auto" as const };
    await expect(array.readAll(0.1, readout, never())).rejects.toBeInstanceOf(UnsupportedError);
  });
});

describe.skipIf(!canRun("the ArC ONE over a pseudo-terminal", { programs: ["socat"] }))("ArC ONE on a port", () => {
  it("reads the same over a pipe, a pseudo-terminal with parity and TCP, bit for bit", async () => {
    const readings = [];
    for (const kind of ["pipe", "pty", "tcp"] as const) {
      const device = makeDevice(3, 2, "ncnm-channel");
      const bench = new Bench(device, "grounded");
      const line = kind === "pipe" ? undefined : await serveOn(kind, arcOne, bench);
      const transport = line ? await line.open() : pipeTo(arcOne, bench);
      const array = await makeInstrumentArray(arcOne, device, { transport });
      const stimulus = driveRow(3, 2, 2, PULSE, 0.4);
      const { windows } = await array.apply(stimulus, readoutOf(0, 0.02, [0.04, 0.36]), never());
      const all = await array.readAll(0.1, { integration_s: 1e-3, currentRange_A: "auto" }, never());
      readings.push([...windows.flatMap(({ current_A }) => [...current_A]), ...all.current_A]);
      await array[Symbol.asyncDispose]();
      await line?.stop();
    }
    expect(readings[1]).toEqual(readings[0]);
    expect(readings[2]).toEqual(readings[0]);
  });
});

/** An array over TCP whose line or instrument has faults. */
async function makeFaulty(faults: readonly Fault[]) {
  const device = makeDevice(2, 2);
  const served = await serveInstrument({
    make: arcOne.emulate,
    bench: new Bench(device, "grounded"),
    place: { tcp: 0 },
    timer: new JumpingTimer(),
    paced: false,
    faults,
  });
  const [, host = "", port = "0"] = served.address.split(":");
  return { device, served, transport: await openTcp(host, Number(port)) };
}

describe("what goes wrong", () => {
  const stimulus = driveRow(2, 2, 0, constant(0.2), 0.5);

  it("something else on the port: what it was asked to be and what it said", async () => {
    const { served, transport } = await makeFaulty([{ kind: "wrong-identity", identity: "toaster 3000" }]);
    const opened = arcOne.open(transport, { timer: patientTimer(4), options: new Map() });
    await expect(opened).rejects.toBeInstanceOf(InstrumentError);
    await expect(opened).rejects.toThrow(/be an ArC ONE.*toaster 3000.*nothing was driven/);
    await transport.close();
    await served[Symbol.asyncDispose]();
  });

  it("a byte lost in the midst of a plan: no number after it is believed, and the next stimulus is right again", async () => {
    // after the version and the confirmation, in the fourth triple of the first job
    const { device, served, transport } = await makeFaulty([{ kind: "drop", at: { sentBytes: 45 }, bytes: 1 }]);
    const array = await makeInstrumentArray(arcOne, device, { transport });
    const seen: number[] = [];
    array.samples.subscribe(({ current_A }) => seen.push(...current_A));
    const failed = array.apply(stimulus, readoutOf(0, 0.01), never());
    await expect(failed).rejects.toBeInstanceOf(InstrumentError);
    await expect(failed).rejects.toThrow(/asked to hold 200 mV and read, the instrument said \(.*0 V/);
    expect(seen.length).toBeGreaterThan(0);
    for (const current_A of seen) expectClose(current_A, 0.2e-6, 5e-3);
    const { windows } = await array.apply(stimulus, readoutOf(0, 0.01, [0.3]), never());
    expectClose(windows[0]?.current_A[0] ?? 0, 0.2e-6, 5e-3);
    await array[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });

  it("the plug pulled in the midst of a plan", async () => {
    const { device, served, transport } = await makeFaulty([{ kind: "unplug", at: { sentBytes: 100 } }]);
    const array = await makeInstrumentArray(arcOne, device, { transport });
    const failed = array.apply(stimulus, readoutOf(0, 0.01), never());
    await expect(failed).rejects.toBeInstanceOf(TransportError);
    await expect(failed).rejects.toThrow(/tcp:127\.0\.0\.1/);
    await array[Symbol.asyncDispose]().catch(() => {});
    await served[Symbol.asyncDispose]();
  });

  it("points too short and voltages too high are refused before a byte leaves", async () => {
    await using array = await makeInstrumentArray(arcOne, makeDevice(2, 2));
    const short = driveRow(2, 2, 0, constant(0.1), 0.01);
    await expect(array.apply(short, readoutOf(0, 1e-3), never())).rejects.toBeInstanceOf(LimitError);
    const high = driveRow(2, 2, 0, constant(12.5), 0.1);
    await expect(array.apply(high, readoutOf(0, 0.01), never())).rejects.toThrow(/12.5 V refused.*12 V/);
  });

  it.each([
    ["scheme", "V/4"],
    ["speed", "fast"],
  ])("the option %s=%s is refused with what is allowed", async (key, value) => {
    const options = { timer: patientTimer(1), options: new Map([[key, value]]) };
    expect(() => arcOne.open(pipeTo(arcOne, new Bench(makeDevice(1, 1))), options)).toThrow(/V\/3, V\/2, float/);
  });
});

describe("ArC ONE codec", () => {
  it("writes jobs as lines, and reads IEEE 754 floats with the low byte first", () => {
    expect(encodeJob(JOB.pulseRead, 1, 32, -0.5, 1e-7)).toBe("3\n1\n32\n-0.5\n1e-7\n");
    expect(encodeJob(JOB.reset)).toBe("00\n");
    // 1, -2 and 1e6 in single precision (IEEE 754)
    expect([...decodeFloats(Buffer.from("0000803f000000c000247449", "hex"))]).toEqual([1, -2, 1e6]);
    expect(isEnd(decodeTriple(Buffer.alloc(12)))).toBe(true);
    expect(currentOf(Number.NaN, 0)).toBe(0);
  });

  it.each([
    ["0.5", 0.5],
    ["1.000e-03", 1e-3],
    [" 12\r", 12],
    ["-.5x", -0.5],
    ["", 0],
    ["volt", 0],
    ["1e999", 0],
  ])("takes %j for %d as atof does", (line, value) => {
    expect(parseNumber(line)).toBe(value);
  });

  it("what is written is read back as the same float; what is no number is not sent", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(parseNumber(encodeJob("", value).trim())) - value).toBe(0);
      }),
    );
    expect(() => encodeJob(JOB.pulse, Number.NaN)).toThrow(RangeError);
  });
});

describe("a recorded dialogue", () => {
  it("is spoken again word for word", async () => {
    const file = join(import.meta.dirname, "..", "..", "..", "fixtures", "transcripts", "arc-one.ndjson");
    const transcript = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as TranscriptLine);
    const device = makeDevice(2, 2);
    const array = await makeInstrumentArray(arcOne, device, { transport: replay(transcript, "arc-one") });
    const { windows } = await array.apply(driveRow(2, 2, 1, PULSE, 0.4), readoutOf(1, 0.05, [0.1]), never());
    expectClose(windows[0]?.current_A[0] ?? 0, 0.5 * 4e-6, 1e-3);
    const { current_A } = await array.readAll(0.1, { integration_s: 1e-3, currentRange_A: "auto" }, never());
    expectAllClose(current_A, [1e-7, 2e-7, 3e-7, 4e-7], 2e-3);
    await array[Symbol.asyncDispose]();
  });
});
