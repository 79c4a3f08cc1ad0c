import type { z } from "zod";
import { WRITE_METHODS, WriteControl, type WriteDirection } from "../../algorithms/writeControl.ts";
import { quantity, strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { restStep } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  listOf,
  notNegative,
  notZero,
  oneOf,
  positive,
  resolveCells,
} from "../parameters.ts";
import { conductanceOf, makeProbe, readPulse } from "../probe.ts";
import { energyOf, makePulse } from "../pulse.ts";

/**
 * Writes conductances by reading after every pulse and deciding what comes next (`core/algorithms/writeControl.ts`).
 * Junctions must hold what is written for as long as a read takes; `relax_s` looks again later, and a volatile junction
 * then fails honestly. Defaults suit a slow svm junction (tau of 1000 s), whose conductance rises at negative voltages.
 *
 * Safety: voltages end at `largest_V` of either direction, both checked before the run; the number of pulses, of reversals
 * and of pulses without effect is bounded, and nothing is written after a read that was lost.
 */
const direction = (voltage_V: number, largest_V: number) =>
  strictObject({
    voltage_V: notZero("V").default(voltage_V),
    /** A magnitude. */
    step_V: notNegative("V").default(0.5),
    largest_V: notZero("V").default(largest_V),
    width_s: positive("s").default(10),
  })
    .prefault({})
    .refine((side) => side.voltage_V * side.largest_V > 0 && Math.abs(side.largest_V) >= Math.abs(side.voltage_V), {
      path: ["largest_V"],
      error: "allowed are values of the sign of voltage_V, and not nearer to 0 V",
    });

const schema = strictObject({
  cells,
  /** One target for all. */
  target_S: positive("S").optional(),
  /** Or one per cell, in the order of `cells` (row by row for all). */
  targets_S: listOf(positive("S"), "conductances").optional(),
  /** Relative to the target; `tolerance_S` is absolute and takes its place. */
  tolerance: quantity("")
    .refine((value) => value > 0 && value < 1, { error: "allowed are values between 0 and 100 %" })
    .default(0.02),
  tolerance_S: positive("S").optional(),
  method: oneOf(WRITE_METHODS).default("incremental-step"),
  raise: direction(-1, -5),
  lower: direction(1, 5),
  overshoot: oneOf(["reverse", "stop"]).default("reverse"),
  mostPulses: count(1, 100_000).default(200),
  mostReversals: count(0, 1000).default(5),
  /** Gains of proportional-integral; the error is relative to the target. */
  proportional: notNegative("").default(2),
  integral: notNegative("").default(0.1),
  read: readPulse(0.1, 0.01),
  /** Reads again after this time at 0 V, and goes on where the state has left the band; 0 does not look again. */
  relax_s: notNegative("s").default(0),
  samplesPerPulse: count(10, 100_000).default(50),
  bias,
  currentRange_A,
}).superRefine(({ target_S, targets_S }, context) => {
  if ((target_S === undefined) === (targets_S === undefined))
    context.addIssue({
      code: "custom",
      path: [targets_S === undefined ? "target_S" : "targets_S"],
      message: "write one of target_S (for all cells) and targets_S (one per cell)",
    });
});

export type WriteVerifyInput = z.input<typeof schema>;

/** Per cell: probes "verify" and pulses in turn, probes "relaxed", and a mark "write-verify" with the outcome. */
export const writeVerify = defineProtocol({
  name: "write-verify",
  title: "Write and verify",
  summary:
    "Brings each junction to a target conductance: a pulse, a read, and a decision by one of three rules. " +
    "Junctions that cannot be brought there are given up, with the reason in the record.",
  schema,
  findMistake: (parameters, grid) => {
    const outside = findCellMistake(grid, parameters.cells, parameters.bias);
    const { targets_S } = parameters;
    if (outside || !targets_S) return outside;
    const chosen = resolveCells(grid, parameters.cells).length;
    if (targets_S.length === chosen) return undefined;
    return { path: ["targets_S"], reason: `${targets_S.length} targets, allowed is one for each of ${chosen} cells` };
  },
  *extremes(parameters, { grid }) {
    const [cell] = resolveCells(grid, parameters.cells);
    for (const { voltage_V, largest_V, width_s } of [parameters.raise, parameters.lower])
      if (cell)
        yield makePulse(
          grid,
          { voltage_V: parameters.method === "sign-switching" ? voltage_V : largest_V, width_s },
          parameters,
        )(cell, "the strongest pulse", {});
  },
  *steps(parameters, { grid }) {
    const { target_S = 0, targets_S, tolerance, tolerance_S, read, relax_s, samplesPerPulse } = parameters;
    const probe = makeProbe(grid, parameters);
    const pulses = new Map<string, ReturnType<typeof makePulse>>();
    const pulseOf = (pulse: Pick<WriteDirection, "voltage_V" | "width_s">) => {
      const key = `${pulse.voltage_V} ${pulse.width_s}`;
      const kept = pulses.get(key) ?? makePulse(grid, pulse, { ...parameters, samples: samplesPerPulse });
      pulses.set(key, kept);
      return kept;
    };
    for (const [index, cell] of resolveCells(grid, parameters.cells).entries()) {
      const goal_S = targets_S?.[index] ?? target_S;
      const control = new WriteControl(parameters, { target_S: goal_S, band_S: tolerance_S ?? tolerance * goal_S });
      const tags = { target_S: goal_S };
      let energy_J = 0;
      let reached_S = Number.NaN;
      let status = "";
      while (status === "") {
        reached_S = conductanceOf(
          yield probe(cell, `verify ${control.pulses}`, { ...tags, phase: "verify", pulse: control.pulses }),
          read,
        );
        let decision = control.decide(reached_S);
        if (decision.kind === "done" && relax_s > 0) {
          yield restStep(grid, relax_s);
          const again = { ...tags, phase: "relaxed", pulse: control.pulses, relax_s };
          reached_S = conductanceOf(yield probe(cell, `after ${formatSI(relax_s, "s")}`, again), read);
          decision = control.decide(reached_S);
        }
        if (decision.kind === "pulse") {
          const { voltage_V, width_s } = decision;
          const label = `pulse ${control.pulses}, ${formatSI(voltage_V, "V")}`;
          const about = { ...tags, phase: "write", pulse: control.pulses };
          energy_J += energyOf(yield pulseOf({ voltage_V, width_s })(cell, label, about), { voltage_V, width_s });
        } else status = decision.kind === "done" ? "reached" : decision.reason;
      }
      yield {
        kind: "mark",
        label: "write-verify",
        data: {
          row: cell.row,
          column: cell.column,
          target_S: goal_S,
          ...(Number.isNaN(reached_S) ? {} : { reached_S }),
          pulses: control.pulses,
          reversals: control.reversals,
          ...(Number.isNaN(energy_J) ? {} : { energy_J }),
          status,
        },
      };
    }
  },
});
