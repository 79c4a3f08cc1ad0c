import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { pipeTo } from "../../tests/emulatedLine.ts";
import { patientTimer } from "../../tests/patientTimer.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { InstrumentError, LimitError, UnsupportedError } from "../errors.ts";
import type { Waveform } from "../waveform.ts";
import { ced1902 } from "./ced1902/index.ts";
import type { Driver } from "./driver.ts";
import { Bench } from "./emulation/bench.ts";
import { decodeLine } from "./esp32Memristor/codec.ts";
import { esp32Memristor } from "./esp32Memristor/index.ts";
import { InstrumentArray } from "./instrumentArray.ts";
import { LinePort } from "./linePort.ts";
import { decodeSample, encodeSample } from "./rbd9103/codec.ts";
import { rbd9103 } from "./rbd9103/index.ts";

const timer = patientTimer(20);
const makeBench = (conductance_S: number) =>
  new Bench(
    new EmulatedArray(
      { rows: 1, columns: 1, junction: { model: "ohmic", parameters: { conductance_S } } },
      { seed: 1 },
    ),
  );

async function openArray(
  driver: Driver,
  conductance_S: number,
  options: readonly (readonly [string, string])[] = [],
  compliance_A = Infinity,
) {
  const { instrument } = await driver.open(pipeTo(driver, makeBench(conductance_S)), {
    timer,
    options: new Map(options),
  });
  if (!instrument) throw new Error("no channel");
  const free = { select: async () => {}, open: async () => {}, [Symbol.asyncDispose]: async () => {} };
  const selector = { grid: { rows: 1, columns: 1 }, unselectedLines: "floating" as const, ...free };
  return new InstrumentArray({ instrument, selector, timer, compliance_A });
}

const holds = (...levels: readonly (readonly [number, number])[]): Waveform =>
  levels.map(([voltage_V, duration_s]) => ({ kind: "hold", voltage_V, duration_s }));
const play = (
  array: InstrumentArray,
  waveform: Waveform,
  duration_s: number,
  samplePeriod_s: number,
  windows: readonly { start_s: number; end_s: number }[],
) =>
  array.apply(
    {
      duration_s,
      rows: [waveform],
      columns: [[{ kind: "hold", voltage_V: 0, duration_s }]],
      targets: [],
      referenceRow: 0,
    },
    { samplePeriod_s, columns: [0], currentRange_A: "auto", windows },
    new AbortController().signal,
  );

describe("the ESP32 memristor controller", () => {
  it("is known although its boot banner and its answer both end with END, and no answer is shifted by one", async () => {
    await using array = await openArray(esp32Memristor, 1e-4);
    expect(array.capabilities.name).toContain("SIM0001");
    const { windows, lost } = await play(array, holds([0, 0.05], [1.1, 0.1], [0, 0.05]), 0.2, 0.01, [
      { start_s: 0.05, end_s: 0.15 },
    ]);
    expect(lost).toBe(0);
    expectClose(windows[0]?.voltage_V[0] ?? 0, (85 / 255) * 3.3, 1e-6);
    expectClose(windows[0]?.current_A[0] ?? 0, (85 / 255) * 3.3e-4, 1e-5);
  });

  it("trips at the run's current limit: the board is at 0 V, and the run ends with its words", async () => {
    await using array = await openArray(esp32Memristor, 1e-2, [], 1e-3);
    await expect(play(array, holds([2, 0.1]), 0.1, 0.01, [])).rejects.toThrow(
      /TRIP: more than 1 mA; the board has put its output to 0 V/,
    );
  });

  it("refuses what it cannot put out: below 0 V, and levels without 0 V between", async () => {
    await using array = await openArray(esp32Memristor, 1e-4);
    await expect(play(array, holds([-1, 0.1]), 0.1, 0.01, [])).rejects.toBeInstanceOf(LimitError);
    await expect(play(array, holds([1, 0.1], [2, 0.1]), 0.2, 0.01, [])).rejects.toThrow(/separated by 0 V/);
  });

  it("answers a sweep there and back with 2 n - 1 points, and says what it does not know", async () => {
    const port = new LinePort(pipeTo(esp32Memristor, makeBench(1e-4)), timer);
    const block = async (command: string) => {
      if (command !== "") await port.send(command);
      const lines: string[] = [];
      for (let line = await port.line(); line !== "END"; line = await port.line()) lines.push(line);
      return lines;
    };
    expect((await block(""))[0]).toBe("ESP32_MEMRISTOR_CONTROLLER v1");
    expect((await block("SWEEP 0 1 50 1 1")).length).toBe(99);
    expect(await block("SETLIM 3")).toEqual(["OK ILIM_mA 3.000"]);
    expect(await block("FLY 1")).toEqual(["ERR Unknown/Bad cmd: FLY 1"]);
    await port.close();
  });

  it("its lines decode", () => {
    expect(decodeLine("TRIP 1.100000 0.006000000")).toEqual({ kind: "trip", voltage_V: 1.1, current_A: 6e-3 });
  });
});

