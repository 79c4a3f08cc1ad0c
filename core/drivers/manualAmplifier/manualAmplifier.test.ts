import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { makeWiredArray } from "../../../tests/matrixArray.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { InstrumentError } from "../../errors.ts";
import { Bench } from "../emulation/bench.ts";
import { InstrumentArray } from "../instrumentArray.ts";
import { JumpingTimer } from "../timer.ts";
import { connectPipe } from "../transports/pipe.ts";
import { open } from "./driver.ts";
import { EmulatedManualAmplifier } from "./emulated.ts";
import { manualAmplifier } from "./index.ts";
import { parseAmplifier } from "./profile.ts";

const file = join(import.meta.dirname, "..", "..", "..", "examples", "instruments", "axopatch-200b.amplifier.yaml");
const example = readFileSync(file, "utf8");
const G_S = 1e-8;
const makeDevice = () =>
  new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model: "ohmic" },
      conductance_S: Float64Array.of(G_S),
      unselectedLines: "biased",
    },
    { seed: 1 },
  );

describeArrayBackend(
  "an amplifier without a port over an emulated Axopatch 200B",
  () => makeWiredArray(manualAmplifier, makeDevice(), { instrumentOptions: new Map([["profile", file]]) }),
  {
    safe_V: 0.1,
    // steps of the command output are 24 V / 2^16 x 20 mV/V = 7.3 uV, of the reading 10 uV / 5 mV/pA = 2 fA
    relative: 2e-4,
    absolute_A: 1e-13,
    samplePeriod_s: 0.05,
    longSamples: 50,
    linear: true,
    conductance_S: Float64Array.of(G_S),
  },
);

/** The amplifier, its knobs, and every line that the converter was sent. */
async function connect(text = example) {
  const [host, device] = connectPipe("converter");
  const sent: string[] = [];
  const amplifier = new EmulatedManualAmplifier({
    bench: new Bench(makeDevice()),
    timer: new JumpingTimer(),
    send: (bytes) => void device.write(bytes).catch(() => {}),
  });
  device.listen({
    bytes: (chunk) => {
      sent.push(...Buffer.from(chunk).toString("latin1").split("\n").filter(Boolean));
      amplifier.receive(chunk);
    },
    closed: () => amplifier.close(),
  });
  const timer = patientTimer(20);
  const make = async () => {
    const instrument = await open(host, timer, parseAmplifier(text, "amplifier.yaml"));
    const free = { select: async () => {}, open: async () => {}, [Symbol.asyncDispose]: async () => {} };
    const selector = { grid: { rows: 1, columns: 1 }, unselectedLines: "floating" as const, ...free };
    return { instrument, array: new InstrumentArray({ instrument, selector, timer }) };
  };
  return { panel: amplifier.panel, sent, make };
}

const read = (array: InstrumentArray) =>
  array.apply(
    {
      duration_s: 0.1,
      rows: [[{ kind: "hold", voltage_V: 0.1, duration_s: 0.1 }]],
      columns: [[{ kind: "hold", voltage_V: 0, duration_s: 0.1 }]],
      targets: [],
      referenceRow: 0,
    },
    { samplePeriod_s: 0.05, columns: [0], currentRange_A: "auto", windows: [{ start_s: 0, end_s: 0.1 }] },
    new AbortController().signal,
  );
const currentOf = async (array: InstrumentArray) => (await read(array)).windows[0]?.current_A[0] ?? Number.NaN;
const undeclared = (text: string) => example.replace(/ {2}telegraphs:\n(?: {4}.*\n)+/, text);

