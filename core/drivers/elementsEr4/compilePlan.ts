import { LimitError, UnsupportedError } from "../../errors.ts";
import { formatSI } from "../../units.ts";
import type { ChannelPlan } from "../instrument.ts";
import { planStarts } from "../planStarts.ts";
import type { Er4Settings } from "./codec.ts";
import { type Er4Model, LARGEST_COUNT, LONGEST_RAMP_MS, type SamplingRate } from "./models.ts";
import { ON_BOARD } from "./protocols.ts";

/**
 * A level that lasts at least so long is timed by the computer, which adds the latency of USB (2 ms and more); what is
 * shorter must be something that the amplifier plays by itself.
 */
export const SHORTEST_HOST_TIMED_S = 0.01;
/** After a ramp the output stays where it is for so long, while the next message comes. */
const STAY_MS = 1000;

/** How the amplifier's own voltage samples tell that a job has begun. Voltages in output steps. */
export type JobStart =
  | { readonly kind: "at"; readonly level: number }
  | { readonly kind: "leaves"; readonly level: number; readonly towards: 1 | -1; readonly lead_s: number };

/** One message, and the stretch of the plan that it plays on the amplifier's own clock. */
export interface Job {
  readonly settings: Partial<Er4Settings>;
  readonly begins: JobStart;
  /** Of the plan, from the plan's start: when its message goes out, when it begins, when it ends. */
  readonly sent_s: number;
  readonly start_s: number;
  readonly end_s: number;
  /** From when on it stays at its last level, and the next message does not cut it short. */
  readonly steady_s: number;
  /** Level at its end, output steps. */
  readonly ends: number;
}

interface Level {
  readonly level: number;
  readonly start_s: number;
  readonly end_s: number;
}

interface Leg {
  readonly from: number;
  readonly to: number;
  readonly start_s: number;
  readonly end_s: number;
}

/** A level may still become longer while pieces are cut. */
type Piece = ({ readonly kind: "level"; end_s: number } & Omit<Level, "end_s">) | ({ readonly kind: "leg" } & Leg);

/**
 * A plan as what an er4 amplifier can play: holds that the computer times, pulse trains, ramps and triangles that it plays
 * by itself in whole milliseconds.
 * @throws UnsupportedError | LimitError naming the point, before anything is sent
 */
export function compilePlan(plan: ChannelPlan, model: Er4Model): readonly Job[] {
  const pieces = cutPlan(plan, model);
  const jobs: Job[] = [];
  let before = 0;
  for (let k = 0; k < pieces.length; ) {
    const piece = pieces[k];
    if (!piece) break;
    if (piece.kind === "leg") {
      const taken = countMirrored(pieces, k);
      jobs.push(taken > 0 ? makeTriangle(piece, pieces, k, taken) : makeRamp(piece));
      k += Math.max(1, 2 * taken);
    } else if (piece.level === before && !isLong(piece)) {
      // it stays where it is anyway
      const last = jobs.at(-1);
      if (last) jobs[jobs.length - 1] = { ...last, end_s: piece.end_s };
      else jobs.push(makeHold(piece));
      k++;
    } else {
      const pulses = countPulses(pieces, k, before);
      // what the amplifier can time, the computer need not
      const train = isLong(piece) && !(pulses > 1 && fitsTimer(piece) && fitsTimer(pieces[k + 1])) ? 0 : pulses;
      if (train === 0 && isLong(piece)) jobs.push(makeHold(piece));
      else jobs.push(makeTrain(pieces, k, before, train, jobs.at(-1)));
      k += Math.max(1, Math.min(2 * train, pieces.length - k));
    }
    before = jobs.at(-1)?.ends ?? 0;
  }
  return jobs;
}

/** Merges what stays at one level and finds straight ramps of points too short to be timed by the computer. */
function cutPlan(plan: ChannelPlan, { voltageStep_V }: Er4Model): Piece[] {
  const { voltage_V } = plan;
  const points = voltage_V.length;
  const starts_s = planStarts(plan);
  const level = (k: number) => Math.round((voltage_V[k] ?? 0) / voltageStep_V);
  const pieces: Piece[] = [];
  for (let k = 0; k < points; ) {
    const end = findLegEnd(voltage_V, starts_s, k);
    if (end > k) {
      const piece = { from: level(k), to: level(end), start_s: starts_s[k] ?? 0, end_s: starts_s[end] ?? 0 };
      // less than one step: nothing moves
      if (piece.from === piece.to) addLevel(pieces, { level: piece.from, start_s: piece.start_s, end_s: piece.end_s });
      else pieces.push({ kind: "leg", ...piece });
      k = end;
    } else {
      addLevel(pieces, { level: level(k), start_s: starts_s[k] ?? 0, end_s: starts_s[k + 1] ?? 0 });
      k++;
    }
  }
  return pieces;
}

