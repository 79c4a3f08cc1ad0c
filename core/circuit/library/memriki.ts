import type { CircuitElement, SourceValue } from "../../crossbar/circuit/circuit.ts";
import { simulateCircuit } from "../../crossbar/circuit/simulateCircuit.ts";
import { normal, streamOf } from "../../crossbar/random.ts";
import { type CircuitFile, readCircuit } from "../readCircuit.ts";
import { plotNodes, runAgain, withChanges } from "../runFile.ts";
import type { ShippedCircuit } from "./shipped.ts";

const FILE = "memriki.yaml";
const AMPLITUDE_V = 0.25;
/** Strobed once per period: 300 periods, the last 100 counted, two potentials within 10 mV are one. */
const [PERIODS, COUNTED, SAME_V] = [300, 100, 0.01];
/** Drive and damping at which the authors show their three regimes. */
const SETTINGS = [
  { frequency_Hz: 120, damping_ohm: 0.425 },
  { frequency_Hz: 400, damping_ohm: 1 },
  { frequency_Hz: 400, damping_ohm: 0.425 },
] as const;
/** More different strobes than this among a hundred are no period any more. */
const LONGEST_PERIOD = 20;

export const memriki: ShippedCircuit = {
  name: "memriki",
  title: "Memriki oscillator: one period, several, chaos",
  source: "arXiv 2503.13386",
  file: FILE,
  run({ text }) {
    const file = readCircuit(text(FILE), FILE);
    const regimes = SETTINGS.map((setting) => ({ ...setting, ...strobe(file, setting) }));
    const record = runAgain(file, file.circuit, { duration_s: 0.1 });
    return {
      metrics: {
        regimes: regimes.map(({ frequency_Hz, damping_ohm, count, regime }) => ({
          frequency_Hz,
          damping_ohm,
          count,
          regime,
        })),
      },
      caption: `Top: driven at 400 Hz, R1 = 0.425. Below: the last ${COUNTED} strobes at 120 Hz and 0.425 (1), 400 Hz and 1 (2), 400 Hz and 0.425 (3).`,
      panels: [
        { panel: plotNodes(record, ["first"], 0.05, 0.1), height: 200 },
        {
          panel: {
            x: { quantity: "setting", unit: "", whole: true, extent: [0.5, 3.5] },
            y: { quantity: "strobed voltage", unit: "V" },
            series: regimes.map(({ strobes_V }, k) => ({
              x: strobes_V.map(() => k + 1),
              y: strobes_V,
              kind: "points",
              tone: "emulated",
              width: 1.6,
            })),
          },
          height: 220,
        },
      ],
    };
  },
};

/** How many different potentials the strobe sees, and what that is called. */
export function strobe(file: CircuitFile, { frequency_Hz, damping_ohm }: (typeof SETTINGS)[number]) {
  const drive: SourceValue = { at: (t) => AMPLITUDE_V * Math.sin(2 * Math.PI * frequency_Hz * t), edges_s: [] };
  const circuit = withChanges(file.circuit, { drive: { voltage_V: drive }, damping: { resistance_ohm: damping_ohm } });
  const record = runAgain(file, circuit, { duration_s: PERIODS / frequency_Hz, samplePeriod_s: 1 / frequency_Hz });
  const strobes_V = Array.from((record.voltage_V.first ?? new Float64Array(0)).slice(-COUNTED));
  const kinds: number[] = [];
  for (const v of strobes_V) if (!kinds.some((known) => Math.abs(known - v) < SAME_V)) kinds.push(v);
  const count = kinds.length;
  return { count, regime: count > LONGEST_PERIOD ? "chaotic" : `period ${count}`, strobes_V };
}

/**
 * Gates of three oscillators: two driven by the inputs, a third by the difference of their outputs through capacitors. It rings
 * where the gate says 1. The isolated pair of terminals behind the NAND's follower is tied to ground on one side.
 */
const GATE = { frequency_Hz: 0.3, level_V: 1, drive_V: 5, damping_ohm: 0.4, coupling_F: 1e-3, noise_V: 0.003 };
/** Rms output that counts as ringing. */
const RINGING_V = 0.03;
const NOISE_STEP_s = 1e-3;
const NOISE = streamOf("memriki-input");

