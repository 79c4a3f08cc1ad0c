import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { pipeTo, serveOn } from "../../../tests/emulatedLine.ts";
import { makeMatrixArray, makeWiredArray } from "../../../tests/matrixArray.ts";
import { canRun } from "../../../tests/needs.ts";
import { ohmicJunction } from "../../../tests/ohmicJunction.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { soakOr } from "../../../tests/soak.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import type { ArrayBackend } from "../../arrayBackend.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { InstrumentError } from "../../errors.ts";
import { constant, type Waveform } from "../../waveform.ts";
import { Bench } from "../emulation/bench.ts";
import { LinePort } from "../linePort.ts";
import { switch34970a } from "../switches/index.ts";
import { decodeError, decodePoint } from "./codec.ts";
import { keithley2600 } from "./index.ts";
import { parseChunk } from "./lua/parseChunk.ts";
import { LuaError } from "./lua/values.ts";

const fourByEight = () =>
  new EmulatedArray(
    {
      rows: 4,
      columns: 8,
      junction: { model: "ohmic" },
      unselectedLines: "biased",
      conductance_S: Float64Array.from({ length: 32 }, (_, k) => (k + 1) * 1e-6),
    },
    { seed: 1 },
  );

// 50 uV of the 1 V range at 0.4 V, 100 pA of the 100 uA range
const options = { safe_V: 0.4, relative: 2e-4, absolute_A: 1e-9, samplePeriod_s: 0.01, longSamples: 200, linear: true };

describeArrayBackend(
  "Keithley 2600 alone over its emulated instrument",
  () => makeWiredArray(keithley2600, ohmicJunction(1e5)),
  { ...options, conductance_S: Float64Array.of(1e-5) },
);
describeArrayBackend(
  "Keithley 2600 with a switch-34970a, 4 x 8, over their emulated instruments",
  () => makeMatrixArray(keithley2600, switch34970a, fourByEight()),
  options,
);

const openPort = (resistance_ohm = 1e6) =>
  new LinePort(pipeTo(keithley2600, new Bench(ohmicJunction(resistance_ohm))), patientTimer(40));

/** The lines that QCoDeS' driver asks, as its simulated instrument lists them, and answers that it can read. */
const GETTERS: readonly (readonly [string, number])[] = [
  ["smua.measure.v(), status.measurement.instrument.smua.condition", 0],
  ["smua.measure.i(), status.measurement.instrument.smua.condition", 0],
  ["smua.source.func", 1],
  ["smua.source.output", 0],
  ["smua.measure.nplc", 1],
  ["smua.source.rangev", 0.1],
  ["smua.source.autorangev", 1],
  ["smua.measure.rangev", 0.1],
  ["smua.measure.autorangev", 1],
  ["smua.source.rangei", 1e-7],
  ["smua.source.autorangei", 1],
  ["smua.measure.rangei", 1e-7],
  ["smua.measure.autorangei", 1],
  ["smua.source.limitv", 40],
  ["smua.source.limiti", 1],
  ["smub.measure.i(), status.measurement.instrument.smub.condition", 0],
  ["localnode.linefreq", 60],
];

const SETTERS: readonly (readonly [string, string, number])[] = [
  ["source.levelv", "0.250000000000", 0.25],
  ["source.leveli", "0.000001000000", 1e-6],
  ["source.func", "0", 0],
  ["source.output", "1", 1],
  ["measure.nplc", "0.05", 0.05],
  ["source.rangev", "6", 6],
  ["source.autorangev", "0", 0],
  ["measure.rangei", "1e-3", 1e-3],
  ["measure.autorangei", "0", 0],
  ["source.limiti", "0.001", 1e-3],
  ["source.limitv", "2", 2],
];

