import { loopArea } from "../analysis/loop.ts";
import type { JunctionModel } from "../crossbar/model.ts";
import { resolveJunction } from "../crossbar/models/registry.ts";
import type { PairedPulseInput } from "../protocol/library/pairedPulse.ts";
import { formatSI } from "../units.ts";
import { simulateJunction } from "../simulate.ts";

/** How hard and how fast a model is driven for its datasheet. */
export interface SheetDrive {
  /** Peak of sweeps; pulses have the same. */
  readonly amplitude_V: number;
  /** Of the widest loop; everything else is timed by tau = 1 / (2 pi f). */
  readonly frequency_Hz: number;
  /** +1 where a positive pulse raises the conductance, -1 where a negative one does. */
  readonly polarity: 1 | -1;
  /** Paired pulses as published, where they are; else they follow from the above. */
  readonly pairs?: PairedPulseInput;
  /** How these were found, for the record. */
  readonly note: string;
}

interface PublishedDrive {
  readonly amplitude_V: number;
  readonly frequency_Hz: number;
  readonly pairs?: PairedPulseInput;
  readonly source: string;
}

/** Drives of published experiments. */
const PUBLISHED: Readonly<Record<string, PublishedDrive>> = {
  "conical-channel": { amplitude_V: 1, frequency_Hz: 40, source: "10.1103/PhysRevLett.130.268401" },
  "mosse-pore": {
    amplitude_V: 1.2,
    frequency_Hz: 2e8,
    // a preset of 2 V for 20 ps, pairs of 0.7 V above a hold of 0.5 V; the width is ours, short beside the water's 8 ps
    pairs: {
      amplitude_V: 0.7,
      hold_V: 0.5,
      width_s: 20e-15,
      prepare: { voltage_V: 2, width_s: 20e-12, settle_s: 5e-12 },
      gaps_s: [1e-12, 2e-12, 5e-12, 10e-12, 20e-12, 40e-12],
      samplesPerPulse: 10,
      recovery_s: 0.05,
    },
    source: "10.1039/d5fd00130g",
  },
};

/** Steps per decade of frequency while the widest loop is looked for. */
const PER_DECADE = 3;
const MOST_DECADES = 8;

/** @throws RangeError for a model without memory: nothing but its conductance could be measured */
export function chooseDrive(model: JunctionModel): SheetDrive {
  const published = PUBLISHED[model.name];
  const [least, most] = model.validRange_V;
  const amplitude_V = published?.amplitude_V ?? Number((Math.min(-least, most) / 2).toPrecision(2));
  const frequency_Hz = published?.frequency_Hz ?? findFrequency(model, amplitude_V);
  return {
    amplitude_V,
    frequency_Hz,
    polarity: findPolarity(model, amplitude_V, frequency_Hz),
    ...(published?.pairs && { pairs: published.pairs }),
    note: published
      ? `driven as in ${published.source}: ${formatSI(amplitude_V, "V")}, ${formatSI(frequency_Hz, "Hz")}`
      : `driven at ${formatSI(amplitude_V, "V")}, half of the model's valid range, and ${formatSI(frequency_Hz, "Hz")}, where its loop is widest`,
  };
}

function findFrequency(model: JunctionModel, amplitude_V: number): number {
  const kernel = resolveJunction(model.name, {});
  const times = kernel.timescales(kernel.allocate({ rows: 1, columns: 1 }), Float64Array.of(amplitude_V));
  if (!Number.isFinite(times.min_s))
    throw new RangeError(`${model.name} has no time constants of its own, say --frequency`);
  const fastest = Math.ceil(PER_DECADE * (Math.log10(1 / (2 * Math.PI * times.min_s)) + 1));
  const slow = Number.isFinite(times.max_s)
    ? PER_DECADE * (Math.log10(1 / (2 * Math.PI * times.max_s)) - 1)
    : -Infinity;
  const slowest = Math.max(Math.floor(slow), fastest - PER_DECADE * MOST_DECADES);
  let best = { openness: -1, frequency_Hz: 1 };
  for (let third = slowest; third <= fastest; third++) {
    const frequency_Hz = Number((10 ** (third / PER_DECADE)).toPrecision(1));
    const openness = opennessAt(model, amplitude_V, frequency_Hz);
    if (openness > best.openness * (1 + 1e-9)) best = { openness, frequency_Hz };
  }
  return best.frequency_Hz;
}

function opennessAt(model: JunctionModel, amplitude_V: number, frequency_Hz: number): number {
  const samplesPerCycle = 120;
  const { voltage_V, current_A } = simulateJunction({
    model: model.name,
    waveform: { kind: "sine", amplitude_V, frequency_Hz, cycles: 6, samplesPerCycle },
  });
  const area = loopArea(voltage_V.slice(-samplesPerCycle - 1), current_A.slice(-samplesPerCycle - 1));
  const box = area.positiveBox_W + area.negativeBox_W;
  return box > 0 ? (Math.abs(area.positive_W) + Math.abs(area.negative_W)) / box : 0;
}

/** By a pulse of either sign over one tau, seen in the conductance at its end against that at its start. */
function findPolarity(model: JunctionModel, amplitude_V: number, frequency_Hz: number): 1 | -1 {
  const gain = (sign: 1 | -1) => {
    const { current_A, voltage_V } = simulateJunction({
      model: model.name,
      waveform: {
        kind: "steps",
        steps: [{ voltage_V: sign * amplitude_V, duration_s: 1 / (2 * Math.PI * frequency_Hz) }],
        samplePeriod_s: 1 / (200 * frequency_Hz),
      },
    });
    const g = (k: number) => Math.abs((current_A.at(k) ?? Number.NaN) / (voltage_V.at(k) ?? Number.NaN));
    return g(-2) / g(1);
  };
  return gain(1) >= gain(-1) ? 1 : -1;
}