function gate(kind: "xor" | "nand"): ShippedCircuit {
  return {
    name: `memriki-${kind}`,
    title: `${kind.toUpperCase()} of three Memriki oscillators`,
    source: "arXiv 2503.13386",
    file: FILE,
    run({ text, seed }) {
      const file = readCircuit(text(FILE), FILE);
      const period_s = 1 / GATE.frequency_Hz;
      const record = simulateCircuit(
        { elements: gateElements(kind, file, seed) },
        { duration_s: 2 * period_s, recordFrom_s: period_s, samplePeriod_s: period_s / 1e4, tolerance: 1e-4 },
      );
      const zero = new Float64Array(record.time_s.length);
      const of = (node: string) => record.voltage_V[node] ?? zero;
      const output_V = of("z_first").map((v, k) => v - (of("z_ground")[k] ?? 0));
      const quarters = ["10", "00", "01", "11"].map((bits, k) => {
        // the middle of the quarter period: inputs are steady, the ringing has settled
        const inside = output_V.filter((_, j) => {
          const place = 4 * ((record.time_s[j] ?? 0) / period_s - 1) - k;
          return place > 0.15 && place < 0.85;
        });
        const rms_V = Math.sqrt(inside.reduce((sum, v) => sum + v * v, 0) / inside.length);
        return { inputs: bits, rms_V, output: rms_V > RINGING_V ? 1 : 0 };
      });
      const right = quarters.every(
        ({ inputs, output }) =>
          output === Number(kind === "xor" ? inputs === "10" || inputs === "01" : inputs !== "11"),
      );
      const line = (y: Float64Array, tone: "mute" | "measured" | "emulated", label: string) =>
        ({ x: record.time_s, y, kind: "line", tone, label, width: 1 }) as const;
      return {
        metrics: { table: quarters, right },
        caption: "Inputs (top) and the voltage of the third oscillator (below), which rings where the gate says 1.",
        panels: [
          {
            panel: {
              x: { quantity: "time", unit: "s" },
              y: { quantity: "inputs", unit: "V" },
              series: [line(of("in1"), "measured", "1"), line(of("in2"), "mute", "2")],
              hideX: true,
            },
            height: 110,
          },
          {
            panel: {
              x: { quantity: "time", unit: "s" },
              y: { quantity: "output", unit: "V" },
              series: [line(output_V, "emulated", "out")],
            },
            height: 190,
          },
        ],
      };
    },
  };
}

export const memrikiXor = gate("xor");
export const memrikiNand = gate("nand");

function gateElements(kind: "xor" | "nand", file: CircuitFile, seed: number): CircuitElement[] {
  const input = (name: string, to: string, phase: number, channel: number): CircuitElement => ({
    kind: "voltage-source",
    name,
    from: to,
    to: "ground",
    voltage_V: {
      edges_s: [],
      at(t) {
        const drive = GATE.drive_V * Math.sin(2 * Math.PI * GATE.frequency_Hz * t + phase);
        const at = Math.floor(t / NOISE_STEP_s);
        const part = t / NOISE_STEP_s - at;
        const noise = (step: number) => normal(seed, NOISE, 2 * step + channel);
        const clamped = Math.min(GATE.level_V, Math.max(0, drive));
        return clamped + GATE.noise_V * ((1 - part) * noise(at) + part * noise(at + 1));
      },
    },
  });
  const couple = (name: string, from: string, to: string): CircuitElement => ({
    kind: "capacitor",
    name,
    from,
    to,
    capacitance_F: GATE.coupling_F,
  });
  const follower: CircuitElement = {
    kind: "follower",
    name: "follower",
    from: "difference",
    to: "ground",
    plus: "x_first",
    minus: "y_first",
    gain: 1,
  };
  return [
    input("input1", "in1", Math.PI / 2, 0),
    input("input2", "in2", Math.PI, 1),
    ...oscillator(file, "x", "in1", "ground"),
    ...oscillator(file, "y", "in2", "ground"),
    ...oscillator(file, "z", "z_in", "z_ground"),
    ...(kind === "xor"
      ? [couple("coupling1", "x_first", "z_in"), couple("coupling2", "y_first", "z_ground")]
      : [follower, couple("coupling1", "difference", "z_in"), couple("coupling2", "ground", "z_ground")]),
  ];
}

/** The file's oscillator without its drive, under other names. */
function oscillator(file: CircuitFile, name: string, input: string, ground: string): CircuitElement[] {
  const node = (of: string) => (of === "input" ? input : of === "ground" ? ground : `${name}_${of}`);
  const circuit = withChanges(file.circuit, { damping: { resistance_ohm: GATE.damping_ohm } });
  return circuit.elements
    .filter((element) => element.name !== "drive")
    .map((element) => ({
      ...element,
      name: `${name}_${element.name}`,
      from: node(element.from),
      to: node(element.to),
    }));
}
