import { stringify } from "yaml";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { CrossporeError, ProtocolError } from "../errors.ts";
import { planProtocols } from "../plan.ts";
import { loadExperiment } from "./experiment.ts";
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

/**
 * Parameters filled in, and the first junction model whose range and time they suit. What a protocol computes from its
 * parameters is none of a file and is left out.
 */
function defaultsOf(name: string): { junction: string; parameters: object } {
  const found = Object.entries(PROTOCOLS).find(([known]) => known === name);
  const parameters: Record<string, unknown> = { ...found?.[1]().parameters };
  for (;;) {
    const junction = ["conical-channel", "ncnm-channel"].find((model) => !findRefusal(name, parameters, model));
    if (junction !== undefined) return { junction, parameters };
    const refusal = findRefusal(name, parameters, "ncnm-channel");
    const key = refusal instanceof ProtocolError ? /^protocol\[0\]\.[^.]+\.(\w+)$/.exec(refusal.path)?.[1] : undefined;
    if (key === undefined || !Object.hasOwn(parameters, key)) return { junction: "ohmic", parameters };
    delete parameters[key];
  }
}

function findRefusal(name: string, parameters: object, model: string): CrossporeError | undefined {
  try {
    const array = { rows: 4, columns: 4, junction: { model } };
    const text = JSON.stringify({ crosspore: 1, name, array, protocol: [{ [name]: parameters }] });
    const { protocols, limits } = loadExperiment(text, name);
    const { grid, capabilities } = new EmulatedArray(array, { seed: 1 });
    planProtocols({ grid, capabilities, protocols, limits, seed: 1 });
    return undefined;
  } catch (error) {
    if (error instanceof CrossporeError) return error;
    throw error;
  }
}
