import type { ChannelPlan } from "../instrument.ts";
import { amperes, type DeviceProfile, rangeFor } from "./devices.ts";
import { formatLiteral } from "./script/literals.ts";

/** A point, or points in a loop. */
type Piece =
  | { readonly kind: "point"; readonly voltage_uV: number; readonly duration_us: number; readonly measured: boolean }
  | {
      readonly kind: "ramp";
      readonly first: Piece & { kind: "point" };
      readonly step_uV: number;
      readonly count: number;
    }
  | { readonly kind: "repeat"; readonly body: readonly Piece[]; readonly count: number };

/** Longest pattern that is looked for: pulse, gap, read, gap of several kinds. */
const LONGEST_PATTERN = 16;
/** The part of a measured point that passes before the average begins, and of the average. */
const SETTLING = 0.5;
const AVERAGING = 0.25;

/**
 * A plan as MethodSCRIPT: equal points and staircases become loops, repeated patterns outer loops. Every point begins on
 * the beat of `set_int`, so that commands cost no time; `on_finished:` switches the cell off, whatever ends the script.
 * @returns lines without the command `e` and without the blank line at the end
 */
export function compilePlan(plan: ChannelPlan, profile: DeviceProfile): readonly string[] {
  const points = Array.from(plan.voltage_V, (voltage_V, k) => ({
    kind: "point" as const,
    voltage_uV: Math.round(voltage_V * 1e6),
    duration_us: Math.round((plan.duration_s[k] ?? 0) * 1e6),
    measured: plan.measured[k] === 1,
  }));
  const low_V = points.reduce((least, { voltage_uV }) => Math.min(least, voltage_uV), 0) / 1e6;
  const high_V = points.reduce((most, { voltage_uV }) => Math.max(most, voltage_uV), 0) / 1e6;
  const fastest_s = points.reduce((least, { duration_us }) => Math.min(least, duration_us), Infinity) / 1e6;
  const { lines, depth } = emit(fold(points));
  const [least, most] = [rangeFor(profile, 0), rangeFor(profile, Infinity)];
  const wanted = plan.currentRange_A === "auto" ? most : rangeFor(profile, plan.currentRange_A);
  const auto = plan.currentRange_A === "auto" ? [amperes(least), amperes(most)] : [amperes(wanted), amperes(wanted)];
  return [
    // one letter each: older firmware knows no longer names
    "var c",
    "var v",
    ...Array.from({ length: depth }, (_, k) => `var ${counter(k)}`),
    "set_pgstat_chan 0",
    `set_pgstat_mode ${profile.mode}`,
    `set_max_bandwidth ${formatLiteral(Math.min(100, Math.max(1, 5 / fastest_s)))}`,
    `set_range_minmax da ${formatLiteral(low_V)} ${formatLiteral(high_V)}`,
    `set_range ba ${amperes(wanted)}`,
    `set_autoranging ba ${auto.join(" ")}`,
    "set_e 0",
    "cell_on",
    ...lines,
    "set_e 0",
    "on_finished:",
    "cell_off",
  ];
}

/** Folds staircases, then repeated patterns, longest gain first from the left. */
function fold(points: readonly (Piece & { kind: "point" })[]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < points.length; ) {
    const first = points[at];
    if (!first) break;
    const step_uV = (points[at + 1]?.voltage_uV ?? 0) - first.voltage_uV;
    let count = 1;
    for (let next = points[at + count]; next && same(next, first, step_uV * count); next = points[at + count]) count++;
    if (count >= 3) pieces.push({ kind: "ramp", first, step_uV, count });
    else {
      count = 1;
      pieces.push(first);
    }
    at += count;
  }
  return foldPatterns(foldPatterns(pieces));
}

function same(next: Piece & { kind: "point" }, first: Piece & { kind: "point" }, rise_uV: number): boolean {
  return (
    next.duration_us === first.duration_us &&
    next.measured === first.measured &&
    // micro-volts were rounded one by one
    Math.abs(next.voltage_uV - first.voltage_uV - rise_uV) <= 1
  );
}

function foldPatterns(pieces: readonly Piece[]): readonly Piece[] {
  const keys = pieces.map((piece) => JSON.stringify(piece));
  const folded: Piece[] = [];
  for (let at = 0; at < pieces.length; ) {
    let best = { length: 1, count: 1 };
    for (let length = 1; length <= LONGEST_PATTERN && at + 2 * length <= pieces.length; length++) {
      let count = 1;
      while (matches(keys, at, at + count * length, length)) count++;
      if (count > 1 && length * count > best.length * best.count) best = { length, count };
    }
    if (best.count > 1) folded.push({ kind: "repeat", body: pieces.slice(at, at + best.length), count: best.count });
    else folded.push(...pieces.slice(at, at + 1));
    at += best.length * best.count;
  }
  return folded;
}

function matches(keys: readonly string[], a: number, b: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (keys[b + k] === undefined || keys[a + k] !== keys[b + k]) return false;
  return true;
}

const LETTERS = "ijklmnopq";

function counter(depth: number): string {
  return LETTERS[depth] ?? "z";
}

function emit(pieces: readonly Piece[]): { readonly lines: readonly string[]; readonly depth: number } {
  const lines: string[] = [];
  let deepest = 0;
  /** Beat that is set, in microseconds. */
  let beat_us = 0;
  const point = (piece: Piece & { kind: "point" }, potential: string) => {
    if (piece.duration_us !== beat_us) lines.push(`set_int ${microseconds(piece.duration_us)}`);
    beat_us = piece.duration_us;
    lines.push(`set_e ${potential}`);
    if (piece.measured)
      lines.push(
        `wait ${microseconds(SETTLING * piece.duration_us)}`,
        `meas ${microseconds(AVERAGING * piece.duration_us)} c ba`,
        "pck_start",
        "pck_add c",
        "pck_end",
      );
    lines.push("await_int");
  };
  const walk = (list: readonly Piece[], depth: number) => {
    for (const piece of list) {
      if (piece.kind === "point") {
        point(piece, microvolts(piece.voltage_uV));
        continue;
      }
      deepest = Math.max(deepest, depth + 1);
      const i = counter(depth);
      // the beat of the last point is that of the first again only when they are equal
      if (piece.kind === "repeat") beat_us = -1;
      if (piece.kind === "ramp") {
        if (piece.first.duration_us !== beat_us) lines.push(`set_int ${microseconds(piece.first.duration_us)}`);
        beat_us = piece.first.duration_us;
        lines.push(`store_var v ${microvolts(piece.first.voltage_uV)} da`);
      }
      lines.push(`store_var ${i} 0i ja`, `loop ${i} < ${piece.count}i`);
      if (piece.kind === "ramp") {
        point(piece.first, "v");
        if (piece.step_uV !== 0) lines.push(`add_var v ${microvolts(piece.step_uV)}`);
      } else walk(piece.body, depth + 1);
      lines.push(`add_var ${i} 1i`, "endloop");
      if (piece.kind === "repeat") beat_us = -1;
    }
  };
  walk(pieces, 0);
  return { lines, depth: deepest };
}

function microvolts(value: number): string {
  return value === 0 ? "0" : `${value}u`;
}

function microseconds(value: number): string {
  const rounded = Math.round(value);
  return rounded > 100_000_000 ? `${Math.round(rounded / 1000)}m` : `${rounded}u`;
}
