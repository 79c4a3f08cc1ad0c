import { mostColumnsPerProduct } from "../../arrayBackend.ts";
import { quantity, strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { count, currentRange_A, listOf, notNegative, positive } from "../parameters.ts";
import { drawVectors, findShape, findWidth, idealProducts } from "../vectors.ts";

/**
 * Column currents for a batch of row vectors, I_j = sum_i V_i G_ij on an ideal array. The defaults suit the conical
 * channel: 16 random vectors within +-0.1 V, 1 ms each.
 *
 * What the result is compared with: with `conductances_S` the step carries `expected_A`, the exact products of that
 * matrix. Without, the record has no expectation and the analysis takes the read-map that came before in the same run.
 */
const voltages = listOf(quantity("V"), "voltages");
const schema = strictObject({
  /** One list per vector, one voltage per row. */
  inputs_V: listOf(voltages, "vectors, each a list with one voltage per row").optional(),
  /** Uniform in +-amplitude_V, drawn from the run's seed; in place of `inputs_V`. */
  random: strictObject({ count: count(1, 1_000_000).default(16), amplitude_V: positive("V").default(0.1) }).optional(),
  integration_s: positive("s").default(0.001),
  /** At 0 V after every vector. */
  rest_s: notNegative("s").default(0),
  /** The matrix that should be on the array, one list per row. */
  conductances_S: listOf(listOf(notNegative("S"), "conductances"), "rows, each a list of conductances").optional(),
  currentRange_A,
})
  .refine(({ inputs_V, random }) => inputs_V === undefined || random === undefined, {
    path: ["random"],
    error: "inputs_V and random exclude each other, write one of them",
  })
  .transform(({ inputs_V, random, ...rest }) => ({
    ...rest,
    vectors: inputs_V ?? random ?? { count: 16, amplitude_V: 0.1 },
  }));

/** One multiply step, or one per group of columns where the array senses fewer at once. */
export const vectorProduct = defineProtocol({
  name: "vector-product",
  title: "Vector-matrix product",
  summary:
    "Applies voltage vectors to all rows at once and reads all columns: the product with the conductance matrix. " +
    "Every vector disturbs volatile junctions for integration_s.",
  schema,
  findMistake: ({ vectors, conductances_S }, grid) =>
    (Array.isArray(vectors) ? findWidth(vectors, grid.rows, "inputs_V", "rows") : undefined) ??
    findShape(conductances_S, grid),
  *steps({ vectors, integration_s, rest_s, conductances_S, currentRange_A }, { grid, capabilities, seed }) {
    const inputs_V = Array.isArray(vectors)
      ? Float64Array.from(vectors.flat())
      : drawVectors(vectors.count, vectors.amplitude_V, grid.rows, seed, "vector-product inputs");
    const batch = inputs_V.length / grid.rows;
    const size = Math.max(1, Math.min(mostColumnsPerProduct(capabilities), grid.columns));
    for (let from = 0; from < grid.columns; from += size) {
      const columns = Array.from({ length: Math.min(size, grid.columns - from) }, (_, k) => from + k);
      yield {
        kind: "multiply",
        role: "product",
        label: `${batch} ${batch === 1 ? "vector" : "vectors"}, ${columns.length} columns`,
        inputs_V,
        readout: { integration_s, rest_s, columns, currentRange_A },
        ...(conductances_S ? { expected_A: idealProducts(inputs_V, conductances_S, columns) } : {}),
        tags: { vectors: batch, firstColumn: from },
      };
    }
  },
});
