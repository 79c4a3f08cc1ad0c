import { quantity, strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import {
  bias,
  count,
  currentRange_A,
  findAddressMistake,
  findCellMistake,
  listOf,
  positive,
  addressList,
} from "../parameters.ts";
import { makeProbe } from "../probe.ts";

/**
 * Known resistors in place of junctions, read at rising voltages of both signs: what the instrument makes of them is its
 * gain, offset and polarity. `crosspore calibrate` fits and stores those (`core/calibration`); this records the same reads in a run,
 * before and after an experiment say, so that drift of the instrument can be told from that of junctions.
 * Defaults: 0.1 V in five levels, 20 ms each; a resistor of 1 % tolerance.
 *
 * Safety: resistors in place of junctions; on a chip this would read junctions at up to `voltage_V`.
 */
const schema = strictObject({
  dummies: listOf(
    strictObject({
      cell: addressList("one [row, column]"),
      resistance_ohm: positive("ohm"),
      tolerance: quantity("")
        .refine((value) => value >= 0 && value < 1, { error: "allowed are 0 to 100 %" })
        .default(0.01),
    }),
    "resistors, each {cell, resistance_ohm, tolerance}",
  ),
  voltage_V: positive("V").default(0.1),
  levels: count(2, 1000).default(5),
  width_s: positive("s").default(0.02),
  samples: count(4, 100_000).default(100),
  bias,
  currentRange_A,
});

/** Per resistor and level, the signs in turn: a probe with the tags resistance_ohm and tolerance. */
export const dummyCell = defineProtocol({
  name: "dummy-cell",
  title: "Dummy cells",
  summary:
    "Reads known resistors at voltages of both signs: what the instrument shows against what Ohm's law says. " +
    "Nothing but resistors should be on the lines.",
  schema,
  findMistake: ({ dummies, bias: scheme }, grid) => {
    for (const [k, { cell }] of dummies.entries()) {
      if (typeof cell === "string" || cell.length !== 1)
        return { path: ["dummies", k, "cell"], reason: "allowed is one [row, column]" };
      const mistake = findAddressMistake(grid, cell, []);
      if (mistake) return { path: ["dummies", k, "cell"], reason: mistake.reason };
    }
    return findCellMistake(grid, "all", scheme);
  },
  *steps({ dummies, voltage_V, levels, width_s, samples, bias, currentRange_A }, { grid }) {
    const asked_V = Array.from({ length: levels }, (_, k) =>
      [1, -1].map((sign) => (sign * voltage_V * (k + 1)) / levels),
    );
    const probes = asked_V.flat().map((level_V) => ({
      level_V,
      read: makeProbe(grid, { read: { voltage_V: level_V, width_s, samples, settle_s: 0 }, bias, currentRange_A }),
    }));
    for (const { cell: address, resistance_ohm, tolerance } of dummies) {
      const [row, column] = typeof address === "string" ? [0, 0] : (address[0] ?? [0, 0]);
      for (const { level_V, read } of probes)
        yield read({ row, column }, `${formatSI(resistance_ohm, "ohm")} at ${formatSI(level_V, "V")}`, {
          resistance_ohm,
          tolerance,
        });
    }
  },
});
