import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { pipeTo, serveOn } from "../../../tests/emulatedLine.ts";
import { makeMatrixArray, makeWiredArray } from "../../../tests/matrixArray.ts";
import { canRun } from "../../../tests/needs.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import type { ArrayBackend } from "../../arrayBackend.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { AbortedError, InstrumentError, TransportError, UnsupportedError } from "../../errors.ts";
import type { LineDrive } from "../../stimulus.ts";
import { constant, type Waveform } from "../../waveform.ts";
import { Bench } from "../emulation/bench.ts";
import { LinePort } from "../linePort.ts";
import { switch2700, switch34970a } from "../switches/index.ts";
import type { Transport } from "../transport.ts";
import { decodeReadings, encodeList } from "./codec.ts";
import { keithley2400 } from "./index.ts";
import { listPlan } from "./listPlan.ts";

const conductance_S = Float64Array.from({ length: 32 }, (_, k) => (k + 1) * 1e-6);
const makeDevice = (model = "ohmic") =>
  new EmulatedArray(
    {
      rows: 4,
      columns: 8,
      junction: { model },
      unselectedLines: "biased",
      ...(model === "ohmic" ? { conductance_S } : {}),
    },
    { seed: 1 },
  );

// 50 uV of the 2 V range at 0.4 V, 1 nA of the 100 uA range; 2400 samples are more than one sweep holds
const quantised = {
  safe_V: 0.4,
  relative: 2e-4,
  absolute_A: 2e-9,
  samplePeriod_s: 0.01,
  longSamples: 2400,
  linear: true,
};

for (const matrix of [switch34970a, switch2700])
  describeArrayBackend(
    `Keithley 2400 with a ${matrix.name}, 4 x 8, over their emulated instruments`,
    () => makeMatrixArray(keithley2400, matrix, makeDevice()),
    quantised,
  );

const floating = (row: number, column: number, drive: Waveform, duration_s: number) => ({
  duration_s,
  rows: Array.from({ length: 4 }, (_, i): LineDrive => (i === row ? drive : "floating")),
  columns: Array.from({ length: 8 }, (_, j): LineDrive => (j === column ? constant(0) : "floating")),
  targets: [{ row, column }],
  referenceRow: row,
});

function readoutOf(column: number, samplePeriod_s: number, duration_s: number) {
  const windows = [{ start_s: duration_s / 2, end_s: duration_s }];
  return { samplePeriod_s, columns: [column], currentRange_A: "auto" as const, windows };
}

async function currentOf(array: ArrayBackend, row: number, column: number, drive: Waveform, duration_s = 0.02) {
  const stimulus = floating(row, column, drive, duration_s);
  const reading = await array.apply(stimulus, readoutOf(column, 0.01, duration_s), new AbortController().signal);
  return reading.windows[0]?.current_A[0] ?? Number.NaN;
}

describe("the array that a 2400 measures", () => {
  it("is the one that is there: every junction, sneak currents included, as the array itself gives them", async () => {
    const device = makeDevice();
    await using array = await makeMatrixArray(keithley2400, switch34970a, makeDevice());
    for (let row = 0; row < 4; row++)
      for (let column = 0; column < 8; column++) {
        const expected_A = await currentOf(device, row, column, constant(0.4));
        expectClose(await currentOf(array, row, column, constant(0.4)), expected_A, 2e-4, 1e-9);
      }
  });

  it("remembers its pulses like the array itself under the same levels and times", async () => {
    const pulses: Waveform = [0.4, 0.1, -0.3, 0.1, 0.4, 0.1].map((voltage_V) => ({
      kind: "hold",
      voltage_V,
      duration_s: 0.05,
    }));
    const direct: number[] = [];
    const measured: number[] = [];
    for (const [array, into] of [
      [makeDevice("ncnm-channel"), direct],
      [await makeMatrixArray(keithley2400, switch34970a, makeDevice("ncnm-channel")), measured],
    ] as const) {
      const windows = pulses.map((_, k) => ({ start_s: 0.05 * k + 0.04, end_s: 0.05 * (k + 1) }));
      const readout = { samplePeriod_s: 0.01, columns: [2], currentRange_A: "auto" as const, windows };
      const reading = await array.apply(floating(1, 2, pulses, 0.3), readout, new AbortController().signal);
      into.push(...reading.windows.map(({ current_A }) => current_A[0] ?? Number.NaN));
      await array[Symbol.asyncDispose]();
    }
    // samples of the instrument are means over the last quarter of 10 ms, those of the array moments: less than 10 ms of memory
    measured.forEach((current_A, k) => expectClose(current_A, direct[k] ?? Number.NaN, 0.01, 1e-11));
  });

  it.skipIf(!canRun("a 2400 over a pseudo-terminal", { programs: ["socat"] }))(
    "reads the same over a pipe, a pseudo-terminal and TCP, byte for byte",
    async () => {
      const readings: number[] = [];
      for (const kind of ["pipe", "pty", "tcp"] as const) {
        const lines: { stop(): Promise<void> }[] = [];
        const open = async (bench: Bench): Promise<readonly [Transport, Transport]> => {
          if (kind === "pipe") return [pipeTo(keithley2400, bench), pipeTo(switch34970a, bench)];
          const [channel, matrix] = [
            await serveOn(kind, keithley2400, bench),
            await serveOn(kind, switch34970a, bench),
          ];
          lines.push(channel, matrix);
          return [await channel.open(), await matrix.open()];
        };
        const array = await makeMatrixArray(keithley2400, switch34970a, makeDevice(), { open });
        readings.push(await currentOf(array, 1, 2, constant(0.3)));
        await array[Symbol.asyncDispose]();
        for (const line of lines) await line.stop();
      }
      expect(readings[0]).toBeGreaterThan(0);
      expect(readings[1]).toBe(readings[0]);
      expect(readings[2]).toBe(readings[0]);
    },
  );
});

