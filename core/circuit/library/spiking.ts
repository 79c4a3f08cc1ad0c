import type { SourceValue } from "../../crossbar/circuit/circuit.ts";
import { type CircuitRecord } from "../../crossbar/circuit/simulateCircuit.ts";
import { meanPeriod } from "../measure.ts";
import { readCircuit } from "../readCircuit.ts";
import { plotNodes, runAgain, withChanges } from "../runFile.ts";
import type { ShippedCircuit } from "./shipped.ts";

const FILE = "spiking.yaml";
const NODE = "inside";
/** Transients of the slow channel (30 ms) are over long before. */
const SETTLED_s = 2;
const DEFAULT_A = 1.3e-12;
/** All or none: a base of 1.2 pA for a second, a pulse of 20 ms on top. */
const PULSE = { base_A: 1.2e-12, start_s: 1, width_s: 0.02, end_s: 1.2 };

export const spiking: ShippedCircuit = {
  name: "spiking",
  title: "Spiking circuit of three conical channels",
  source: "10.1103/PhysRevLett.130.268401, arXiv 2404.08647",
  file: FILE,
  takesCurrent: true,
  run({ text, current_A = DEFAULT_A }) {
    const tonic = driveSpiking(text(FILE), { at: () => current_A, edges_s: [] });
    const answer = describeFiring(tonic);
    const pulse = (extra_A: number) => pulseSpiking(text(FILE), extra_A);
    const [below, above] = [pulse(0.05e-12), pulse(0.1e-12)];
    return {
      metrics: answer,
      caption: `Left out: the first ${SETTLED_s} s. Top: constant ${(current_A * 1e12).toFixed(2)} pA. Below: 20 ms of 0.05 and 0.10 pA on 1.20 pA, all or none.`,
      panels: [
        { panel: plotNodes(tonic, [NODE], SETTLED_s, SETTLED_s + 1), height: 200 },
        {
          panel: {
            ...plotNodes(above, [NODE], 0.95, 1.15),
            series: [
              ...plotNodes(below, [NODE], 0.95, 1.15).series.map((line) => ({
                ...line,
                tone: "mute" as const,
                label: "+0.05 pA",
              })),
              ...plotNodes(above, [NODE], 0.95, 1.15).series.map((line) => ({ ...line, label: "+0.10 pA" })),
            ],
          },
          height: 200,
        },
      ],
    };
  },
};

/** The membrane under a stimulus, from rest at 0 V. */
export function driveSpiking(text: string, current_A: SourceValue, end_s?: number): CircuitRecord {
  const file = readCircuit(text, FILE);
  const circuit = withChanges(file.circuit, { stimulus: { current_A } });
  return runAgain(file, circuit, end_s === undefined ? {} : { duration_s: end_s });
}

export function pulseSpiking(text: string, extra_A: number): CircuitRecord {
  const { base_A, start_s, width_s, end_s } = PULSE;
  const within = (t: number) => t >= start_s && t < start_s + width_s;
  return driveSpiking(
    text,
    { at: (t) => base_A + (within(t) ? extra_A : 0), edges_s: [start_s, start_s + width_s] },
    end_s,
  );
}

/** Tonic firing: upward crossings of 0 V that go on after the transient. */
export function describeFiring(record: CircuitRecord) {
  const from = record.time_s.findIndex((time) => time >= SETTLED_s);
  const potential_V = (record.voltage_V[NODE] ?? new Float64Array(0)).subarray(from);
  const period_s = meanPeriod(record.time_s.subarray(from), potential_V, 0);
  return {
    firing: period_s !== null,
    period_s,
    peak_V: potential_V.reduce((most, v) => Math.max(most, v), -Infinity),
    lowest_V: potential_V.reduce((least, v) => Math.min(least, v), Infinity),
  };
}
