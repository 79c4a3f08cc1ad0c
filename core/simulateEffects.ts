import { classifyLoop, loopArea } from "./analysis/loop.ts";
import type { SampleBlock } from "./arrayBackend.ts";
import type { EffectsConfig } from "./crossbar/effects/index.ts";
import type { Environment } from "./crossbar/environment.ts";
import type { Parameters } from "./crossbar/model.ts";
import { EmulatedArray } from "./emulated/emulatedArray.ts";
import { type JunctionDrive, sampleCountOf } from "./junctionWaveform.ts";
import type { JunctionRecord } from "./simulate.ts";
import { constant, type Waveform } from "./waveform.ts";

export interface EffectRequest {
  readonly model: string;
  readonly parameters: Parameters;
  readonly environment: Environment;
  readonly waveform: JunctionDrive;
  readonly seed: number;
  readonly effects: EffectsConfig;
  /** In series with the junction itself: its mouths. */
  readonly access_ohm: number;
  /** Between source and electrode. */
  readonly series_ohm: number;
}

/** Times of samples may miss a whole number of periods by this part of one: printed decimals do. */
const OFF_PERIOD = 1e-3;

/**
 * One junction behind electrodes, resistances and capacitors: an array of one, sampled at the same times as a bare one.
 * Points of a samples waveform lie on one period, the smallest interval between them, since noise has the bandwidth of its
 * samples; some may be missing.
 * @throws RangeError for a parameter or a waveform outside what is allowed
 */
export async function simulateWithEffects(
  request: EffectRequest,
): Promise<Pick<JunctionRecord, "time_s" | "voltage_V" | "current_A" | "state" | "metrics">> {
  const { model, parameters, environment, waveform, seed, effects, access_ohm, series_ohm } = request;
  const plan = planLine(waveform);
  await using array = new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model, parameters },
      lines: { rowSource_ohm: series_ohm },
      access_ohm,
      environment,
      effects,
    },
    // a block for every sample: states are read when it is taken
    { seed, blockSamples: 1 },
  );
  const { drive, duration_s, samplePeriod_s, kept } = plan;
  const count = kept.length;
  const time_s = Float64Array.from(kept, ({ time_s }) => time_s);
  const current_A = new Float64Array(count);
  const voltage_V = new Float64Array(count);
  const states = array.kernel.model.states.map(({ name }) => [name, new Float64Array(count)] as const);
  let [sample, next] = [0, 0];
  array.samples.subscribe((block: SampleBlock) => {
    if (sample++ !== kept[next]?.sample) return;
    current_A[next] = block.current_A[0] ?? Number.NaN;
    voltage_V[next] = block.voltage_V[0] ?? Number.NaN;
    for (const [name, values] of states) values[next] = array.state.field(name)[0] ?? Number.NaN;
    next++;
  });
  const { signal } = new AbortController();
  await array.apply(
    { rows: [drive], columns: [constant(0)], duration_s, targets: [{ row: 0, column: 0 }], referenceRow: 0 },
    { samplePeriod_s, columns: [0], currentRange_A: "auto", windows: [] },
    signal,
  );
  const cycle = waveform.kind === "sine" ? waveform.samplesPerCycle : count - 1;
  const area = loopArea(voltage_V, current_A, Math.max(0, count - 1 - cycle));
  return {
    time_s,
    voltage_V,
    current_A,
    state: Object.fromEntries(states),
    metrics: {
      loopAreaPositive_W: area.positive_W,
      loopAreaNegative_W: area.negative_W,
      loopStyle: classifyLoop(area),
    },
  };
}

/** What the line is driven with, and which of its samples are asked for. */
interface LinePlan {
  readonly drive: Waveform;
  readonly duration_s: number;
  readonly samplePeriod_s: number;
  readonly kept: readonly { readonly sample: number; readonly time_s: number }[];
}

/** @throws RangeError naming what is not allowed */
export function planLine(drive: JunctionDrive): LinePlan {
  const count = sampleCountOf(drive);
  const every = (samplePeriod_s: number) =>
    Array.from({ length: count }, (_, sample) => ({ sample, time_s: sample * samplePeriod_s }));
  if (drive.kind === "steps") {
    const { steps, samplePeriod_s } = drive;
    const duration_s = steps.reduce((sum, step) => sum + step.duration_s, 0);
    const waveform: Waveform = steps.map((step) => ({ kind: "hold", ...step }));
    return { drive: waveform, duration_s, samplePeriod_s, kept: every(samplePeriod_s) };
  }
  if (drive.kind === "samples") return planPoints(drive.time_s, drive.voltage_V);
  const { amplitude_V, frequency_Hz, cycles, samplesPerCycle } = drive;
  const duration_s = cycles / frequency_Hz;
  const samplePeriod_s = 1 / (frequency_Hz * samplesPerCycle);
  const sine = { kind: "sine", amplitude_V, offset_V: 0, frequency_Hz, phase_rad: 0, duration_s } as const;
  return { drive: [sine], duration_s, samplePeriod_s, kept: every(samplePeriod_s) };
}

function planPoints(time_s: readonly number[], voltage_V: readonly number[]): LinePlan {
  const [start_s = 0, ...later_s] = time_s;
  const [first_V = 0] = voltage_V;
  if (later_s.length === 0)
    return { drive: constant(first_V), duration_s: 1, samplePeriod_s: 2, kept: [{ sample: 0, time_s: start_s }] };
  let period_s = Infinity;
  later_s.forEach((time, k) => (period_s = Math.min(period_s, time - (time_s[k] ?? 0))));
  // the mean period knows it better than the smallest interval, which rounding shortens
  const smallest_s = period_s;
  const duration_s = (later_s.at(-1) ?? 0) - start_s;
  period_s = duration_s / Math.round(duration_s / smallest_s);
  const offBy = (time: number, unit_s: number): number => {
    const periods = (time - start_s) / unit_s;
    return Math.abs(periods - Math.round(periods));
  };
  const off = time_s.findIndex((time) => offBy(time, period_s) > OFF_PERIOD);
  if (off >= 0) {
    // of the interval that the message names
    const asNamed = time_s.findIndex((time) => offBy(time, smallest_s) > OFF_PERIOD);
    const k = asNamed < 0 ? off : asNamed;
    throw new RangeError(
      `time_s[${k}] is ${time_s[k]}, with effects allowed are whole numbers of the smallest interval, ${smallest_s} s, behind the first`,
    );
  }
  const kept = time_s.map((time) => ({ sample: Math.round((time - start_s) / period_s), time_s: time }));
  const points = { kind: "samples", time_s: kept.map(({ sample }) => sample * period_s), voltage_V } as const;
  return { drive: [points], duration_s, samplePeriod_s: period_s, kept };
}
