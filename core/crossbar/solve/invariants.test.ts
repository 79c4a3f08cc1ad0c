import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { worstAgainstLargest, worstRelative } from "../../../tests/relativeError.ts";
import { buildNetwork } from "./buildNetwork.ts";
import { connectedEnds, nearEnds } from "./connectedEnds.ts";
import { effectiveMatrix, multiplyEffective } from "./effectiveMatrix.ts";
import { factorNetwork } from "./factorNetwork.ts";
import type { ArrayNetwork, LineDrives } from "./network.ts";
import { solveNetwork, solveOnce } from "./solveNetwork.ts";

const list = (of: fc.Arbitrary<number>, length: number) =>
  fc.array(of, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
/** Steps of a microvolt: denormal potentials have no digits to compare. */
const volts = fc.integer({ min: -1e6, max: 1e6 }).map((microvolt) => microvolt / 1e6);
const between = (low: number, high: number) => fc.double({ min: low, max: high, noNaN: true });
/** Log-uniform: resistances and conductances differ by decades, not by factors. */
const decades = (low: number, high: number) => between(low, high).map((exponent) => 10 ** exponent);

/** A driven array with junctions of 1 nS to 10 uS and wires from 1e-6 to 1e9 ohm. */
const drivenArray = fc
  .record({ rows: fc.integer({ min: 1, max: 7 }), columns: fc.integer({ min: 1, max: 7 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      network: fc
        .record({
          grid: fc.constant({ rows, columns }),
          conductance_S: list(decades(-9, -5), rows * columns),
          rowSegment_ohm: list(decades(-6, 9), rows),
          rowSource_ohm: list(decades(-6, 9), rows),
          columnSegment_ohm: list(decades(-6, 9), columns),
          columnSense_ohm: list(decades(-6, 9), columns),
        })
        .map(buildNetwork),
      row_V: list(volts, rows),
      column_V: list(volts, columns),
      otherRow_V: list(volts, rows),
    }),
  );

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
const magnitude = (...lists: Float64Array[]): number => Math.max(...lists.flatMap((l) => [...l].map(Math.abs)));

/** Lines may carry far less than G V when wires dominate; then a few eps of G V are what is left. */
function roundingFloor(network: ArrayNetwork, ...potentials: Float64Array[]): number {
  return 1e-15 * network.rows * network.columns * Math.max(...network.conductance_S) * magnitude(...potentials);
}

/** Rows become columns: the left ends become the top ends, so the terminals stay where they are only at near ends. */
function transpose(values: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, k) => values[(k % rows) * columns + Math.floor(k / rows)]);
}

