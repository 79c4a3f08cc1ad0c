import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFileSource } from "../../runtime/fileSource.ts";
import { expectClose } from "../../tests/close.ts";
import { hasRecordings, RECORDINGS } from "../../tests/sharedRecordings.ts";
import { simulateJunction } from "../simulate.ts";
import { memorySource } from "./byteSource.ts";
import { type ClampChoice, clampSeries } from "./clamp.ts";
import { compareWithModel } from "./compareModel.ts";
import { openRecording } from "./openRecording.ts";
import { abf2Header } from "./writeAbf2.ts";

/** What a cone answers to a sine of 1 V, as an amplifier would record it: picoampere and millivolt, single precision. */
function recordedCone(withVoltage = true) {
  const waveform = { kind: "sine", amplitude_V: 1, frequency_Hz: 40, cycles: 2, samplesPerCycle: 500 } as const;
  const { voltage_V, current_A } = simulateJunction({ model: "conical-channel", waveform });
  const points = voltage_V.length;
  const channels = [{ name: "I", unit: "pA" }, ...(withVoltage ? [{ name: "V", unit: "mV" }] : [])];
  const header = abf2Header({
    channels,
    samplePeriod_s: 1 / (40 * 500),
    mode: "gap-free",
    sweeps: [{ startTime_s: 0, points }],
    protocol: "",
    comment: "",
    started: "",
    tags: [],
  });
  const width = channels.length;
  const samples = Float32Array.from({ length: width * points }, (_, n) =>
    n % width === 0 ? current_A[Math.floor(n / width)]! * 1e12 : voltage_V[Math.floor(n / width)]! * 1e3,
  );
  return openRecording(memorySource("cone.abf", Buffer.concat([header, new Uint8Array(samples.buffer)])));
}

function compare(
  recording: ReturnType<typeof recordedCone>,
  more: Partial<Parameters<typeof compareWithModel>[0]> = {},
  choice: ClampChoice = {},
) {
  const clamped = clampSeries(recording.series[0]!, choice);
  return compareWithModel({
    clamped,
    column: 0,
    sweeps: [0],
    model: "conical-channel",
    parameters: {},
    fit: [],
    every: 1,
    ...more,
  });
}

describe("a recorded command in a model", () => {
  it("gives the recorded current back, where the model is the one that made it", () => {
    const { r2, nrmse, samples } = compare(recordedCone());
    expect(samples).toBe(1001);
    // straight lines between samples in place of the sine: second order in a step of 1/500 of a cycle
    expect(1 - r2).toBeLessThan(1e-6);
    expect(nrmse).toBeLessThan(1e-4);
  });

  it("finds a parameter that was changed, from a wrong start", () => {
    const { fit, parameters, r2 } = compare(recordedCone(), {
      fit: ["length_m"],
      parameters: { length_m: 6e-6 },
      every: 4,
    });
    // the default of the model, with which the record was made
    expectClose(Number(parameters.length_m), 10e-6, 1e-3);
    expect(fit?.parameters[0]!.standardError).toBeLessThan(1e-8);
    expect(r2).toBeGreaterThan(0.99999);
  });

  it("is refused without a command, with what to give", () => {
    const recording = recordedCone(false);
    // the file's one output is held at 0 mV and not what the junction saw: another voltage may be told
    const told = compare(recording, {}, { command: { voltage_V: 0.5 } });
    expect(told.sweeps[0]!.voltage_V[3]).toBe(0.5);
    const unknown = clampSeries(
      { ...recording.series[0]!, commands: [], read: recording.series[0]!.read.bind(recording.series[0]) },
      {},
    );
    expect(unknown.voltageFrom).toBe("");
  });
});

const there = hasRecordings("a model cell beside a resistor");

describe.skipIf(!there)("a real model cell", () => {
  it("is a resistor of 500 Mohm behind 10 Mohm where its capacitor is quiet", () => {
    const recording = openRecording(openFileSource(join(RECORDINGS, "pyabf/model_vc_step.abf")));
    const clamped = clampSeries(recording.series[0]!, {});
    expect(clamped.voltageFrom).toBe("output 0 (Cmd 0), from the epochs of the protocol");
    const { parameters, sweeps } = compareWithModel({
      clamped,
      column: 0,
      sweeps: [0, 1, 2],
      model: "ohmic",
      parameters: { conductance_S: 1e-9 },
      fit: ["conductance_S"],
      every: 5,
    });
    // PATCH-1U in its CELL position: 500 Mohm and 33 pF behind 10 Mohm; 2 % for its parts, 2 % for charging currents
    expectClose(1 / Number(parameters.conductance_S), 510e6, 0.04);
    expect(sweeps).toHaveLength(3);
  });
});
