import { type Circuit, type CircuitElement, ElementError } from "../crossbar/circuit/circuit.ts";
import { type CircuitRecord, type CircuitRun, simulateCircuit } from "../crossbar/circuit/simulateCircuit.ts";
import type { Panel } from "../report/panel.ts";
import { resolveJunction } from "../crossbar/models/registry.ts";
import { rangeWarnings } from "../crossbar/validRange.ts";
import { errorAt } from "../document.ts";
import { measureRecord } from "./measure.ts";
import { type CircuitFile, locateErrors, readCircuit } from "./readCircuit.ts";

export interface FileAnswer {
  readonly file: CircuitFile;
  readonly record: CircuitRecord;
  readonly metrics: Readonly<Record<string, number | null>>;
  /** What the run does that the models of its junctions do not cover. */
  readonly warnings: readonly string[];
}

/** Runs a circuit file as it stands. @throws ProtocolError at the line of what is wrong */
export function runCircuitFile(text: string, name: string, options: { readonly seed?: number } = {}): FileAnswer {
  const file = readCircuit(text, name);
  const record = locateErrors(text, name, () => simulateCircuit(file.circuit, { ...file.run, ...options }));
  for (const [key, { state }] of Object.entries(file.measure))
    if (state !== undefined && !(state in record.state))
      throw errorAt(
        text,
        name,
        ["measure", key, "state"],
        `there is no state "${state}", there are ${Object.keys(record.state).join(", ") || "none"}`,
      );
  const metrics = Object.fromEntries(
    Object.entries(file.measure).map(([key, wanted]) => [key, measureRecord(record, wanted)]),
  );
  return { file, record, metrics, warnings: file.circuit.elements.flatMap((element) => warn(element, file, record)) };
}

function warn(element: CircuitElement, { circuit }: CircuitFile, { voltage_V, time_s }: CircuitRecord): string[] {
  if (element.kind !== "junction") return [];
  const [from, to] = [voltage_V[element.from], voltage_V[element.to]];
  let [least, most] = [Infinity, -Infinity];
  for (let k = 0; k < time_s.length; k++) {
    const drop = (from?.[k] ?? 0) - (to?.[k] ?? 0);
    least = Math.min(least, drop);
    most = Math.max(most, drop);
  }
  const kernel = resolveJunction(element.model, element.parameters ?? {}, circuit.environment ?? {});
  return rangeWarnings(kernel, least, most).map((warning) => `${element.name}: ${warning}`);
}

/** The same circuit with some elements changed, by name. @throws ElementError for a name that is not there */
export function withChanges(circuit: Circuit, changes: Readonly<Record<string, Partial<CircuitElement>>>): Circuit {
  for (const name of Object.keys(changes))
    if (!circuit.elements.some((element) => element.name === name))
      throw new ElementError(name, "there is no such element to change");
  return {
    ...circuit,
    elements: circuit.elements.map((element) => ({ ...element, ...changes[element.name] }) as CircuitElement),
  };
}

/** The same run with other settings. */
export function runAgain(file: CircuitFile, circuit: Circuit, run: Partial<CircuitRun> = {}): CircuitRecord {
  return simulateCircuit(circuit, { ...file.run, ...run });
}

/** Potentials of some nodes over time. */
export function plotNodes(record: CircuitRecord, nodes: readonly string[], from_s = 0, to_s = Infinity): Panel {
  const tones = ["emulated", "measured", "ink"] as const;
  const first = Math.max(
    0,
    record.time_s.findIndex((time) => time >= from_s),
  );
  const past = record.time_s.findIndex((time) => time > to_s);
  const end = past < 0 ? record.time_s.length : past;
  return {
    x: { quantity: "time", unit: "s" },
    y: { quantity: "voltage", unit: "V" },
    zeroLines: "y",
    series: nodes.map((node, k) => ({
      x: record.time_s.subarray(first, end),
      y: (record.voltage_V[node] ?? new Float64Array(0)).subarray(first, end),
      kind: "line",
      tone: tones[k % tones.length] ?? "ink",
      width: 1.3,
      ...(nodes.length > 1 ? { label: node } : {}),
    })),
  };
}
