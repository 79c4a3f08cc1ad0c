import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { makeInstrumentArray, pipeTo, serveOn } from "../../../tests/emulatedLine.ts";
import { canRun } from "../../../tests/needs.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { InstrumentError, LimitError, UnsupportedError } from "../../errors.ts";
import { constant } from "../../waveform.ts";
import { Bench } from "../emulation/bench.ts";
import { LinePort } from "../linePort.ts";
import { decodeLine, encodeCommand, parseVariant } from "./codec.ts";
import { rodeostat } from "./index.ts";
import { stepPlan } from "./steps.ts";
import { makeTest } from "./waveforms.ts";

const conductance_S = Float64Array.from([1, 2, 3, 4, 5, 6, 7], (k) => k * 1e-4);
const makeDevice = (model = "ohmic") =>
  new EmulatedArray(
    { rows: 1, columns: 7, junction: { model }, ...(model === "ohmic" ? { conductance_S } : {}) },
    { seed: 1 },
  );

// 1000 uA over 65535 steps is 31 nA; 0.49 mV of the output over 700 uS as much again
const quantised = {
  safe_V: 0.4,
  relative: 2e-3,
  absolute_A: 4e-7,
  samplePeriod_s: 0.01,
  longSamples: 200,
  linear: true,
  conductance_S,
};

describeArrayBackend(
  "Rodeostat over its emulated instrument",
  () => makeInstrumentArray(rodeostat, makeDevice(), { unselectedLines: "grounded" }),
  quantised,
);

describe.skipIf(!canRun("the Rodeostat over a pseudo-terminal", { programs: ["socat"] }))(
  "Rodeostat on a pseudo-terminal",
  () => {
    it("reads the same as over the pipe, byte for byte", async () => {
      const readings = [];
      for (const kind of ["pipe", "pty", "tcp"] as const) {
        const device = makeDevice("ncnm-channel");
        const bench = new Bench(device, "grounded");
        const line = kind === "pipe" ? undefined : await serveOn(kind, rodeostat, bench);
        const transport = line ? await line.open() : pipeTo(rodeostat, bench);
        const array = await makeInstrumentArray(rodeostat, device, { transport });
        const stimulus = {
          duration_s: 0.2,
          rows: [constant(0.3)],
          columns: Array.from({ length: 7 }, () => constant(0)),
          targets: [],
          referenceRow: 0,
        };
        const readout = {
          samplePeriod_s: 0.01,
          columns: [2],
          currentRange_A: 1e-6,
          windows: [{ start_s: 0, end_s: 0.2 }],
        };
        const { windows } = await array.apply(stimulus, readout, new AbortController().signal);
        readings.push([...(windows[0]?.current_A ?? [])]);
        await array[Symbol.asyncDispose]();
        await line?.stop();
      }
      expect(readings[1]).toEqual(readings[0]);
      expect(readings[2]).toEqual(readings[0]);
    });
  },
);

describe("Rodeostat codec", () => {
  it("takes any line for something and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(["answer", "sample", "done", "garbage"]).toContain(decodeLine(line).kind);
      }),
    );
  });

  it("puts a space before a message that would fill a USB packet", () => {
    const lengths = Array.from({ length: 200 }, (_, k) => encodeCommand("x", { a: "y".repeat(k) }).length + 1);
    expect(lengths.every((length) => length % 64 !== 0)).toBe(true);
  });

  it.each([
    ["10V_microAmpV0.2", "microAmp"],
    ["10V_nanoAmpV0.1", "nanoAmp"],
    ["10V_24MilliAmpV0.2", "24MilliAmp"],
    ["Keithley", undefined],
  ])("knows the variant %s", (text, variant) => {
    expect(parseVariant(text)).toBe(variant);
  });
});

describe("the plan of a stimulus", () => {
  const planOf = (voltages: readonly number[], durations_s: readonly number[]) => ({
    voltage_V: Float64Array.from(voltages),
    duration_s: Float64Array.from(durations_s),
    measured: new Uint8Array(voltages.length).fill(1),
    currentRange_A: "auto" as const,
    compliance_A: Infinity,
  });

  it("merges equal voltages, ends at 0 V and samples inside every point; the column is the working electrode", () => {
    const { steps, samplePeriod_ms, pointOf } = stepPlan(planOf([0.1, 0.1, -0.2], [0.01, 0.01, 0.03]));
    expect(steps).toEqual([
      [20, -0.1],
      [30, 0.2],
      [5, 0],
    ]);
    expect(samplePeriod_ms).toBe(5);
    expect([...pointOf]).toEqual([
      [1, 0],
      [3, 1],
      [9, 2],
    ]);
  });

  it("refuses what the instrument cannot play, with the number that it can", () => {
    const ramp = Array.from({ length: 60 }, (_, k) => k * 0.01);
    expect(() =>
      stepPlan(
        planOf(
          ramp,
          ramp.map(() => 0.01),
        ),
      ),
    ).toThrow(/61 different voltages.*plays 50/);
    expect(() => stepPlan(planOf([0.1], [0.0105]))).toThrow(/point 0 lasts 10.5 ms.*whole milliseconds/);
    expect(() => stepPlan(planOf([0.1], [0.001]))).toThrow(UnsupportedError);
  });
});

