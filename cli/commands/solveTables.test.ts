import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readCsv } from "../../core/matrixFiles/csv.ts";
import { readNpy } from "../../core/matrixFiles/npy.ts";
import { expectAllClose } from "../../tests/close.ts";
import { canRun } from "../../tests/needs.ts";

const bin = resolve(import.meta.dirname, "../../bin/crosspore.js");
const folder = mkdtempSync(join(tmpdir(), "crosspore-tables-"));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

function solve(...parameters: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "solve", ...parameters], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  writeFileSync(place("wires.json"), JSON.stringify({ rowSegment_ohm: 1000, columnSegment_ohm: 2000 }));
  writeFileSync(place("g.csv"), "# siemens\n1e-6,2e-6,3e-6\n4e-6,5e-6,6e-6\n");
  writeFileSync(place("v.csv"), "0.1,0.2\n0.2,nan\n0,0.1\n");
});

describe("crosspore solve with matrices in files", () => {
  it("answers as if they stood in the request, from options and from fields", () => {
    const lists = {
      conductance_S: [
        [1e-6, 2e-6, 3e-6],
        [4e-6, 5e-6, 6e-6],
      ],
      rowSegment_ohm: 1000,
      columnSegment_ohm: 2000,
      row_V: [
        [0.1, 0.2],
        [0.2, null],
        [0, 0.1],
      ],
    };
    writeFileSync(place("lists.json"), JSON.stringify(lists));
    writeFileSync(place("names.json"), JSON.stringify({ ...lists, conductance_S: "g.csv", row_V: "v.csv" }));
    const currents = (...parameters: string[]) => JSON.parse(solve(...parameters).stdout).columnCurrent_A;
    const expected = currents("lists.json");
    expect(expected).toHaveLength(3);
    expect(currents("names.json")).toEqual(expected);
    expect(currents("wires.json", "--conductance", "g.csv", "--inputs", "v.csv")).toEqual(expected);
    // a file of one line is one vector, and an option wins over the request
    writeFileSync(place("one.csv"), "0.1,0.2\n");
    expect(currents("lists.json", "--inputs", "one.csv")).toEqual(expected[0]);
  });

  it("exports every quantity, the same numbers as CSV and as NPY", () => {
    const names = [
      "conductance_S",
      "row_V",
      "column_V",
      "columnCurrent_A",
      "rowCurrent_A",
      "rowNode_V",
      "columnNode_V",
    ];
    const exports = names.flatMap((name) => ["--export", `${name}=${name}.npy`, "--export", `${name}=${name}.csv`]);
    const { status, stdout, stderr } = solve("wires.json", "--conductance", "g.csv", "--inputs", "v.csv", ...exports);
    expect(status, stderr).toBe(0);
    const answer = JSON.parse(stdout);
    const table = (name: string) => {
      const npy = readNpy(new Uint8Array(readFileSync(place(`${name}.npy`))), name);
      const { names: _, ...csv } = readCsv(readFileSync(place(`${name}.csv`), "utf8"), name);
      expect(csv).toEqual(npy);
      return npy;
    };
    expect([...table("columnCurrent_A").values]).toEqual(answer.columnCurrent_A.flat());
    expect([...table("rowCurrent_A").values]).toEqual(answer.rowCurrent_A.flat());
    expect(table("rowNode_V")).toMatchObject({ rows: 6, columns: 3 });
    expect([...table("row_V").values]).toEqual([0.1, 0.2, 0.2, Number.NaN, 0, 0.1]);
    expect([...table("conductance_S").values]).toEqual([1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each<[string, string, string[], number, string]>([
    ["a cell that is no number", "1e-6,2e-6\n3e-6,x\n", [], 2, 'g.csv:2:6: "x" is not a number'],
    [
      "a negative conductance",
      "# S\n1e-6,2e-6\n3e-6, -4e-6\n",
      [],
      2,
      "g.csv:3:7: [1][1] is -0.000004, allowed are finite",
    ],
    [
      "another shape than the inputs",
      "1e-6\n2e-6\n3e-6\n",
      [],
      2,
      "v.csv: each line has 2 values, expected 3 (one per row)",
    ],
    ["a file that is not there", "1\n1\n", ["--inputs", "none.csv"], 2, "none.csv: "],
    ["an unknown quantity", "1\n1\n", ["--export", "columnCurent_A=i.npy"], 2, 'did you mean "columnCurrent_A"?'],
    ["an export to another kind of file", "1\n1\n", ["--export", "row_V=v.mat"], 2, "a file that ends in .npy or .csv"],
    ["a file that exists", "1\n1\n", ["--export", "row_V=g.csv"], 1, "g.csv: exists already, --force replaces it"],
    [
      "one file for two quantities",
      "1\n1\n",
      ["--export", "row_V=a.npy", "--export", "column_V=./a.npy"],
      1,
      "is to hold row_V and column_V",
    ],
    [
      "a folder that is not there",
      "1\n1\n",
      ["--export", "row_V=b.npy", "--export", "column_V=no/c.npy"],
      1,
      "no/c.npy: ",
    ],
    [
      "one effective matrix for two patterns",
      "1\n1\n",
      ["--export", "effective_S=w.npy"],
      1,
      "leave different lines open",
    ],
  ])("refuses %s and writes nothing", (_, g, parameters, code, message) => {
    writeFileSync(place("g.csv"), g);
    const before = readdirSync(folder);
    const { status, stdout, stderr } = solve(
      "wires.json",
      "--conductance",
      "g.csv",
      "--inputs",
      "v.csv",
      ...parameters,
    );
    expect([status, stdout]).toEqual([code, ""]);
    expect(stderr).toContain(message);
    expect(readdirSync(folder)).toEqual(before);
    expect(readFileSync(place("g.csv"), "utf8")).toBe(g);
  });

  it("replaces with --force", () => {
    writeFileSync(place("i.npy"), "old");
    const { status } = solve(
      "wires.json",
      "--conductance",
      "g.csv",
      "--inputs",
      "v.csv",
      "--export",
      "row_V=i.npy",
      "--force",
    );
    expect(status).toBe(0);
    expect(readNpy(new Uint8Array(readFileSync(place("i.npy"))), "i.npy").rows).toBe(3);
  });

  it("says where a broken request is broken, and what it lacks", () => {
    expect(solve("wires.json").stderr).toContain("wires.json:1:1: conductance_S: is missing");
    expect(solve("wires.json", "--conductance", "g.csv").stderr).toContain("wires.json:1:1: row_V: is missing");
    writeFileSync(place("wires.json"), '{\n "rowSegmnt_ohm": 1\n}');
    expect(solve("wires.json").stderr).toContain(
      'wires.json:2:2: rowSegmnt_ohm: unknown key "rowSegmnt_ohm", did you mean',
    );
    writeFileSync(
      place("wires.json"),
      "rowSegment_ohm: 1000\nconductance_S: g.csv\nrow_V: v.csv\nlaw: { kind: sinh }\n",
    );
    expect(solve("wires.json").stderr).toContain("wires.json:4:1: law: scale_V is missing");
  });
});

describe.skipIf(!canRun("matrices to numpy and back", { programs: ["/usr/bin/python3"] }))(
  "numpy on both sides",
  () => {
    const python = (script: string): string => {
      const { status, stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", script], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(status, stderr).toBe(0);
      return stdout;
    };

    it.each(["npy", "csv"])("gives %s files, gets back the same bits and currents that are V W", (kind) => {
      const save = kind === "npy" ? "np.save(name, a)" : 'np.savetxt(name, a, fmt="%.17g", delimiter=",")';
      const load = kind === "npy" ? "np.load(name)" : 'np.loadtxt(name, delimiter=",", ndmin=2)';
      const helpers = `import numpy as np, json\ndef save(name, a): name += ".${kind}"; ${save}\ndef load(name): name += ".${kind}"; return ${load}\n`;
      // Fortran order, singles of another byte order: what other simulators leave behind
      const odd = kind === "npy" ? 'np.save("v.npy", np.asfortranarray(v.astype(">f4")))' : 'save("v", v)';
      python(
        `${helpers}r = np.random.default_rng(7)\nsave("g0", 10.0 ** r.uniform(-7, -5, (40, 37)))\nv = r.uniform(-0.2, 0.2, (5, 40))\n${odd}`,
      );
      const exports = ["conductance_S", "effective_S", "row_V", "columnCurrent_A", "rowCurrent_A", "rowNode_V"];
      const { status, stderr } = solve(
        "wires.json",
        "--conductance",
        `g0.${kind}`,
        "--inputs",
        `v.${kind}`,
        ...exports.flatMap((name) => ["--export", `${name}=${name}.${kind}`]),
      );
      expect(status, stderr).toBe(0);
      const found = JSON.parse(
        python(
          `${helpers}i = load("columnCurrent_A"); w = load("effective_S"); v = load("row_V")\nprint(json.dumps({"same": bool((load("conductance_S") == load("g0")).all()), "inputs": bool((v == load("v")).all()), "product": float(abs(v @ w - i).max() / abs(i).max()), "kirchhoff": float(abs(i.sum(1) - load("rowCurrent_A").sum(1)).max() / abs(i).max()), "shapes": [i.shape, w.shape, load("rowNode_V").reshape(5, 40, 37).shape]}))`,
        ),
      );
      expect(found).toMatchObject({
        same: true,
        inputs: true,
        shapes: [
          [5, 37],
          [40, 37],
          [5, 40, 37],
        ],
      });
      expectAllClose([found.product, found.kirchhoff], [0, 0], 0, 1e-9);
      expect(existsSync(place(`effective_S.${kind}`))).toBe(true);
    });
  },
);
