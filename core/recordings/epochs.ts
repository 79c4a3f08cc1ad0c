import type { Epoch } from "./recording.ts";

/**
 * The waveform of one sweep of an epoch table, as Clampex plays it: the level before for 1/64 of the sweep, the epochs, then
 * the level after. Checked against pyABF's description of the format and against commands that were recorded beside the
 * current; a ramp has both ends, "pulse" trains rest at the level before.
 */
export interface EpochPlan {
  readonly epochs: readonly Epoch[];
  readonly holding: number;
  /** The level of the last epoch stays until the next sweep. */
  readonly keepsLast: boolean;
  /** Samples per sweep. */
  readonly points: number;
  /** What a user list says instead of the table, for one sweep; absent: nothing. */
  vary?(sweep: number, epoch: Epoch, index: number): { readonly level?: number; readonly duration?: number };
}

interface Piece {
  readonly from: number;
  readonly end: number;
  readonly level: number;
  readonly before: number;
  readonly epoch?: Epoch;
}

/** Digitizers hold the level before the first epoch for this part of a sweep. */
const HOLDS_BEFORE = 64;

function levelAt(plan: EpochPlan, sweep: number, index: number): number {
  const epoch = plan.epochs[index];
  if (!epoch) return plan.holding;
  return plan.vary?.(sweep, epoch, index).level ?? epoch.level + epoch.levelStep * sweep;
}

function piecesOf(plan: EpochPlan, sweep: number): Piece[] {
  const { epochs, holding, keepsLast, points } = plan;
  const last = epochs.length - 1;
  let before = keepsLast && sweep > 0 && last >= 0 ? levelAt(plan, sweep - 1, last) : holding;
  let at = Math.trunc(points / HOLDS_BEFORE);
  const pieces: Piece[] = [{ from: 0, end: at, level: before, before }];
  epochs.forEach((epoch, k) => {
    const duration = plan.vary?.(sweep, epoch, k).duration ?? epoch.duration + epoch.durationStep * sweep;
    const level = levelAt(plan, sweep, k);
    const end = at + Math.max(0, duration);
    pieces.push({ from: at, end, level, before, epoch });
    at = end;
    before = level;
  });
  const after = keepsLast ? before : holding;
  pieces.push({ from: at, end: Infinity, level: after, before: after });
  return pieces;
}

/** Fills `into` with the command from sample `from` of a sweep on. */
export function playEpochs(plan: EpochPlan, sweep: number, from: number, into: Float64Array): void {
  for (const piece of piecesOf(plan, sweep)) {
    const start = Math.max(piece.from, from);
    const end = Math.min(piece.end, from + into.length);
    for (let n = start; n < end; n++) into[n - from] = valueIn(piece, n - piece.from);
  }
}

function valueIn({ epoch, level, before, from, end }: Piece, n: number): number {
  if (!epoch) return level;
  const { type, pulsePeriod, pulseWidth } = epoch;
  const count = end - from;
  if (type === "step") return level;
  if (type === "ramp") return between(before, level, n, count);
  if (type === "unknown") return Number.NaN;
  if (type === "cosine") {
    const cycles = pulsePeriod > 0 ? Math.floor(count / pulsePeriod) : 0;
    const turns = count > 1 ? (cycles * n) / (count - 1) : 0;
    return before + ((level - before) * (1 - Math.cos(2 * Math.PI * turns))) / 2;
  }
  const trains = pulsePeriod > 0 ? Math.floor(count / pulsePeriod) : 0;
  if (pulsePeriod <= 0 || n >= trains * pulsePeriod) return before;
  const k = n % pulsePeriod;
  if (type === "pulse") return k < pulseWidth ? level : before;
  if (type === "triangle")
    return k < pulseWidth
      ? between(before, level, k, pulseWidth)
      : between(level, before, k - pulseWidth, pulsePeriod - pulseWidth);
  const half = Math.floor(pulseWidth / 2);
  if (k < half) return level;
  return k < pulseWidth ? 2 * before - level : before;
}

/** Straight line with both ends, as many samples as `count`. */
function between(first: number, last: number, n: number, count: number): number {
  return count > 1 ? first + ((last - first) * n) / (count - 1) : first;
}

export const EPOCH_TYPES: Readonly<Record<number, Epoch["type"]>> = {
  1: "step",
  2: "ramp",
  3: "pulse",
  4: "triangle",
  5: "cosine",
  7: "biphasic",
};

export function epochLetter(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return letter.repeat(Math.floor(index / 26) + 1);
}

/** Numbers of the parameters that a user list may vary: levels and durations of ten epochs. */
const FIRST_LEVEL = 21;
const FIRST_DURATION = 31;

export type UserList =
  | { readonly vary: NonNullable<EpochPlan["vary"]>; readonly remark: string }
  | { readonly unknown: number };

/**
 * Values, one per sweep, that stand in for a level or a duration; the last one stays, unless the list repeats.
 * @param text the values with commas; undefined comes back where there are none
 */
export function readUserValues(text: string, parameter: number, repeats: boolean): UserList | undefined {
  const values = text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number)
    .filter((value) => Number.isFinite(value));
  if (values.length === 0) return undefined;
  const valueOf = (sweep: number) => values[repeats ? sweep % values.length : Math.min(sweep, values.length - 1)]!;
  const level = parameter - FIRST_LEVEL;
  const duration = parameter - FIRST_DURATION;
  if (duration >= 0 && duration < 10)
    return {
      vary: (sweep, { letter }) => (letter === epochLetter(duration) ? { duration: Math.round(valueOf(sweep)) } : {}),
      remark: `a user list gives the duration of epoch ${epochLetter(duration)}`,
    };
  if (level >= 0 && level < 10)
    return {
      vary: (sweep, { letter }) => (letter === epochLetter(level) ? { level: valueOf(sweep) } : {}),
      remark: `a user list gives the level of epoch ${epochLetter(level)}`,
    };
  return { unknown: parameter };
}
