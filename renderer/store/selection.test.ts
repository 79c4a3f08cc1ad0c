import { beforeEach, describe, expect, it } from "vitest";
import {
  chosenCells,
  clearSelection,
  selectAll,
  selectCell,
  selectColumn,
  selectRow,
  selectTo,
  toggleCell,
  useSelection,
} from "./selection.ts";

const grid = { rows: 3, columns: 4 };
const addresses = () => {
  const cells = chosenCells(grid);
  return cells === "all" ? cells : cells.map(({ row, column }) => `${row},${column}`);
};

describe("the selection of junctions", () => {
  beforeEach(clearSelection);

  it("is one junction, a rectangle from it, and one more", () => {
    selectCell(grid, { row: 1, column: 1 });
    expect(addresses()).toEqual(["1,1"]);
    selectTo(grid, { row: 0, column: 2 });
    expect(addresses()).toEqual(["0,1", "0,2", "1,1", "1,2"]);
    toggleCell(grid, { row: 2, column: 3 });
    expect(addresses()).toEqual(["0,1", "0,2", "1,1", "1,2", "2,3"]);
    toggleCell(grid, { row: 0, column: 1 });
    expect(useSelection.getState().count).toBe(4);
  });

  it("takes whole rows and columns, ranges of them, and both together", () => {
    selectRow(grid, 1);
    expect(addresses()).toEqual(["1,0", "1,1", "1,2", "1,3"]);
    selectRow(grid, 2, { extend: true });
    expect(useSelection.getState().count).toBe(8);
    selectColumn(grid, 0);
    selectColumn(grid, 3, { add: true });
    expect(addresses()).toEqual(["0,0", "0,3", "1,0", "1,3", "2,0", "2,3"]);
  });

  it("calls every junction all, and none of another grid its own", () => {
    selectAll(grid);
    expect(addresses()).toBe("all");
    expect(chosenCells({ rows: 2, columns: 2 })).toEqual([]);
  });
});