describe("against recordings of a real instrument", () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "..", "shared", "instruments", "samples");
  const present = existsSync(folder);
  if (!present)
    console.warn("\n!!! NOT TESTED HERE: Rodeostat recordings: the shared samples are not beside the project\n");

  // parameters as the recordings show them: range, period, quiet time
  const quiet = { quietTime: 0, quietValue: 0 };
  const cyclic = { ...quiet, amplitude: 0.5, offset: 0, period: 2000, numCycles: 1, shift: 0 };
  const recordings = {
    "data_shift_00.txt": { count: 200, test: makeTest("cyclic", cyclic) },
    "data_shift_25.txt": { count: 200, test: makeTest("cyclic", { ...cyclic, shift: 0.25 }) },
  };
  for (const [file, { count, test }] of Object.entries(recordings))
    it.skipIf(!present)(`${file}: every voltage at its time, to the digits printed`, () => {
      const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
      expect(lines.length).toBe(count);
      for (const line of lines) {
        const [t_s = Number.NaN, v = Number.NaN] = line.split(",").map(Number);
        expectClose(test.valueAt(Math.round(t_s * 1000)), v, 0, 5.1e-5);
      }
    });
});

describe("the emulated Rodeostat", () => {
  it("answers a test run by Python's own words: response, samples at period, an empty object", async () => {
    const port = new LinePort(pipeTo(rodeostat, new Bench(makeDevice(), "grounded")), patientTimer(40));
    await port.ask(encodeCommand("setSamplePeriod", { samplePeriod: 10 }));
    const param = { quietTime: 0, quietValue: 0, value: 0.25, duration: 30 };
    await port.ask(encodeCommand("setParam", { test: "constant", param }));
    expect(JSON.parse(await port.ask(encodeCommand("runTest", { test: "constant" })))).toEqual({
      success: true,
      response: { command: "runTest", test: "constant" },
    });
    const times = [];
    for (;;) {
      const line = decodeLine(await port.line());
      if (line.kind !== "sample") {
        expect(line.kind).toBe("done");
        break;
      }
      times.push(line.sample.t);
    }
    expect(times).toEqual([10, 20, 30]);
    await port.close();
  });

  it.each([
    ["{", "unable to parse json"],
    ['{"comand":"getVolt"}', "json does not contain key: command"],
    ['{"command":"fly"}', "command, fly, not found"],
    ['{"command":"setVolt"}', "json does not contain key: v"],
    ['{"command":"setSamplePeriod","samplePeriod":0}', "json samplePeriod value is too small"],
    ['{"command":"setSamplePeriod","samplePeriod":2000}', "json samplePeriod value is too large"],
    ['{"command":"runTest","test":"dance"}', "test not found"],
    ['{"command":"setMuxWrkElectConnected","connected":1}', "mux not enabled - unable to connect/disconnect"],
    ['{"command":"setEnabledMuxChannels","muxChannel":[8]}', "muxChannel element out of range"],
    ['{"command":"setAllElectConnected"}', "json does not contain key: connected"],
    ['{"command":"setParam","test":"cyclic","param":{"period":"long"}}', "period not a float"],
  ])("refuses %s as the firmware does", async (line, message) => {
    const port = new LinePort(pipeTo(rodeostat, new Bench(makeDevice(), "grounded")), patientTimer(40));
    expect(JSON.parse(await port.ask(line))).toMatchObject({ success: false, message });
    await port.close();
  });

  /** Every answer's `response`, in order; a refused command fails the test. */
  async function converse(commands: readonly (readonly [string, Record<string, unknown>?])[]) {
    const port = new LinePort(pipeTo(rodeostat, new Bench(makeDevice(), "grounded")), patientTimer(40));
    const responses: Record<string, unknown>[] = [];
    const samples: { t: number; v: number; i: number; n?: number }[] = [];
    for (const [command, fields = {}] of commands) {
      const said: { success: boolean; response: Record<string, unknown> } = JSON.parse(
        await port.ask(encodeCommand(command, fields)),
      );
      expect(said.success, command).toBe(true);
      const { command: echoed, ...response } = said.response;
      expect(echoed).toBe(command);
      responses.push(response);
      if (command === "runTest")
        for (let line = await port.line(); line !== "{}"; line = await port.line()) samples.push(JSON.parse(line));
    }
    await port.close();
    return { responses, samples };
  }

  it("answers what the vendor's client asks at its start and of its switches (hardware 0.2)", async () => {
    const { responses } = await converse([
      ["getVariant"],
      ["getVersion"],
      ["getHardwareVersion"],
      ["setAllElectConnected", { connected: false }],
      ["setRefElectConnected", { connected: true }],
      ["getRefElectConnected"],
      ["getAllElectConnected"],
      ["setElectAutoConnect", { autoConnect: false }],
      ["getElectAutoConnect"],
      ["setRefElectVoltRange", { voltRange: "5V" }],
      ["getRefElectVoltRange"],
      ["getMuxTestNames"],
      ["getEnabledMuxChannels"],
    ]);
    expect(responses).toEqual([
      { variant: "10V_microAmpV0.2" },
      { version: "FW0.1.0 simulated" },
      { version: "V0.2" },
      { connected: false },
      { connected: true },
      { connected: true },
      { connected: false },
      { autoConnect: false },
      { autoConnect: false },
      { voltRange: "5V" },
      { voltRange: "5V" },
      { testNames: ["cyclic", "sinusoid", "constant", "linearSweep", "chronoamp", "multiStep"] },
      { muxChannel: [1, 2, 3, 4, 5, 6, 7] },
    ]);
  });

  it("keeps the parameters that a client does not name, as the firmware does", async () => {
    const { responses } = await converse([
      ["setParam", { test: "cyclic", param: { amplitude: 0.25, period: 400 } }],
      ["setParam", { test: "cyclic", param: { numCycles: 3 } }],
      ["getTestDoneTime", { test: "cyclic" }],
    ]);
    expect(responses[1]).toEqual({ test: "cyclic", param: { numCycles: 3 } });
    expect(responses[2]).toEqual({ test: "cyclic", testDoneTime: 1200 });
  });

  it("visits the enabled channels in turn, one sample each, and says which", async () => {
    const { samples, responses } = await converse([
      ["setSamplePeriod", { samplePeriod: 10 }],
      ["setCurrRange", { currRange: "1000uA" }],
      ["setMuxEnabled", { muxEnabled: true }],
      ["setEnabledMuxChannels", { muxChannel: [2, 5] }],
      ["setParam", { test: "constant", param: { value: -0.5, duration: 40 } }],
      ["runTest", { test: "constant" }],
      ["getMuxWrkElectConnected"],
    ]);
    expect(samples.map(({ t, n }) => [t, n])).toEqual([
      [10, 2],
      [20, 5],
      [30, 2],
      [40, 5],
    ]);
    // -0.5 V at the working electrode on 200 and 500 uS, what flows out of it is negative
    for (const { i, n } of samples) expectClose(i, n === 2 ? -100 : -250, 2e-3, 0.1);
    expect(responses.at(-1)).toEqual({ connected: false });
  });

  it("tells the difference of the currents of a square wave, twice the amplitude on a resistor", async () => {
    const param = { startValue: -0.1, finalValue: 0.1, stepValue: 0.05, amplitude: 0.04, window: 0.5, quietTime: 20 };
    const { samples, responses } = await converse([
      ["setSamplePeriod", { samplePeriod: 10 }],
      ["setCurrRange", { currRange: "100uA" }],
      ["setParam", { test: "squareWave", param }],
      ["getTestDoneTime", { test: "squareWave" }],
      ["runTest", { test: "squareWave" }],
    ]);
    expect(responses[3]).toEqual({ test: "squareWave", testDoneTime: 60 });
    expect(samples.map(({ t }) => t)).toEqual([10, 30, 40, 50, 60]);
    // the staircase of the step that begins at the sample's time
    samples.slice(1).forEach(({ v }, k) => expectClose(v, -0.05 + 0.05 * k, 0, 1e-6));
    for (const { i } of samples.slice(1)) expectClose(i, 8, 2e-2);
  });

  it("tells the rise of the current in a differential pulse, none for the first", async () => {
    const param = { startValue: 0, finalValue: 0.1, stepValue: 0.05, amplitude: 0.05, window: 0.5 };
    const { samples } = await converse([
      ["setCurrRange", { currRange: "100uA" }],
      ["setParam", { test: "differentialPulse", param }],
      ["runTest", { test: "differentialPulse" }],
    ]);
    // a step more and a pulse more than half a period before: 0.1 V on 100 uS; the last step is where the stairs end
    expect(samples.length).toBe(3);
    expect(samples[0]?.i).toBe(0);
    for (const { i } of samples.slice(1)) expectClose(i, 10, 2e-2);
  });

  it("says what was asked and what it answered when something else is on the port", async () => {
    const bench = new Bench(makeDevice(), "grounded");
    const impostor = {
      ...rodeostat,
      emulate: (hardware: Parameters<typeof rodeostat.emulate>[0]) =>
        rodeostat.emulate({ ...hardware, identity: "toaster 3000" }),
    };
    const opened = rodeostat.open(pipeTo(impostor, bench), { timer: patientTimer(2), options: new Map() });
    await expect(opened).rejects.toBeInstanceOf(InstrumentError);
    await expect(opened).rejects.toThrow(/name its variant.*toaster 3000/);
  });

  it("refuses a voltage beyond 10 V before anything is sent", async () => {
    await using array = await makeInstrumentArray(rodeostat, makeDevice(), { unselectedLines: "grounded" });
    const stimulus = {
      duration_s: 0.1,
      rows: [constant(10.5)],
      columns: Array.from({ length: 7 }, () => constant(0)),
      targets: [],
      referenceRow: 0,
    };
    const readout = { samplePeriod_s: 0.01, columns: [0], currentRange_A: "auto" as const, windows: [] };
    await expect(array.apply(stimulus, readout, new AbortController().signal)).rejects.toBeInstanceOf(LimitError);
  });
});
