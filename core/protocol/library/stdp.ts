import type { Grid } from "../../crossbar/grid.ts";
import { GROUND } from "../../bias.ts";
import { quantity, strictObject } from "../../document.ts";
import type { Address } from "../../stimulus.ts";
import { formatSI } from "../../units.ts";
import { concat, durationOf, edgesOf, makeSampler, type Segment, type Waveform } from "../../waveform.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, restStep } from "../makeSteps.ts";
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
import { makeProbe, readPulse } from "../probe.ts";
import type { ApplyStep } from "../protocol.ts";

/**
 * Spike-timing dependent plasticity: the spike of the row ("pre") and that of the column ("post") meet in the junction,
 * which sees their difference, pre - post, with post `delay` after pre. A spike is a rectangle and a tail of the other sign that
 * falls to 0 in a straight line, so that the overlap encodes the delay. Change in % is 100 (after - before) / before.
 * Defaults suit the ncnm channel (tau 1.62 s, 10.1073/pnas.2320242121): heads of 1.5 V, tails of -1 V; the spikes are ours.
 *
 * Safety: where head and tail meet the junction sees the sum of their magnitudes, at the default 2.5 V. The difference is
 * what limits are checked against and what is recorded beside the current.
 */
const spike = (head_V: number, tail_V: number) =>
  strictObject({
    head_V: notZero("V").default(head_V),
    head_s: positive("s").default(0.05),
    tail_V: quantity("V").default(tail_V),
    tail_s: positive("s").default(1),
  }).prefault({});

const schema = strictObject({
  cells,
  pre: spike(1.5, -1),
  post: spike(1.5, -1),
  /** post minus pre: above 0 the row's spike comes first. */
  delays_s: listOf(quantity("s"), "delays").default([-1, -0.5, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.5, 1]),
  /** Pairs for each delay, one every `period_s`. */
  pairs: count(1, 10_000).default(1),
  period_s: positive("s").default(5),
  /** "row" puts the difference on the row; "row-and-column" needs columns that can be driven, neighbours see one spike each. */
  lines: oneOf(["row", "row-and-column"]).default("row"),
  read: readPulse(0.1, 0.005),
  /** At 0 V before the next delay, so that it starts from rest: 10 tau. */
  recovery_s: notNegative("s").default(16.2),
  samplesPerPair: count(10, 1_000_000).default(500),
  bias,
  currentRange_A,
}).superRefine(({ pre, post, delays_s, period_s, lines, bias }, context) => {
  const longest_s = Math.max(...delays_s.map(Math.abs)) + Math.max(pre.head_s + pre.tail_s, post.head_s + post.tail_s);
  if (period_s < longest_s)
    context.addIssue({
      code: "custom",
      path: ["period_s"],
      message: `${period_s} s is shorter than a pair of spikes at the longest delay, allowed are ${longest_s} s and more`,
    });
  if (lines === "row-and-column" && bias !== "ground")
    context.addIssue({
      code: "custom",
      path: ["bias"],
      message: "spikes on rows and columns leave the other lines at 0 V, allowed is ground",
    });
});

/** Per cell and delay: a probe "before", all pairs as one step "spikes", a probe "after". */
export const stdp = defineProtocol({
  name: "stdp",
  title: "Spike-timing dependent plasticity",
  summary:
    "Applies pairs of spikes, one from the row and one from the column, and reads the junction before and after. " +
    "The change against the delay between them is the learning window.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { pre, post, delays_s, pairs, period_s, lines, recovery_s, samplesPerPair, bias, currentRange_A } =
      parameters;
    const probe = makeProbe(grid, parameters);
    const trains = delays_s.map((delay_s) => {
      const lead = [Math.max(0, -delay_s), Math.max(0, delay_s)] as const;
      const row = repeat(spikeWaveform(pre, lead[0], period_s), pairs);
      const column = repeat(spikeWaveform(post, lead[1], period_s), pairs);
      return { delay_s, row, column, difference: subtract(row, column) };
    });
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const { delay_s, row, column, difference } of trains) {
        if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
        first = false;
        const label = `delay ${formatSI(delay_s, "s")}`;
        const tags = { delay_s, pairs };
        yield probe(cell, `${label}, before`, { ...tags, phase: "before" });
        const step = cellStep({
          grid,
          cell,
          waveform: difference,
          bias,
          role: "spikes",
          label,
          samplePeriod_s: period_s / samplesPerPair,
          currentRange_A,
          windows: [{ start_s: 0, end_s: pairs * period_s, label: "whole" }],
          tags,
        });
        yield lines === "row" ? step : onBothLines(step, grid, cell, row, column);
        yield probe(cell, `${label}, after`, { ...tags, phase: "after" });
      }
  },
});

interface Spike {
  readonly head_V: number;
  readonly head_s: number;
  readonly tail_V: number;
  readonly tail_s: number;
}

function spikeWaveform({ head_V, head_s, tail_V, tail_s }: Spike, start_s: number, period_s: number): Waveform {
  const segments: Segment[] = [
    { kind: "hold", voltage_V: 0, duration_s: start_s },
    { kind: "hold", voltage_V: head_V, duration_s: head_s },
    { kind: "ramp", from_V: tail_V, to_V: 0, duration_s: tail_s },
    { kind: "hold", voltage_V: 0, duration_s: period_s - start_s - head_s - tail_s },
  ];
  return segments.filter((segment) => durationOf([segment]) > 1e-12 * period_s);
}

function repeat(waveform: Waveform, times: number): Waveform {
  return concat(...Array.from({ length: times }, () => waveform));
}

/** a - b of waveforms made of holds and ramps: straight between their edges, so two points inside tell each piece. */
function subtract(a: Waveform, b: Waveform): Waveform {
  const [high, low] = [makeSampler(a), makeSampler(b)];
  const edges = [...edgesOf(a), ...edgesOf(b)].sort((x, y) => x - y);
  const end_s = edges.at(-1) ?? 0;
  const distinct = edges.filter((edge, k) => k === 0 || edge - (edges[k - 1] ?? 0) > 1e-12 * end_s);
  return distinct.slice(1).map((to_s, k): Segment => {
    const from_s = distinct[k] ?? 0;
    const duration_s = to_s - from_s;
    const at = (part: number) => high(from_s + part * duration_s) - low(from_s + part * duration_s);
    const [early_V, late_V] = [at(0.25), at(0.75)];
    if (early_V === late_V) return { kind: "hold", voltage_V: early_V, duration_s };
    const half_V = (late_V - early_V) / 2;
    return { kind: "ramp", from_V: early_V - half_V, to_V: late_V + half_V, duration_s };
  });
}

function onBothLines(step: ApplyStep, grid: Grid, cell: Address, row: Waveform, column: Waveform): ApplyStep {
  const rows = Array.from({ length: grid.rows }, (_, k) => (k === cell.row ? row : GROUND));
  const columns = Array.from({ length: grid.columns }, (_, k) => (k === cell.column ? column : GROUND));
  return { ...step, stimulus: { ...step.stimulus, rows, columns } };
}
