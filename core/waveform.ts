/**
 * The voltage of one line over time, as immutable data: drivers compile it to native commands, the emulated array
 * evaluates it. Segments follow one another from t = 0.
 */
export type Waveform = readonly Segment[];

export type Segment =
  /** Constant; `duration_s` may be Infinity in the last segment. */
  | { readonly kind: "hold"; readonly voltage_V: number; readonly duration_s: number }
  | { readonly kind: "ramp"; readonly from_V: number; readonly to_V: number; readonly duration_s: number }
  /** offset + amplitude sin(2 pi f t + phase), t from the start of the segment. */
  | {
      readonly kind: "sine";
      readonly amplitude_V: number;
      readonly offset_V: number;
      readonly frequency_Hz: number;
      readonly phase_rad: number;
      readonly duration_s: number;
    }
  /** Points joined by straight lines; times rise from 0, at the start of the segment. */
  | { readonly kind: "samples"; readonly time_s: readonly number[]; readonly voltage_V: readonly number[] };

/** Decimal durations add up to within a few units of the last place: so near an edge, a time is on it. */
const EDGE_TOLERANCE = 4 * Number.EPSILON;

/** Whether `time_s` has reached `edge_s`, rounding of decimal times forgiven (3 x 0.1 s reaches 0.3 s). */
export function reaches(time_s: number, edge_s: number): boolean {
  return time_s >= edge_s * (1 - EDGE_TOLERANCE);
}

/** @throws RangeError naming the segment (0-based) and what is allowed */
export function checkWaveform(waveform: Waveform): Waveform {
  waveform.forEach((segment, k) => {
    const fail = (text: string): never => {
      throw new RangeError(`Waveform segment ${k} (${segment.kind}): ${text}`);
    };
    if (segment.kind === "samples") {
      const { time_s, voltage_V } = segment;
      if (time_s.length !== voltage_V.length)
        fail(`${time_s.length} times and ${voltage_V.length} voltages, they must be equal`);
      if (time_s.length < 2) fail(`${time_s.length} points, allowed are at least 2`);
      if (time_s[0] !== 0) fail(`time_s[0] is ${time_s[0]}, must be 0`);
      time_s.forEach((time, j) => {
        if (!Number.isFinite(time) || (j > 0 && !(time > (time_s[j - 1] as number))))
          fail(`time_s[${j}] is ${time}, must be finite and above ${time_s[j - 1]}`);
        if (!Number.isFinite(voltage_V[j])) fail(`voltage_V[${j}] is ${voltage_V[j]}, must be finite`);
      });
      return;
    }
    const unbounded = segment.kind === "hold" && k === waveform.length - 1 && segment.duration_s === Infinity;
    if (!unbounded && !(segment.duration_s > 0 && Number.isFinite(segment.duration_s)))
      fail(`duration_s is ${segment.duration_s}, allowed are finite values above 0`);
    for (const [name, value] of Object.entries(segment))
      if (name !== "duration_s" && typeof value === "number" && !Number.isFinite(value))
        fail(`${name} is ${value}, must be finite`);
  });
  return waveform;
}

/** Endless constant voltage. */
export function constant(voltage_V: number): Waveform {
  return [{ kind: "hold", voltage_V, duration_s: Infinity }];
}

/** One after the other. @throws RangeError when an endless one is not the last */
export function concat(...waveforms: readonly Waveform[]): Waveform {
  return checkWaveform(waveforms.flat());
}

/** Every voltage times `factor`. */
export function scale(waveform: Waveform, factor: number): Waveform {
  return waveform.map((segment): Segment => {
    switch (segment.kind) {
      case "hold":
        return { ...segment, voltage_V: segment.voltage_V * factor };
      case "ramp":
        return { ...segment, from_V: segment.from_V * factor, to_V: segment.to_V * factor };
      case "sine":
        return { ...segment, amplitude_V: segment.amplitude_V * factor, offset_V: segment.offset_V * factor };
      case "samples":
        return { ...segment, voltage_V: segment.voltage_V.map((voltage) => voltage * factor) };
    }
  });
}

/** Seconds; Infinity for an endless hold, 0 for an empty waveform. */
export function durationOf(waveform: Waveform): number {
  return startsOf(waveform).at(-1) ?? 0;
}

/**
 * The voltage at `time_s` from the start. On an edge the next segment's value; before 0 the first value, after the end
 * the last one held; 0 V for an empty waveform. For many times use `makeSampler`.
 */
export function valueAt(waveform: Waveform, time_s: number): number {
  return makeSampler(waveform)(time_s);
}

/** `valueAt` with the edges added up once. */
export function makeSampler(waveform: Waveform): (time_s: number) => number {
  const starts = startsOf(waveform);
  return (time_s) => {
    // the last segment whose start is reached
    let low = 0;
    let high = waveform.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (reaches(time_s, starts[middle] as number)) low = middle;
      else high = middle;
    }
    const segment = waveform[low];
    if (segment === undefined) return 0;
    return segmentValue(segment, Math.max(0, time_s - (starts[low] as number)));
  };
}

/** Ascending times from 0 to the end where value or slope may jump; an endless hold adds no end. */
export function edgesOf(waveform: Waveform): number[] {
  const starts = startsOf(waveform);
  const edges: number[] = [];
  waveform.forEach((segment, k) => {
    const start = starts[k] as number;
    edges.push(start);
    if (segment.kind === "samples") for (const time of segment.time_s.slice(1, -1)) edges.push(start + time);
  });
  const end = starts.at(-1);
  if (waveform.length > 0 && end !== undefined && end !== Infinity) edges.push(end);
  return edges;
}