/** An instrument whose answers pass through somebody's hands. */
function meddled(change: (text: string, asked: string) => string): typeof keithley2400 {
  return {
    ...keithley2400,
    emulate(hardware) {
      let asked = "";
      const send = (bytes: Uint8Array) => {
        hardware.send(Buffer.from(change(Buffer.from(bytes).toString("latin1"), asked), "latin1"));
      };
      const instrument = keithley2400.emulate({ ...hardware, send });
      return {
        bitsPerSecond: instrument.bitsPerSecond,
        receive(chunk) {
          asked += Buffer.from(chunk).toString("latin1");
          instrument.receive(chunk);
        },
        hangUp: () => instrument.hangUp(),
        close: () => instrument.close(),
      };
    },
  };
}

const never = new AbortController().signal;

/** Holds a voltage on the only junction and reads every 20 ms. */
function hold(array: ArrayBackend, voltage_V: number, points = 1, signal: AbortSignal = never) {
  const duration_s = points * 0.02;
  const stimulus = { duration_s, rows: [constant(voltage_V)], columns: [constant(0)], targets: [], referenceRow: 0 };
  const windows = [{ start_s: 0, end_s: duration_s }];
  return array.apply(stimulus, { samplePeriod_s: 0.02, columns: [0], currentRange_A: "auto", windows }, signal);
}

const oneOhm = (resistance_ohm: number) =>
  new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model: "ohmic" },
      conductance_S: Float64Array.of(1 / resistance_ohm),
      unselectedLines: "biased",
    },
    { seed: 1 },
  );

describe("when a 2400 goes wrong", () => {
  it("something else on the port is refused, and nothing is driven", async () => {
    const impostor = {
      ...keithley2400,
      emulate: (hardware: Parameters<typeof keithley2400.emulate>[0]) =>
        keithley2400.emulate({ ...hardware, identity: "ACME,TOASTER,1,2.0" }),
    };
    const opened = makeWiredArray(impostor, oneOhm(1e4));
    await expect(opened).rejects.toBeInstanceOf(InstrumentError);
    await expect(opened).rejects.toThrow(/Keithley 2400.*ACME,TOASTER.*nothing was driven/);
  });

  it("a compliance that it does not hold keeps the output off", async () => {
    let heard = "";
    const liar = meddled((text, asked) => {
      heard = asked;
      return asked.endsWith(":SENS:CURR:PROT?\n") ? "+1.050000E+00\n" : text;
    });
    await using array = await makeWiredArray(liar, oneOhm(1e4), { compliance_A: 1e-6 });
    await expect(hold(array, 0.1)).rejects.toThrow(/compliance of 1 .A.*1\.05.*output is off/);
    expect(heard).not.toContain("OUTP 1");
  });

  it("an error in the middle of a run names what was asked, code and meaning, and the output is off afterwards", async () => {
    const refusing = meddled((text, asked) =>
      asked.endsWith(":SYST:ERR?\n") && asked.slice(-60).includes("OUTP 1")
        ? '802,"Output blocked by output enable"\n'
        : text,
    );
    await using array = await makeWiredArray(refusing, oneOhm(1e4));
    const held = hold(array, 0.1);
    await expect(held).rejects.toBeInstanceOf(InstrumentError);
    await expect(held).rejects.toThrow(/switch its output on.*802, Output blocked.*switched off/);
  });

  it("a line that is cut in the middle of a plan is a TransportError", async () => {
    const transport = pipeTo(keithley2400, new Bench(oneOhm(1e4)));
    const array = await makeWiredArray(keithley2400, oneOhm(1e4), { transport });
    const held = hold(array, 0.1, 1900);
    setImmediate(() => void transport.close());
    await expect(held).rejects.toBeInstanceOf(TransportError);
  });

  it("an abort in the middle of a plan ends it, and the array works on", async () => {
    await using array = await makeWiredArray(keithley2400, oneOhm(1e4));
    const stop = new AbortController();
    let told = 0;
    array.samples.subscribe(({ current_A }) => {
      told += current_A.length;
      stop.abort();
    });
    await expect(hold(array, 0.1, 4500, stop.signal)).rejects.toBeInstanceOf(AbortedError);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(4500);
    const { windows } = await hold(array, 0.1);
    expectClose(windows[0]?.current_A[0] ?? Number.NaN, 1e-5, 1e-4, 1e-9);
  });

  it("compliance holds the current and flags it", async () => {
    await using array = await makeWiredArray(keithley2400, oneOhm(1e4), { compliance_A: 2e-5 });
    const { windows } = await hold(array, 1);
    expect(windows[0]?.overload).toBe(true);
    expectClose(windows[0]?.current_A[0] ?? Number.NaN, 2e-5, 1e-3);
  });

  it("times off its grid and unknown options are refused with what it can do", async () => {
    await using array = await makeWiredArray(keithley2400, oneOhm(1e4));
    const stimulus = { duration_s: 0.1, rows: [constant(0.1)], columns: [constant(0)], targets: [], referenceRow: 0 };
    const readout = { samplePeriod_s: 0.0200001, columns: [0], currentRange_A: "auto" as const, windows: [] };
    await expect(array.apply(stimulus, readout, never)).rejects.toBeInstanceOf(UnsupportedError);
    const instrumentOptions = new Map([["speed", "fast"]]);
    const opened = makeWiredArray(keithley2400, oneOhm(1e4), { instrumentOptions });
    await expect(opened).rejects.toThrow(/speed.*overhead=TIME/);
  });

  it("a reading without a number is NaN and counted as lost and overload, not a huge current", async () => {
    const overflowing = meddled((text) => text.replaceAll(/\+1\.0+\d*E-05,/g, "+9.900000E+37,"));
    await using array = await makeWiredArray(overflowing, oneOhm(1e4));
    const { windows, overloads, lost } = await hold(array, 0.1);
    expect(windows[0]?.current_A[0]).toBeNaN();
    expect(overloads).toBe(lost);
    expect(lost).toBeGreaterThan(0);
  });
});

