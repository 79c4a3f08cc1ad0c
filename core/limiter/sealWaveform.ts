import { checkWaveform, type Segment, type Waveform } from "../waveform.ts";

/** Every field that a segment has, besides its kind. */
const FIELDS: Readonly<Record<Segment["kind"], readonly string[]>> = {
  hold: ["voltage_V", "duration_s"],
  ramp: ["from_V", "to_V", "duration_s"],
  sine: ["amplitude_V", "offset_V", "frequency_Hz", "phase_rad", "duration_s"],
  samples: ["time_s", "voltage_V"],
};

/** A part shorter than this share of the time before it is lost in the rounding of its edges. */
const SHORTEST_SHARE = 2 ** -43;

/** No part of a command is shorter: below, doubles run out of places, and no ion has moved. */
export const SHORTEST_S = 1e-15;

const sealed = new WeakSet<Waveform>();

/** Remembers answers about sealed waveforms, which stay true; others may change and are asked anew every time. */
export function rememberSealed<Answer>(ask: (waveform: Waveform) => Answer): (waveform: Waveform) => Answer {
  const known = new WeakMap<Waveform, Answer>();
  return (waveform) => {
    let answer = known.get(waveform);
    if (answer === undefined) {
      answer = ask(waveform);
      if (sealed.has(waveform)) known.set(waveform, answer);
    }
    return answer;
  };
}

/**
 * Freezes a waveform in place, down to its last number: what was checked is what is sent, whoever else holds it.
 * Who changes it afterwards gets a TypeError.
 * @throws RangeError naming the segment (0-based) when it is no waveform, or no plain data
 */
export function sealWaveform(waveform: Waveform): Waveform {
  if (sealed.has(waveform)) return waveform;
  if (!Array.isArray(waveform)) throw new RangeError("a line is driven by a list of segments, or floats");
  plain(waveform, "the waveform");
  waveform.forEach((segment: Segment, k) => sealSegment(segment, k));
  checkWaveform(waveform);
  refuseSlivers(waveform);
  sealed.add(waveform);
  return waveform;
}

function sealSegment(segment: Segment, k: number): void {
  const name = `Waveform segment ${k}`;
  plain(segment, name);
  if (!Object.hasOwn(FIELDS, segment.kind))
    throw new RangeError(`${name}: kind is ${segment.kind}, allowed are ${Object.keys(FIELDS).join(", ")}`);
  const fields: Readonly<Record<string, unknown>> = { ...segment };
  for (const field of FIELDS[segment.kind]) {
    const value = fields[field];
    if (segment.kind !== "samples") {
      if (typeof value !== "number") throw new RangeError(`${name} (${segment.kind}): ${field} is no number`);
      continue;
    }
    if (!Array.isArray(value)) throw new RangeError(`${name} (samples): ${field} is no plain list of numbers`);
    plain(value, `${name} (samples): ${field}`);
    for (let j = 0; j < value.length; j++)
      if (typeof value[j] !== "number") throw new RangeError(`${name} (samples): ${field}[${j}] is no number`);
  }
}

/** Freezes, and refuses what computes its values when asked for them. */
function plain(value: object, name: string): void {
  if (typeof value !== "object" || value === null) throw new RangeError(`${name} is no object`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== (Array.isArray(value) ? Array.prototype : Object.prototype) && prototype !== null)
    throw new RangeError(`${name} is no plain data`);
  Object.freeze(value);
  for (const [key, { get, set }] of Object.entries(Object.getOwnPropertyDescriptors(value)))
    if (get ?? set) throw new RangeError(`${name}: ${key} is computed, allowed is plain data`);
}

function refuseSlivers(waveform: Waveform): void {
  let start_s = 0;
  const step = (length_s: number, k: number) => {
    if (length_s < SHORTEST_S)
      throw new RangeError(`Waveform segment ${k}: lasts ${length_s} s, allowed are ${SHORTEST_S} s and more`);
    if (length_s < SHORTEST_SHARE * (start_s + length_s))
      throw new RangeError(`Waveform segment ${k}: lasts ${length_s} s after ${start_s} s, which is lost in rounding`);
    start_s += length_s;
  };
  waveform.forEach((segment, k) => {
    if (segment.kind !== "samples") return step(segment.duration_s, k);
    for (let j = 1; j < segment.time_s.length; j++) step((segment.time_s[j] ?? 0) - (segment.time_s[j - 1] ?? 0), k);
  });
}