function addLevel(pieces: Piece[], next: Level): void {
  const last = pieces.at(-1);
  if (last?.kind === "level" && last.level === next.level) last.end_s = next.end_s;
  else pieces.push({ kind: "level", ...next });
}

/** Last point on one straight line with `first`, where two steps and more are; `first` itself where there is no ramp. */
function findLegEnd(voltage_V: Float64Array, starts_s: Float64Array, first: number): number {
  const at = (k: number) => voltage_V[k] ?? Number.NaN;
  const time = (k: number) => starts_s[k] ?? Number.NaN;
  const length_s = time(first + 1) - time(first);
  const slope = (at(first + 1) - at(first)) / length_s;
  if (!(Math.abs(slope) > 0) || !(length_s < SHORTEST_HOST_TIMED_S)) return first;
  let last = first + 1;
  const fits = (k: number) =>
    time(k) - time(k - 1) < SHORTEST_HOST_TIMED_S &&
    Math.abs(at(k) - at(first) - slope * (time(k) - time(first))) <= 1e-9 + 1e-6 * Math.abs(at(k) - at(first));
  while (last + 1 < voltage_V.length && fits(last + 1)) last++;
  return last - first >= 2 ? last : first;
}

function isLong({ start_s, end_s }: Level): boolean {
  return end_s - start_s >= SHORTEST_HOST_TIMED_S * (1 - 1e-9);
}

function makeHold({ level, start_s, end_s }: Level): Job {
  return {
    settings: { protocol: ON_BOARD.constant, hold: level },
    begins: { kind: "at", level },
    sent_s: start_s,
    start_s,
    end_s,
    steady_s: start_s,
    ends: level,
  };
}

/** Pairs of legs from `first` on that go there and back again in the same time. */
function countMirrored(pieces: readonly Piece[], first: number): number {
  const model = pieces[first];
  if (model?.kind !== "leg") return 0;
  const same = (piece: Piece | undefined, from: number, to: number) =>
    piece?.kind === "leg" &&
    piece.from === from &&
    piece.to === to &&
    Math.abs(piece.end_s - piece.start_s - (model.end_s - model.start_s)) < 1e-6;
  let pairs = 0;
  while (
    pairs < LARGEST_COUNT &&
    same(pieces[first + 2 * pairs], model.from, model.to) &&
    same(pieces[first + 2 * pairs + 1], model.to, model.from)
  )
    pairs++;
  return pairs;
}

function makeRamp({ from, to, start_s, end_s }: Leg): Job {
  return {
    settings: {
      ...rampSettings({ from, to, start_s, end_s }),
      protocol: ON_BOARD.ramp,
      pulseTime_ms: STAY_MS,
    },
    begins: leaving({ from, to, start_s, end_s }),
    sent_s: start_s,
    start_s,
    end_s,
    steady_s: end_s,
    ends: to,
  };
}

function makeTriangle(leg: Leg, pieces: readonly Piece[], first: number, pairs: number): Job {
  const end_s = pieces[first + 2 * pairs - 1]?.end_s ?? leg.end_s;
  return {
    settings: { ...rampSettings(leg), protocol: ON_BOARD.cyclicVoltammetry, count: pairs },
    begins: leaving(leg),
    sent_s: leg.start_s,
    start_s: leg.start_s,
    end_s,
    steady_s: end_s,
    ends: leg.from,
  };
}

function rampSettings({ from, to, start_s, end_s }: Leg): Partial<Er4Settings> {
  const rampTime_ms = wholeMilliseconds(end_s - start_s, `the ramp at ${formatSI(start_s, "s", 6)}`);
  if (rampTime_ms > LONGEST_RAMP_MS)
    throw new LimitError("time of a ramp", formatSI(end_s - start_s, "s"), `${LONGEST_RAMP_MS / 1000} s and less`);
  return { hold: from, initial: from, final: to, holdTime_ms: 1, rampTime_ms, repetitions: 1 };
}

/** The first change of the output comes half a step after the ramp's start. */
function leaving({ from, to, start_s, end_s }: Leg): JobStart {
  const lead_s = ((end_s - start_s) * 0.5) / Math.abs(to - from);
  return { kind: "leaves", level: from, towards: to > from ? 1 : -1, lead_s };
}

/** How many equal pulses with equal pauses go from the base and back to it, from piece `first` on. */
function countPulses(pieces: readonly Piece[], first: number, base: number): number {
  const [pulse, pause] = [pieces[first], pieces[first + 1]];
  if (pulse?.kind !== "level" || pulse.level === base) return 0;
  const same = (piece: Piece | undefined, like: Piece | undefined) =>
    piece?.kind === "level" &&
    like?.kind === "level" &&
    piece.level === like.level &&
    Math.abs(piece.end_s - piece.start_s - (like.end_s - like.start_s)) < 1e-6;
  // behind the last level of a plan the output goes to 0 V by itself
  const returns = (at: number) => {
    const piece = pieces[at];
    return piece ? piece.kind === "level" && piece.level === base : base === 0;
  };
  let count = returns(first + 1) ? 1 : 0;
  while (
    count > 0 &&
    count < LARGEST_COUNT &&
    same(pieces[first + 2 * count], pulse) &&
    same(pieces[first + 2 * count - 1], pause) &&
    returns(first + 2 * count + 1)
  )
    count++;
  return count;
}

