import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import { main } from "../main.ts";

const printed: string[] = [];
const logged: string[] = [];
vi.mock("../terminal.ts", () => ({
  surviveLostTerminal: () => {},
  printText: (text: string) => printed.push(text),
  printJson: (value: unknown) => printed.push(`${JSON.stringify(value)}\n`),
  log: (text: string) => logged.push(text),
}));

const folder = mkdtempSync(join(tmpdir(), "crosspore-simulate-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  printed.length = 0;
  logged.length = 0;
});
afterEach(() => vi.clearAllMocks());

const file = join(folder, "junction.json");
async function simulate(request: unknown): Promise<{ exit: number; output: string; error: string }> {
  writeFileSync(file, typeof request === "string" ? request : JSON.stringify(request, null, 1));
  const exit = await main(["simulate", file]);
  return { exit, output: printed.join(""), error: logged.join("\n").replaceAll(file, "junction.json") };
}

const sine = { kind: "sine", amplitude_V: 1, frequency_Hz: 40, cycles: 3, samplesPerCycle: 2000 };

describe("crosspore simulate", () => {
  it("answers a sine with time, voltage, current, state and the metrics of the last cycle", async () => {
    const { exit, output } = await simulate({
      model: "cone",
      parameters: { length_m: "10 um" },
      waveform: sine,
      seed: 1,
    });
    expect(exit).toBe(0);
    const result = JSON.parse(output);
    expect(Object.keys(result)).toEqual(["time_s", "voltage_V", "current_A", "state", "metrics"]);
    for (const column of [result.time_s, result.voltage_V, result.current_A, result.state.conductance_S])
      expect(column).toHaveLength(6001);
    expect(Object.keys(result.metrics)).toEqual(["loopAreaPositive_W", "loopAreaNegative_W", "loopStyle"]);
    // 0.26183 g0 V^2 and -0.29940 g0 V^2 at 40 Hz (conicalChannel.json), 0.5 % for areas
    expectClose(result.metrics.loopAreaPositive_W, 0.26183 * 4.1998e-12, 5e-3);
    expectClose(result.metrics.loopAreaNegative_W, -0.2994 * 4.1998e-12, 5e-3);
    expect(result.metrics.loopStyle).toBe("crossing-2");
  });

  it("answers steps and samples, with quantities as text", async () => {
    const steps = await simulate({
      model: "ncnm",
      waveform: { kind: "steps", steps: [{ voltage_V: "5 V", duration_s: "750 ms" }], samplePeriod_s: 0.75 },
    });
    expect(steps.exit).toBe(0);
    expectAllClose(JSON.parse(steps.output).state.conductance_S, [1e-7, 2.35016211e-7], 1e-8);
    printed.length = 0;
    const samples = await simulate({
      model: "ohmic",
      waveform: { kind: "samples", time_s: [0, 1, 5], voltage_V: [0, 1, -1] },
    });
    expect(JSON.parse(samples.output).current_A).toEqual([0, 1e-9, -1e-9]);
  });

  it("answers the steady conductances alone", async () => {
    const { exit, output } = await simulate({
      model: "conical-channel",
      conductanceOnly: true,
      voltages_V: [-1, 0, 1],
    });
    expect(exit).toBe(0);
    const result = JSON.parse(output);
    expect(Object.keys(result)).toEqual(["voltages_V", "conductance_S"]);
    expectAllClose(
      result.conductance_S,
      [1.9644008835775832, 1, 0.30648423536486624].map((ratio) => ratio * 4.199800724216911e-12),
      1e-8,
    );
  });

  it("takes svm's activation with numbers or quantities", async () => {
    for (const slope_perV of [0.5, "0.5 1/V"]) {
      printed.length = 0;
      const { output } = await simulate({
        model: "svm",
        parameters: { conductance_S: "1 nS", activation: { kind: "linear", slope_perV } },
        conductanceOnly: true,
        voltages_V: ["200 mV"],
      });
      expectClose(JSON.parse(output).conductance_S[0], 1.1e-9, 1e-12);
    }
  });

  it.each<[string, unknown, RegExp]>([
    [
      "an unknown model",
      { model: "conical-chanel", waveform: sine },
      /^crosspore: junction.json:2:\d+: model: .*did you mean "conical-channel"/,
    ],
    [
      "an unknown parameter",
      { model: "cone", parameters: { lenght_m: 1 }, waveform: sine },
      /junction.json:4:\d+: parameters.lenght_m: .*did you mean "length_m"/,
    ],
    [
      "a parameter out of range",
      { model: "cone", parameters: { salt_mM: -1 }, waveform: sine },
      /:4:\d+: parameters.salt_mM: .*is -1 mM, allowed are 0.001 to 1000 mM/,
    ],
    [
      "a wrong unit",
      { model: "cone", parameters: { length_m: "10 us" }, waveform: sine },
      /:4:\d+: parameters.length_m: .*expected m/,
    ],
    [
      "a list where a number belongs",
      { model: "cone", parameters: { length_m: [1] }, waveform: sine },
      /parameters.length_m: takes a number in m or a quantity, found a list/,
    ],
    ["an unknown key", { model: "cone", waveform: sine, seeed: 1 }, /junction.json:10:\d+: seeed: .*seed/],
    [
      "an unknown waveform",
      { model: "cone", waveform: { ...sine, kind: "sinus" } },
      /junction.json:4:\d+: waveform.kind/,
    ],
    ["an unknown waveform key", { model: "cone", waveform: { ...sine, phase: 1 } }, /waveform.phase/],
    [
      "unequal lengths",
      { model: "cone", waveform: { kind: "samples", time_s: [0, 1], voltage_V: [0] } },
      /waveform.voltage_V: has 1 values for 2 times/,
    ],
    [
      "times that stand still",
      { model: "cone", waveform: { kind: "samples", time_s: [0, 1, 1], voltage_V: [0, 0, 0] } },
      /:8:\d+: waveform.time_s\[2\]: is 1, must be above 1/,
    ],
    ["a missing waveform", { model: "cone" }, /waveform: is missing/],
    ["missing voltages", { model: "cone", conductanceOnly: true }, /needs voltages_V/],
    [
      "too many samples",
      { model: "cone", waveform: { ...sine, cycles: 1e6 } },
      /waveform: .*2.00e\+9 samples, allowed are 1e\+7/,
    ],
    [
      "a duration of zero",
      { model: "cone", waveform: { kind: "steps", steps: [{ voltage_V: 1, duration_s: 0 }], samplePeriod_s: 1 } },
      /steps\[0\].duration_s/,
    ],
    [
      "an impossible temperature",
      { model: "cone", environment: { temperature_K: 20 }, waveform: sine },
      /environment.temperature_K: .*250 to 400 K/,
    ],
    [
      "NaN",
      '{"model": "cone", "waveform": {"kind": "samples", "time_s": [0], "voltage_V": [NaN]}}',
      /junction.json:1:\d+: waveform.voltage_V\[0\]: .*allowed is a finite number/,
    ],
    [
      "a number beyond doubles",
      '{"model": "cone", "waveform": {"kind": "samples", "time_s": [0], "voltage_V": [1e999]}}',
      /waveform.voltage_V\[0\]/,
    ],
  ])("refuses %s in one line with its place, exit 2, nothing on stdout", async (_, request, message) => {
    const { exit, output, error } = await simulate(request);
    expect(error).toMatch(message);
    expect(error).not.toContain("\n");
    expect(exit).toBe(2);
    expect(output).toBe("");
  });

  it("takes the environment as a waveform, with edges between samples, and counts the light", async () => {
    const drive = (opticalPower_W: unknown) => ({
      model: "photo-junction",
      environment: { temperature_K: 300, opticalPower_W },
      waveform: { kind: "steps", steps: [{ voltage_V: 0, duration_s: 0.3 }], samplePeriod_s: 0.1 },
    });
    const levels = [
      { opticalPower_W: 0, duration_s: 0.05 },
      { opticalPower_W: "20 mW", duration_s: 0.12 },
      { opticalPower_W: 0, duration_s: 1 },
    ];
    const { exit, output } = await simulate(drive({ kind: "steps", steps: levels }));
    expect(exit).toBe(0);
    const result = JSON.parse(output);
    // 10 mV ln 21 approached with 50 ms / 2.2 from 0.05 s to 0.17 s, then lost
    const [steady, tau_s] = [0.01 * Math.log(21), 0.05 / 2.2];
    const top = steady * (1 - Math.exp(-0.12 / tau_s));
    expectAllClose(
      result.state.photovoltage_V,
      [0, steady * (1 - Math.exp(-0.05 / tau_s)), top * Math.exp(-0.03 / tau_s), top * Math.exp(-0.13 / tau_s)],
      1e-9,
    );
    expectClose(result.metrics.opticalEnergy_J, 20e-3 * 0.12, 1e-9);
    printed.length = 0;
    const samples = await simulate(drive({ kind: "samples", time_s: [0, 1], opticalPower_W: [0, 0.01] }));
    expectClose(JSON.parse(samples.output).metrics.opticalEnergy_J, 0.5 * 0.3 * 3e-3, 1e-9);
    printed.length = 0;
    const sine = await simulate(drive({ kind: "sine", amplitude_W: 1e-3, offset_W: 1e-3, frequency_Hz: 10 }));
    expectClose(JSON.parse(sine.output).metrics.opticalEnergy_J, 0.3e-3, 1e-3);
  });

  it("averages realisations of a stochastic junction, the same for the same seed", async () => {
    const request = {
      model: "bication",
      waveform: { kind: "steps", steps: [{ voltage_V: 0.3, duration_s: 20e-9 }], samplePeriod_s: 2e-9 },
      seed: 5,
    };
    const mean = JSON.parse((await simulate(request)).output);
    printed.length = 0;
    const first = (await simulate({ ...request, realisations: 500 })).output;
    printed.length = 0;
    expect((await simulate({ ...request, realisations: 500 })).output).toBe(first);
    const result = JSON.parse(first);
    expect(Object.keys(result)).toEqual([
      "time_s",
      "voltage_V",
      "current_A",
      "currentStandardError_A",
      "state",
      "stateStandardError",
      "metrics",
    ]);
    for (let k = 1; k <= 10; k++) {
      const p = mean.state.blocked[k];
      expectClose(result.stateStandardError.blocked[k], Math.sqrt((p * (1 - p)) / 100 / 500), 0.15);
      expect(Math.abs(result.state.blocked[k] - p)).toBeLessThan(4 * result.stateStandardError.blocked[k]);
      expect(Math.abs(result.current_A[k] - mean.current_A[k])).toBeLessThan(4 * result.currentStandardError_A[k]);
    }
  });

  it("warns once outside the valid range, and says when steps were split", async () => {
    const { exit } = await simulate({ model: "cone", waveform: { ...sine, amplitude_V: 5, frequency_Hz: 1 } });
    expect(exit).toBe(0);
    expect(logged).toEqual([
      "warning: conical-channel: voltages from -5 to 5 V leave the range in which the model holds, -2 to 2 V",
    ]);
    logged.length = 0;
    await simulate({ model: "cone", parameters: { salt_mM: 50 }, waveform: { ...sine, samplesPerCycle: 4 } });
    expect(logged).toEqual([
      "warning: conical-channel: salt_mM is 50, the model holds from 0.1 to 10 mM",
      "note: steps between samples are long beside the time constants of conical-channel or move the voltage far, they were split into up to 27 parts",
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "an unknown quantity",
      { temperature_C: 20 },
      /environment.temperature_C: unknown key "temperature_C", did you mean/,
    ],
    ["an unknown kind", { pH: { kind: "ramp" } }, /:\d+:\d+: environment.pH.kind: /],
    [
      "a misspelt key",
      { pH: { kind: "steps", steps: [{ ph: 7, duration_s: 1 }] } },
      /environment.pH.steps\[0\].ph: unknown key "ph", did you mean "pH"/,
    ],
    [
      "a value out of range",
      { opticalPower_W: { kind: "steps", steps: [{ opticalPower_W: -1, duration_s: 1 }] } },
      /environment.opticalPower_W.steps\[0\].opticalPower_W: .*0 to 100 W/,
    ],
    [
      "a sine that leaves the range",
      { opticalPower_W: { kind: "sine", amplitude_W: 2, frequency_Hz: 1 } },
      /environment: environment.opticalPower_W \(offset - \|amplitude\|\) is -2, allowed are 0 to 100/,
    ],
    [
      "unequal lengths",
      { pH: { kind: "samples", time_s: [0, 1], pH: [7] } },
      /environment: environment.pH has 2 times and 1 values/,
    ],
  ])("refuses in the environment %s", async (_, environment, message) => {
    const { exit, error, output } = await simulate({ model: "cone", environment, waveform: sine });
    expect(error).toMatch(message);
    expect(error).not.toContain("\n");
    expect(exit).toBe(2);
    expect(output).toBe("");
  });

  it("refuses realisations of a junction that draws nothing, and steady states in a changing environment", async () => {
    const plain = await simulate({ model: "cone", waveform: sine, realisations: 10 });
    expect(plain.exit).toBe(2);
    expect(plain.error).toMatch(
      /:10:\d+: realisations: realisations is 10, but conical-channel draws no random numbers/,
    );
    logged.length = 0;
    const environment = { temperature_K: { kind: "steps", steps: [{ temperature_K: 300, duration_s: 1 }] } };
    const steady = await simulate({ model: "cone", environment, conductanceOnly: true, voltages_V: [1] });
    expect(steady.exit).toBe(2);
    expect(steady.error).toMatch(/environment: has a waveform, a steady state takes constants alone/);
  });

  it("refuses NaN in YAML, which can write it", async () => {
    const { exit, error } = await simulate(
      "model: cone\nparameters:\n  length_m: .nan\nwaveform: {kind: samples, time_s: [0], voltage_V: [0]}\n",
    );
    expect(exit).toBe(2);
    expect(error).toBe("crosspore: junction.json:3:3: parameters.length_m: NaN is not a finite number in m");
  });

  it("runs an axon under currents and a synapse under spikes", async () => {
    const file = join(folder, "driver.json");
    const ask = async (request: object) => {
      printed.length = 0;
      writeFileSync(file, JSON.stringify(request));
      expect(await main(["simulate", file])).toBe(0);
      return JSON.parse(printed.join("")) as Record<string, number[]> & { metrics: { spikes: number } };
    };
    const steps = [{ current_A_m2: "0.1 A/m2", duration_s: "500 ms" }];
    const axon = await ask({ model: "hh", waveform: { kind: "steps", steps, samplePeriod_s: 1e-3 } });
    // 10 uA/cm2 for 500 ms
    expect(axon.metrics.spikes).toBe(35);
    expect(axon.voltage_V).toHaveLength(501);
    const synapse = await ask({ model: "tsodyks-markram", spikes_s: [0, 0.05] });
    // depressing, 20 Hz
    expectClose(synapse.release![1]! / synapse.release![0]!, 0.5302934685932621, 1e-9);
  });

  it.each([
    [{ model: "hh", waveform: { kind: "sine" } }, /driver\.json:1:\d+: waveform\.kind: allowed is "steps"/],
    [{ model: "stp", spikes_s: [1, 0.5] }, /driver\.json:1:\d+: spikes_s\[1\]: is 0\.5 s, before the spike at 1 s/],
    [{ model: "stp", spikes_s: [0], parameters: { use: 2 } }, /driver\.json:1:\d+: parameters: use is 2, allowed are/],
  ])("refuses what a driver cannot take: %j", async (request, message) => {
    const file = join(folder, "driver.json");
    writeFileSync(file, JSON.stringify(request));
    expect(await main(["simulate", file])).toBe(2);
    expect(logged.join("")).toMatch(message);
    expect(printed).toEqual([]);
  });

  it("reports a missing file", async () => {
    expect(await main(["simulate", join(folder, "absent.json")])).toBe(2);
    expect(logged.join("")).toContain("absent.json:1:1: no such file");
  });
});

describe("crosspore models", () => {
  it("lists every model with provenance and source, for people and as JSON", async () => {
    expect(await main(["models"])).toBe(0);
    const table = printed.join("");
    for (const text of [
      "conical-channel (cone)",
      "ncnm-channel (ncnm)",
      "10.1103/PhysRevLett.130.268401",
      "10 µm",
      "0.00000000175 m2/s",
      "default of ours",
    ])
      expect(table).toContain(text.replace("0.00000000175", "1.75e-9"));
    printed.length = 0;
    expect(await main(["models", "--json"])).toBe(0);
    const listed: { kind: string; name: string; source: string }[] = JSON.parse(printed.join(""));
    expect(listed.filter(({ kind }) => kind === "driver").map(({ name, source }) => [name, source])).toEqual([
      ["hodgkin-huxley", "10.1113/jphysiol.1952.sp004764"],
      ["tsodyks-markram", "10.1073/pnas.94.2.719"],
    ]);
    expect(table).toContain("hodgkin-huxley (hh): Hodgkin and Huxley's squid axon");
    const models = JSON.parse(printed.join("")).filter(({ kind }: { kind: string }) => kind === "junction");
    const known = models.flatMap(({ name, aliases }: { name: string; aliases: string[] }) => [name, ...aliases]);
    // short ids of the hard devices in the device matrix
    const hard =
      "cone cone-bipolar cone-pressure cone-chemical ncnm multipore conical-NDR wien-slit adsorb-slit fourloop hac il-piston photo-junction mof go-dendrite precip precip-osc phosphate-gate mosse bication multi-ion";
    expect(known).toEqual(expect.arrayContaining(["ohmic", "svm", ...hard.split(" ")]));
    expect(table).toContain("qualitative, ");
    for (const model of models) {
      expect(Object.keys(model)).toEqual(
        expect.arrayContaining([
          "name",
          "aliases",
          "title",
          "summary",
          "source",
          "grade",
          "validRange_V",
          "states",
          "parameters",
        ]),
      );
      for (const parameter of model.parameters)
        expect(Object.keys(parameter)).toEqual(
          expect.arrayContaining(["name", "unit", "description", "default", "provenance", "source"]),
        );
    }
  });
});
