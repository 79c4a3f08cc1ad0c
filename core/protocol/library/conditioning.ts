import { strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { restStep } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  notNegative,
  notZero,
  positive,
  resolveCells,
  trueOrFalse,
} from "../parameters.ts";
import { conductanceOf, makeProbe, readPulse } from "../probe.ts";
import { makePulse } from "../pulse.ts";

/**
 * A dry or unformed junction is brought to conduct by pulses that grow from `from_V` to `to_V`, a read after each: wetting and
 * electrowetting of pores, forming of switches. It ends when the conductance or its change reaches what is wanted, and
 * early, as a failure, when the current of a pulse passes `mostCurrent_A`.
 * Defaults suit the conical channel as a harmless example: to -1 V in ten steps, done at twice the first conductance.
 *
 * Safety: the only protocol that looks for an irreversible change. Set `mostCurrent_A` below what a bursting membrane
 * would draw, and the experiment's own current limit above it: that one ends the whole run.
 */
const schema = strictObject({
  cells,
  from_V: notZero("V").default(-0.1),
  to_V: notZero("V").default(-1),
  pulses: count(2, 100_000).default(10),
  width_s: positive("s").default(0.01),
  /** At 0 V after every read. */
  gap_s: notNegative("s").default(0),
  /** Every amplitude is applied with both signs, the sign of `from_V` first. */
  bothSigns: trueOrFalse().default(false),
  read: readPulse(0.1, 0.001),
  /** Done when the conductance is at least this; absent: only `gain` counts. */
  target_S: positive("S").optional(),
  /** Done when the conductance is at least so many times the first read, or at most its inverse where below 1. */
  gain: positive("").default(2),
  /** Gives a junction up when the mean current of a pulse passes it. */
  mostCurrent_A: positive("A").optional(),
  bias,
  currentRange_A,
}).superRefine(({ from_V, to_V, gain }, context) => {
  if (!(from_V * to_V > 0))
    context.addIssue({
      code: "custom",
      path: ["to_V"],
      message: `${to_V} V is refused, allowed are values of the sign of from_V (${from_V} V)`,
    });
  if (gain === 1)
    context.addIssue({ code: "custom", path: ["gain"], message: "1 is refused, allowed is anything else" });
});

/** Per cell: a probe "initial", pulses and probes in turn, and a mark "conditioning" with voltage, pulses and verdict. */
export const conditioning = defineProtocol({
  name: "conditioning",
  title: "Conditioning",
  summary:
    "Applies growing pulses until a junction conducts as wanted: wetting or forming, with limits that give it up. " +
    "This is meant to change junctions for good.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { from_V, to_V, pulses, width_s, gap_s, bothSigns, read, target_S, gain, mostCurrent_A } = parameters;
    const probe = makeProbe(grid, parameters);
    const ramp = Array.from({ length: pulses }, (_, k) => from_V + ((to_V - from_V) * k) / (pulses - 1)).flatMap(
      (voltage_V) => (bothSigns ? [voltage_V, -voltage_V] : [voltage_V]),
    );
    const steps = ramp.map((voltage_V) => ({ voltage_V, apply: makePulse(grid, { voltage_V, width_s }, parameters) }));
    for (const cell of resolveCells(grid, parameters.cells)) {
      const first_S = conductanceOf(yield probe(cell, "first read", { phase: "initial", pulse: 0 }), read);
      let now_S = first_S;
      let applied = 0;
      let last_V = 0;
      // a dry run, whose array does not conduct, takes every pulse
      let verdict = Number.isNaN(first_S)
        ? "unread"
        : isWanted(first_S, first_S, target_S, Infinity)
          ? "conducts already"
          : "";
      for (const { voltage_V, apply } of steps) {
        if (verdict !== "") break;
        applied++;
        last_V = voltage_V;
        const pulse = yield apply(cell, `pulse ${applied}, ${formatSI(voltage_V, "V")}`, {
          phase: "write",
          pulse: applied,
        });
        const current_A = pulse && "windows" in pulse ? (pulse.windows[0]?.current_A[0] ?? Number.NaN) : Number.NaN;
        now_S = conductanceOf(yield probe(cell, `after pulse ${applied}`, { phase: "verify", pulse: applied }), read);
        if (gap_s > 0) yield restStep(grid, gap_s);
        if (Math.abs(current_A) > (mostCurrent_A ?? Infinity)) verdict = "current limit";
        else if (Number.isNaN(now_S)) verdict = "unread";
        else if (isWanted(now_S, first_S, target_S, gain)) verdict = "conditioned";
      }
      yield {
        kind: "mark",
        label: "conditioning",
        data: {
          row: cell.row,
          column: cell.column,
          status: verdict === "" ? "not conditioned" : verdict,
          pulses: applied,
          voltage_V: last_V,
          ...(Number.isNaN(first_S) ? {} : { first_S }),
          ...(Number.isNaN(now_S) ? {} : { reached_S: now_S }),
        },
      };
    }
  },
});

function isWanted(now_S: number, first_S: number, target_S: number | undefined, gain: number): boolean {
  if (target_S !== undefined && now_S >= target_S) return true;
  if (!(first_S > 0)) return false;
  return gain > 1 ? now_S >= gain * first_S : now_S <= gain * first_S;
}
