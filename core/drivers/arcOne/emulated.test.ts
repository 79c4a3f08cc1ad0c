import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../../tests/close.ts";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { soakOr } from "../../../tests/soak.ts";
import { driveCell, type LineDrives } from "../../bias.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { constant } from "../../waveform.ts";
import { BytePort } from "../bytePort.ts";
import { Bench } from "../emulation/bench.ts";
import { JumpingTimer } from "../timer.ts";
import { arcOne } from "./index.ts";

// 16 bits over +-12 V: 0.37 mV; a converter step of 1/32767 of its range
const STEP_V = 24 / 65_535;
const CODE = 1 / 32_767;

const ohmic = (rows: number, columns: number, conductance_S: readonly number[]) =>
  new EmulatedArray(
    { rows, columns, junction: { model: "ohmic" }, conductance_S: Float64Array.from(conductance_S) },
    { seed: 1 },
  );

/** A client of its own, written from the protocol's description: text lines out, floats back. */
function connect(device: EmulatedArray) {
  const port = new BytePort(pipeTo(arcOne, new Bench(device, "grounded")), patientTimer(40));
  const floats = async (count: number) => {
    const bytes = await port.bytes(4 * count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: count }, (_, k) => view.getFloat32(4 * k, true));
  };
  return {
    send: (...lines: readonly (string | number)[]) => port.send(lines.map((line) => `${line}\n`).join("")),
    floats,
    line: () => port.line(),
    /** Triples up to the three zeros. */
    async triples() {
      const found: (readonly [number, number, number])[] = [];
      for (;;) {
        const [a = 0, b = 0, c = 0] = await floats(3);
        if (a === 0 && b === 0 && c === 0) return found;
        found.push([a, b, c]);
      }
    },
    configure: async (scheme: number, read_V: number) => {
      await port.send(`0\n50\n32\n32\n2\n0\n${scheme}\n${read_V.toFixed(6)}\n`);
      return port.line();
    },
    close: () => port.close(),
  };
}

