import { strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { logSpaced } from "../logSpaced.ts";
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
  positive,
  resolveCells,
  trueOrFalse,
} from "../parameters.ts";
import { makeProbe, readPulse } from "../probe.ts";
import { makePulse } from "../pulse.ts";

/**
 * How long a written state lasts: a write, then reads at times that grow by equal ratios. `refresh` repeats the write;
 * `control` repeats all of it with the last read alone, which shows what the reads themselves did.
 * Defaults suit the ncnm channel (tau 1.62 s, 10.1073/pnas.2320242121): writes of 5 V and 0.75 s, reads to 10 s.
 *
 * Safety: every read disturbs; 10 reads of 0.1 V for 5 ms move an ncnm channel by 0.2 % of its conductance.
 */
const schema = strictObject({
  cells,
  /** One state for each, in turn. */
  writes_V: listOf(notZero("V"), "write voltages").default([5]),
  write: strictObject({
    width_s: positive("s").default(0.75),
    count: count(1, 100_000).default(1),
    gap_s: notNegative("s").default(0.75),
  }).prefault({}),
  read: readPulse(0.1, 0.005),
  /** From the end of the write to the first and the last read. */
  first_s: positive("s").default(0.1),
  total_s: positive("s").default(10),
  readsPerDecade: count(1, 1000).default(5),
  /** Repeats the write when this much time has passed since the last one; reads go on. */
  refresh: strictObject({ period_s: positive("s") }).optional(),
  control: trueOrFalse().default(false),
  /** At 0 V before the next state: 10 tau. */
  recovery_s: notNegative("s").default(16.2),
  bias,
  currentRange_A,
}).superRefine(({ first_s, total_s, readsPerDecade, read, refresh }, context) => {
  const needed_s = read.settle_s + read.width_s;
  if (total_s < first_s)
    context.addIssue({
      code: "custom",
      path: ["total_s"],
      message: `${total_s} s, allowed are ${first_s} s (first_s) and more`,
    });
  const times = logSpaced(first_s, Math.max(first_s, total_s), readsPerDecade);
  if (times.length > 1 && (times[1] ?? 0) - first_s < needed_s)
    context.addIssue({
      code: "custom",
      path: ["readsPerDecade"],
      message: `the first reads are ${(times[1] ?? 0) - first_s} s apart, allowed are ${needed_s} s (settle and read) and more`,
    });
  if (refresh && refresh.period_s <= needed_s)
    context.addIssue({
      code: "custom",
      path: ["refresh", "period_s"],
      message: `${refresh.period_s} s, allowed are values above the read, ${needed_s} s`,
    });
});

/** Per cell and state: a probe "initial", writes, then probes "retained" whose tag time_s counts from the end of the first write. */
export const retention = defineProtocol({
  name: "retention",
  title: "Retention",
  summary:
    "Writes each junction and reads it at times that grow by equal ratios: how a state fades. " +
    "With a control the same is repeated with one read alone, so that what the reads do can be told from time.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { writes_V, write, read, first_s, total_s, readsPerDecade, refresh, recovery_s } = parameters;
    const probe = makeProbe(grid, parameters);
    const pulses = writes_V.map((voltage_V) => makePulse(grid, { voltage_V, width_s: write.width_s }, parameters));
    const times_s = logSpaced(first_s, total_s, readsPerDecade);
    const schedules = parameters.control ? [times_s, [total_s]] : [times_s];
    const read_s = read.settle_s + read.width_s;
    const period_s = refresh?.period_s ?? Infinity;
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const [state, pulse] of pulses.entries())
        for (const [control, schedule] of schedules.entries()) {
          if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
          first = false;
          const tags = { state, write_V: writes_V[state] ?? 0, control };
          yield probe(cell, "first read", { ...tags, phase: "initial", time_s: 0 });
          for (let number = 1; number <= write.count; number++) {
            if (number > 1 && write.gap_s > 0) yield restStep(grid, write.gap_s);
            yield pulse(cell, `write ${number}`, { ...tags, phase: "write", pulse: number });
          }
          let now_s = 0;
          let written_s = 0;
          for (const time_s of schedule) {
            // writes that fall due before this read; a read that is due at the same moment comes after
            while (written_s + period_s <= time_s) {
              const due_s = written_s + period_s;
              if (due_s - now_s > 1e-9 * due_s) yield restStep(grid, due_s - now_s);
              now_s = Math.max(now_s, due_s);
              yield pulse(cell, `refresh at ${formatSI(now_s, "s")}`, { ...tags, phase: "refresh", time_s: now_s });
              now_s += write.width_s;
              written_s = now_s;
            }
            if (time_s - now_s > 1e-9 * time_s) yield restStep(grid, time_s - now_s);
            now_s = Math.max(now_s, time_s);
            yield probe(cell, `after ${formatSI(now_s, "s")}`, { ...tags, phase: "retained", time_s: now_s });
            now_s += read_s;
          }
        }
  },
});
