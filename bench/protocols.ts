/**
 * How much faster than real time a campaign runs: `npm run build && node dist/bench/protocols.js [side] [cells]`. On an emulated
 * array, potentiation and depression of some junctions under V/2 (0.1 s pulses and gaps, a read after every pulse), then
 * half-select disturb of seven victims. Engine, limits and dose book included, nothing recorded. Wall
 * time is what a user waits; processor time counts the collector and compiler on their own threads too.
 */
import { DisturbBook } from "../core/disturbBook.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import { runProtocols } from "../core/engine.ts";
import { NO_LIMITS } from "../core/limits.ts";
import { halfSelect, pulseTrain } from "../core/protocol/library/index.ts";
import type { Protocol } from "../core/protocol/protocol.ts";
import { digits, printTable } from "./solver/measure.ts";

const [side = 32, cells = 128] = process.argv.slice(2).map(Number);
const train = { width_s: 0.1, gap_s: 0.1, count: 100 };
// the read is sampled through the rest of its gap: as long a read as the gap takes the fewest samples
const read = { voltage_V: -0.1, width_s: 0.1, samples: 4 };
const campaigns: readonly (readonly [string, Protocol])[] = [
  [
    "LTP and LTD",
    pulseTrain({
      cells: Array.from({ length: cells }, (_, k) => [(k * 7) % side, (k * 11) % side] as const),
      potentiation: { ...train, amplitude_V: 5 },
      depression: { ...train, amplitude_V: -1 },
      read,
      samplesPerPulse: 10,
      bias: "V/2",
      rest_s: 16.2,
    }),
  ],
  [
    "half-select disturb",
    halfSelect({ aggressor: [side >> 1, side >> 1], width_s: 0.1, gap_s: 0.1, writes: [100], schemes: ["V/2", "V/3"] }),
  ],
];

const rows: string[][] = [];
for (const booked of [false, true]) {
  let [all, all_s, all_wall_s, all_used_s] = [0, 0, 0, 0];
  for (const [name, protocol] of campaigns) {
    const junction = { model: "ncnm-channel" };
    await using array = new EmulatedArray({ rows: side, columns: side, junction }, { seed: 1 });
    const book = new DisturbBook(array.grid, (into) => array.conductance_S(into));
    const started_ms = performance.now();
    const start = process.cpuUsage();
    const { steps } = await runProtocols({
      protocols: [protocol],
      array,
      limits: { ...NO_LIMITS, voltage_V: 5 },
      seed: 1,
      signal: new AbortController().signal,
      ...(booked && { book }),
      emit: () => {},
    });
    const { user, system } = process.cpuUsage(start);
    const wall_s = (performance.now() - started_ms) / 1e3;
    const used_s = (user + system) / 1e6;
    tell(name, booked, steps, array.time_s, wall_s, used_s);
    all += steps;
    all_s += array.time_s;
    all_wall_s += wall_s;
    all_used_s += used_s;
  }
  tell("both", booked, all, all_s, all_wall_s, all_used_s);
}
printTable(
  [`${side} x ${side}, 0.1 s pulses`, "steps", "array time, s", "wall, s", "processor, s", "times real time"],
  rows,
);

function tell(name: string, booked: boolean, steps: number, time_s: number, wall_s: number, used_s: number): void {
  const what = `${name}${booked ? ", doses booked" : ""}`;
  rows.push([what, String(steps), digits(time_s), digits(wall_s), digits(used_s), digits(time_s / wall_s)]);
}