describe("invariants of the nodal solution", () => {
  it("superposes: the answer to a sum of inputs is the sum of the answers", () => {
    fc.assert(
      fc.property(drivenArray, ({ network, row_V, column_V, otherRow_V }) => {
        const factors = factorNetwork(network, nearEnds(network));
        const zero = new Float64Array(network.columns);
        const a = solveNetwork(factors, { row_V, column_V });
        const b = solveNetwork(factors, { row_V: otherRow_V, column_V: zero });
        const both = solveNetwork(factors, { row_V: row_V.map((v, i) => v + otherRow_V[i]), column_V });
        const expected = a.columnCurrent_A.map((current, j) => current + b.columnCurrent_A[j]);
        const scale = magnitude(a.columnCurrent_A, b.columnCurrent_A, a.rowCurrent_A, b.rowCurrent_A);
        const floor = roundingFloor(network, row_V, column_V, otherRow_V);
        both.columnCurrent_A.forEach((current, j) =>
          expect(Math.abs(current - expected[j])).toBeLessThanOrEqual(1e-12 * scale + floor),
        );
      }),
    );
  });

  it("conserves current: what flows in on the rows flows out on the columns", () => {
    fc.assert(
      fc.property(drivenArray, ({ network, row_V, column_V }) => {
        const { rowCurrent_A, columnCurrent_A } = solveOnce(network, { row_V, column_V });
        const scale = 1e-12 * magnitude(rowCurrent_A, columnCurrent_A) + roundingFloor(network, row_V, column_V);
        expect(Math.abs(sum(rowCurrent_A) - sum(columnCurrent_A))).toBeLessThanOrEqual(scale);
      }),
    );
  });

  it("is passive: the sources deliver power, never take it", () => {
    fc.assert(
      fc.property(drivenArray, ({ network, row_V, column_V }) => {
        const { rowCurrent_A, columnCurrent_A } = solveOnce(network, { row_V, column_V });
        const power = [
          ...rowCurrent_A.map((i, k) => i * row_V[k]),
          ...columnCurrent_A.map((i, k) => -i * column_V[k]),
        ].reduce((a, b) => a + b, 0);
        const scale = 1e-12 * magnitude(rowCurrent_A, columnCurrent_A) + roundingFloor(network, row_V, column_V);
        expect(power).toBeGreaterThanOrEqual(-scale * magnitude(row_V, column_V));
      }),
    );
  });

  it("is reciprocal: turned by half a turn and transposed, drivers and senses swapped, W becomes its transpose", () => {
    fc.assert(
      fc.property(drivenArray, ({ network }) => {
        const { rows, columns } = network;
        // rows of the new array are the old columns seen from their clamps, so both axes run backwards
        const flipped = Float64Array.from(network.conductance_S).reverse();
        const swapped: ArrayNetwork = {
          rows: columns,
          columns: rows,
          conductance_S: transpose(flipped, rows, columns),
          rowSegment_ohm: Float64Array.from(network.columnSegment_ohm).reverse(),
          rowSource_ohm: Float64Array.from(network.columnSense_ohm).reverse(),
          columnSegment_ohm: Float64Array.from(network.rowSegment_ohm).reverse(),
          columnSense_ohm: Float64Array.from(network.rowSource_ohm).reverse(),
        };
        const forward = effectiveMatrix(factorNetwork(network, nearEnds(network)));
        const backward = effectiveMatrix(factorNetwork(swapped, nearEnds(swapped)));
        const expected = transpose(Float64Array.from(forward).reverse(), rows, columns);
        expect(worstRelative(backward, expected)).toBeLessThan(1e-12);
      }),
    );
  });

  it("does not care about the order of rows behind ideal columns", () => {
    fc.assert(
      fc.property(drivenArray, ({ network, row_V, column_V }) => {
        const { rows, columns } = network;
        const base: ArrayNetwork = { ...network, columnSegment_ohm: new Float64Array(columns) };
        const reversed: ArrayNetwork = {
          ...base,
          conductance_S: Float64Array.from({ length: rows * columns }, (_, k) => {
            const row = rows - 1 - Math.floor(k / columns);
            return base.conductance_S[row * columns + (k % columns)];
          }),
          rowSegment_ohm: Float64Array.from(base.rowSegment_ohm).reverse(),
          rowSource_ohm: Float64Array.from(base.rowSource_ohm).reverse(),
        };
        const one = solveOnce(base, { row_V, column_V });
        const other = solveOnce(reversed, { row_V: Float64Array.from(row_V).reverse(), column_V });
        const all = (s: typeof one, rowCurrent: Float64Array): number[] => [...rowCurrent, ...s.columnCurrent_A];
        expect(
          worstAgainstLargest(all(other, Float64Array.from(other.rowCurrent_A).reverse()), all(one, one.rowCurrent_A)),
        ).toBeLessThan(1e-12);
      }),
    );
  });

  it("scales: a million times the conductance with a millionth of the resistance is a million times the current", () => {
    fc.assert(
      fc.property(drivenArray, ({ network, row_V, column_V }) => {
        const smaller = (values: Float64Array): Float64Array => values.map((value) => value / 2 ** 20);
        const scaled: ArrayNetwork = {
          ...network,
          conductance_S: network.conductance_S.map((g) => g * 2 ** 20),
          rowSegment_ohm: smaller(network.rowSegment_ohm),
          rowSource_ohm: smaller(network.rowSource_ohm),
          columnSegment_ohm: smaller(network.columnSegment_ohm),
          columnSense_ohm: smaller(network.columnSense_ohm),
        };
        const one = solveOnce(network, { row_V, column_V });
        const other = solveOnce(scaled, { row_V, column_V });
        // powers of two change no digit
        expect(other.columnCurrent_A).toEqual(one.columnCurrent_A.map((current) => current * 2 ** 20));
      }),
    );
  });

  it("shifts: the same voltage added everywhere changes no current", () => {
    fc.assert(
      fc.property(drivenArray, ({ network, row_V, column_V }) => {
        const raised = (values: Float64Array): Float64Array => values.map((v) => v + 2);
        const one = solveOnce(network, { row_V, column_V });
        const other = solveOnce(network, { row_V: raised(row_V), column_V: raised(column_V) });
        const scale = magnitude(one.columnCurrent_A, one.rowCurrent_A);
        const loss = 1e-13 * Math.max(...network.conductance_S) * network.rows; // rounding of v + 2
        other.columnCurrent_A.forEach((current, j) =>
          expect(Math.abs(current - one.columnCurrent_A[j])).toBeLessThanOrEqual(1e-12 * scale + loss),
        );
      }),
    );
  });
});