describe("the emulated Keithley 2600", () => {
  it("answers the lines of QCoDeS, numbers as %.5e, several between tabs", async () => {
    const port = openPort();
    expect(await port.ask("*IDN?")).toBe("Keithley Instruments Inc., Model 2602B, SIM0001, 3.2.2");
    expect(await port.ask("print(localnode.model)")).toBe("2602B");
    for (const [query, expected] of GETTERS) {
      const answer = await port.ask(`print(${query})`);
      expect(answer, query).toMatch(/^-?\d\.\d{5}e[+-]\d\d(?:\t-?\d\.\d{5}e[+-]\d\d)?$/);
      expect(Number.parseFloat(answer)).toBe(expected);
    }
    for (const [name, value, expected] of SETTERS) {
      await port.send(`smua.${name}=${value}`);
      expect(Number(await port.ask(`print(smua.${name})`)), name).toBe(expected);
      await port.send("smua.reset()");
    }
    expect(Number(await port.ask("print(errorqueue.count)"))).toBe(0);
    await port.close();
  });

  it("plays the sweep script of QCoDeS and gives its buffer back as text or as single precision numbers", async () => {
    const transport = pipeTo(keithley2600, new Bench(ohmicJunction(1e6)));
    const chunks: Buffer[] = [];
    let heard: () => void = () => {};
    transport.listen({
      bytes: (chunk) => {
        chunks.push(Buffer.from(chunk));
        heard();
      },
      closed: () => {},
    });
    const script = (format: string) =>
      [
        "loadandrunscript",
        "smua.measure.nplc = 0.050000000000",
        "smua.source.output = 1",
        "startX = 0.100000000000",
        "dX = 0.100000000000",
        "smua.sense = 0",
        "smua.source.func = 1",
        "smua.measure.count = 1",
        "smua.nvbuffer1.clear()",
        "smua.nvbuffer1.appendmode = 1",
        "for index = 1, 3 do",
        "  target = startX + (index-1)*dX",
        "  smua.source.levelv = target",
        "  smua.measure.i(smua.nvbuffer1)",
        "end",
        `format.data = format.${format}`,
        "format.byteorder = format.LITTLEENDIAN",
        "printbuffer(1, 3, smua.nvbuffer1.readings)",
        "endscript",
      ].join("\r\n");
    const collect = async (length: number) => {
      while (Buffer.concat(chunks).length < length) await new Promise<void>((resolve) => (heard = resolve));
      return Buffer.concat(chunks.splice(0));
    };
    await transport.write(Buffer.from(`${script("REAL32")}\n`));
    const block = await collect(15);
    expect(block.subarray(0, 2).toString()).toBe("#0");
    expect(block.at(-1)).toBe(10);
    const floats = [0, 1, 2].map((k) => block.readFloatLE(2 + 4 * k));
    floats.forEach((current_A, k) => expectClose(current_A, (k + 1) * 1e-7, 1e-5));
    await transport.write(Buffer.from(`${script("ASCII")}\n`));
    expect((await collect(37)).toString()).toBe("1.00000e-07, 2.00000e-07, 3.00000e-07\n");
    await transport.close();
  });

  it("limits the current and says so in its condition; a reading beyond a fixed range is 9.91e37", async () => {
    const port = openPort(1e4);
    await port.send("smua.source.levelv=1 smua.source.limiti=2e-5 smua.source.output=1");
    const [current = "", condition = ""] = (
      await port.ask("print(smua.measure.i(), status.measurement.instrument.smua.condition)")
    ).split("\t");
    expectClose(Number(current), 2e-5, 1e-3);
    expect(Number(condition)).toBe(2);
    expect(await port.ask("print(smua.source.compliance)")).toBe("true");
    await port.send("smua.source.limiti=1e-3 smua.measure.rangei=1e-6");
    expect(Number(await port.ask("print(smua.measure.i())"))).toBe(9.91e37);
    await port.close();
  });

  it.each([
    ["smua.source.levelv=", -285],
    ["x = = 2", -285],
    ["smua.fly()", -286],
    ["smua.source.levelv=41", 1102],
    ["smua.measure.nplc=0", 1103],
    ["print(1+nil)", -286],
    ["smua.source.rangev=1 smua.source.levelv=3", 5007],
    ["*FLY", -285],
    ["smua.constructor.constructor('return 1')()", -286],
  ])("%s puts error %i into its queue", async (line, code) => {
    const port = openPort();
    await port.send(line);
    const [found = "", message = "", severity, node] = (await port.ask("print(errorqueue.next())")).split("\t");
    expect(Number(found)).toBe(code);
    expect(message.length).toBeGreaterThan(0);
    expect([Number(severity), Number(node)]).toEqual([20, 1]);
    expect(await port.ask("print(errorqueue.next())")).toBe("0.00000e+00\tQueue Is Empty\t0.00000e+00\t1.00000e+00");
    await port.close();
  });

  it("ends an endless script at abort and listens again", async () => {
    const port = openPort();
    await port.send("while true do x=1 end");
    await port.send("abort");
    expect(await port.ask("print(2)")).toBe("2.00000e+00");
    await port.close();
  });
});

