import { estimateLineResistance } from "../../analysis/lineResistance.ts";
import { strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { count, currentRange_A, listOf, notNegative, notZero, positive } from "../parameters.ts";
import { findShape, idealProducts } from "../vectors.ts";

/**
 * Resistance of row and column segments from products: every row alone at `voltage_V`, all columns read. Far junctions
 * seem to conduct less than near ones; the nodal solution of the whole array is fitted to that (analysis/lineResistance.ts).
 * A linear network answers sums of vectors with sums: more vectors add no information, only less noise. So conductances
 * must be known up to a common factor (equal junctions, or resistors); their scatter goes into the standard errors.
 * Defaults suit a chip of equal conical channels: 0.1 V, 1 ms.
 *
 * Safety: as a read map; every junction sees the read voltage for `repeats` x `integration_s`.
 */
const schema = strictObject({
  voltage_V: notZero("V").default(0.1),
  repeats: count(1, 10_000).default(1),
  integration_s: positive("s").default(0.001),
  rest_s: notNegative("s").default(0),
  /** Up to a common factor, one list per row; absent: all junctions alike. */
  conductances_S: listOf(listOf(positive("S"), "conductances"), "rows, each a list of conductances").optional(),
  /** What is known of the ends of the lines. */
  rowSource_ohm: notNegative("ohm").default(0),
  columnSense_ohm: notNegative("ohm").default(0),
  currentRange_A,
});

/** Multiply steps with the tag `repeat`, and a mark "line-resistance" with the estimate or why there is none. */
export const lineResistance = defineProtocol({
  name: "line-resistance",
  title: "Line resistance",
  summary:
    "Drives one row after the other and reads all columns: how much the lines take, from which follows their resistance. " +
    "Junctions are read once or a few times at a small voltage.",
  schema,
  findMistake: ({ conductances_S }, grid) => findShape(conductances_S, grid),
  *steps(parameters, { grid, capabilities }) {
    const {
      voltage_V,
      repeats,
      integration_s,
      rest_s,
      conductances_S,
      rowSource_ohm,
      columnSense_ohm,
      currentRange_A,
    } = parameters;
    const { rows, columns } = grid;
    const inputs_V = new Float64Array(rows * rows);
    for (let row = 0; row < rows; row++) inputs_V[row * rows + row] = voltage_V;
    const size = Math.max(1, Math.min(capabilities.columnsSensedAtOnce, columns));
    const measured_A = new Float64Array(repeats * rows * columns).fill(Number.NaN);
    for (let repeat = 1; repeat <= repeats; repeat++)
      for (let from = 0; from < columns; from += size) {
        const sensed = Array.from({ length: Math.min(size, columns - from) }, (_, k) => from + k);
        const products = yield {
          kind: "multiply",
          role: "row-product",
          label: `rows one by one, ${sensed.length} columns`,
          inputs_V,
          readout: { integration_s, rest_s, columns: sensed, currentRange_A },
          ...(conductances_S ? { expected_A: idealProducts(inputs_V, conductances_S, sensed) } : {}),
          tags: { vectors: rows, firstColumn: from, repeat, rowSource_ohm, columnSense_ohm },
        };
        if (!products || !("current_A" in products)) continue;
        for (let row = 0; row < rows; row++)
          sensed.forEach((column, k) => {
            measured_A[((repeat - 1) * rows + row) * columns + column] =
              products.current_A[row * sensed.length + k] ?? Number.NaN;
          });
      }
    const estimate = estimateLineResistance({
      grid,
      inputs_V: Float64Array.from({ length: repeats * rows * rows }, (_, k) => inputs_V[k % (rows * rows)] ?? 0),
      measured_A,
      known: { rowSource_ohm, columnSense_ohm },
      seekScale: true,
      ...(conductances_S ? { conductance_S: conductances_S.flat() } : {}),
    });
    yield {
      kind: "mark",
      label: "line-resistance",
      data:
        estimate.kind === "none"
          ? { status: estimate.reason }
          : {
              status: "estimated",
              rowSegment_ohm: estimate.lines.rowSegment_ohm?.value ?? Number.NaN,
              columnSegment_ohm: estimate.lines.columnSegment_ohm?.value ?? Number.NaN,
              scale: estimate.scale?.value ?? Number.NaN,
              residual: estimate.relativeAfter,
              rowError_ohm: estimate.lines.rowSegment_ohm?.standardError ?? Number.NaN,
              columnError_ohm: estimate.lines.columnSegment_ohm?.standardError ?? Number.NaN,
            },
    };
  },
});
