import { z } from "zod";
import { strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, lastTenth, restStep, secondHalf } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  countCells,
  currentRange_A,
  findCellMistake,
  notNegative,
  notZero,
  oneOf,
  positive,
  resolveCells,
} from "../parameters.ts";
import { shown } from "../../shown.ts";

/**
 * Bit strings as pulse trains: every bit is one slot of `width_s` (amplitude for 1, 0 V for 0) and a gap at 0 V; the
 * state is read at the end of the last slot, before its gap. Defaults are those of the ncnm reservoir: 5 V, 0.75 s,
 * 0.75 s, read by -1 V for 50 ms (10.1073/pnas.2320242121).
 */
const LONGEST_ALL = 16;

const patterns = z
  .custom<string | readonly string[]>((input) => typeof input === "string" || Array.isArray(input), {
    error: ({ input }) => `${shown(input)} is refused, allowed are "all-4-bit" or a list of bit strings such as "0101"`,
  })
  .transform((input, context): readonly string[] => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: "custom", path, message });
    if (typeof input === "string") {
      const bits = Number(/^all-(\d+)-bit$/.exec(input)?.[1]);
      if (bits >= 1 && bits <= LONGEST_ALL)
        return Array.from({ length: 2 ** bits }, (_, k) => k.toString(2).padStart(bits, "0"));
      refuse([], `"${input}" is refused, allowed are all-1-bit to all-${LONGEST_ALL}-bit or a list of bit strings`);
      return z.NEVER;
    }
    if (input.length === 0) refuse([], "the list is empty, write at least one bit string");
    input.forEach((pattern: unknown, k) => {
      if (typeof pattern !== "string")
        refuse([k], `${shown(pattern)} is no bit string, write it in quotes, such as "0101"`);
      else if (!/^[01]{1,4096}$/.test(pattern)) refuse([k], `"${pattern}" is no bit string, allowed are 0 and 1`);
    });
    return input;
  });

const schema = strictObject({
  patterns: patterns.prefault("all-4-bit"),
  cells,
  /** Pattern k on cell k, or every pattern on every cell after a recovery. */
  assignment: oneOf(["one-per-cell", "all-on-each-cell"]).default("one-per-cell"),
  amplitude_V: notZero("V").default(5),
  width_s: positive("s").default(0.75),
  gap_s: notNegative("s").default(0.75),
  /** null: no read pulse; the window "read" is then the last tenth of the last slot. */
  read: strictObject({
    voltage_V: notZero("V").default(-1),
    width_s: positive("s").default(0.05),
    samples: count(4, 100_000).default(20),
  })
    .nullable()
    .prefault({}),
  /** All of it so many times, for the scatter of each state: separability is the smallest gap over that scatter. */
  repeats: count(1, 10_000).default(1),
  /** At 0 V before the next pattern on the same cell: 10 tau of a 150 um channel. */
  recovery_s: notNegative("s").default(16.2),
  /** At 0 V between two cells. */
  rest_s: notNegative("s").default(0),
  bias,
  currentRange_A,
});

/** One step per pattern and cell. */
export const reservoirTrain = defineProtocol({
  name: "reservoir-train",
  title: "Bit patterns for a reservoir",
  summary:
    "Writes bit strings as pulse trains into volatile junctions and reads the state that each string leaves. " +
    "Distinct strings leave distinct states, which a trained readout can tell apart.",
  schema,
  findMistake: ({ cells, patterns, assignment, bias: scheme }, grid) => {
    const outside = findCellMistake(grid, cells, scheme);
    if (outside || assignment === "all-on-each-cell") return outside;
    const available = resolveCells(grid, cells).length;
    if (patterns.length <= available) return undefined;
    return {
      path: ["patterns"],
      reason: `${patterns.length} patterns need as many cells, ${available} are given; allowed is also assignment: all-on-each-cell`,
    };
  },
  fewestSteps: ({ cells, patterns, assignment }, { grid }) =>
    patterns.length * (assignment === "one-per-cell" ? 1 : countCells(grid, cells)),
  *steps(parameters, { grid }) {
    const { patterns, assignment, read, recovery_s, rest_s, bias, currentRange_A } = parameters;
    const addresses = resolveCells(grid, parameters.cells);
    const trains = patterns.map((pattern) => makeTrain(pattern, parameters));
    const rounds = Array.from({ length: parameters.repeats }, (_, k) => k + 1);
    const jobs =
      assignment === "one-per-cell"
        ? rounds.flatMap((repeat) =>
            trains.map((train, k) => ({
              train,
              cell: addresses[k] ?? { row: 0, column: 0 },
              again: repeat > 1 && k === 0,
              repeat,
            })),
          )
        : addresses.flatMap((cell) =>
            rounds.flatMap((repeat) => trains.map((train, k) => ({ train, cell, again: k > 0 || repeat > 1, repeat }))),
          );
    for (const [k, { train, cell, again, repeat }] of jobs.entries()) {
      const pause_s = again ? recovery_s : k > 0 ? rest_s : 0;
      if (pause_s > 0) yield restStep(grid, pause_s);
      yield cellStep({
        grid,
        cell,
        waveform: train.waveform,
        bias,
        role: "train",
        label: train.pattern,
        samplePeriod_s: train.samplePeriod_s,
        currentRange_A,
        windows: [train.window],
        tags: {
          pattern: train.pattern,
          repeat,
          voltage_V: read?.voltage_V ?? (train.pattern.endsWith("1") ? parameters.amplitude_V : 0),
        },
      });
    }
  },
});

interface TrainShape {
  readonly amplitude_V: number;
  readonly width_s: number;
  readonly gap_s: number;
  readonly read: { readonly voltage_V: number; readonly width_s: number; readonly samples: number } | null;
}

function makeTrain(pattern: string, { amplitude_V, width_s, gap_s, read }: TrainShape) {
  const slots = [...pattern].flatMap((bit, k) => {
    const slot = [bit === "1" ? amplitude_V : 0, width_s] as const;
    return k === pattern.length - 1 ? [slot] : [slot, [0, gap_s] as const];
  });
  const lastSlot_s = (pattern.length - 1) * (width_s + gap_s);
  const end_s = lastSlot_s + width_s;
  return {
    pattern,
    waveform: read ? holds(...slots, [read.voltage_V, read.width_s]) : holds(...slots),
    window: read ? secondHalf(end_s, read.width_s, "read") : lastTenth(lastSlot_s, width_s, "read"),
    // the shortest part that is looked at gets its samples: the read pulse, else fifty per slot
    samplePeriod_s: read ? Math.min(read.width_s / read.samples, width_s / 10) : width_s / 50,
  };
}
