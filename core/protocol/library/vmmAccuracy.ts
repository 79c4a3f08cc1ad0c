import { mostColumnsPerProduct } from "../../arrayBackend.ts";
import type { Grid } from "../../crossbar/grid.ts";
import { strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { restStep } from "../makeSteps.ts";
import { count, currentRange_A, listOf, notNegative, positive } from "../parameters.ts";
import { readPulse } from "../probe.ts";
import type { Step, StepResult } from "../protocol.ts";
import { drawVectors, findShape, idealProducts } from "../vectors.ts";
import { readMap } from "./readMap.ts";

/**
 * How exact products are, and why not: a map of the conductances, batches of the same random vectors, the map again.
 * Batches against one another show read noise, the maps against each other drift and disturbance, products against the map
 * what lines and sneak paths take, the map against `conductances_S`, where given, the error of programming.
 * Every product carries what it should be: from `conductances_S`, else from the map read first in this run.
 * Defaults suit the conical channel: vectors of +-0.1 V, 1 ms each.
 *
 * Safety: every vector drives all rows at once; volatile junctions follow it for `integration_s`.
 */
const schema = strictObject({
  vectors: count(1, 100_000).default(16),
  amplitude_V: positive("V").default(0.1),
  /** Inputs rounded to as many bits, sign included; absent: not rounded. */
  inputBits: count(2, 32).optional(),
  batches: count(1, 10_000).default(3),
  integration_s: positive("s").default(0.001),
  /** At 0 V after every vector. */
  rest_s: notNegative("s").default(0),
  /** At 0 V between batches. */
  batchRest_s: notNegative("s").default(0.1),
  conductances_S: listOf(listOf(notNegative("S"), "conductances"), "rows, each a list of conductances").optional(),
  read: readPulse(0.1, 0.001),
  currentRange_A,
});

/** The steps of a read-map, multiply steps with the tag `batch` from 1, the steps of a read-map. */
export const vmmAccuracy = defineProtocol({
  name: "vmm-accuracy",
  title: "Accuracy of vector-matrix products",
  summary:
    "Reads the conductance map, multiplies the same random vectors batch after batch, and reads the map again. " +
    "Each product is recorded beside the one that the conductances promise.",
  schema,
  findMistake: ({ conductances_S }, grid) => findShape(conductances_S, grid),
  *steps(parameters, context) {
    const { grid, capabilities, seed } = context;
    const { vectors, amplitude_V, inputBits, batches, integration_s, rest_s, batchRest_s, currentRange_A } = parameters;
    const { voltage_V, width_s, samples } = parameters.read;
    const map = readMap({ voltage_V, width_s, samplesPerRead: samples, parallel: true, currentRange_A });
    const first_S = yield* collectMap(map.steps(context), grid, voltage_V);
    const conductances_S = parameters.conductances_S ?? first_S;
    const drawn_V = drawVectors(vectors, amplitude_V, grid.rows, seed, "vmm-accuracy inputs");
    const steps = 2 ** ((inputBits ?? 2) - 1) - 1;
    const inputs_V =
      inputBits === undefined
        ? drawn_V
        : drawn_V.map((voltage) => (amplitude_V * Math.round((voltage / amplitude_V) * steps)) / steps);
    const size = Math.max(1, Math.min(mostColumnsPerProduct(capabilities), grid.columns));
    for (let batch = 1; batch <= batches; batch++) {
      if (batchRest_s > 0) yield restStep(grid, batchRest_s);
      for (let from = 0; from < grid.columns; from += size) {
        const columns = Array.from({ length: Math.min(size, grid.columns - from) }, (_, k) => from + k);
        yield {
          kind: "multiply",
          role: "product",
          label: `batch ${batch}, ${columns.length} columns`,
          inputs_V,
          readout: { integration_s, rest_s, columns, currentRange_A },
          expected_A: idealProducts(inputs_V, conductances_S, columns),
          tags: { vectors, firstColumn: from, batch },
        };
      }
    }
    if (batchRest_s > 0) yield restStep(grid, batchRest_s);
    yield* map.steps(context);
  },
});

/** Passes the steps of a map on and keeps what they show; 0 S where a read was lost. */
function* collectMap(
  steps: Generator<Step, void, StepResult>,
  grid: Grid,
  voltage_V: number,
): Generator<Step, number[][], StepResult> {
  const map_S = Array.from({ length: grid.rows }, () => Array.from({ length: grid.columns }, () => 0));
  let result: StepResult;
  for (;;) {
    const { done, value: step } = steps.next(result);
    if (done) return map_S;
    result = yield step;
    if (step.kind !== "apply" || !result || !("windows" in result)) continue;
    const row = map_S[Number(step.tags["row"])];
    const means = result.windows[0]?.current_A;
    result.columns.forEach((column, k) => {
      const conductance_S = (means?.[k] ?? Number.NaN) / voltage_V;
      if (row && Number.isFinite(conductance_S)) row[column] = conductance_S;
    });
  }
}
