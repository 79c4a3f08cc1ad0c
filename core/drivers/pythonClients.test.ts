import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { canRun } from "../../tests/needs.ts";
import { ohmicJunction } from "../../tests/ohmicJunction.ts";
import { runClient } from "../../tests/runClient.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { arcOne } from "./arcOne/index.ts";
import { Bench } from "./emulation/bench.ts";
import { keithley2600 } from "./keithley2600/index.ts";
import { emstat4, emstatPico } from "./methodScript/index.ts";
import { rodeostat } from "./rodeostat/index.ts";
import { switch2700 } from "./switches/index.ts";

const VISA = { programs: ["socat"], modules: ["serial", "pyvisa", "pyvisa_py"] };
const PYMEASURE = { programs: ["socat"], modules: ["pymeasure", "pyvisa_py", "serial"] };
const SERIAL = { programs: ["socat"], modules: ["serial"] };

function ohmic(rows: number, columns: number, conductance_S: readonly number[]): EmulatedArray {
  return new EmulatedArray(
    { rows, columns, junction: { model: "ohmic" }, conductance_S: Float64Array.from(conductance_S) },
    { seed: 1 },
  );
}

/** Expectations are Ohm's law and the instruments' steps; the clients are written from the protocols, in another language. */
function expectAllClose(found: readonly number[], expected: readonly number[], relative: number, absolute = 0): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((one, k) => {
    expectClose(one, expected[k] ?? Number.NaN, relative, absolute);
  });
}

type Point = readonly [number, number];

interface EmStatFound {
  version: string;
  serial: string;
  script: string;
  commands: string;
  scriptCommands: string;
  ca: [Point[]];
  lsv: [Point[]];
  cv: [Point[][]];
  loop: string[];
  load: string;
  Fmscr: string;
  Lmscr: string;
  kept: string[];
  wrong: string[];
  unknown: string;
  register: string;
  written: string[];
  division: string[];
  acknowledged: number;
  aborted: number;
  idle: string;
}

describe.skipIf(!canRun("a pyserial client with emulated MethodSCRIPT devices", SERIAL))(
  "a MethodSCRIPT client",
  () => {
    it.each([
      [emstatPico, "espico", 2.2 / 4095, 1.835 / 32_768 / 8e3],
      [emstat4, "es4_lr", 6 / 65_535, 1e-8],
    ])("measures, loops, stores, is refused and aborts on $name", async (driver, model, step_V, step_A) => {
      const found = await runClient<EmStatFound>("emstat.py", driver, new Bench(ohmicJunction(1e6)), { name: "path" });
      expect(found.version).toMatch(new RegExp(`^t${model}\\d{4}#.*\\nR\\*\\n$`));
      expect(found.script).toMatch(/^v\d\d\.\d\d\.\d\d\n$/);
      expect([found.serial, found.idle]).toEqual(["iSIM0001\n", "\n"]);
      for (const bits of [found.commands, found.scriptCommands]) expect(bits).toMatch(/^C[CM][0-9A-F]{64}\n$/);

      const follow = (points: readonly Point[], volts: readonly number[]) => {
        expectAllClose(
          points.map(([voltage]) => voltage),
          volts,
          0,
          step_V,
        );
        // what is told as applied is what the resistor sees
        for (const [voltage_V, current_A] of points) expectClose(current_A, voltage_V / 1e6, 0, step_A);
      };
      follow(found.ca[0], Array<number>(10).fill(0.1));
      follow(
        found.lsv[0],
        Array.from({ length: 11 }, (_, k) => 0.02 * k),
      );
      // both scans: up, down, up
      const triangle = Array.from({ length: 41 }, (_, k) =>
        k <= 10 ? 0.01 * k : k <= 30 ? 0.2 - 0.01 * k : 0.01 * k - 0.4,
      );
      expect(found.cv[0]).toHaveLength(2);
      for (const scan of found.cv[0]) follow(scan, triangle);

      expect(found.loop).toEqual(
        ["e", "L", "Pja8000000i", "Pja8000001i", "Pja8000002i", "+", "Thello world!"].map((line) => `${line}\n`),
      );
      expect([found.load, found.Fmscr, found.Lmscr, ...found.kept]).toEqual(["l\n", "F\n", "L\n", "r\n", "Tkept\n"]);
      expect(found.wrong).toEqual(["e!4001: Line 2, Col 1\n"]);
      expect([found.unknown, found.register]).toEqual(["f!0003\n", "G!0004\n"]);
      expect(found.written).toEqual(["S\n", "G00ff\n"]);
      expect(found.division).toEqual(["e\n", "!0028: Line 3\n"]);
      expect(found.acknowledged).toBe(1);
      expect(found.aborted).toBeGreaterThanOrEqual(4);
    });
  },
);

