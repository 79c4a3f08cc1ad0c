import {
  EmulatedArray,
  type Examples,
  measureAccuracy,
  measureReservoir,
  readoutLogits,
  trainSoftmax,
} from "crosspore";
import { fillNormal, streamOf } from "crosspore/crossbar";
import type { ImageSet } from "./handwriting.ts";

/**
 * Part (b): volatile channels as a reservoir, Kamsma et al., PNAS 121, e2320242121 (2024), 10.1073/pnas.2320242121.
 * Conductances come from emulated ncnm channels under the published pulses and the published read (-1 V, 50 ms); the
 * scatter of repeated measurements (published: at most 7 % over 50 cycles) is multiplied on: g (1 + sd N(0, 1)).
 */
export const PUBLISHED = { small: 0.95, handwriting: 0.81, doi: "10.1073/pnas.2320242121" } as const;
export const NOISES = [0, 0.02, 0.05, 0.07, 0.1] as const;
const PATTERN_BITS = 4;
const SEED = 1;

/** Ten digits of 4 x 5 pixels: five channels each see the four bits of one row. */
export const SMALL_DIGITS: readonly (readonly string[])[] = [
  "0110 1001 1001 1001 0110",
  "0010 0110 0010 0010 0111",
  "1110 0001 0110 1000 1111",
  "1110 0001 0110 0001 1110",
  "1001 1001 1111 0001 0001",
  "1111 1000 1110 0001 1110",
  "0110 1000 1110 1001 0110",
  "1111 0001 0010 0100 0100",
  "0110 1001 0110 1001 0110",
  "0110 1001 0111 0001 0110",
].map((rows) => rows.split(" "));

export interface NoiseResult {
  readonly noise: number;
  readonly accuracy: number;
}

export interface ReservoirResult {
  /** Conductance after each 4-bit train, by the number the bits spell, siemens; and relative to train 0000. */
  readonly conductance_S: Float64Array;
  readonly states: Float64Array;
  /** One sampled current per train, ampere, over the whole train. */
  readonly traces: { readonly pattern: number; readonly time_s: Float64Array; readonly current_A: Float64Array }[];
  readonly small: readonly NoiseResult[];
  readonly handwriting: readonly NoiseResult[];
  /** The same readout straight on the black and white pixels. */
  readonly pixels: number;
  readonly channels: number;
}

export async function runReservoirPart(
  training: ImageSet,
  test: ImageSet,
  noises: readonly number[],
  tell: (text: string) => void,
): Promise<ReservoirResult> {
  tell("driving sixteen 4-bit trains through sixteen emulated channels");
  const { conductance_S, states, traces } = await measureStates();

  tell("4 x 5-pixel digits: five channels, readout trained at each noise");
  const small: NoiseResult[] = [];
  const clean = await measureSmallDigits();
  for (const noise of NOISES) small.push({ noise, accuracy: classifySmallDigits(clean, noise) });

  const handwriting: NoiseResult[] = [];
  for (const noise of noises) {
    tell(`handwriting through ${channelsOf(training)} channels, noise ${(100 * noise).toFixed(0)} %`);
    handwriting.push({ noise, accuracy: classifyHandwriting(training, test, states, noise) });
  }
  const readout = trainSoftmax(blackAndWhite(training), { classes: 10, l2: 5e-4, iterations: 60, tolerance: 1e-3 });
  const pixels = measureAccuracy(readoutLogits(readout, blackAndWhite(test).features), test.labels);
  return { conductance_S, states, traces, small, handwriting, pixels, channels: channelsOf(training) };
}

/** The sixteen states, one channel each, all trains at once; relative to train 0000. */
export async function measureStates() {
  await using array = makeReservoir(1 << PATTERN_BITS);
  const patterns = Array.from({ length: 1 << PATTERN_BITS }, (_, pattern) => pattern);
  const blocks: { channel: number; startTime_s: number; samplePeriod_s: number; current_A: Float64Array }[] = [];
  const subscription = array.samples.subscribe((block) => blocks.push(block));
  const conductance_S = await measureReservoir(array, patterns.map(bitsOf));
  subscription.unsubscribe();
  const traces = patterns.map((pattern) => joinBlocks(pattern, blocks));
  return { conductance_S, states: relative(conductance_S, conductance_S[0] ?? NaN), traces };
}

/**
 * The ten small digits through five channels, one digit after the other.
 * @returns digits x channels, relative to an idle channel
 */