describe("the effective matrix", () => {
  it("multiplies like the full solution, wide and tall, attenuated or not", () => {
    fc.assert(
      fc.property(drivenArray, ({ network, row_V }) => {
        const factors = factorNetwork(network, nearEnds(network));
        const effective = effectiveMatrix(factors);
        const positive = row_V.map(Math.abs);
        const solved = solveNetwork(factors, { row_V: positive, column_V: new Float64Array(network.columns) });
        expect(worstRelative(multiplyEffective(network, effective, positive), solved.columnCurrent_A)).toBeLessThan(
          1e-12,
        );
        effective.forEach((w) => expect(w).toBeGreaterThanOrEqual(0));
      }),
    );
  });

  it("counts both ends of a row, and gives zeros for floating lines", () => {
    for (const grid of [
      { rows: 3, columns: 4 },
      { rows: 4, columns: 3 },
    ]) {
      const { rows, columns } = grid;
      const network = buildNetwork({
        grid,
        conductance_S: Array.from({ length: 12 }, (_, k) => (k + 1) * 1e-6),
        rowSegment_ohm: 1e4,
        columnSegment_ohm: 2e4,
      });
      const row_V = Float64Array.from({ length: rows }, (_, i) => (i === 1 ? Number.NaN : 0.1 * (i + 1)));
      const rightRow_V = Float64Array.from({ length: rows }, (_, i) => (i === 2 ? row_V[i] : Number.NaN));
      const column_V = Float64Array.from({ length: columns }, (_, j) => (j === 0 ? Number.NaN : 0));
      const drives: LineDrives = { row_V, rightRow_V, column_V };
      const factors = factorNetwork(network, connectedEnds(grid, drives));
      const effective = effectiveMatrix(factors);
      const product = multiplyEffective(
        grid,
        effective,
        row_V.map((v) => (Number.isNaN(v) ? 0 : v)),
      );
      expect(worstRelative(product, solveNetwork(factors, drives).columnCurrent_A)).toBeLessThan(1e-13);
      for (let j = 0; j < columns; j++) expect(effective[columns + j]).toBe(0);
      for (let i = 0; i < rows; i++) expect(effective[i * columns]).toBe(0);
    }
  });

  it("multiplies batches row by row and refuses other lengths", () => {
    const grid = { rows: 2, columns: 3 };
    const effective = Float64Array.of(1, 2, 3, 4, 5, 6);
    expect([...multiplyEffective(grid, effective, Float64Array.of(1, 0, 0, 2))]).toEqual([1, 2, 3, 8, 10, 12]);
    expect(() => multiplyEffective(grid, effective, new Float64Array(3))).toThrow("multiples of 2");
  });
});