interface ArcFound {
  confirmed: string;
  version: Point;
  one: number;
  all: number[];
  masked: number[];
  pulseRead: number;
  negative: number;
  curves: Triple[][][];
  endurance: Triple[];
  formFinder: Triple[];
  chronoamperometry: Triple[];
  summed_A: number;
  left: number;
}
type Triple = readonly [number, number, number];

describe.skipIf(!canRun("a pyserial client with an emulated ArC ONE", SERIAL))("a client of the ArC ONE", () => {
  it("reads one, all and a list, pulses, traces curves, cycles, forms and sums, and is in step at the end", async () => {
    const siemens = [1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6];
    const ohms = siemens.map((conductance_S) => 1 / conductance_S);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = ohms;
    const bench = new Bench(ohmic(3, 2, siemens), "grounded");
    const found = await runClient<ArcFound>("arcOne.py", arcOne, bench, { name: "path" });
    // a step of the output at 0.5 V, a step of the converter at a tenth of its range
    const near = 24 / 65_535 / 0.5 + 1e-3;
    expect(found.confirmed).toBe("1\n");
    expect(found.version).toEqual([1, 0x4d53]);
    expectAllClose([found.one, found.pulseRead, found.negative], [b, c, f], near * 2);
    expectAllClose(found.all, ohms, near);
    expectAllClose(found.masked, [a, d, e], near);
    const volts = [1, 2, 3, 4, 3, 2, 1, -1, -2, -3, -4, -3, -2, -1].map((tenths) => tenths / 10);
    found.curves.forEach((cycles, device) => {
      expect(cycles).toHaveLength(2);
      for (const curve of cycles) {
        expectAllClose(
          curve.map(([, voltage_V]) => voltage_V),
          volts,
          1e-6,
        );
        for (const [ohm] of curve) expectClose(ohm, [a, c][device] ?? 0, 5 * near);
      }
    });
    expectAllClose(
      found.endurance.map(([, voltage_V]) => voltage_V),
      [1, -1, 1, -1, 1, -1],
      1e-6,
    );
    // the reading before, then three amplitudes by the widths 100, 200, 400 and 800 us
    expect(found.formFinder).toHaveLength(13);
    for (const [ohm] of found.formFinder) expectClose(ohm, d, near);
    expect(found.chronoamperometry).toHaveLength(5);
    for (const [ohm] of found.chronoamperometry) expectClose(ohm, e, 2 * near);
    expectClose(found.summed_A, 0.5 * (1e-6 + 5e-6), near);
    expect(found.left).toBe(0);
  });
});

interface RodeostatRun {
  kept: boolean;
  done_ms: number;
  samples: Triple[];
}
type RodeostatTest = "constant" | "cyclic" | "sinusoid" | "linearSweep" | "multiStep" | "chronoamp" | "squareWave";
type RodeostatFound = Record<RodeostatTest, RodeostatRun> & {
  variant: string;
  firmware: string;
  names: string[];
  id: number;
  volt: number;
  voltBack: number;
  current: number;
  reference: boolean;
  range: string;
  period_ms: number;
  channels: number[];
  multiplexed: Point[];
  stopped: string[];
  unknownTest: string;
  unknownCommand: string;
  tooFast: string;
  tooSlow: string;
  nonsense: string;
  nothing: string;
  quiet: number;
};