describe("the emulated ArC ONE", () => {
  it("confirms its configuration with the line 1 and tells two numbers as its version", async () => {
    const client = connect(ohmic(1, 1, [1e-6]));
    expect(await client.configure(1, 0.5)).toBe("1");
    await client.send("999");
    const [version = 0] = await client.floats(1);
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(version);
    expect([bytes.readUInt16LE(0), bytes.toString("latin1", 2)]).toEqual([1, "SM"]);
    await client.close();
  });

  it("reads one junction, a list of them and all of them word by word", async () => {
    const conductance_S = [1, 2, 3, 4, 5, 6].map((k) => k * 1e-6);
    const client = connect(ohmic(2, 3, conductance_S));
    await client.configure(1, 0.5);
    const expected = conductance_S.map((g) => 1 / g);
    const relative = STEP_V / 0.5 + CODE * 10;
    await client.send("1", 2, 1);
    expectAllClose(await client.floats(1), [expected[3] ?? 0], relative);
    await client.send("2", 1, 2, 3);
    expectAllClose(await client.floats(6), expected, relative);
    await client.send("2", 2, 32, 32, 2, 1, 3, 2, 2);
    expectAllClose(await client.floats(2), [expected[2] ?? 0, expected[4] ?? 0], relative);
    await client.close();
  });

  it("a negative read voltage gives a positive resistance; an open crosspoint a high one", async () => {
    const client = connect(ohmic(1, 1, [1e-5]));
    await client.send("01", 3, "-0.250000", "1", 1, 1, "1", 7, 7);
    const [closed = 0, open = 0] = await client.floats(2);
    expectClose(closed, 1e5, STEP_V / 0.25 + CODE * 10);
    expect(open).toBeGreaterThan(1e10);
    await client.close();
  });

  it("with floating lines a read is that of the whole array: models.md 6.3", async () => {
    const n = 8;
    const client = connect(
      ohmic(
        n,
        n,
        Array.from({ length: n * n }, () => 1e-6),
      ),
    );
    const G = 1e-6;
    const sneak_S = G + 1 / (2 / ((n - 1) * G) + 1 / ((n - 1) ** 2 * G));
    for (const [scheme, expected_S] of [
      [2, sneak_S],
      [1, G],
      [0, G],
    ] as const) {
      await client.configure(scheme, 0.5);
      await client.send("1", 3, 4);
      const [ohm = 0] = await client.floats(1);
      expectClose(1 / ohm, expected_S, 2e-3);
    }
    await client.close();
  });

  for (const [scheme, code] of [
    ["V/3", 0],
    ["V/2", 1],
  ] as const)
    it(`writes under ${scheme}: every junction of the array ends where the same array driven so by hand does`, async () => {
      const make = () => new EmulatedArray({ rows: 3, columns: 3, junction: { model: "ncnm-channel" } }, { seed: 1 });
      const client = connect(make());
      await client.configure(code, 0.2);
      // select, pulse, read all
      await client.send("02", 2, 3, "04", 1.2, 0.3, "2", 1, 3, 3);
      const found = await client.floats(9);

      const byHand = make();
      const signal = new AbortController().signal;
      const apply = async (drives: LineDrives, duration_s: number, column?: number) => {
        const windows = [{ start_s: duration_s / 2, end_s: duration_s }];
        const readout = {
          samplePeriod_s: duration_s / 4,
          columns: column === undefined ? [] : [column],
          currentRange_A: "auto" as const,
          windows: column === undefined ? [] : windows,
        };
        const stimulus = { ...drives, duration_s, targets: [], referenceRow: 0 };
        const reading = await byHand.apply(stimulus, readout, signal);
        return reading.windows[0]?.current_A[0] ?? Number.NaN;
      };
      await apply(driveCell(byHand.grid, { row: 1, column: 2 }, constant(1.2), scheme), 0.3);
      for (let row = 0; row < 3; row++)
        for (let column = 0; column < 3; column++) {
          // 50 conversions of 10 us
          const current_A = await apply(driveCell(byHand.grid, { row, column }, constant(0.2), "ground"), 5e-4, column);
          expectClose(found[3 * row + column] ?? 0, 0.2 / current_A, 4e-3);
        }
      // the half-selected differ from the rest, or the comparison says nothing
      expect(Math.abs((found[0] ?? 0) / (found[3] ?? 1) - 1)).toBeGreaterThan(0.005);
      await client.close();
    });

  it("CurveTracer: up, down, negative, back, three zeros after every cycle; a cut-off turns it round", async () => {
    const client = connect(ohmic(1, 1, [1e-4]));
    await client.configure(1, 0.5);
    const settings = [0.2, 0.2, 0.1, 0.1, 0.008, 0.01];
    await client.send("201", ...settings, 0, 0, 2, 0, 0, 0, 1, 1, 1);
    for (let cycle = 0; cycle < 2; cycle++) {
      const triples = await client.triples();
      expectAllClose(
        triples.map(([, voltage]) => voltage),
        [0.1, 0.2, 0.1, -0.1, -0.2, -0.1],
        1e-6,
      );
      for (const [ohm] of triples) expectClose(ohm, 1e4, STEP_V / 0.1 + CODE * 10);
    }
    // 15 uA: 0.2 V at 100 uS is beyond, with the flag the way back is gone
    await client.send("201", 0.4, 0.4, 0.1, 0.1, 0.008, 0.01, 15e-6, -15e-6, 1, 1, 2, 1, 1, 1, 1);
    expectAllClose(
      (await client.triples()).map(([, voltage]) => voltage),
      [0.1, 0.2, 0.1],
      1e-6,
    );
    await client.close();
  });

  it("ChronoAmp: the reads asked for, the first at the start, each with bias and width", async () => {
    const client = connect(ohmic(1, 2, [1e-6, 2e-6]));
    await client.send("220", "2.500e-01", "1.000e-01", 5, 2, 1, 1, 1, 2);
    for (const ohm of [1e6, 5e5]) {
      const triples = await client.triples();
      expect(triples.length).toBe(5);
      for (const [found, bias, width] of triples) {
        expectClose(found, ohm, STEP_V / 0.25 + CODE * 10);
        expectAllClose([bias, width], [0.25, 0.1], 1e-6);
      }
    }
    await client.close();
  });

  it("Endurance: a reading after every pulse, positive ones first, cycle by cycle", async () => {
    const client = connect(ohmic(1, 1, [1e-5]));
    await client.send("191", 1, 1e-4, 0, -1, 2e-4, 0, 0, 2, 1, 2, 1, 1, 1);
    const triples = await client.triples();
    expectAllClose(
      triples.flatMap(([, voltage, width]) => [voltage, width]),
      [1, 1e-4, 1, 1e-4, -1, 2e-4, 1, 1e-4, 1, 1e-4, -1, 2e-4],
      1e-6,
    );
    for (const [ohm] of triples) expectClose(ohm, 1e5, 2e-3);
    await client.close();
  });

  it("FormFinder: rising amplitudes until the resistance is below the threshold; ConvergeToState: nothing to do at the target", async () => {
    const client = connect(ohmic(1, 1, [1e-6]));
    const finder = ["141", 0.1, 0.1, 0.3, 1e-4, 100, 2e-4, 1e-3];
    await client.send(...finder, 1e3, 0, 0, 7, 1, 1, 1, 1);
    const search = await client.triples();
    expectAllClose(
      search.slice(1).flatMap(([, voltage, width]) => [voltage, width]),
      [0.1, 1e-4, 0.1, 2e-4, 0.2, 1e-4, 0.2, 2e-4, 0.3, 1e-4, 0.3, 2e-4],
      1e-6,
    );
    await client.send(...finder, 2e6, 0, 0, 7, 1, 1, 1, 1);
    expect((await client.triples()).length).toBe(2);
    await client.send("21", 0.1, 0.1, 0.3, 1e-4, 100, 1e-4, 1e-3, 1e6, 5, 5, 1, 1, 1, 1, 1);
    expect((await client.triples()).length).toBe(1);
    await client.close();
  });

  it("Volatility: milliseconds as text, a float, and batches for as long as the host says 0", async () => {
    const client = connect(ohmic(1, 1, [1e-6]));
    // 100 conversions of 10 us a point
    await client.send("33", 1, 1e-4, "3.0", "100.0", 1, 1, 1);
    const ohms = await client.floats(1);
    for (const [more, times] of [
      [0, ["1", "2", "3"]],
      [1, ["4", "5", "6"]],
    ] as const) {
      for (const time of times) {
        expect(await client.line()).toBe(time);
        ohms.push(...(await client.floats(1)));
      }
      await client.send(more);
    }
    ohms.push(...(await client.floats(1)));
    for (const ohm of ohms) expectClose(ohm, 1e6, 2e-3);
    await client.send("1", 1, 1);
    await client.floats(1);
    await client.close();
  });

  it("STDP: readings before and after every pair of spikes; a junction with memory feels the sign of the pair", async () => {
    const changes: number[] = [];
    for (const sign of [1, -1]) {
      const device = new EmulatedArray({ rows: 1, columns: 1, junction: { model: "ncnm-channel" } }, { seed: 1 });
      const client = connect(device);
      await client.configure(1, 0.1);
      await client.send("40", 1, 1, 1);
      const [first = 0] = await client.floats(3);
      await client.send(1, 4, 0, 0, 0.1, sign, 0.4, sign, 0.5, 0);
      const [before = 0, , , after = 0] = await client.floats(6);
      const [last = 0] = await client.floats(3);
      expectClose(before, first, 0.01);
      expectClose(last, after, 0.01);
      changes.push(after / before - 1);
    }
    expect(Math.max(...changes)).toBeGreaterThan(0.01);
    expect(Math.min(...changes)).toBeLessThan(-0.01);
  });

  it("MultiBias: the summed current of several words, and readings before and after a write", async () => {
    const client = connect(
      ohmic(
        3,
        2,
        [1e-6, 0, 2e-6, 0, 4e-6, 1e-6].map((g) => g || 1e-7),
      ),
    );
    await client.send("50", 1, 1e-4, 0.5, 2, 1, 1, 1, 3);
    const [ohm = 0, voltage = 0] = await client.floats(3);
    expectClose(voltage / ohm, 0.5 * 5e-6, 2e-3);
    await client.send("0", 50, 3, 2, 2, 0, 1, 0.5);
    await client.line();
    await client.send("50", 1, 1e-4, 0.5, 1, 1, 2, 2);
    expect((await client.floats(2 * 3 * 3)).length).toBe(18);
    await client.close();
  });

  it("says at once that nothing was done for SwitchSeeker, and is in step afterwards", async () => {
    const client = connect(ohmic(1, 1, [1e-6]));
    await client.send("152", ...Array.from({ length: 12 }, () => 1), 2, 1, 1, 1, 1, "1", 1, 1);
    expect((await client.triples()).length + (await client.triples()).length).toBe(0);
    expectClose((await client.floats(1))[0] ?? 0, 1e6, 2e-3);
    await client.close();
  });

  it("MultiStateSeeker: pulses and reads as long as the host says 0, says of the other phases that they failed, and stays in step", async () => {
    const client = connect(ohmic(1, 1, [1e-5]));
    await client.configure(1, 0.5);
    const relative = STEP_V / 0.5 + CODE * 10;
    await client.send("161", 0.001, 0.5, 0.1, 1, 0.01, 5, 10, 10, 0, 1, 1, 1);
    const [resistance_ohm = 0, , width_s] = await client.floats(3);
    expectAllClose([resistance_ohm], [1e5], relative);
    expect([width_s, await client.line()]).toEqual([-1, "1"]);
    await client.send("162", 0.2, 0.001, 1, 1, 1);
    for (const more of [0, 0, 1]) {
      expectAllClose(await client.floats(1), [1e5], relative);
      await client.send(more);
    }
    for (const phase of ["163", "164", "165"]) {
      await client.send(phase, 5, 10, 2, 1, 0, 0.001, 0.5, 0.1, 1, 0.01, 0, 1, 1, 1);
      expect((await client.floats(3))[2]).toBe(-1);
      expect(await client.line()).toBe("1");
    }
    await client.send("1", 1, 1);
    expectAllClose(await client.floats(1), [1e5], relative);
    await client.close();
  });

  it("takes any bytes in any pieces without falling over, and says little", async () => {
    const words = [
      "00",
      "0",
      "1",
      "2",
      "3",
      "04",
      "201",
      "220",
      "33",
      "40",
      "50",
      "191",
      "21",
      "141",
      "1e9",
      "-5",
      "\n",
      "x",
    ];
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.array(fc.constantFrom(...words)).map((lines) => Buffer.from(`${lines.join("\n")}\n`)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { maxLength: 12 }), async (chunks) => {
        let sent = 0;
        const instrument = arcOne.emulate({
          bench: new Bench(ohmic(1, 1, [1e-6]), "grounded"),
          timer: new JumpingTimer(),
          send: (bytes) => void (sent += bytes.length),
        });
        for (const chunk of chunks) instrument.receive(chunk);
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        instrument.close();
        expect(sent).toBeLessThan(1e7);
      }),
      { numRuns: soakOr(100_000, 200) },
    );
  });
});