describe("a long conversation", () => {
  it("stays in step: what is asked last is what is answered last", async () => {
    const port = new LinePort(pipeTo(keithley2400, new Bench(oneOhm(1e6))), patientTimer(40));
    for (let k = 1; k <= 300; k++) expect(await port.ask(`:TRIG:COUN ${k};:TRIG:COUN?`)).toBe(String(k));
    await port.close();
  });
});

describe("the 2400 codec", () => {
  it("reads currents with their status words; half a reading is none", () => {
    expect(decodeReadings("+1.000000E-06,+1.843200E+04,-2.500000E-05,+1.844000E+04,+1.0E-6")).toEqual([
      { current_A: 1e-6, overload: false },
      // bit 3: compliance
      { current_A: -2.5e-5, overload: true },
    ]);
  });

  it("loads lists of any length, at most 100 numbers a command, every number in its place", () => {
    const levels = Float64Array.from({ length: 250 }, (_, k) => k / 1000);
    const commands = encodeList(levels);
    expect(commands.map((command) => command.split(" ")[0])).toEqual([
      ":SOUR:LIST:VOLT",
      ":SOUR:LIST:VOLT:APP",
      ":SOUR:LIST:VOLT:APP",
    ]);
    expect(commands.flatMap((command) => (command.split(" ")[1] ?? "").split(",").map(Number))).toEqual([...levels]);
  });

  it("plans end at 0 V, hold every point for its time, and are cut where the voltage is low", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ voltage_V: fc.integer({ min: -20, max: 20 }), length: fc.integer({ min: 1, max: 400 }) }),
          {
            minLength: 1,
            maxLength: 12,
          },
        ),
        (points) => {
          const plan = {
            voltage_V: Float64Array.from(points, ({ voltage_V }) => voltage_V),
            duration_s: Float64Array.from(points, ({ length }) => length * 0.01),
            measured: new Uint8Array(points.length).fill(1),
            currentRange_A: "auto" as const,
            compliance_A: Infinity,
          };
          const { sweeps, unit_s, delay_s, nplc } = listPlan(plan, 50, 0.5e-3);
          const levels = sweeps.flatMap(({ levels_V }) => [...levels_V]);
          const held = points.flatMap(({ voltage_V, length }) =>
            Array.from({ length: Math.round((length * 0.01) / unit_s) }, () => voltage_V),
          );
          expect(levels).toEqual([...held, 0]);
          expect(sweeps.every(({ levels_V }) => levels_V.length > 0 && levels_V.length <= 2000)).toBe(true);
          expect(sweeps.flatMap(({ readings }) => readings.map(([, point]) => point))).toEqual([...points.keys()]);
          expectClose(delay_s + nplc / 50 + 0.5e-3, unit_s, 1e-3, 1e-5);
        },
      ),
    );
  });
});