describe("the RBD 9103", () => {
  it.each([
    ["&S=,Range=002nA,+0.0008,nA", { quality: "stable", range: "002nA", current_A: 0.8e-12 }],
    ["&S>,Range=020uA,-20.000,uA", { quality: "over", range: "020uA", current_A: -20e-6 }],
    ["&S<,Range=002mA,+0.0001,mA", { quality: "under", range: "002mA", current_A: 1e-7 }],
  ])("decodes %s", (line, sample) => {
    const found = decodeSample(line);
    expect(found).toMatchObject({ quality: sample.quality, range: sample.range });
    expectClose(found?.current_A ?? 0, sample.current_A, 1e-12);
  });

  it("writes what it reads, and passes over what is no sample", () => {
    fc.assert(
      fc.property(fc.double({ min: -2e-3, max: 2e-3, noNaN: true }), (current_A) => {
        const found = decodeSample(encodeSample({ quality: "stable", range: "002mA", current_A }));
        expectClose(found?.current_A ?? Number.NaN, current_A, 0, 0.51e-7);
      }),
    );
  });

  it("reads under the bias that the user declares, and has it off before and after", async () => {
    await using array = await openArray(rbd9103, 1e-9, [["bias", "100mV"]]);
    const { windows } = await play(array, holds([0, 0.2], [0.1, 0.4]), 0.6, 0.1, [
      { start_s: 0, end_s: 0.2 },
      { start_s: 0.2, end_s: 0.6 },
    ]);
    expectClose(windows[0]?.current_A[0] ?? 1, 0, 0, 1e-15);
    expectClose(windows[1]?.current_A[0] ?? 0, 1e-10, 1e-3);
    await expect(play(array, holds([0.05, 0.2]), 0.2, 0.1, [])).rejects.toThrow(/switches a bias of 100 mV on and off/);
  });

  it("refuses a bias without its unit", async () => {
    await expect(openArray(rbd9103, 1e-9, [["bias", "0.1"]])).rejects.toThrow(/bias=0.1.*no unit/);
  });
});

describe("the CED 1902", () => {
  it("sets gain and filters, reads them back and tells them as a state", async () => {
    const options = new Map([
      ["gain", "4"],
      ["lowPass", "2"],
    ]);
    const { conditioner } = await ced1902.open(pipeTo(ced1902, makeBench(1e-9)), { timer, options });
    const seen: unknown[] = [];
    conditioner?.states.subscribe((state) => seen.push(state));
    expect(seen).toEqual([expect.objectContaining({ gain: 4, gainFactor: 100, lowPass: 2, notch: 0 })]);
    await expect(conditioner?.set({ gain: 31 })).rejects.toBeInstanceOf(UnsupportedError);
    // in its range of indices, not in its list: it stays where it was, and says so
    await expect(conditioner?.set({ gain: 20 })).rejects.toBeInstanceOf(InstrumentError);
    await expect(conditioner?.set({ volume: 1 })).rejects.toThrow(/volume is no setting/);
    await conditioner?.[Symbol.asyncDispose]();
  });
});
