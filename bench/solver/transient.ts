import type { Pool } from "../../core/crossbar/pool.ts";
import { resolveJunction } from "../../core/crossbar/models/registry.ts";
import { Circuit } from "../../core/emulated/circuit.ts";
import { Integrator } from "../../core/emulated/integrate.ts";
import { LineVoltages } from "../../core/emulated/lineVoltages.ts";

export interface TransientFigures {
  /** Million junction updates per second of processor time, states and node potentials both. */
  readonly updates_M_s: number;
  /** The same of wall time: what threads change. */
  readonly wallUpdates_M_s: number;
  readonly iterationsPerStep: number;
  readonly solvesPerStep: number;
}

/**
 * A half-select write of one junction, 1 % segments, a step of 1/50 of the time constant, solved again at every step. The
 * drive is a ramp: never an instant without a change.
 */
export function measureTransient(
  side: number,
  {
    model = "svm",
    updates = 4e7,
    pool,
  }: { readonly model?: string; readonly updates?: number; readonly pool?: Pool } = {},
): TransientFigures {
  const kernel = resolveJunction(model, {}, {});
  const state = kernel.allocate({ rows: side, columns: side }, 1);
  const same = (value: number): Float64Array => new Float64Array(side).fill(value);
  const segment_ohm = same(0.01 / kernel.steadyConductance(0));
  const lines = {
    rowSegment_ohm: segment_ohm,
    columnSegment_ohm: segment_ohm,
    rowSource_ohm: same(0),
    columnSense_ohm: same(0),
    ideal: false,
  };
  using circuit = new Circuit(kernel, state, lines, 0, pool);
  const { min_s } = kernel.timescales(state);
  const V = 0.5 * Math.min(...kernel.model.validRange_V.map(Math.abs));
  const duration_s = 1e3 * min_s;
  const ramp = (part: number) => [{ kind: "ramp", from_V: part * V, to_V: 1.9 * part * V, duration_s }] as const;
  const [whole, half, none] = [ramp(1), ramp(0.5), ramp(0)];
  const drives = new LineVoltages({
    rows: Array.from({ length: side }, (_, i) => (i === side >> 3 ? whole : half)),
    columns: Array.from({ length: side }, (_, j) => (j === side >> 2 ? none : half)),
    duration_s,
  });
  const integrator = new Integrator(circuit, drives);
  const dt_s = 0.02 * min_s;
  let time_s = 0;
  const run = (steps: number): void => {
    for (let k = 0; k < steps; k++) {
      time_s = integrator.advance(time_s, time_s + dt_s);
      integrator.look(time_s);
    }
  };
  integrator.look(0);
  integrator.jump();
  run(10);
  let best_us = Infinity;
  let best_ms = Infinity;
  const [steps0, sweeps0, factorings0] = [integrator.steps, circuit.sweeps, circuit.factorings];
  const steps = Math.max(10, Math.round(updates / 4 / side ** 2));
  for (let part = 0; part < 4; part++) {
    const start = process.cpuUsage();
    const begin = performance.now();
    run(steps);
    best_ms = Math.min(best_ms, performance.now() - begin);
    const { user, system } = process.cpuUsage(start);
    best_us = Math.min(best_us, user + system);
  }
  const all = integrator.steps - steps0;
  return {
    updates_M_s: (side ** 2 * steps) / best_us,
    wallUpdates_M_s: (side ** 2 * steps) / best_ms / 1e3,
    iterationsPerStep: (circuit.sweeps - sweeps0) / all,
    solvesPerStep: (circuit.factorings - factorings0) / all,
  };
}
