import { makeNeurons, stepNeurons } from "./crossbar/neurons/hodgkinHuxley.ts";
import { arriveSpike, makeSynapses, type SynapseParameters } from "./crossbar/neurons/tsodyksMarkram.ts";

/** Longest step of the axon's integration, seconds: its published rates are reproduced to 2e-5 with it. */
const AXON_STEP_s = 1e-5;
/** Intervals that are left out of a firing rate, because the axon has not settled. */
const EARLY_INTERVALS = 3;

export interface CurrentSteps {
  readonly steps: readonly { readonly current_A_m2: number; readonly duration_s: number }[];
  readonly samplePeriod_s: number;
}

/** Where an axon is under a current per membrane area; rows as in the answer of `simulateJunction`. */
export interface AxonRecord {
  readonly time_s: Float64Array;
  readonly current_A_m2: Float64Array;
  readonly voltage_V: Float64Array;
  readonly state: Readonly<Record<"m" | "h" | "n", Float64Array>>;
  /** Upward crossings of 0 V, and their rate without the first intervals; 0 where fewer are left than two. */
  readonly metrics: { readonly spikes: number; readonly rate_Hz: number };
}

/**
 * Hodgkin and Huxley's axon, from rest, under held currents. Samples lie at k x period from 0 to the end inclusive; between
 * them the membrane is integrated in equal steps of at most 10 us, cut where the current changes.
 */
export function simulateAxon({ steps, samplePeriod_s }: CurrentSteps): AxonRecord {
  const axon = makeNeurons(1);
  const end_s = steps.reduce((sum, step) => sum + step.duration_s, 0);
  const count = Math.floor((end_s / samplePeriod_s) * (1 + 1e-12)) + 1;
  const columns = Array.from({ length: 6 }, () => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const [time_s, current_A_m2, voltage_V, m, h, n] = columns;
  const injected = Float64Array.of(steps[0]?.current_A_m2 ?? 0);
  const crossings_s: number[] = [];
  let now_s = 0;
  const advance = (to_s: number) => {
    const start_s = now_s;
    if (to_s <= start_s) return;
    const pieces = Math.max(1, Math.ceil((to_s - start_s) / AXON_STEP_s - 1e-9));
    for (let k = 0; k < pieces; k++) {
      const before_V = axon.potential_V[0] ?? 0;
      stepNeurons(axon, injected, (to_s - start_s) / pieces);
      if (before_V < 0 && (axon.potential_V[0] ?? 0) >= 0)
        crossings_s.push(start_s + ((k + 1) * (to_s - start_s)) / pieces);
    }
    now_s = to_s;
  };
  let step = 0;
  let edge_s = steps[0]?.duration_s ?? 0;
  for (let k = 0; k < count; k++) {
    const time = k * samplePeriod_s;
    // a sample on an edge belongs to the next step; the last one holds at the end
    for (; step < steps.length - 1 && edge_s <= time * (1 + 1e-12); edge_s += steps[step]?.duration_s ?? 0) {
      advance(Math.min(edge_s, time));
      injected[0] = steps[++step]?.current_A_m2 ?? 0;
    }
    advance(time);
    [time_s[k], current_A_m2[k], voltage_V[k]] = [time, injected[0] ?? 0, axon.potential_V[0] ?? 0];
    [m[k], h[k], n[k]] = [axon.m[0] ?? 0, axon.h[0] ?? 0, axon.n[0] ?? 0];
  }
  const late = crossings_s.slice(EARLY_INTERVALS);
  const rate_Hz = late.length < 2 ? 0 : (late.length - 1) / ((late.at(-1) ?? 0) - (late[0] ?? 0));
  return { time_s, current_A_m2, voltage_V, state: { m, h, n }, metrics: { spikes: crossings_s.length, rate_Hz } };
}

/** What a synapse does at each of its spikes. */
export interface SynapseRecord {
  readonly time_s: Float64Array;
  /** Part of the resources released. */
  readonly release: Float64Array;
  /** After the spike. */
  readonly state: Readonly<Record<"u" | "x", Float64Array>>;
}

/** Tsodyks and Markram's synapse, rested, under spikes in order. @throws RangeError naming the parameter or the spike */
export function simulateSynapse(parameters: SynapseParameters, spikes_s: readonly number[]): SynapseRecord {
  const synapse = makeSynapses(1, parameters);
  const [u, x] = [new Float64Array(spikes_s.length), new Float64Array(spikes_s.length)];
  const release = Float64Array.from(spikes_s, (time_s, k) => {
    const released = arriveSpike(synapse, 0, time_s);
    [u[k], x[k]] = [synapse.u[0] ?? 0, synapse.x[0] ?? 0];
    return released;
  });
  return { time_s: Float64Array.from(spikes_s), release, state: { u, x } };
}
