import type { Grid } from "../../crossbar/grid.ts";
import { strictObject } from "../../document.ts";
import type { Address } from "../../stimulus.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { restStep } from "../makeSteps.ts";
import {
  addressList,
  bias,
  count,
  currentRange_A,
  findAddressMistake,
  findCellMistake,
  listOf,
  notNegative,
  notZero,
  positive,
} from "../parameters.ts";
import { makeProbe, readPulse } from "../probe.ts";
import { makePulse } from "../pulse.ts";

/**
 * What writing one junction (the aggressor) does to others (the victims): a victim is read, the aggressor is written n
 * times under V/2 or V/3, the victim is read again at once. Every victim meets an array that has recovered, so volatile
 * junctions do not fade while others are read. Victims by default: near and far in the same row and column, one diagonal
 * neighbour, the far corner, and the aggressor itself.
 * Defaults suit the ncnm channel: 5 V, 0.75 s on, 0.75 s off (10.1073/pnas.2320242121).
 *
 * Safety: all junctions of the aggressor's row and column see part of every write; with `bias: ground` its row sees all of it.
 */
const schema = strictObject({
  /** [row, column] of the junction that is written. */
  aggressor: addressList("one [row, column] or a list of them").default([[0, 0]]),
  victims: addressList('"classes", "all", one [row, column] or a list of them', ["classes", "all"]).default("classes"),
  voltage_V: notZero("V").default(5),
  width_s: positive("s").default(0.75),
  /** At 0 V between two writes. */
  gap_s: notNegative("s").default(0.75),
  /** Numbers of writes, each a series of its own from rest. */
  writes: listOf(count(1, 1_000_000), "numbers of writes").default([1, 20]),
  read: readPulse(0.1, 0.001),
  /** At 0 V before every series: 10 tau. */
  recovery_s: notNegative("s").default(16.2),
  schemes: listOf(bias, "bias schemes").default(["V/2", "V/3"]),
  currentRange_A,
});

export const halfSelect = defineProtocol({
  name: "half-select",
  title: "Half-select disturb",
  summary:
    "Writes one junction under V/2 and V/3 and reads its neighbours before and right after: the map of disturbance. " +
    "Every junction of the written row and column is disturbed.",
  schema,
  findMistake: ({ aggressor, victims, schemes }, grid) => {
    if (typeof aggressor === "string") return { path: ["aggressor"], reason: `${aggressor} is no list of addresses` };
    for (const [k, scheme] of schemes.entries()) {
      const mistake = findCellMistake(grid, "all", scheme);
      if (mistake) return { path: ["schemes", k, ...mistake.path.slice(1)], reason: mistake.reason };
    }
    return (
      findAddressMistake(grid, aggressor, ["aggressor"]) ??
      (typeof victims === "string" ? undefined : findAddressMistake(grid, victims, ["victims"]))
    );
  },
  *steps(parameters, { grid }) {
    const { voltage_V, width_s, gap_s, writes, read, recovery_s, schemes, currentRange_A } = parameters;
    const aggressors = typeof parameters.aggressor === "string" ? [] : parameters.aggressor;
    let first = true;
    for (const bias of schemes) {
      const scheme = typeof bias === "string" ? bias : "custom";
      const write = makePulse(grid, { voltage_V, width_s }, { bias, currentRange_A, samples: 10 });
      const probe = makeProbe(grid, { read, bias: "ground", currentRange_A });
      for (const [row, column] of aggressors) {
        const aggressor = { row, column };
        for (const victim of chooseVictims(grid, aggressor, parameters.victims))
          for (const times of writes) {
            if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
            first = false;
            const relation = relate(aggressor, victim);
            const tags = { scheme, aggressorRow: row, aggressorColumn: column, relation, writes: times };
            yield probe(victim, `${relation}, before`, { ...tags, phase: "before" });
            for (let number = 1; number <= times; number++) {
              if (number > 1 && gap_s > 0) yield restStep(grid, gap_s);
              yield write(aggressor, `write ${number} of ${times}, ${scheme}`, {
                ...tags,
                phase: "write",
                pulse: number,
              });
            }
            yield probe(victim, `${relation}, after ${times}`, { ...tags, phase: "after" });
          }
      }
    }
  },
});

/** How a victim meets the writes of an aggressor. */
function relate(aggressor: Address, victim: Address): "selected" | "row" | "column" | "unselected" {
  if (aggressor.row === victim.row) return aggressor.column === victim.column ? "selected" : "row";
  return aggressor.column === victim.column ? "column" : "unselected";
}

function chooseVictims(
  { rows, columns }: Grid,
  { row, column }: Address,
  victims: string | readonly (readonly [number, number])[],
): Address[] {
  const all = Array.from({ length: rows * columns }, (_, k) => ({ row: Math.floor(k / columns), column: k % columns }));
  if (victims === "all") return all;
  if (typeof victims !== "string") return victims.map(([r, c]) => ({ row: r, column: c }));
  const near = (line: number, count: number) => (line + 1 < count ? line + 1 : line - 1);
  const far = (line: number, count: number) => (line < count / 2 ? count - 1 : 0);
  const [nearRow, farRow] = [near(row, rows), far(row, rows)];
  const [nearColumn, farColumn] = [near(column, columns), far(column, columns)];
  const chosen = [
    [row, column],
    [row, nearColumn],
    [row, farColumn],
    [nearRow, column],
    [farRow, column],
    [nearRow, nearColumn],
    [farRow, farColumn],
  ] as const;
  // an array of one line has no neighbours there, and near may be far
  return all.filter((cell) => chosen.some(([r, c]) => r === cell.row && c === cell.column));
}
