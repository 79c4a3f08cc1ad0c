import { strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { logSpaced } from "../logSpaced.ts";
import { cellStep, holds, restStep } from "../makeSteps.ts";
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
} from "../parameters.ts";
import { makeProbe, readPulse } from "../probe.ts";
import { makePulse } from "../pulse.ts";

/**
 * What reading does: a junction is read again and again, and looked at after 1, 2, 5, 10 ... reads. Reads in between are
 * applied without being sampled, at most 1000 to a step. One series per voltage and per written state.
 * Defaults suit the ncnm channel, whose published read of -1 V and 50 ms takes 2.2 % (10.1073/pnas.2320242121).
 *
 * Safety: the dose is reads x width x voltage; 10^4 reads of 50 ms are 500 s at the read voltage.
 */
const schema = strictObject({
  cells,
  /** One series for each. */
  voltages_V: listOf(notZero("V"), "read voltages").default([-1, -0.5, -0.1]),
  width_s: positive("s").default(0.05),
  /** At 0 V after every read. */
  gap_s: notNegative("s").default(0),
  reads: count(1, 10_000_000).default(100),
  looksPerDecade: count(1, 1000).default(3),
  /** States: a write before each series; none reads the junction as it is. */
  writes: listOf(strictObject({ voltage_V: notZero("V"), width_s: positive("s") }), "writes").optional(),
  /** How the junction is looked at, the same for every voltage, so that only the disturbance differs. */
  read: readPulse(0.1, 0.001),
  /** At 0 V before the next series: 10 tau. */
  recovery_s: notNegative("s").default(16.2),
  bias,
  currentRange_A,
});

const READS_PER_STEP = 1000;

/** Per cell, state and voltage: probes with the tag `reads` (0 first), between them steps "stress" with their tag `reads`. */
export const readDisturb = defineProtocol({
  name: "read-disturb",
  title: "Read disturb",
  summary:
    "Reads each junction up to millions of times and looks at it after ever more reads. " +
    "The reads are the experiment: they may leave the junction in another state.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { voltages_V, width_s, gap_s, reads, looksPerDecade, writes, recovery_s, bias, currentRange_A } = parameters;
    const probe = makeProbe(grid, parameters);
    const states = writes?.map((pulse) => ({ ...pulse, step: makePulse(grid, pulse, parameters) })) ?? [undefined];
    const looks = [...new Set(logSpaced(1, reads, looksPerDecade).map(Math.round))];
    const trains = new Map<string, ReturnType<typeof holds>>();
    const train = (voltage_V: number, times: number) => {
      const key = `${voltage_V} ${times}`;
      const kept = trains.get(key);
      if (kept) return kept;
      const pulse = [[voltage_V, width_s] as const, [0, gap_s] as const];
      // without a gap all reads are one stretch at the read voltage
      const made =
        gap_s === 0 ? holds([voltage_V, times * width_s]) : holds(...Array.from({ length: times }, () => pulse).flat());
      trains.set(key, made);
      return made;
    };
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const [state, write] of states.entries())
        for (const voltage_V of voltages_V) {
          if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
          first = false;
          const tags = { stress_V: voltage_V, width_s, state };
          if (write) yield write.step(cell, `write ${formatSI(write.voltage_V, "V")}`, { ...tags, phase: "write" });
          yield probe(cell, "before any read", { ...tags, reads: 0 });
          let done = 0;
          for (const look of looks) {
            while (done < look) {
              const times = Math.min(READS_PER_STEP, look - done);
              yield cellStep({
                grid,
                cell,
                waveform: train(voltage_V, times),
                bias,
                role: "stress",
                label: `${times} reads of ${formatSI(voltage_V, "V")}`,
                samplePeriod_s: width_s,
                currentRange_A,
                windows: [],
                tags: { ...tags, voltage_V, reads: times },
              });
              done += times;
            }
            yield probe(cell, `after ${done} reads`, { ...tags, reads: done });
          }
        }
  },
});
