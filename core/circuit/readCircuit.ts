import { z } from "zod";
import { type Circuit, type CircuitElement, ElementError, GROUND } from "../crossbar/circuit/circuit.ts";
import { checkCircuit } from "../crossbar/circuit/checkCircuit.ts";
import type { CircuitRun } from "../crossbar/circuit/simulateCircuit.ts";
import { ENVIRONMENT_RANGES } from "../crossbar/environment.ts";
import type { Parameters, ParameterValue } from "../crossbar/model.ts";
import { ParameterError } from "../crossbar/models/parameters.ts";
import { findModel } from "../crossbar/models/registry.ts";
import { errorAt, quantity, quantityIn, readDocument, strictObject } from "../document.ts";
import { readParameters } from "../junctionParameters.ts";
import { parseQuantity } from "../units.ts";
import { type Measure, measureSchema } from "./measure.ts";
import { sourceValue } from "./sourceSchema.ts";

/** A circuit file: the graph, how it is run, what is measured. */
export interface CircuitFile {
  readonly title: string;
  readonly source: string;
  readonly circuit: Circuit;
  readonly run: CircuitRun;
  readonly measure: Readonly<Record<string, Measure>>;
  /** Nodes that a figure shows. */
  readonly plot: readonly string[];
}

const node = z.string({ error: 'expected the name of a node, "ground" is the reference' }).regex(/^[A-Za-z]\w*$/u, {
  error: (issue) =>
    `"${String(issue.input)}" is no node name, allowed are letters, digits and _, starting with a letter`,
});
const ends = { from: node, to: node };
const kind = <K extends string>(name: K) => z.literal(name);
const above0 = (unit: string) => quantity(unit).refine((value) => value > 0, { error: "must be above 0" });

const elementSchema = z.discriminatedUnion("kind", [
  strictObject({ kind: kind("resistor"), ...ends, resistance_ohm: above0("ohm") }),
  strictObject({
    kind: kind("capacitor"),
    ...ends,
    capacitance_F: above0("F"),
    initial_V: quantity("V").exactOptional(),
  }),
  strictObject({
    kind: kind("inductor"),
    ...ends,
    inductance_H: above0("H"),
    initial_A: quantity("A").exactOptional(),
  }),
  strictObject({ kind: kind("battery"), ...ends, voltage_V: quantity("V") }),
  strictObject({ kind: kind("voltage-source"), ...ends, voltage_V: sourceValue("voltage_V") }),
  strictObject({ kind: kind("current-source"), ...ends, current_A: sourceValue("current_A") }),
  strictObject({ kind: kind("follower"), ...ends, plus: node, minus: node, gain: z.number().default(1) }),
  strictObject({ kind: kind("polynomial-conductor"), ...ends, coefficients: z.array(z.number()) }),
  strictObject({
    kind: kind("table-conductor"),
    ...ends,
    voltages_V: z.array(quantity("V")),
    currents_A: z.array(quantity("A")),
  }),
  strictObject({
    kind: kind("threshold-switch"),
    ...ends,
    on_S: above0("S"),
    off_S: above0("S"),
    on_V: above0("V"),
    off_V: quantity("V"),
    tau_s: above0("s").exactOptional(),
    initiallyOn: z.boolean().exactOptional(),
  }),
  strictObject({
    kind: kind("junction"),
    ...ends,
    model: z.string(),
    parameters: z.record(z.string(), z.unknown()).default({}),
    initial: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
  }),
]);

const schema = strictObject({
  circuit: z.string(),
  source: z.string().default(""),
  environment: strictObject({
    temperature_K: quantityIn("K", ...ENVIRONMENT_RANGES.temperature_K).exactOptional(),
  }).exactOptional(),
  /** Records that several junctions take as a parameter, by name. */
  shared: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  elements: z.record(z.string(), elementSchema),
  run: strictObject({
    duration_s: above0("s"),
    samplePeriod_s: above0("s").exactOptional(),
    tolerance: z.number().min(1e-12).max(0.1).exactOptional(),
    largestStep_s: above0("s").exactOptional(),
    heldStep_s: above0("s").exactOptional(),
  }),
  measure: z.record(z.string(), measureSchema).default({}),
  plot: z.array(node).default([]),
});