/** Largest |V| that is reached or approached. */
export function largestMagnitude_V(waveform: Waveform): number {
  const magnitude = (segment: Segment) => (segment.kind === "sine" ? sineMagnitude(segment) : linearMagnitude(segment));
  return waveform.reduce((largest, segment) => Math.max(largest, magnitude(segment)), 0);
}

/** Largest |dV/dt| inside segments; jumps between segments are told by `largestStep_V`, so this is always finite. */
export function largestSlew_V_s(waveform: Waveform): number {
  return waveform.reduce((largest, segment) => Math.max(largest, segmentSlew(segment)), 0);
}

/** Largest jump of the voltage from one segment to the next. */
export function largestStep_V(waveform: Waveform): number {
  let largest = 0;
  for (let k = 1; k < waveform.length; k++) {
    const before = waveform[k - 1] as Segment;
    const jump = segmentValue(waveform[k] as Segment, 0) - segmentValue(before, segmentDuration(before));
    largest = Math.max(largest, Math.abs(jump));
  }
  return largest;
}

function segmentDuration(segment: Segment): number {
  return segment.kind === "samples" ? (segment.time_s.at(-1) ?? 0) : segment.duration_s;
}

/** Start of every segment and the end of the last; Neumaier's compensated sum, so that ten thousand pulses stay on their grid. */
function startsOf(waveform: Waveform): number[] {
  let sum = 0;
  let lost = 0;
  const starts = [0];
  for (const segment of waveform) {
    const duration = segmentDuration(segment);
    const next = sum + duration;
    if (next !== Infinity) lost += Math.abs(sum) >= duration ? sum - next + duration : duration - next + sum;
    sum = next;
    starts.push(sum + lost);
  }
  return starts;
}

function segmentValue(segment: Segment, time_s: number): number {
  switch (segment.kind) {
    case "hold":
      return segment.voltage_V;
    case "ramp": {
      const part = time_s / segment.duration_s;
      return part >= 1 ? segment.to_V : segment.from_V + (segment.to_V - segment.from_V) * part;
    }
    case "sine": {
      const time = Math.min(time_s, segment.duration_s);
      return (
        segment.offset_V + segment.amplitude_V * Math.sin(2 * Math.PI * segment.frequency_Hz * time + segment.phase_rad)
      );
    }
    case "samples":
      return joinLinearly(segment.time_s, segment.voltage_V, time_s);
  }
}

function joinLinearly(time_s: readonly number[], voltage_V: readonly number[], at_s: number): number {
  let low = 0;
  let high = time_s.length - 1;
  if (at_s >= (time_s[high] as number)) return voltage_V[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((time_s[middle] as number) <= at_s) low = middle;
    else high = middle;
  }
  const t0 = time_s[low] as number;
  const v0 = voltage_V[low] as number;
  return v0 + (((voltage_V[high] as number) - v0) * (at_s - t0)) / ((time_s[high] as number) - t0);
}

function linearMagnitude(segment: Exclude<Segment, { kind: "sine" }>): number {
  switch (segment.kind) {
    case "hold":
      return Math.abs(segment.voltage_V);
    case "ramp":
      return Math.max(Math.abs(segment.from_V), Math.abs(segment.to_V));
    case "samples":
      return segment.voltage_V.reduce((largest, voltage) => Math.max(largest, Math.abs(voltage)), 0);
  }
}

type Sine = Extract<Segment, { kind: "sine" }>;

/** Peak of the part that is played: the crests inside it, or its ends. */
function sineMagnitude(segment: Sine): number {
  let largest = Math.max(Math.abs(segmentValue(segment, 0)), Math.abs(segmentValue(segment, segment.duration_s)));
  const [from, to] = phasesOf(segment);
  for (const [crest, sign] of [
    [0.25, 1],
    [0.75, -1],
  ] as const)
    if (Math.ceil(from - crest) <= Math.floor(to - crest))
      largest = Math.max(largest, Math.abs(segment.offset_V + sign * segment.amplitude_V));
  return largest;
}

/** |2 pi f A cos| over the part that is played: 1 at a zero crossing, else its larger end. */
function sineSlew(segment: Sine): number {
  const [from, to] = phasesOf(segment);
  const crossing = Math.ceil(2 * from) <= Math.floor(2 * to);
  const steepest = crossing
    ? 1
    : Math.max(Math.abs(Math.cos(2 * Math.PI * from)), Math.abs(Math.cos(2 * Math.PI * to)));
  return Math.abs(2 * Math.PI * segment.frequency_Hz * segment.amplitude_V) * steepest;
}

/** First and last phase in turns, ascending. */
function phasesOf(segment: Sine): readonly [number, number] {
  const from = segment.phase_rad / (2 * Math.PI);
  const to = from + segment.frequency_Hz * segment.duration_s;
  return from <= to ? [from, to] : [to, from];
}

function segmentSlew(segment: Segment): number {
  switch (segment.kind) {
    case "hold":
      return 0;
    case "ramp":
      return Math.abs(segment.to_V - segment.from_V) / segment.duration_s;
    case "sine":
      return sineSlew(segment);
    case "samples": {
      let largest = 0;
      for (let k = 1; k < segment.time_s.length; k++) {
        const rise = (segment.voltage_V[k] as number) - (segment.voltage_V[k - 1] as number);
        largest = Math.max(
          largest,
          Math.abs(rise) / ((segment.time_s[k] as number) - (segment.time_s[k - 1] as number)),
        );
      }
      return largest;
    }
  }
}