describe.skipIf(!canRun("a pyserial client with an emulated Rodeostat", SERIAL))("a client of the Rodeostat", () => {
  it("sets, measures, runs every test, multiplexes, stops one and is refused", async () => {
    const siemens = [1e-5, 2e-5, 3e-5, 4e-5, 5e-5, 6e-5, 7e-5];
    const found = await runClient<RodeostatFound>(
      "rodeostat.py",
      rodeostat,
      new Bench(ohmic(1, 7, siemens), "grounded"),
      {
        name: "path",
      },
    );
    expect([found.variant, found.firmware, found.id]).toEqual(["10V_microAmpV0.2", "FW0.1.0 simulated", 7]);
    expect(found.names).toContain("differentialPulse");
    expect([found.volt, found.voltBack, found.range, found.period_ms, found.reference]).toEqual([
      0.25,
      0.25,
      "100uA",
      20,
      true,
    ]);
    // 12 bits over 1 V and 16 over 1 or 100 uA, microampere
    const step_uA = (2 / 4095) * 10 + 200 / 65_535;
    const tests = {
      constant: [1200, 0.5],
      cyclic: [2200, 0.5],
      sinusoid: [2200, 0.4990134],
      linearSweep: [1000, 0.5],
      multiStep: [1200, 0.4],
      chronoamp: [1200, 0.5],
    } as const;
    for (const [name, [done_ms, most_V]] of Object.entries(tests)) {
      const run = found[name as keyof typeof tests];
      expect([name, run.kept, run.done_ms]).toEqual([name, true, done_ms]);
      expect(run.samples.map(([t_ms]) => t_ms)).toEqual(Array.from({ length: done_ms / 20 }, (_, k) => 20 * (k + 1)));
      expectClose(Math.max(...run.samples.map(([, voltage_V]) => voltage_V)), most_V, 1e-6);
      // a step that falls on a sample is told with the current from before it, as recordings of a real one have it
      const steady = run.samples.filter(([, voltage_V], k) => run.samples[k - 1]?.[1] === voltage_V);
      for (const [, voltage_V, current_uA] of steady) expectClose(current_uA, 10 * voltage_V, 0, step_uA);
    }
    // through ramps a sample is the mean of the millisecond before it
    for (const [, voltage_V, current_uA] of found.linearSweep.samples)
      expectClose(current_uA, 10 * voltage_V, 0, step_uA + 0.01);
    expect(found.squareWave.samples.length).toBeGreaterThan(0);

    expect(found.channels).toEqual([1, 3]);
    expect(new Set(found.multiplexed.map(([channel]) => channel))).toEqual(new Set([1, 3]));
    for (const [channel, current_uA] of found.multiplexed.slice(2))
      expectClose(current_uA, channel * 5, 0, 4 * step_uA);
    expect(found.stopped).toEqual(["stopTest"]);
    expect(found.unknownTest).toMatch(/test.*not found/);
    expect(found.unknownCommand).toBe("command, nothing, not found");
    expect([found.tooFast, found.tooSlow]).toEqual([
      "json samplePeriod value is too small",
      "json samplePeriod value is too large",
    ]);
    expect([found.nonsense, found.nothing]).toEqual(["unable to parse json", "json does not contain key: command"]);
    expect(found.quiet).toBe(0);
  });
});

interface TspFound {
  id: string;
  model: string;
  state: number[];
  current_A: number;
  withCondition: string[];
  both: Point;
  limited_A: number;
  compliance: string;
  sweep_A: number[];
  numbers: number[];
  trace_s: number[];
  errors: number;
  codes: number[];
  empty: string[];
  open_A: number;
  off: number;
  done: string;
}

describe.skipIf(!canRun("PyVISA with an emulated Keithley 2600", VISA))("a VISA client of the Keithley 2600", () => {
  it.each(["pty", "tcp"] as const)(
    "sources, measures, limits, sweeps in binary numbers and reads errors over a %s",
    async (kind) => {
      const bench = new Bench(ohmicJunction(1e6));
      const found = await runClient<TspFound>("keithley2600.py", keithley2600, bench, { kind, name: "visa" });
      expect(found.id).toMatch(/^Keithley Instruments Inc\., Model 2602B, SIM0001, /);
      expect([found.model, found.compliance, found.done, found.off]).toEqual(["2602B", "true", "1", 0]);
      expect(found.state).toEqual([1, 1, 0.1, 0.5]);
      expectAllClose([found.current_A, ...found.both, found.limited_A], [5e-7, 5e-7, 0.5, 1e-7], 1e-4);
      expect(found.withCondition).toEqual(["5.00000e-01", "0.00000e+00"]);
      // the fixed range of 1 uA has steps of 1 pA
      expectAllClose(found.sweep_A, [0, 1e-7, 2e-7, 3e-7, 4e-7], 1e-6, 1e-12);
      expect(found.numbers).toEqual([1.25, -2]);
      expectAllClose(found.trace_s, [0, 0.01, 0.02, 0.03], 1e-3, 1e-9);
      expect(found.errors).toBe(3);
      expect(found.codes).toEqual([1102, -285, -286]);
      expect(found.empty).toEqual(["0.00000e+00", "Queue Is Empty", "0.00000e+00", "1.00000e+00"]);
      expect(found.open_A).toBeLessThan(1e-9);
    },
  );
});

describe.skipIf(!canRun("PyMeasure with an emulated Keithley 2700", PYMEASURE))("PyMeasure's switches", () => {
  it.each(["pty", "tcp"] as const)("close, open, ask and show channels over a %s", async (kind) => {
    const bench = new Bench(ohmic(8, 8, Array<number>(64).fill(1e-6)), "floating");
    const found = await runClient<Record<string, unknown>>("keithley2700.py", switch2700, bench, {
      kind,
      name: "visa",
    });
    expect(found).toEqual({
      id: expect.stringMatching(/^KEITHLEY INSTRUMENTS INC\.,MODEL 2700,SIM0001,/),
      cards: { 1: "7709", 2: "7709" },
      channels: 100,
      // (row - 1) * 8 + column
      closed: [103, 113],
      states: "1,0,1",
      shown: [true, "C: 3 13"],
      left: [103],
      backplane: [103, 149],
      opened: [],
      error: [-222, "Data out of range"],
      list: [101, 203],
      rest: [203],
      none: [],
      noError: [0, "No error"],
    });
    expect(bench.selected).toBeUndefined();
  });
});