/** @throws ProtocolError at the line of what is wrong; the element is named */
export function readCircuit(text: string, file: string): CircuitFile {
  const asked = readDocument(text, file, schema);
  const elements = Object.entries(asked.elements).map(([name, element]): CircuitElement => {
    if (element.kind !== "junction") return { ...element, name };
    const at = (path: readonly PropertyKey[], reason: string) =>
      errorAt(text, file, ["elements", name, ...path], `${name}: ${reason}`);
    return {
      ...element,
      name,
      parameters: readJunctionParameters(element, asked.shared, at),
      initial: Object.fromEntries(
        Object.entries(element.initial).map(([state, value]) => {
          try {
            return [state, parseQuantity(value, /_([A-Za-z]+)$/u.exec(state)?.[1] ?? "")];
          } catch (error) {
            throw at(["initial", state], error instanceof Error ? error.message : String(error));
          }
        }),
      ),
    };
  });
  const { run, measure, plot } = asked;
  const circuit: Circuit = { elements, ...(asked.environment === undefined ? {} : { environment: asked.environment }) };
  const found: CircuitFile = { title: asked.circuit, source: asked.source, circuit, run, measure, plot };
  locateErrors(text, file, () => checkCircuit(circuit));
  checkReferences(found, (path, reason) => errorAt(text, file, path, reason));
  return found;
}

/** What an element refuses, at its line. */
export function locateErrors<T>(text: string, file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ElementError) {
      const path = ["elements", error.element, ...error.field.split(".").filter((part) => part !== "")];
      throw errorAt(text, file, path, error.message);
    }
    if (error instanceof RangeError) throw errorAt(text, file, ["run"], error.message);
    throw error;
  }
}

function readJunctionParameters(
  element: { readonly model: string; readonly parameters: Readonly<Record<string, unknown>> },
  shared: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  at: (path: readonly PropertyKey[], reason: string) => Error,
): Parameters {
  const attempt = <T>(path: readonly PropertyKey[], work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof ParameterError) throw at(["parameters", error.parameter], error.message);
      if (error instanceof RangeError) throw at(path, error.message);
      throw error;
    }
  };
  const model = attempt(["model"], () => findModel(element.model));
  const given = Object.entries(element.parameters).map(([key, value]): [string, unknown] => {
    const record = model.parameters.some((spec) => spec.name === key && typeof spec.default !== "number");
    if (!record || typeof value !== "string") return [key, value];
    const found: ParameterValue | undefined = shared[value];
    if (found === undefined)
      throw at(
        ["parameters", key],
        `"${value}" is not in shared, there are ${Object.keys(shared).join(", ") || "none"}`,
      );
    return [key, found];
  });
  return attempt(["parameters"], () => readParameters(model, Object.fromEntries(given)));
}

function checkReferences(
  { circuit, measure, plot }: CircuitFile,
  at: (path: readonly PropertyKey[], reason: string) => Error,
): void {
  const nodes = new Set(circuit.elements.flatMap(({ from, to }) => [from, to]));
  nodes.delete(GROUND);
  const names = circuit.elements.map(({ name }) => name);
  const refuse = (path: readonly PropertyKey[], what: string, word: string, known: Iterable<string>): void => {
    throw at(path, `there is no ${what} "${word}", allowed are ${[...known].join(", ")}`);
  };
  plot.forEach((word, k) => {
    if (!nodes.has(word)) refuse(["plot", k], "node", word, nodes);
  });
  for (const [name, wanted] of Object.entries(measure)) {
    if (wanted.node !== undefined && !nodes.has(wanted.node))
      refuse(["measure", name, "node"], "node", wanted.node, nodes);
    if (wanted.element !== undefined && !names.includes(wanted.element))
      refuse(["measure", name, "element"], "element", wanted.element, names);
    const junction = wanted.state?.split(".")[0];
    if (junction !== undefined && !names.includes(junction))
      refuse(["measure", name, "state"], "element", junction, names);
  }
}
