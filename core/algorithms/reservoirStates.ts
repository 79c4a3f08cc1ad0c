import type { ArrayBackend } from "../arrayBackend.ts";
import { constant, type Segment, type Waveform } from "../waveform.ts";

/**
 * Volatile junctions as a reservoir: a train of bits leaves a conductance that remembers which bits came when.
 * Kamsma et al., PNAS 121, e2320242121 (2024), 10.1073/pnas.2320242121: 5 V pulses of 0.75 s, gaps of 0.75 s at 0 V,
 * read with -1 V for 50 ms. Sixteen 4-bit trains give sixteen conductances.
 *
 * The array has one row and one column per channel. The row stays at 0 V and every column's clamp carries the train
 * with its sign turned, so that each channel sees its own train and each current is that of one junction.
 */
export interface TrainOptions {
  /** Junction voltage of a 1, volt; default 5. A 0 is 0 V. */
  readonly pulse_V?: number;
  readonly pulse_s?: number;
  readonly gap_s?: number;
  /** Junction voltage and length of the read that follows the last slot at once; default -1 V, 50 ms. */
  readonly read_V?: number;
  readonly read_s?: number;
  /** Forgetting at 0 V after the read, default 30 s (e^-18 of a 1.62 s memory). */
  readonly rest_s?: number;
  /** Default 5 ms, at most a tenth of the read. */
  readonly samplePeriod_s?: number;
  readonly signal?: AbortSignal;
}

/**
 * Conductance of a channel after each train, from the mean current of the read pulse.
 * @param array 1 x channels; trains go through it `channels` at a time, unused channels stay at 0 V
 * @param trains bits in the order of time, all of one length
 * @returns one conductance per train, siemens
 * @throws RangeError when the array has more than one row or the trains differ in length
 */
export async function measureReservoir(
  array: ArrayBackend,
  trains: readonly (readonly number[])[],
  options: TrainOptions = {},
): Promise<Float64Array> {
  const { signal = new AbortController().signal } = options;
  const { rows, columns: channels } = array.grid;
  if (rows !== 1)
    throw new RangeError(`The array has ${rows} rows, a reservoir takes 1 so that a current belongs to one junction`);
  const slots = trains[0]?.length ?? 0;
  const conductance_S = new Float64Array(trains.length);
  for (let first = 0; first < trains.length; first += channels) {
    const part = trains.slice(first, first + channels);
    if (part.some((train) => train.length !== slots))
      throw new RangeError(`Trains of ${part.map((train) => train.length).join(", ")} bits, all must have ${slots}`);
    const timing = trainTiming(slots, options);
    const reading = await array.apply(
      {
        duration_s: timing.duration_s,
        rows: [constant(0)],
        columns: Array.from({ length: channels }, (_, k) => trainWaveform(part[k] ?? [], slots, options)),
        targets: part.map((_, column) => ({ row: 0, column })),
        referenceRow: 0,
      },
      {
        samplePeriod_s: timing.samplePeriod_s,
        columns: part.map((_, column) => column),
        currentRange_A: "auto",
        windows: [{ start_s: timing.readStart_s, end_s: timing.readEnd_s, label: "read" }],
      },
      signal,
    );
    const window = reading.windows[0];
    part.forEach((_, k) => {
      conductance_S[first + k] = (window?.current_A[k] ?? NaN) / (window?.voltage_V[k] ?? NaN);
    });
  }
  return conductance_S;
}

/** When the read of a train starts and ends, and how long the whole stimulus takes, seconds. */
export function trainTiming(slots: number, options: TrainOptions = {}) {
  const { pulse_s = 0.75, gap_s = 0.75, read_s = 0.05, rest_s = 30, samplePeriod_s = 0.005 } = options;
  // the last slot is read before its gap
  const readStart_s = slots * (pulse_s + gap_s) - gap_s;
  const readEnd_s = readStart_s + read_s;
  return {
    readStart_s,
    readEnd_s,
    duration_s: readEnd_s + rest_s,
    samplePeriod_s: Math.min(samplePeriod_s, read_s / 10),
  };
}

/** Column potential of one train: the junction's voltage with its sign turned. An empty train stays at 0 V. */
export function trainWaveform(bits: readonly number[], slots: number, options: TrainOptions = {}): Waveform {
  const { pulse_V = 5, pulse_s = 0.75, gap_s = 0.75, read_V = -1, read_s = 0.05, rest_s = 30 } = options;
  const hold = (junction_V: number, duration_s: number): Segment => ({
    kind: "hold",
    voltage_V: junction_V === 0 ? 0 : -junction_V,
    duration_s,
  });
  if (bits.length === 0) return constant(0);
  const pulses = Array.from({ length: slots }, (_, k) => {
    const pulse = hold(bits[k] ? pulse_V : 0, pulse_s);
    return k < slots - 1 ? [pulse, hold(0, gap_s)] : [pulse];
  });
  return [...pulses.flat(), hold(read_V, read_s), hold(0, rest_s)];
}