/** From the reference manual of Lua 5.0: precedence, scopes, multiple results, loops. */
const SCRIPTS: readonly (readonly [string, string])[] = [
  ["print(2+3*4^2/2, -2^2, 2^3^2, 7%3)", "2.60000e+01\t-4.00000e+00\t5.12000e+02\t1.00000e+00"],
  ["print(1<2 and 'yes' or 'no', not nil, nil==false)", "yes\ttrue\tfalse"],
  ["local a, b, c = (function() return 1, 2 end)() print(a, b, c)", "1.00000e+00\t2.00000e+00\tnil"],
  ["t={10, 20; x=3, ['y']=4} print(#t, t.x+t['y'], t[2])", "2.00000e+00\t7.00000e+00\t2.00000e+01"],
  ["s=0 for k=10,1,-3 do if k==4 then break end s=s+k end print(s)", "1.70000e+01"],
  ["function f(n) if n<2 then return n else return f(n-1)+f(n-2) end end print(f(10))", "5.50000e+01"],
  ["x=1 do local x=2 end print(x) -- said", "1.00000e+00"],
  ["i=0 repeat i=i+1 until i>=3 while i<10 do i=i*2 end print(i)", "1.20000e+01"],
  ["print(string.format('%d %.2f %s', 3.7, 2.345, 'x'), 'a'..'b'..'c')", "3 2.35 x\tabc"],
  ["for k, v in ipairs({5, 6}) do print(k, v) end", "1.00000e+00\t5.00000e+00"],
  [
    "s='' for k in pairs({a=1, b=2}) do s=s..k end print(s, next({}), unpack({1, 2}))",
    "ab\tnil\t1.00000e+00\t2.00000e+00",
  ],
  ["print(pcall(function() error('no') end))", "false\tno"],
  [
    "t={1, 3} table.insert(t, 2, 2) print(table.concat(t, ';'), table.remove(t), #t)",
    "1.00000e+00;2.00000e+00;3.00000e+00\t3.00000e+00\t2.00000e+00",
  ],
  ["print(string.sub('Model 2602B', -5, -2), string.upper('ab'), string.rep('x', 3))", "2602\tAB\txxx"],
  ["p={} function p.twice(x) return 2*x end print(p.twice(4))", "8.00000e+00"],
  ["=0x10", "1.60000e+01"],
];

describe("the script language", () => {
  it.each(SCRIPTS)("%s", async (script, expected) => {
    const port = openPort();
    expect(await port.ask(script)).toBe(expected);
    await port.close();
  });

  it("reads any text or refuses it with a LuaError, and never runs away", () => {
    const words = fc.constantFrom(
      ..."for do end if then ( ) { } = == x 1 , . .. 'a' function not - # while".split(" "),
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 60 }).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseChunk(text, () => undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(LuaError);
        }
      }),
      { numRuns: soakOr(1_000_000, 300) },
    );
    expect(() => parseChunk("(".repeat(100_000), () => undefined)).toThrow(LuaError);
  });
});

describe("the 2600 codec", () => {
  it("takes a line for a reading, an error, or nothing", () => {
    expect(decodePoint("1.234500e-06\t2.000000e+00")).toEqual({ current_A: 1.2345e-6, overload: true });
    expect(decodePoint("9.910000e+37\t0.000000e+00")).toEqual({ current_A: Number.NaN, overload: true });
    expect(decodePoint("1.0")).toBeUndefined();
    expect(decodeError("-2.85000e+02\tTSP Syntax error\t2.00000e+01\t1.00000e+00")).toEqual({
      tspCode: -285,
      meaning: "TSP Syntax error",
    });
  });
});

