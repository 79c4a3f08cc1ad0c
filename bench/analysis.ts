/**
 * What analyses cost on a long record: `npm run build && node dist/bench/analysis.js [million samples]`, 10 unless said.
 * Processor time of this process, one thread, on a triangle sweep of a relaxing conductance with noise and on its current.
 */
import { findCrossings } from "../core/analysis/crossing.ts";
import { measureCycle } from "../core/analysis/iv.ts";
import { classifyLoop, loopArea } from "../core/analysis/loop.ts";
import { findNegativeResistance } from "../core/analysis/negativeResistance.ts";
import { findTelegraph } from "../core/analysis/noise/telegraph.ts";
import { chooseSpectrum } from "../core/analysis/noise/spectrumFit.ts";
import { measureSpectrum } from "../core/analysis/noise/welch.ts";
import { pulseEnergy } from "../core/analysis/switching.ts";
import { fillNormal } from "../core/crossbar/index.ts";
import { analyseRun } from "../core/analysis/summary.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import { ivSweep } from "../core/protocol/library/index.ts";
import { runInMemory } from "../core/runInMemory.ts";
import { digits, printTable } from "./solver/measure.ts";

const [millions = 10] = process.argv.slice(2).map(Number);
const n = Math.round(millions * 1e6);
const SAMPLES_PER_CYCLE = 1000;
const samplePeriod_s = 1e-5;

const voltage_V = new Float64Array(n);
const current_A = new Float64Array(n);
fillNormal(current_A, 1, 1, 0);
let g = 1;
for (let k = 0; k < n; k++) {
  const phase = (k % SAMPLES_PER_CYCLE) / SAMPLES_PER_CYCLE;
  const v = phase < 0.25 ? 4 * phase : phase < 0.75 ? 2 - 4 * phase : 4 * phase - 4;
  g += (1 - 0.5 * v - g) / 100;
  voltage_V[k] = v;
  current_A[k] = 1e-9 * (g * v + 0.01 * (current_A[k] ?? 0));
}
// an RTN of two levels for the search of levels: 0.2 ms and 0.1 ms on average
const telegraph = new Float64Array(n);
fillNormal(telegraph, 2, 1, 0);
let level = 0;
for (let k = 0, next = 20; k < n; k++) {
  if (k === next) {
    level = 1 - level;
    next += 1 + Math.round((level === 0 ? 20 : 10) * -Math.log(1 - ((k * 0.6180339887) % 1)));
  }
  telegraph[k] = level + 0.2 * (telegraph[k] ?? 0);
}

function* cycles() {
  for (let first = 0; first + SAMPLES_PER_CYCLE < n; first += SAMPLES_PER_CYCLE) {
    const end = first + SAMPLES_PER_CYCLE + 1;
    yield {
      samplePeriod_s,
      voltage_V: voltage_V.subarray(first, end),
      current_A: current_A.subarray(first, end),
    };
  }
}

const rows: string[][] = [];
let sum_ms = 0;
function measure(name: string, work: () => string, counted = true): void {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  const time_ms = (user + system) / 1e3;
  if (counted) sum_ms += time_ms;
  rows.push([name, digits(time_ms), digits(n / 1e3 / time_ms), result]);
}

measure("loops: area, style, on/off, energy of every cycle", () => {
  const styles = new Map<string, number>();
  for (const cycle of cycles()) {
    const style = classifyLoop(loopArea(cycle.voltage_V, cycle.current_A));
    styles.set(style, (styles.get(style) ?? 0) + 1);
    measureCycle(cycle);
  }
  return [...styles].map(([style, count]) => `${count} ${style}`).join(", ");
});
measure("crossings and NDR windows of every 10th cycle", () => {
  let [crossings, windows, at] = [0, 0, 0];
  for (const cycle of cycles()) {
    if (at++ % 10 > 0) continue;
    crossings += findCrossings(cycle).points.length;
    windows += findNegativeResistance(cycle, 0.05).length;
  }
  return `${crossings} crossings, ${windows} windows`;
});
measure(
  "energy of the whole record",
  () => `${pulseEnergy(voltage_V, current_A, samplePeriod_s).total_J.toPrecision(3)} J`,
);
measure("Welch, segments of 65536, half overlap, and its fit", () => {
  const { best } = chooseSpectrum(measureSpectrum(telegraph, samplePeriod_s, { segment: 65536 }));
  return best.kind === "fit" ? best.terms.join(" + ") : best.reason;
});
const together_ms = sum_ms;
measure(
  "telegraph: levels learned and decoded",
  () => {
    const found = findTelegraph(telegraph, samplePeriod_s, { levels: 2 });
    return found.kind === "fit"
      ? found.levels.map(({ dwell_s }) => `${(1e3 * dwell_s).toPrecision(3)} ms`).join(", ")
      : found.reason;
  },
  false,
);
// a real run of that many samples, taken by the protocol: five frequencies on a cone
const array = new EmulatedArray({ rows: 1, columns: 1, junction: { model: "conical-channel" } }, { seed: 1 });
const sweep = ivSweep({
  cells: [[0, 0]],
  frequency_Hz: [4, 10, 20, 30, 40],
  cycles: 200 * millions,
  samplesPerCycle: SAMPLES_PER_CYCLE,
});
const run = await runInMemory(array, sweep);
measure("analyseRun: last cycles of five sweeps", () => `${analyseRun(run).samples} samples`, false);
await array[Symbol.asyncDispose]();
rows.push(["all but telegraph and analyseRun", digits(together_ms), digits(n / 1e3 / together_ms), ""]);
printTable([`${millions} million samples`, "ms of processor", "M samples/s", "found"], rows);
