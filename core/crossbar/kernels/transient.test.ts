import { describe, expect, it } from "vitest";
import { compare } from "../../../tests/compareKernels.ts";
import { loadKernels } from "./loadKernels.ts";

const SHAPES: readonly [rows: number, columns: number][] = [
  [1, 1],
  [1, 40],
  [37, 1],
  [3, 5],
  [17, 33],
  [64, 7],
  [40, 64],
];

describe.each(SHAPES)("transient kernels against their reference, %i x %i", (rows, columns) => {
  const panels = Math.ceil(columns / 16);
  const groups = Math.ceil(rows / 8);
  const stride = (groups * 128 + 48) * 8;
  const nodes = (panels * stride) / 8;
  const list = (count: number, from = -1, to = 1) => {
    return (uniform: () => number) => Float64Array.from({ length: count }, () => from + (to - from) * uniform());
  };
  const perColumn = (from: number, to: number) => list(panels * 16, from, to);
  const perRow = (from: number, to: number) => list(groups * 8, from, to);
  /** Junctions inside the array, nothing in the padding. */
  const junctions = (uniform: () => number): Float64Array => {
    const values = new Float64Array(nodes);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) values[((j >> 4) * stride) / 8 + 16 * i + (j & 15)] = uniform();
    return values;
  };
  const columnLists = {
    g: junctions,
    c: list(nodes, 0, 1),
    y: perColumn(0, 1),
    r: perColumn(0, 1),
    x: list(nodes),
    ladder: list((rows + 2) * 16, 0, 0),
    panel: list(rows * 16, 0, 0),
  };

  it.each([0, 0.7])("packs conductances behind %f ohm, adds up columns and factors them", (access) => {
    compare(
      "packAndFactor",
      {
        source: list(rows * columns, 0, 2),
        into: list(nodes, 0, 0),
        sums: perColumn(0, 0),
        least: list(panels, 0, 0),
        r: perColumn(0, 2),
        top: perColumn(0, 1),
        bottom: perColumn(0.1, 1),
        c: list(nodes, 0, 0),
        y: perColumn(0, 0),
      },
      (at) => [
        0,
        panels,
        rows,
        columns,
        stride,
        access,
        at("source"),
        at("into"),
        at("sums"),
        at("least"),
        at("r"),
        at("top"),
        at("bottom"),
        at("c"),
        at("y"),
      ],
    );
  });

  it("extrapolates rows and hands the newest on", () => {
    compare("extrapolatePanels", { newest: list(nodes), older: list(nodes), oldest: list(nodes) }, (at) => [
      0,
      panels,
      stride,
      3,
      -3,
      1,
      0.25,
      at("newest"),
      at("older"),
      at("oldest"),
    ]);
  });

  it("foresees a list and says how far it moves", () => {
    const even = 2 * Math.ceil((rows * columns) / 2);
    compare(
      "foreseeList",
      { newest: list(even), older: list(even), oldest: list(even), extremes: list(2, 0, 0) },
      (at) => [0, even, 1.875, -1.25, 0.375, at("newest"), at("older"), at("oldest"), at("extremes")],
    );
  });

  it("gives -S x", () => {
    compare(
      "negateSystem",
      {
        ...columnLists,
        zeros: list(16, 0, 0),
        into: list(nodes, 0, 0),
        dots: list(panels, 0, 0),
        segment: perRow(0, 1),
        left: perRow(0, 1),
        right: perRow(0, 1),
      },
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
        columns - 1,
        at("panel"),
      ],
      ["ladder"],
    );
  });

  it.each([0, 0.7])("reads junction voltages behind %f ohm from the rows alone", (access) => {
    compare(
      "finishVoltages",
      {
        ...columnLists,
        first: perColumn(-1, 1),
        last: perColumn(-1, 1),
        bottom: perColumn(0, 1),
        shift: perColumn(-1, 1),
        p: list(nodes),
        currents: perColumn(0, 0),
        conductances: list(rows * columns, 0, 2),
        into: list(rows * columns, 0, 0),
      },
      (at) => [
        0,
        panels,
        rows,
        columns,
        stride,
        at("g"),
        at("c"),
        at("y"),
        at("r"),
        at("first"),
        at("last"),
        at("bottom"),
        at("shift"),
        0.3,
        at("p"),
        at("x"),
        at("currents"),
        at("ladder"),
        at("panel"),
        access,
        at("conductances"),
        at("into"),
      ],
      ["ladder"],
    );
  });

  it.each(["simd", "reference"] as const)("finds the panel whose junction moved, or is no number: %s", (variant) => {
    const { call, memory } = loadKernels(variant);
    const count = rows * columns;
    const source = memory.reserve(8 * count);
    const known = memory.reserve(8 * nodes);
    const rest = memory.reserve(8 * 16 * panels);
    const flags = memory.reserve(8 * panels);
    const find = (): number[] => {
      call.findMoves(0, panels, rows, columns, stride, 2, 1e-3, source, known, flags);
      return [...memory.doubles(flags, panels)];
    };
    const still = Array<number>(panels).fill(0);
    const values = memory.doubles(source, count);
    for (let k = 0; k < count; k++) values[k] = k % 3 === 1 ? 0 : 1 + Math.sin(k);
    call.packJunctions(0, panels, rows, columns, stride, 2, source, known, rest, flags);
    expect(find()).toEqual(still);
    for (const k of new Set([0, count >> 1, count - 1, columns - 1])) {
      const before = values[k];
      const moved = still.with((k % columns) >> 4, 1);
      // behind 2 ohm a junction of g moves by 1 / (1 + 2 g) of its own part
      values[k] = before === 0 ? 1e-12 : before * (1 + 2e-3 * (1 + 2 * before));
      expect(find()).toEqual(moved);
      values[k] = Number.NaN;
      expect(find()).toEqual(moved);
      values[k] = before * (1 + 5e-4);
      expect(find()).toEqual(still);
      values[k] = before;
    }
  });
});