export async function measureSmallDigits(): Promise<Float64Array> {
  const channels = SMALL_DIGITS[0]?.length ?? 0;
  await using array = makeReservoir(channels);
  const idle = await measureReservoir(array, [bitsOf(0)]);
  const trains = SMALL_DIGITS.flatMap((rows) => rows.map((row) => [...row].map(Number)));
  return relative(await measureReservoir(array, trains), idle[0] ?? NaN);
}

/**
 * Training protocol: 200 noisy copies of each digit train a softmax readout, 500 fresh ones at the same noise test it;
 * decay 1e-6, L-BFGS to convergence, counted normal deviates.
 */
export function classifySmallDigits(clean: Float64Array, noise: number): number {
  const training = noisyCopies(clean, 200, noise, "small digits, training");
  const test = noisyCopies(clean, 500, noise, "small digits, test");
  const readout = trainSoftmax(training, { classes: 10, l2: 1e-6, iterations: 500, tolerance: 1e-5 });
  return measureAccuracy(readoutLogits(readout, test.features), test.labels);
}

/**
 * Every image made black and white at half grey; every row of 28 pixels is seven 4-bit trains, so an image drives
 * 196 channels once. Equal trains leave equal conductances, hence each pattern was measured once; noise is drawn anew
 * for every channel of every image.
 */
function classifyHandwriting(training: ImageSet, test: ImageSet, states: Float64Array, noise: number): number {
  const examples = throughReservoir(training, states, noise, "handwriting, training");
  const readout = trainSoftmax(examples, { classes: 10, l2: 5e-4, iterations: 60, tolerance: 1e-3 });
  const { features, labels } = throughReservoir(test, states, noise, "handwriting, test");
  return measureAccuracy(readoutLogits(readout, features), labels);
}

function makeReservoir(channels: number): EmulatedArray {
  return new EmulatedArray({ rows: 1, columns: channels, junction: { model: "ncnm-channel" } }, { seed: SEED });
}

/** First bit first in time: 8 is 1000. */
export function bitsOf(pattern: number): number[] {
  return Array.from({ length: PATTERN_BITS }, (_, k) => (pattern >> (PATTERN_BITS - 1 - k)) & 1);
}

function channelsOf(set: ImageSet): number {
  return set.side ** 2 / PATTERN_BITS;
}

function noisyCopies(clean: Float64Array, copies: number, noise: number, stream: string): Examples {
  const inputs = clean.length / SMALL_DIGITS.length;
  const features = new Float64Array(clean.length * copies);
  fillNormal(features, SEED, streamOf(stream), 0);
  for (let k = 0; k < features.length; k++)
    features[k] = (clean[k % clean.length] ?? NaN) * (1 + noise * (features[k] ?? NaN));
  const labels = Uint8Array.from({ length: features.length / inputs }, (_, n) => n % SMALL_DIGITS.length);
  return { features, labels };
}

/** Conductances relative to the idle channel, less 1, so that blank paper is 0 without noise. */
function throughReservoir(set: ImageSet, states: Float64Array, noise: number, stream: string): Examples {
  const channels = channelsOf(set);
  const count = set.labels.length;
  const features = new Float64Array(count * channels);
  if (noise > 0) fillNormal(features, SEED, streamOf(stream), 0);
  for (let k = 0; k < features.length; k++) {
    let pattern = 0;
    for (let bit = 0; bit < PATTERN_BITS; bit++)
      pattern = 2 * pattern + ((set.features[k * PATTERN_BITS + bit] ?? 0) >= 0.5 ? 1 : 0);
    features[k] = (states[pattern] ?? NaN) * (1 + noise * (features[k] ?? NaN)) - 1;
  }
  return { features, labels: set.labels };
}

function blackAndWhite(set: ImageSet): Examples {
  return { features: set.features.map((grey) => (grey >= 0.5 ? 1 : 0)), labels: set.labels };
}

function relative(conductance_S: Float64Array, idle_S: number): Float64Array {
  return conductance_S.map((conductance) => conductance / idle_S);
}

function joinBlocks(
  pattern: number,
  blocks: readonly { channel: number; startTime_s: number; samplePeriod_s: number; current_A: Float64Array }[],
) {
  const own = blocks.filter((block) => block.channel === pattern);
  return {
    pattern,
    time_s: Float64Array.from(
      own.flatMap((block) => Array.from(block.current_A, (_, n) => block.startTime_s + n * block.samplePeriod_s)),
    ),
    current_A: Float64Array.from(own.flatMap((block) => Array.from(block.current_A))),
  };
}
