/**
 * What effects cost: `npm run build && node dist/bench/effects.js [side]`. One junction of an array of cones is swept at 40 Hz
 * under V/2, 400 samples a cycle, its column sensed; processor time of this process, the best of six cycles after two, against the
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

async function measure(effects: EffectsConfig | undefined): Promise<number> {
  const lines = { rowSegment_ohm: 7764, columnSegment_ohm: 7764, rowSource_ohm: 1e5, columnSense_ohm: 1e5 };
  const config = { rows: side, columns: side, junction: { model: "conical-channel" }, lines };
  const array = new EmulatedArray({ ...config, ...(effects ? { effects } : {}) }, { seed: 1 });
  const sine = {
    kind: "sine",
    amplitude_V: 1,
    offset_V: 0,
    frequency_Hz: 40,
    phase_rad: 0,
    duration_s: CYCLE_S,
  } as const;
  const target = { row: side >> 1, column: side >> 1 };
  const drives = driveCell(array.grid, target, [sine], "V/2");
  const stimulus = { ...drives, duration_s: CYCLE_S, targets: [target], referenceRow: target.row };
  const readout = {
    samplePeriod_s: CYCLE_S / 400,
    columns: [target.column],
    currentRange_A: "auto",
    windows: [],
  } as const;
  const { signal } = new AbortController();
  let best_ms = Infinity;
  for (let cycle = 0; cycle < 8; cycle++) {
    const start = process.cpuUsage();
    await array.apply(stimulus, readout, signal);
    const { user, system } = process.cpuUsage(start);
    if (cycle > 1) best_ms = Math.min(best_ms, (user + system) / 1e3);
  }
  await array[Symbol.asyncDispose]();
  return best_ms;
}

const none_ms = await measure(undefined);
const rows = [["none", digits(none_ms), "1"]];
for (const [name, effects] of [
  ...Object.keys(all).map((name) => [name, { [name]: {} }] as const),
  ["all", all] as const,
]) {
  const time_ms = await measure(effects);
  rows.push([name, digits(time_ms), digits(time_ms / none_ms)]);
}
printTable([`effects on ${side} x ${side}`, "ms per cycle", "times none"], rows);