/** The level behind the last pulse belongs to the train. */
function makeTrain(pieces: readonly Piece[], first: number, base: number, count: number, before: Job | undefined): Job {
  const [pulse, pause] = [pieces[first], pieces[first + 1]];
  if (pulse?.kind !== "level") throw new TypeError("a train begins with a level");
  const where = `the level at ${formatSI(pulse.start_s, "s", 6)}`;
  if (count === 0)
    throw new UnsupportedError(
      "short level",
      `${where} lasts ${formatSI(pulse.end_s - pulse.start_s, "s", 4)}: below ${formatSI(SHORTEST_HOST_TIMED_S, "s")} this amplifier plays pulses from one level and back to it, and straight ramps`,
    );
  const pulseTime_ms = wholeMilliseconds(pulse.end_s - pulse.start_s, where);
  const holdTime_ms =
    count > 1 && pause?.kind === "level"
      ? wholeMilliseconds(pause.end_s - pause.start_s, `the pause at ${formatSI(pause.start_s, "s", 6)}`)
      : 1;
  const lastPulse = pieces[first + 2 * count - 2];
  const last = pieces[first + 2 * count - 1] ?? lastPulse;
  return {
    settings: {
      protocol: ON_BOARD.variableAmplitude,
      hold: base,
      pulse: pulse.level - base,
      step: 0,
      holdTime_ms,
      pulseTime_ms,
      count,
      repetitions: 1,
    },
    begins: { kind: "at", level: pulse.level },
    // the pause in front of the first pulse is part of the level before it
    sent_s: Math.max(before?.steady_s ?? pulse.start_s, pulse.start_s - holdTime_ms / 1000),
    start_s: pulse.start_s,
    end_s: last?.end_s ?? pulse.end_s,
    steady_s: lastPulse?.end_s ?? pulse.end_s,
    ends: base,
  };
}

function fitsTimer(piece: Piece | undefined): boolean {
  if (!piece) return true;
  const time_ms = (piece.end_s - piece.start_s) * 1000;
  return Math.round(time_ms) >= 1 && Math.abs(time_ms - Math.round(time_ms)) <= 1e-6 * time_ms;
}

function wholeMilliseconds(time_s: number, what: string): number {
  const whole = Math.round(time_s * 1000);
  if (whole < 1 || Math.abs(time_s * 1000 - whole) > 1e-6 * whole)
    throw new UnsupportedError(
      "time",
      `${what} lasts ${formatSI(time_s, "s", 6)}, what this amplifier plays by itself lasts whole milliseconds from 1`,
    );
  return whole;
}

/**
 * The slowest rate at which every measured point has samples of its own: one where the periods match, else several, and
 * edges are seen in time. What is left for the last point, where the plan is no whole number of periods, asks for nothing. @throws LimitError
 */
export function chooseRate({ duration_s, measured }: ChannelPlan, model: Er4Model): SamplingRate {
  let shortest_s = Infinity;
  const last = duration_s.length - 1;
  duration_s.forEach((length_s, k) => {
    const isRest = k === last && k > 0 && measured[k - 1] === 1 && length_s < (duration_s[k - 1] ?? 0);
    if (measured[k] === 1 && length_s < shortest_s && !isRest) shortest_s = length_s;
  });
  if (shortest_s === Infinity) shortest_s = SHORTEST_HOST_TIMED_S;
  const fits = model.rates.filter(({ rate_Hz }) => {
    const samples = rate_Hz * shortest_s;
    const matches = samples > 0.5 && Math.abs(samples - Math.round(samples)) <= 1e-6 * samples;
    return matches || samples >= 4;
  });
  const possible =
    fits.length > 0 ? fits : model.rates.filter(({ rate_Hz }) => rate_Hz * shortest_s >= 1 - 1e-9).slice(-1);
  const found = possible.find(({ rate_Hz }) => rate_Hz >= 10 * (1 / SHORTEST_HOST_TIMED_S)) ?? possible.at(-1);
  if (!found) {
    const fastest_Hz = model.rates.at(-1)?.rate_Hz ?? 0;
    throw new LimitError(
      "time of a measured point",
      formatSI(shortest_s, "s", 4),
      `${formatSI(1 / fastest_Hz, "s", 4)} and more`,
    );
  }
  return found;
}
