import { type Circuit, type CircuitElement, ElementError, GROUND, terminalsOf } from "./circuit.ts";

const MOST_NODES = 256;

/**
 * Refuses what has no solution, or more than one, whatever the values: a graph can tell.
 * @throws ElementError naming an element and its field
 */
export function checkCircuit(circuit: Circuit): void {
  const names = new Set<string>();
  for (const element of circuit.elements) {
    if (names.has(element.name))
      throw new ElementError(element.name, "this name is taken, allowed are different names");
    names.add(element.name);
    checkValues(element);
    if (element.from === element.to)
      throw new ElementError(element.name, `both ends are at node "${element.from}"`, "to");
  }
  if (circuit.elements.length === 0) throw new RangeError("the circuit has no elements");
  const first = circuit.elements[0];
  if (!circuit.elements.some((element) => terminalsOf(element).includes(GROUND)))
    throw new ElementError(
      first.name,
      `no element reaches the node "${GROUND}", the reference of all potentials`,
      "to",
    );
  checkNodes(circuit);
  checkSourceLoops(circuit);
}

function checkNodes({ elements }: Circuit): void {
  const touching = new Map<string, CircuitElement[]>();
  for (const element of elements)
    for (const node of terminalsOf(element)) {
      const around = touching.get(node);
      if (around) around.push(element);
      else if (touching.size <= MOST_NODES) touching.set(node, [element]);
      else
        throw new ElementError(
          element.name,
          `node "${node}" is one too many, allowed are ${MOST_NODES} beside ${GROUND}: the matrices are dense, arrays have solvers of their own`,
          fieldOf(element, node),
        );
    }
  for (const [node, around] of touching)
    if (node !== GROUND && around.length === 1)
      throw new ElementError(
        around[0].name,
        `node "${node}" is connected to nothing else, allowed are nodes that two elements share`,
        fieldOf(around[0], node),
      );
  const all = join(elements.map(({ from, to }) => [from, to]));
  const conducting = join(elements.filter(({ kind }) => kind !== "current-source").map(({ from, to }) => [from, to]));
  for (const [node, around] of touching) {
    if (all(node) !== all(GROUND))
      throw new ElementError(
        around[0].name,
        `node "${node}" is not connected to ${GROUND} by any way`,
        fieldOf(around[0], node),
      );
    if (conducting(node) === conducting(GROUND)) continue;
    const cut = elements.filter(
      ({ kind, from, to }) =>
        kind === "current-source" && (conducting(from) === conducting(node)) !== (conducting(to) === conducting(node)),
    );
    throw new ElementError(
      cut[0]?.name ?? around[0].name,
      `node "${node}" is reached through current sources alone (${cut.map(({ name }) => name).join(", ")}), their currents cannot all be kept`,
    );
  }
}

/** Batteries, voltage sources and outputs of followers may form a forest only. */
function checkSourceLoops({ elements }: Circuit): void {
  const ideal = elements.filter(({ kind }) => kind === "battery" || kind === "voltage-source" || kind === "follower");
  for (const [k, element] of ideal.entries()) {
    const before = ideal.slice(0, k);
    const tree = join(before.map(({ from, to }) => [from, to]));
    if (tree(element.from) !== tree(element.to)) continue;
    const others = before.filter(({ from }) => tree(from) === tree(element.from)).map(({ name }) => name);
    throw new ElementError(
      element.name,
      `closes a loop of ideal sources with ${others.join(", ")}, allowed is one with a resistance in it`,
    );
  }
}

/** Union of pairs; the representative of a node tells its part. */
function join(pairs: readonly (readonly [string, string] | readonly string[])[]): (node: string) => string {
  const above = new Map<string, string>();
  const find = (node: string): string => {
    const next = above.get(node);
    if (next === undefined || next === node) return node;
    const root = find(next);
    above.set(node, root);
    return root;
  };
  for (const [from, to] of pairs) above.set(find(from), find(to));
  return find;
}

function fieldOf(element: CircuitElement, node: string): string {
  return element.from === node ? "from" : element.to === node ? "to" : "plus";
}

function checkValues(element: CircuitElement): void {
  const positive = (field: string, value: number) => {
    if (!(value > 0 && Number.isFinite(value)))
      throw new ElementError(element.name, `${field} is ${value}, allowed are finite values above 0`, field);
  };
  const finite = (field: string, value: number | undefined) => {
    if (value !== undefined && !Number.isFinite(value))
      throw new ElementError(element.name, `${field} is ${value}, allowed are finite values`, field);
  };
  switch (element.kind) {
    case "resistor":
      return positive("resistance_ohm", element.resistance_ohm);
    case "capacitor":
      positive("capacitance_F", element.capacitance_F);
      return finite("initial_V", element.initial_V);
    case "inductor":
      positive("inductance_H", element.inductance_H);
      return finite("initial_A", element.initial_A);
    case "battery":
      return finite("voltage_V", element.voltage_V);
    case "follower":
      return finite("gain", element.gain);
    case "polynomial-conductor":
      if (element.coefficients.length < 2)
        throw new ElementError(element.name, "needs at least the coefficients of 1 and v", "coefficients");
      return element.coefficients.forEach((value) => finite("coefficients", value));
    case "table-conductor": {
      const { voltages_V, currents_A } = element;
      if (voltages_V.length < 2 || voltages_V.length !== currents_A.length)
        throw new ElementError(
          element.name,
          `${voltages_V.length} voltages and ${currents_A.length} currents, needed are as many of both, 2 at least`,
          "currents_A",
        );
      voltages_V.forEach((v, k) => {
        finite("voltages_V", v);
        finite("currents_A", currents_A[k]);
        if (k > 0 && !(v > voltages_V[k - 1]))
          throw new ElementError(
            element.name,
            `voltages_V[${k}] is ${v}, must be above ${voltages_V[k - 1]}`,
            "voltages_V",
          );
      });
      return;
    }
    case "threshold-switch":
      positive("on_S", element.on_S);
      positive("off_S", element.off_S);
      positive("on_V", element.on_V);
      if (!(element.off_V >= 0 && element.off_V < element.on_V))
        throw new ElementError(
          element.name,
          `off_V is ${element.off_V} V, allowed are values from 0 to below on_V, ${element.on_V} V`,
          "off_V",
        );
      if (element.tau_s !== undefined) positive("tau_s", element.tau_s);
  }
}
