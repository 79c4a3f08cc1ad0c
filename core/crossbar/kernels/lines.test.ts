import { describe, it } from "vitest";
import { compare } from "../../../tests/compareKernels.ts";

const SHAPES: readonly [rows: number, columns: number][] = [
  [1, 1],
  [1, 40],
  [37, 1],
  [3, 5],
  [17, 33],
  [64, 7],
  [40, 64],
];

describe.each(SHAPES)("line kernels against their reference, %i x %i", (rows, columns) => {
  const panels = Math.ceil(columns / 16);
  const groups = Math.ceil(rows / 8);
  const stride = (groups * 128 + 48) * 8;
  const nodes = (panels * stride) / 8;
  const list = (count: number, from = -1, to = 1) => {
    return (uniform: () => number) => Float64Array.from({ length: count }, () => from + (to - from) * uniform());
  };
  /** Junctions inside the array, nothing in the padding. */
  const junctions = (uniform: () => number): Float64Array => {
    const values = new Float64Array(nodes);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) values[((j >> 4) * stride) / 8 + 16 * i + (j & 15)] = uniform();
    return values;
  };
  const perColumn = (from: number, to: number) => list(panels * 16, from, to);
  const perRow = (from: number, to: number) => list(groups * 8, from, to);
  const lastColumn = columns - 1;

  it("factors of columns and rows", () => {
    compare(
      "factorColumns",
      {
        g: junctions,
        r: perColumn(0, 2),
        top: perColumn(0, 1),
        bottom: perColumn(0.1, 1),
        c: list(nodes, 0, 0),
        y: perColumn(0, 0),
      },
      (at) => [0, panels, rows, stride, at("g"), at("r"), at("top"), at("bottom"), at("c"), at("y")],
    );
    compare(
      "factorRows",
      {
        g: junctions,
        r: perRow(0, 2),
        left: perRow(0.1, 1),
        right: perRow(0, 1),
        c: list(groups * panels * 128, 0, 0),
        y: perRow(0, 0),
      },
      (at) => [0, groups, panels, stride, at("g"), at("r"), at("left"), at("right"), lastColumn, at("c"), at("y")],
    );
  });

  const columnLists = {
    g: junctions,
    c: list(nodes, 0, 1),
    y: perColumn(0, 1),
    r: perColumn(0, 1),
    first: perColumn(-1, 1),
    last: perColumn(-1, 1),
    x: list(nodes),
    into: list(nodes, 0, 0),
    bottom: perColumn(0, 1),
    currents: perColumn(0, 0),
    ladder: list((rows + 2) * 16, 0, 0),
    zeros: list(16, 0, 0),
    dots: list(panels, 0, 0),
  };

  it("coupleColumns, applyCarried, applySystem", () => {
    compare(
      "coupleColumns",
      columnLists,
      (at) => [
        0,
        panels,
        rows,
        stride,
        at("g"),
        at("c"),
        at("y"),
        at("r"),
        at("first"),
        at("last"),
        at("x"),
        at("into"),
        at("ladder"),
        at("bottom"),
        at("currents"),
      ],
      ["ladder"],
    );
    compare(
      "applyCarried",
      { ...columnLists, u: list(nodes) },
      (at) => [
        0,
        panels,
        rows,
        stride,
        at("g"),
        at("c"),
        at("y"),
        at("r"),
        at("zeros"),
        at("x"),
        at("u"),
        at("into"),
        at("ladder"),
        at("dots"),
      ],
      ["ladder"],
    );
    compare(
      "applySystem",
      { ...columnLists, segment: perRow(0.5, 2), left: perRow(0, 1), right: perRow(0, 1) },
      (at) => [
        0,
        panels,
        rows,
        stride,
        at("g"),
        at("c"),
        at("y"),
        at("r"),
        at("zeros"),
        at("x"),
        at("into"),
        at("ladder"),
        at("dots"),
        panels,
        at("segment"),
        at("left"),
        at("right"),
        lastColumn,
      ],
      ["ladder"],
    );
  });

  it("finishColumns", () => {
    compare(
      "finishColumns",
      { ...columnLists, bottom: perColumn(0, 1), shift: perColumn(-1, 1), p: list(nodes), currents: perColumn(0, 0) },
      (at) => [
        0,
        panels,
        rows,
        stride,
        at("g"),
        at("c"),
        at("y"),
        at("r"),
        at("first"),
        at("last"),
        at("bottom"),
        at("shift"),
        0.7,
        at("p"),
        at("x"),
        at("into"),
        at("currents"),
        at("ladder"),
      ],
      ["ladder"],
    );
  });

  it.each([0, 2, 3, 4])("solveRows and stepInterpolated with coarse spacing 2^%i", (shift) => {
    const coarseColumns = shift > 0 ? Math.max(1, Math.round(columns / 2 ** shift)) : 0;
    const coarseRows = shift > 0 ? Math.max(1, Math.round(rows / 2 ** shift)) : 0;
    const lineDoubles = coarseColumns + 8 + (coarseColumns & 1);
    compare(
      "solveRows",
      {
        c: list(groups * panels * 128, 0, 1),
        y: perRow(0.1, 1),
        r: perRow(0, 1),
        t: list(nodes),
        residual: list(nodes),
        z: list(nodes, 0, 0),
        ladder: list((panels * 16 + 2) * 8, 0, 0),
        dots: list(groups, 0, 0),
        weights: perColumn(0, 1),
        coarse: list(groups * 8 * lineDoubles, 0, 0),
      },
      (at) => [
        0,
        groups,
        panels,
        stride,
        at("c"),
        at("y"),
        at("r"),
        0.3,
        at("t"),
        at("residual"),
        at("z"),
        at("ladder") + 64,
        at("dots"),
        shift,
        at("weights"),
        at("coarse"),
        lineDoubles * 8,
        coarseColumns,
      ],
      // the places beside 1 .. nodes hold sums that were folded in
      ["ladder", "coarse"],
    );
    if (shift === 0) return;
    const columnsPadded = Math.ceil(coarseColumns / 4) * 4;
    compare(
      "stepInterpolated",
      {
        w: list(nodes),
        z: list(nodes),
        p: list(nodes),
        columnWeights: perColumn(0, 1),
        rowWeights: perRow(0, 1),
        v: list(coarseRows * columnsPadded),
        line: list(8 * 2 * (coarseColumns + 12), 0, 0),
      },
      (at) => [
        0,
        groups,
        panels,
        stride,
        0.4,
        -0.6,
        at("w"),
        at("z"),
        at("p"),
        shift,
        at("columnWeights"),
        at("rowWeights"),
        at("v"),
        columnsPadded * 8,
        coarseRows,
        coarseColumns,
        at("line"),
      ],
      ["line"],
    );
    compare(
      "restrictRows",
      { weights: perRow(0, 1), lines: list(rows * lineDoubles), into: list(coarseRows * columnsPadded) },
      (at) => [
        0,
        coarseRows,
        rows,
        shift,
        at("weights"),
        at("lines"),
        lineDoubles * 8,
        coarseColumns,
        coarseRows,
        at("into"),
        columnsPadded,
      ],
    );
  });

  it("drawRows, shiftRows", () => {
    const lists = { g: junctions, x: list(nodes), levels: perRow(-1, 1), into: list(nodes, 0, 0) };
    compare("drawRows", lists, (at) => [0, groups, panels, stride, at("g"), at("x"), at("levels"), at("into")]);
    compare("shiftRows", lists, (at) => [0, groups, panels, stride, at("x"), at("levels"), at("into")]);
  });

  it("stepCarried, stepRelaxed, squareResiduals", () => {
    const fields = { w: list(nodes), z: list(nodes), p: list(nodes), r: list(nodes), u: list(nodes) };
    compare("stepCarried", fields, (at) => [
      0,
      groups,
      panels,
      stride,
      0.4,
      -0.6,
      at("w"),
      at("z"),
      at("p"),
      at("r"),
      at("u"),
    ]);
    compare("stepRelaxed", fields, (at) => [0, groups, panels, stride, at("w"), at("z"), at("p")]);
    compare(
      "squareResiduals",
      {
        g: junctions,
        w: list(nodes),
        b: list(nodes),
        rowSegment: perRow(0, 1),
        left: perRow(0, 1),
        leftLevel: perRow(-1, 1),
        right: perRow(0, 1),
        rightLevel: perRow(-1, 1),
        columnSegment: perColumn(0, 1),
        top: perColumn(0, 1),
        topLevel: perColumn(-1, 1),
        bottom: perColumn(0, 1),
        bottomLevel: perColumn(-1, 1),
        squares: list(panels, 0, 0),
      },
      (at) => [
        0,
        panels,
        rows,
        columns,
        panels,
        stride,
        at("g"),
        at("w"),
        at("b"),
        at("rowSegment"),
        at("left"),
        at("leftLevel"),
        at("right"),
        at("rightLevel"),
        at("columnSegment"),
        at("top"),
        at("topLevel"),
        at("bottom"),
        at("bottomLevel"),
        at("squares"),
      ],
    );
  });
});

describe.each([
  [4, 4],
  [8, 4],
  [4, 12],
  [16, 20],
])("coarse kernels against their reference, %i x %i", (rows, columns) => {
  const list = (count: number) => (uniform: () => number) =>
    Float64Array.from({ length: count }, () => uniform() - 0.5);

  it("transforms", () => {
    compare(
      "transformAlongRows",
      { from: list(rows * columns), q: list(columns * columns), into: list(rows * columns) },
      (at) => [0, rows / 4, columns, at("from"), at("q"), at("into")],
    );
    compare(
      "correctStrips",
      {
        q: list(rows * rows),
        qt: list(rows * rows),
        f: list(rows * columns),
        x: list(rows * columns),
        scratch: list(rows * 4),
        dots: list(columns / 4),
      },
      (at) => [0, columns / 4, rows, columns, at("q"), at("qt"), at("f"), at("x"), at("scratch"), at("dots")],
      ["scratch"],
    );
  });
});
