/**
 * Counter-based randomness: a number is a function of (seed, stream, index) and of nothing else, so serial, threaded
 * and sharded runs draw the same bits in any order.
 *
 * Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC'11, 10.1145/2063384.2063405 (section 4.2, rotation constants of table 2).
 */
const PARITY = 0x1bd11bda; // Skein's key schedule constant, lower word

/**
 * One block of Threefry-2x32-20: key (k0, k1) and counter (c0, c1) into out[0], out[1], all unsigned 32-bit words.
 */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number, out: Uint32Array): void {
  const k2 = PARITY ^ k0 ^ k1;
  let a = (c0 + k0) | 0;
  let b = (c1 + k1) | 0;
  // twenty rounds as five groups of four, a key injection after each; the key words rotate k1 k2, k2 k0, k0 k1, ...
  let next = k1;
  let after = k2;
  let last = k0;
  for (let group = 1; group <= 5; group++) {
    if (group % 2 === 1) {
      a = (a + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0;
      b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0;
      b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0;
      b = ((b << 6) | (b >>> 26)) ^ a;
    } else {
      a = (a + b) | 0;
      b = ((b << 17) | (b >>> 15)) ^ a;
      a = (a + b) | 0;
      b = ((b << 29) | (b >>> 3)) ^ a;
      a = (a + b) | 0;
      b = ((b << 16) | (b >>> 16)) ^ a;
      a = (a + b) | 0;
      b = ((b << 24) | (b >>> 8)) ^ a;
    }
    a = (a + next) | 0;
    b = (b + after + group) | 0;
    const first = next;
    next = after;
    after = last;
    last = first;
  }
  out[0] = a;
  out[1] = b;
}

/** A stream number for a name ("adc-noise"): 32-bit FNV-1a, so that streams need no central list. */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let k = 0; k < name.length; k++) hash = Math.imul(hash ^ name.charCodeAt(k), 0x01000193);
  return hash >>> 0;
}

/**
 * A uniform number in the open interval (0, 1), 52 random bits.
 * @param seed integer from 0 to 2^53 - 1
 * @param stream integer from 0 to 2^32 - 1, or `streamOf(name)`
 * @param index integer from 0 to 2^53 - 1
 */
export function uniform(seed: number, stream: number, index: number): number {
  deriveKey(seed, stream);
  return uniformAt(index);
}

/** A standard normal number (mean 0, variance 1) by Box and Muller's transform of the pair of uniforms around `index`. */
export function normal(seed: number, stream: number, index: number): number {
  deriveKey(seed, stream);
  return normalAt(index);
}

/** out[k] = uniform(seed, stream, firstIndex + k), without allocation. */
export function fillUniform(out: Float64Array, seed: number, stream: number, firstIndex: number): void {
  deriveKey(seed, stream);
  for (let k = 0; k < out.length; k++) out[k] = uniformAt(firstIndex + k);
}

/** out[k] = normal(seed, stream, firstIndex + k), without allocation; pairs share their two uniforms. */
export function fillNormal(out: Float64Array, seed: number, stream: number, firstIndex: number): void {
  deriveKey(seed, stream);
  let k = 0;
  if (firstIndex % 2 === 1 && out.length > 0) out[k++] = normalAt(firstIndex);
  for (; k + 1 < out.length; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniformAt(firstIndex + k)));
    const angle = 2 * Math.PI * uniformAt(firstIndex + k + 1);
    out[k] = radius * Math.cos(angle);
    out[k + 1] = radius * Math.sin(angle);
  }
  if (k < out.length) out[k] = normalAt(firstIndex + k);
}

/** Scratch of one call; every public function writes the key before it draws. */
const key = new Uint32Array(2);
const block = new Uint32Array(2);

/** Seed (53 bits), stream (32) and index (53) exceed key and counter (128): the key of a stream is a block of its own. */
function deriveKey(seed: number, stream: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed is ${seed}, allowed are integers from 0 to 2^53 - 1`);
  if (!Number.isInteger(stream) || stream < 0 || stream > 0xffffffff)
    throw new RangeError(`stream is ${stream}, allowed are integers from 0 to 2^32 - 1`);
  threefry2x32(seed >>> 0, Math.floor(seed / 0x100000000), stream, 0, key);
}

function uniformAt(index: number): number {
  threefry2x32(key[0], key[1], index >>> 0, Math.floor(index / 0x100000000), block);
  // 20 + 32 bits, centred in their cell: 0 and 1 are never reached and no rounding happens
  return ((block[0] >>> 12) * 0x100000000 + block[1] + 0.5) / 0x10000000000000;
}

function normalAt(index: number): number {
  const odd = index % 2;
  const radius = Math.sqrt(-2 * Math.log(uniformAt(index - odd)));
  const angle = 2 * Math.PI * uniformAt(index - odd + 1);
  return radius * (odd === 0 ? Math.cos(angle) : Math.sin(angle));
}
