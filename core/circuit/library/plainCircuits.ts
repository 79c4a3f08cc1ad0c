import { plotNodes, runCircuitFile } from "../runFile.ts";
import type { ShippedCircuit } from "./shipped.ts";

/** Of 1800 steps each, from the middle of the record. */
const [PIECES, PIECE] = [2, 1800];

function pieceOf(values: Float64Array | undefined, k: number): Float64Array {
  const middle = Math.floor((values?.length ?? 0) / 2);
  return values?.subarray(middle + k * (PIECE - 1), middle + k * (PIECE - 1) + PIECE) ?? new Float64Array(0);
}

/** Circuits whose file says all: one run, its measures. */
function plain(
  name: string,
  title: string,
  source: string,
  caption: string,
  window_s: readonly [number, number] = [0, Infinity],
): ShippedCircuit {
  const file = `${name}.yaml`;
  return {
    name,
    title,
    source,
    file,
    run({ text, seed }) {
      const { file: read, record, metrics } = runCircuitFile(text(file), file, { seed });
      const phase = name === "chua";
      const panel = phase
        ? {
            x: { quantity: "first voltage", unit: "V" },
            y: { quantity: "second voltage", unit: "V" },
            zeroLines: "both" as const,
            // in pieces: a thinned orbit would cut its turns
            series: Array.from({ length: PIECES }, (_, k) => ({
              x: pieceOf(record.voltage_V.first, k),
              y: pieceOf(record.voltage_V.second, k),
              kind: "line" as const,
              tone: "emulated" as const,
              width: 0.6,
            })),
          }
        : plotNodes(record, read.plot, ...window_s);
      return { metrics, caption, panels: [{ panel, height: phase ? 360 : 240 }] };
    },
  };
}

export const relaxation = plain(
  "relaxation",
  "Relaxation oscillator (leaky integrate and fire)",
  "closed form of charge and discharge",
  "A pore that turns on at 0.6 V and off at 0.2 V discharges 10 nF.",
);
export const vanDerPol = plain(
  "van-der-pol",
  "Van der Pol's oscillator",
  "10.1080/14786442608564127",
  "From a small displacement onto the limit cycle, mu = 1.",
);
export const fitzhughNagumo = plain(
  "fitzhugh-nagumo",
  "FitzHugh-Nagumo neuron",
  "10.1016/S0006-3495(61)86902-6",
  "Tonic spikes at a stimulus of 0.5.",
  [0, 200],
);
export const ndrNeuron = plain(
  "ndr-neuron",
  "Neuron from a pore with negative differential resistance",
  "10.1021/jacs.4c00922",
  "The falling branch of a conical pore in the place of the cubic conductor; circuit values are defaults of ours.",
  [0, 0.3],
);
export const chua = plain(
  "chua",
  "Chua's circuit",
  "10.1109/TCS.1984.1085459",
  "The double scroll: alpha 15.6, beta 28, slopes -1.143 and -0.714.",
);
export const slitNeuron = plain(
  "slit-neuron",
  "Neuron of two angstrom slits",
  "10.1126/science.abf7923",
  "Spontaneous spikes: slits whose ion assemblies break above 0.3 V and form again below 0.1 V, times ten apart.",
  [1e-3, 2e-3],
);
