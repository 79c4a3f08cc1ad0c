import { expect, it } from "vitest";
import { makeGrid } from "./grid.ts";

it("a grid that cannot fit says the bytes it would need", () => {
  expect(() => makeGrid(100_000, 100_000)).toThrow(
    "Grid has 100000 rows, allowed are integers from 1 to 32768; its conductances alone would need 80000000000 bytes",
  );
  expect(() => makeGrid(0, 3)).toThrow(/^Grid has 0 rows, allowed are integers from 1 to 32768$/);
});