describe("the limits of wire resistance", () => {
  const grid = { rows: 9, columns: 6 };
  const conductance_S = Float64Array.from({ length: 54 }, (_, k) => 1e-7 * 100 ** ((k * 0.618034) % 1));
  const row_V = Float64Array.from({ length: 9 }, (_, i) => 0.02 * (i + 1));
  const drives = { row_V, column_V: new Float64Array(6) };
  const solveAt = (ratio: number) =>
    solveOnce(
      buildNetwork({ grid, conductance_S, rowSegment_ohm: ratio / 1e-5, columnSegment_ohm: ratio / 1e-5 }),
      drives,
    );
  const ideal = solveOnce(buildNetwork({ grid, conductance_S }), drives).columnCurrent_A;

  it("r -> 0: the loss is proportional to r down to 1e-13", () => {
    const slope = (ratio: number): Float64Array =>
      solveAt(ratio).columnCurrent_A.map((current, j) => (ideal[j] - current) / (ideal[j] * ratio));
    const reference = slope(1e-9);
    for (const ratio of [1e-10, 1e-11]) expect(worstRelative(slope(ratio), reference)).toBeLessThan(1e-3);
    // at 1e-13 the loss itself is a few hundred eps of the current, so its digits are few
    expect(worstRelative(slope(1e-13), reference)).toBeLessThan(0.05);
  });

  it.each([1e-18, 1e-30, 1e-60])("r = %s of 1/Gmax is ideal to the last digits", (ratio) => {
    const { columnCurrent_A, rowCurrent_A } = solveAt(ratio);
    expect(worstRelative(columnCurrent_A, ideal)).toBeLessThan(1e-14);
    const into = Float64Array.from({ length: 9 }, (_, i) =>
      conductance_S.slice(6 * i, 6 * i + 6).reduce((total, g) => total + g * row_V[i], 0),
    );
    expect(worstRelative(rowCurrent_A, into)).toBeLessThan(1e-14);
  });

  it("r -> infinity: a single path through wires is the series resistance, 12 decades below the ideal current", () => {
    // one junction conducts; current passes 4 row segments, the junction and 3 column segments
    const single = new Float64Array(54);
    single[6 * 6 + 3] = 1e-5;
    const network = buildNetwork({ grid, conductance_S: single, rowSegment_ohm: 1e17, columnSegment_ohm: 3e17 });
    const expected = row_V[6] / (4e17 + 1e5 + 9e17);
    const { columnCurrent_A, rowCurrent_A } = solveOnce(network, drives);
    expect(Math.abs(columnCurrent_A[3] / expected - 1)).toBeLessThan(1e-14);
    // the row's own current is a difference of potentials that agree to 12 digits: eps of G V remains
    expect(Math.abs(rowCurrent_A[6] - expected)).toBeLessThan(1e-15 * 1e-5 * row_V[6]);
  });

  it("an attenuated ladder keeps all digits: one row, columns clamped at 0 V, closed recursion", () => {
    // continued fraction from the far end: nothing in it subtracts
    const n = 12;
    const g = 1e-5;
    const r = 1e9;
    const toGround = g / (1 + g * r); // junction plus one column segment
    let seen = 0;
    const divisions: number[] = [];
    for (let j = n - 1; j >= 0; j--) {
      const node = toGround + seen;
      divisions[j] = 1 / (1 + r * node);
      seen = node * divisions[j];
    }
    let v = 1;
    const expected = divisions.map((share) => {
      v *= share;
      return v * toGround;
    });
    expect(expected[n - 1]).toBeLessThan(1e-4 * expected[0]);
    const network = buildNetwork({
      grid: { rows: 1, columns: n },
      conductance_S: new Float64Array(n).fill(g),
      rowSegment_ohm: r,
      columnSegment_ohm: r,
    });
    const found = solveOnce(network, { row_V: Float64Array.of(1), column_V: new Float64Array(n) });
    expect(worstRelative(found.columnCurrent_A, expected)).toBeLessThan(1e-13);
  });
});
