import { stringify } from "yaml";
import { PROTOCOLS } from "./library/index.ts";

/** An experiment that runs as it is, every parameter of the protocol written out with its default. */
export function startingPoint(name: string): string {
  const definition = Object.values(PROTOCOLS).find((known) => known.definition.name === name)?.definition;
  const title = definition?.title ?? name;
  const words = (definition?.summary ?? "").replace(/(.{1,100})(?:\s+|$)/g, "# $1\n");
  const { junction, parameters } = defaultsOf(name);
  const body = stringify({ protocol: [{ [name]: parameters }] }, { lineWidth: 120, flowCollectionPadding: true });
  return `${words}crosspore: 1
name: ${title}
seed: 1

array:
  rows: 4                         # driven lines
  columns: 4                      # sensed lines
  junction: { model: ${junction} }   # crosspore models lists them

limits: {}                        # the junction model's valid range holds; e.g. { voltage_V: 1 V, current_A: 10 nA }

# every parameter with its value; base SI, or text with a unit (100 us), or "= expression" (docs/language.md)
${body}`;
}

/** Protocols whose defaults are made for junctions that take volts; the others suit the conical channel. */
const SLOW: ReadonlySet<string> = new Set([
  "pulse-train",
  "stdp",
  "retention",
  "endurance",
  "half-select",
  "write-verify",
  "switching-energy",
  "reservoir-train",
  "memory-capacity",
]);

/** What has no default, because only the user can know it: an example that runs. */
const NEEDED: Readonly<Record<string, object>> = {
  "write-verify": { target_S: 1e-12 },
  "dummy-cell": { dummies: [{ cell: [0, 0], resistance_ohm: 1e9, tolerance: 0.01 }] },
};

/** What a protocol computes from its parameters is none of a file. */
const COMPUTED: Readonly<Record<string, readonly string[]>> = { "vector-product": ["vectors"] };

/** Parameters filled in, and a junction model whose range and time they suit. */
function defaultsOf(name: string): { junction: string; parameters: object } {
  const found = Object.entries(PROTOCOLS).find(([known]) => known === name);
  const given = Object.entries(found?.[1](NEEDED[name] as never).parameters ?? {});
  return {
    junction: SLOW.has(name) ? "ncnm-channel" : "conical-channel",
    parameters: Object.fromEntries(given.filter(([key]) => !COMPUTED[name]?.includes(key))),
  };
}
