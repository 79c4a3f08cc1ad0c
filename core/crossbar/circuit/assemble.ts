import { checkCircuit } from "./checkCircuit.ts";
import { type Circuit, type CircuitElement, GROUND, nodesOf } from "./circuit.ts";
import type { Device } from "./device.ts";
import { makeJunctionDevice } from "./junctionDevice.ts";
import { makeLumped } from "./lumped.ts";
import { makeThresholdSwitch } from "./thresholdSwitch.ts";

export interface Assembly {
  readonly nodes: readonly string[];
  readonly devices: readonly Device[];
  /** Node potentials, then branch currents. */
  readonly size: number;
  /** Rows whose unknown belongs to the accuracy: potentials, and currents of inductors. */
  readonly inductors: readonly number[];
}

/** @throws ElementError */
export function assemble(circuit: Circuit, seed: number): Assembly {
  checkCircuit(circuit);
  const nodes = nodesOf(circuit);
  const rows = new Map(nodes.map((node, k) => [node, k]));
  const rowOf = (node: string) => (node === GROUND ? -1 : (rows.get(node) ?? -1));
  let size = nodes.length;
  const inductors: number[] = [];
  const devices = circuit.elements.map((element, index): Device => {
    const place = {
      from: rowOf(element.from),
      to: rowOf(element.to),
      branch: size,
      plus: element.kind === "follower" ? rowOf(element.plus) : -1,
      minus: element.kind === "follower" ? rowOf(element.minus) : -1,
    };
    const device = makeDevice(element, place, circuit, seed, index);
    if (element.kind === "inductor") inductors.push(size);
    size += device.unknowns;
    return device;
  });
  return { nodes, devices, size, inductors };
}

function makeDevice(
  element: CircuitElement,
  place: Parameters<typeof makeLumped>[1],
  circuit: Circuit,
  seed: number,
  index: number,
): Device {
  if (element.kind === "junction") return makeJunctionDevice(element, place, circuit.environment ?? {}, seed, index);
  if (element.kind === "threshold-switch") return makeThresholdSwitch(element, place);
  return makeLumped(element, place);
}
