/**
 * What effects cost: `npm run build && node dist/bench/effects.js [side]`. One junction of an array of cones is swept at 40 Hz
 * under V/2, 400 samples a cycle, its column sensed; processor time of this process. All arrays take their turns in every round, the best of twelve rounds after two counts, against the
 * same array without effects.
 */
import { driveCell } from "../core/bias.ts";
import type { EffectsConfig } from "../core/crossbar/effects/index.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import { digits, printTable } from "./solver/measure.ts";

const [side = 64] = process.argv.slice(2).map(Number);
const CYCLE_S = 1 / 40;
const all: EffectsConfig = {
  electrodes: {},
  capacitance: {},
  "salt-coupling": {},
  heating: {},
  evaporation: {},
  noise: {},
  variability: {},
  endurance: {},
};

const lines = { rowSegment_ohm: 7764, columnSegment_ohm: 7764, rowSource_ohm: 1e5, columnSense_ohm: 1e5 };
const sine = {
  kind: "sine",
  amplitude_V: 1,
  offset_V: 0,
  frequency_Hz: 40,
  phase_rad: 0,
  duration_s: CYCLE_S,
} as const;
const target = { row: side >> 1, column: side >> 1 };
const { signal } = new AbortController();

function makeArray(effects: EffectsConfig | undefined): EmulatedArray {
  const config = { rows: side, columns: side, junction: { model: "conical-channel" }, lines };
  return new EmulatedArray({ ...config, ...(effects ? { effects } : {}) }, { seed: 1 });
}

async function measureCycle(array: EmulatedArray): Promise<number> {
  const drives = driveCell(array.grid, target, [sine], "V/2");
  const stimulus = { ...drives, duration_s: CYCLE_S, targets: [target], referenceRow: target.row };
  const readout = {
    samplePeriod_s: CYCLE_S / 400,
    columns: [target.column],
    currentRange_A: "auto",
    windows: [],
  } as const;
  const start = process.cpuUsage();
  await array.apply(stimulus, readout, signal);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
}

const contestants = [
  { name: "none", effects: undefined },
  ...Object.keys(all).map((name) => ({ name, effects: { [name]: {} } })),
  { name: "all", effects: all },
].map(({ name, effects }) => ({ name, array: makeArray(effects), best_ms: Infinity }));

for (let round = 0; round < 14; round++)
  for (const contestant of contestants) {
    const time_ms = await measureCycle(contestant.array);
    if (round > 1) contestant.best_ms = Math.min(contestant.best_ms, time_ms);
  }

const none_ms = contestants[0]?.best_ms ?? Number.NaN;
printTable(
  [`effects on ${side} x ${side}`, "ms per cycle", "times none"],
  contestants.map(({ name, best_ms }) => [name, digits(best_ms), digits(best_ms / none_ms)]),
);
for (const { array } of contestants) await array[Symbol.asyncDispose]();