describe("an amplifier without a port", () => {
  it("drives fifty times the voltage at 20 mV/V and reads 5 mV as 1 pA", async () => {
    const { make, sent } = await connect();
    const { array, instrument } = await make();
    expectClose(instrument.channel.voltageRange_V[1], 0.2, 1e-12);
    expectClose(instrument.channel.currentRanges_A[0] ?? 0, 2e-9, 1e-12);
    expectClose(await currentOf(array), 1e-9, 2e-4);
    expect(sent).toContain("SOUR:VOLT 5,(@304)");
    expect(sent.at(-1)).toMatch(/MEAS|SYST/);
    expect(sent.findLast((line) => line.startsWith("SOUR:VOLT "))).toBe("SOUR:VOLT 0,(@304)");
  });

  it("takes gain, filter and mode from the telegraphs of an Axopatch 200B, and tells when they change", async () => {
    const { make, panel } = await connect();
    const { array, instrument } = await make();
    const states: unknown[] = [];
    instrument.states?.subscribe((state) => states.push(state));
    // the manual: 2.5 V are 1 mV/pA, 4 V are 2 kHz, 6 V is V-CLAMP
    Object.assign(panel, { gain_V_A: 1e9, gain_V: 2.5, frequency_V: 4 });
    expectClose(await currentOf(array), 1e-9, 2e-4);
    const common = { amplifier: "axopatch-200b", mode: "VC", gainFrom: "telegraph" };
    expect(states).toEqual([
      { ...common, gain_V_A: 5e9, lowPass_Hz: 5000 },
      { ...common, gain_V_A: 1e9, lowPass_Hz: 2000 },
    ]);
  });

  it.each([
    ["current clamp", { mode_V: 1 }, /asked to clamp the voltage.*its mode is IC/],
    ["a mode between two levels", { mode_V: 5 }, /clamp the voltage.*5 V is no mode of Axon Axopatch 200B/],
    ["a gain between two levels", { gain_V: 2.75 }, /tell its gain.*2\.75 V is no gain/],
  ])("drives nothing in %s", async (_, knobs, message) => {
    const { make, panel, sent } = await connect();
    const { array } = await make();
    Object.assign(panel, knobs);
    sent.length = 0;
    await expect(read(array)).rejects.toThrow(message);
    expect(sent.filter((line) => /^SOUR:VOLT (?!0,)/.test(line))).toEqual([]);
    // and does not even open so
    const other = await connect();
    Object.assign(other.panel, knobs);
    await expect(other.make()).rejects.toThrow(InstrumentError);
  });

  it("a gain that is turned while a plan is played makes its currents unknown", async () => {
    const { make, panel, sent } = await connect();
    const { array } = await make();
    const pending = read(array);
    const turned = (async () => {
      while (!sent.includes("SOUR:VOLT 5,(@304)")) await new Promise((resolve) => setImmediate(resolve));
      Object.assign(panel, { gain_V_A: 1e10, gain_V: 4 });
    })();
    await expect(pending).rejects.toThrow(/asked to keep its gain.*5 GV\/A before and 10 GV\/A after/);
    await turned;
  });

  it("a command output that does not go back to 0 V is what the user hears", async () => {
    const { make, panel, sent } = await connect();
    const { array } = await make();
    const pending = read(array);
    const stuck = (async () => {
      while (!sent.includes("SOUR:VOLT 5,(@304)")) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      panel.stuck = true;
    })();
    await expect(pending).rejects.toThrow(
      /put its command output to 0 V.*the state of the command output is not known/,
    );
    await stuck;
  });

  it("uses what is declared where no telegraph is wired", async () => {
    const { make, sent } = await connect(
      undeclared("  declared: { gain_V_A: 5 mV/pA, mode: VC, lowPass_Hz: 5 kHz }\n"),
    );
    const { array, instrument } = await make();
    expectClose(await currentOf(array), 1e-9, 2e-4);
    expect(sent.filter((line) => /@10[234]/.test(line))).toEqual([]);
    instrument.states?.subscribe((state) => expect(state).toMatchObject({ gain_V_A: 5e9, gainFrom: "declared" }));
  });

  it("a current beyond the converter is an overload, not a number to trust", async () => {
    const { make, panel } = await connect();
    const { array } = await make();
    // 50 mV/pA: 1 nA would be 50 V
    Object.assign(panel, { gain_V_A: 5e10, gain_V: 5 });
    const reading = await read(array);
    expect(reading.windows[0]?.overload).toBe(true);
  });

  it.each([
    [
      undeclared("  declared: { mode: VC }\n"),
      /amplifier\.yaml:\d+:\d+: amplifier\.declared: the gain is neither declared nor telegraphed/,
    ],
    [undeclared("  declared: { gain_V_A: 5 mV/pA }\n"), /the mode is neither declared nor telegraphed/],
    [example.replace("name: axopatch-200b", "name: axopatch-200c"), /amplifier\.name/],
    [example.replace("name: axopatch-200b", "name: other"), /there is no table for "other"/],
    [
      example.replace("command_V_V: 20 mV/V", "command_V_V: 20 V/V"),
      /amplifier\.command_V_V: .*allowed are 0\.0001 to 1/,
    ],
    [example.replace("reading_s: 20 ms", "reading_s: 2 s"), /converter\.reading_s: a reading takes longer/],
    [example.replace('(@101)"\n    sign', '(@101)"\n    sing'), /unknown key "sing", did you mean "sign"/],
  ])("refuses a wrong file at its place, %#", (text, message) => {
    expect(() => parseAmplifier(text, "amplifier.yaml")).toThrow(message);
  });
});
