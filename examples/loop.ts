import { writeFileSync } from "node:fs";
import { analyseRun, EmulatedArray, ivSweep, loopsOf, plotLoop, runInMemory } from "crosspore";

// a 4 x 4 array of conical channels behind lines of 1 Mohm per junction
const array = new EmulatedArray(
  {
    rows: 4,
    columns: 4,
    junction: { model: "conical-channel" },
    lines: { rowSegment_ohm: 1e6, columnSegment_ohm: 1e6 },
  },
  { seed: 1 },
);

// the junction in the far corner, from quasi-static to ohmic
const sweep = ivSweep({ cells: [[3, 3]], amplitude_V: "1 V", frequency_Hz: ["0.4 Hz", "40 Hz", "4 kHz"], cycles: 3 });
const run = await runInMemory(array, sweep);

writeFileSync("loop.svg", plotLoop(loopsOf(run)));
console.log(JSON.stringify(analyseRun(run).sections, null, 2));
