import { classifyLoop, loopArea } from "./analysis/loop.ts";
import type { SampleBlock } from "./arrayBackend.ts";
import type { EffectsConfig } from "./crossbar/effects/index.ts";
import type { Environment } from "./crossbar/environment.ts";
import type { Parameters } from "./crossbar/model.ts";
import { EmulatedArray } from "./emulated/emulatedArray.ts";
import type { JunctionDrive } from "./junctionWaveform.ts";
import type { JunctionRecord } from "./simulate.ts";
import { constant, type Waveform } from "./waveform.ts";

export interface EffectRequest {
  readonly model: string;
  readonly parameters: Parameters;
  readonly environment: Environment;
  readonly waveform: Exclude<JunctionDrive, { kind: "samples" }>;
  readonly seed: number;
  readonly effects: EffectsConfig;
  /** In series with the junction itself: its mouths. */
  readonly access_ohm: number;
  /** Between source and electrode. */
  readonly series_ohm: number;
}

/** One junction behind electrodes, resistances and capacitors: an array of one, sampled at the same times as a bare one. */
export async function simulateWithEffects(
  request: EffectRequest,
): Promise<Pick<JunctionRecord, "time_s" | "voltage_V" | "current_A" | "metrics">> {
  const { model, parameters, environment, waveform, seed, effects, access_ohm, series_ohm } = request;
  const array = new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model, parameters },
      lines: { rowSource_ohm: series_ohm },
      access_ohm,
      environment,
      effects,
    },
    { seed },
  );
  const { drive, duration_s, samplePeriod_s } = lineWaveform(waveform);
  const current_A: number[] = [];
  const voltage_V: number[] = [];
  array.samples.subscribe((block: SampleBlock) => {
    for (const current of block.current_A) current_A.push(current);
    for (const voltage of block.voltage_V) voltage_V.push(voltage);
  });
  const { signal } = new AbortController();
  await array.apply(
    { rows: [drive], columns: [constant(0)], duration_s, targets: [{ row: 0, column: 0 }], referenceRow: 0 },
    { samplePeriod_s, columns: [0], currentRange_A: "auto", windows: [] },
    signal,
  );
  await array[Symbol.asyncDispose]();
  const [v, i] = [Float64Array.from(voltage_V), Float64Array.from(current_A)];
  const cycle = waveform.kind === "sine" ? waveform.samplesPerCycle : v.length - 1;
  const area = loopArea(v, i, Math.max(0, v.length - 1 - cycle));
  return {
    time_s: v.map((_, k) => k * samplePeriod_s),
    voltage_V: v,
    current_A: i,
    metrics: {
      loopAreaPositive_W: area.positive_W,
      loopAreaNegative_W: area.negative_W,
      loopStyle: classifyLoop(area),
    },
  };
}

function lineWaveform(drive: EffectRequest["waveform"]): {
  drive: Waveform;
  duration_s: number;
  samplePeriod_s: number;
} {
  if (drive.kind === "steps") {
    const waveform: Waveform = drive.steps.map((step) => ({ kind: "hold", ...step }));
    const duration_s = drive.steps.reduce((sum, step) => sum + step.duration_s, 0);
    return { drive: waveform, duration_s, samplePeriod_s: drive.samplePeriod_s };
  }
  const { amplitude_V, frequency_Hz, cycles, samplesPerCycle } = drive;
  const duration_s = cycles / frequency_Hz;
  return {
    drive: [{ kind: "sine", amplitude_V, offset_V: 0, frequency_Hz, phase_rad: 0, duration_s }],
    duration_s,
    samplePeriod_s: 1 / (frequency_Hz * samplesPerCycle),
  };
}