async function pulses(array: ArrayBackend): Promise<number[]> {
  const train: Waveform = [0.4, 0.1, -0.3, 0.1].map((voltage_V) => ({ kind: "hold", voltage_V, duration_s: 0.05 }));
  const windows = [0, 1, 2, 3].map((k) => ({ start_s: 0.05 * k + 0.04, end_s: 0.05 * (k + 1) }));
  const stimulus = { duration_s: 0.2, rows: [train], columns: [constant(0)], targets: [], referenceRow: 0 };
  const readout = { samplePeriod_s: 0.01, columns: [0], currentRange_A: "auto" as const, windows };
  const reading = await array.apply(stimulus, readout, new AbortController().signal);
  return reading.windows.map(({ current_A }) => current_A[0] ?? Number.NaN);
}

const memory = () =>
  new EmulatedArray(
    { rows: 1, columns: 1, junction: { model: "ncnm-channel" }, unselectedLines: "biased" },
    { seed: 1 },
  );

describe("the array that a 2600 measures", () => {
  it("remembers its pulses like the array itself under the same levels and times", async () => {
    const direct = await pulses(memory());
    await using array = await makeWiredArray(keithley2600, memory());
    const measured = await pulses(array);
    measured.forEach((current_A, k) => expectClose(current_A, direct[k] ?? Number.NaN, 0.01, 1e-12));
  });

  it.skipIf(!canRun("a 2600 over a pseudo-terminal", { programs: ["socat"] }))(
    "reads the same over a pipe, a pseudo-terminal and TCP",
    async () => {
      const readings: number[][] = [];
      for (const kind of ["pipe", "pty", "tcp"] as const) {
        const device = ohmicJunction(1e6);
        const line = kind === "pipe" ? undefined : await serveOn(kind, keithley2600, new Bench(device));
        const array = await makeWiredArray(keithley2600, device, line ? { transport: await line.open() } : {});
        readings.push(await pulses(array));
        await array[Symbol.asyncDispose]();
        await line?.stop();
      }
      expect(readings[0]?.[0]).toBeGreaterThan(0);
      expect(readings[1]).toEqual(readings[0]);
      expect(readings[2]).toEqual(readings[0]);
    },
  );

  it("a wrong model is refused by name, an error in the middle of a plan with code and meaning", async () => {
    const other = {
      ...keithley2600,
      emulate: (hardware: Parameters<typeof keithley2600.emulate>[0]) =>
        keithley2600.emulate({ ...hardware, identity: "Keithley Instruments Inc., Model 2450, SIM1, 1.0" }),
    };
    await expect(makeWiredArray(other, ohmicJunction(1e6))).rejects.toThrow(/Keithley 2600.*2450.*nothing was driven/);
    const transport = pipeTo(keithley2600, new Bench(ohmicJunction(1e6)));
    // somebody at the front panel takes the function away that the script needs
    let spoilt = false;
    const spoiling = {
      ...transport,
      name: transport.name,
      bitsPerSecond: Infinity,
      listen: transport.listen.bind(transport),
      discardInput: () => transport.discardInput(),
      close: () => transport.close(),
      write(bytes: Uint8Array) {
        const text = Buffer.from(bytes).toString("latin1");
        if (!text.includes("timer.reset()")) return transport.write(bytes);
        spoilt = true;
        return transport.write(Buffer.from("timer.rest()\n"));
      },
    };
    await using array = await makeWiredArray(keithley2600, ohmicJunction(1e6), { transport: spoiling });
    const failed = pulses(array);
    await expect(failed).rejects.toBeInstanceOf(InstrumentError);
    await expect(failed).rejects.toThrow(/play its plan.*-286, attempt to call a nil value.*switched off/);
    expect(spoilt).toBe(true);
  });
});
