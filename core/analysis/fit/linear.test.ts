import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { solveLinear } from "./linear.ts";

describe("solveLinear", () => {
  it("fits a line as the textbook does", () => {
    // Anscombe's first set: slope 0.5001, intercept 3.0001
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const [intercept, slope] = solveLinear([Float64Array.from(x, () => 1), Float64Array.from(x)], Float64Array.from(y));
    expectClose(intercept ?? 0, 3.000090909, 1e-8);
    expectClose(slope ?? 0, 0.500090909, 1e-8);
  });

  it("leaves a residual that no column can lower, whatever the units of the columns", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(...[1, 2, 3, 4].map(() => fc.integer({ min: -1000, max: 1000 }))), {
          minLength: 5,
          maxLength: 12,
        }),
        (integers) => {
          const rows = integers.map((row) => row.map((value) => value / 1000));
          const unit = [1, 1e-12, 1e9];
          const columns = unit.map((scale, j) => Float64Array.from(rows, (row) => row[j]! * scale));
          const right = Float64Array.from(rows, (row) => row[3]!);
          const x = solveLinear(columns, right);
          const rest = right.map((value, k) => value - columns.reduce((sum, column, j) => sum + column[k]! * x[j]!, 0));
          for (const column of columns) {
            const size = Math.hypot(...column) * Math.hypot(...right);
            expect(Math.abs(column.reduce((sum, value, k) => sum + value * rest[k]!, 0))).toBeLessThanOrEqual(
              1e-10 * size,
            );
          }
        },
      ),
    );
  });

  it("gives 0 to a column that repeats another", () => {
    const column = Float64Array.of(1, 2, 3);
    const x = solveLinear([column, column], Float64Array.of(2, 4, 6));
    expectClose((x[0] ?? 0) + (x[1] ?? 0), 2, 1e-14);
    expect(Math.min(Math.abs(x[0] ?? 1), Math.abs(x[1] ?? 1))).toBe(0);
  });
});
