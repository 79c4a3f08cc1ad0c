/**
 * Junction-steps per second of every model, single thread, each junction at its own voltage and with its own parameters:
 * `npm run build && node dist/bench/junctions.js [side] [seconds per figure] [model]`.
 *
 * A step is short (a tenth of the fastest time constant), as in transient simulations; voltages change every step. Each model
 * runs in a process of its own, as in use: a process that has run thirty models calls all of them through the slow path of
 * the compiler. Time is processor time of that process, since the machine is shared; the best of four parts counts.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { JunctionKernel, Parameters } from "../core/crossbar/model.ts";
import { findModel, MODELS, resolveJunction } from "../core/crossbar/models/registry.ts";

const [side = 128, budget_s = 0.5] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4];
const count = side * side;

interface Row {
  readonly model: string;
  /** Million junction-steps per second with per-junction parameters, and with all junctions alike. */
  readonly varied_M_s: number;
  readonly alike_M_s: number;
  /** Million conductances read per second. */
  readonly read_M_s: number;
}

function measure(kernel: JunctionKernel, vary: boolean): { steps: number; conductance: number } {
  const state = kernel.allocate({ rows: side, columns: side }, 1);
  const [least, most] = kernel.model.validRange_V;
  const amplitude = 0.4 * Math.min(-least, most);
  const voltages = [0, 1, 2, 3].map((phase) =>
    Float64Array.from({ length: count }, (_, k) => amplitude * Math.sin(0.37 * k + phase)),
  );
  const [first] = voltages;
  if (first === undefined) throw new Error("no voltages");
  const dynamic = new Set([
    ...kernel.model.states.map(({ name }) => name),
    "seed",
    "junction",
    "draws",
    "channels",
    "pores",
  ]);
  if (vary)
    for (const name of state.names)
      if (!dynamic.has(name))
        state.field(name).forEach((value, k, field) => (field[k] = value * (1 + 0.1 * Math.sin(k))));
  const { min_s } = kernel.timescales(state, first);
  const dt_s = Number.isFinite(min_s) ? 0.1 * min_s : 1e-3;
  const rate = (work: (round: number) => void): number => {
    for (let round = 0; round < 20; round++) work(round);
    let best = 0;
    for (let part = 0; part < 4; part++) {
      const start = process.cpuUsage();
      let [rounds, used_us] = [0, 0];
      while (used_us < (budget_s * 1e6) / 4) {
        work(rounds++);
        const used = process.cpuUsage(start);
        used_us = used.user + used.system;
      }
      best = Math.max(best, (rounds * count) / used_us);
    }
    return best;
  };
  const out = new Float64Array(count);
  return {
    steps: rate((round) => kernel.step(state, voltages[round % 4] ?? first, dt_s)),
    conductance: rate((round) => kernel.conductance(state, voltages[round % 4] ?? first, out)),
  };
}

if (only !== undefined) {
  const stochastic: Parameters = only.endsWith(", random") ? { stochastic: 1 } : {};
  const kernel = resolveJunction(only.replace(", random", ""), stochastic);
  const varied = measure(kernel, true);
  const alike = measure(kernel, false);
  const row: Row = { model: only, varied_M_s: varied.steps, alike_M_s: alike.steps, read_M_s: varied.conductance };
  console.log(JSON.stringify(row));
} else {
  console.log(`${`M/s, ${side} x ${side}, node ${process.version}`.padEnd(36)}  varied   alike  read g`);
  const random = (name: string) => findModel(name).parameters.some((spec) => spec.name === "stochastic");
  for (const model of MODELS.flatMap(({ name }) => (random(name) ? [name, `${name}, random`] : [name]))) {
    const self = fileURLToPath(import.meta.url);
    const answer = execFileSync(process.execPath, [self, String(side), String(budget_s), model], { encoding: "utf8" });
    const { varied_M_s, alike_M_s, read_M_s } = JSON.parse(answer) as Row;
    const round = (value: number) => value.toPrecision(3).padStart(8);
    console.log(`${model.padEnd(36)}${round(varied_M_s)}${round(alike_M_s)}${round(read_M_s)}`);
  }
}
