/**
 * Writes fixtures/solver/nonlinear.json: operating points of small nonlinear crossbars as ngspice finds them.
 * Run by hand where ngspice is installed (Debian: apt-get install ngspice): `node scripts/makeNonlinearCases.mjs`.
 * Every junction is a B source with the law written out, every segment a resistor, every driven end a voltage source.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const laws = {
  sinh:
    ({ scale_V }) =>
    (g, v) =>
      `${g * scale_V}*sinh((${v})/${scale_V})`,
  rectifying:
    ({ slope, scale_V }) =>
    (g, v) =>
      `${g}*(${v})*(1+${slope}*tanh((${v})/${scale_V}))`,
};

const open = null;
const cases = [
  {
    name: "sinh 3 x 5, per-line wires, clamps",
    law: { kind: "sinh", scale_V: 0.1 },
    size: [3, 5],
    row_V: [0.8, -0.35, 0.5],
    column_V: [0.05, 0, -0.1, 0, 0.02],
    rowSegment_ohm: [1e3, 2e3, 500],
    columnSegment_ohm: [800, 1e3, 1200, 300, 2e3],
    rowSource_ohm: [50, 100, 0],
    columnSense_ohm: [0, 10, 100, 1e3, 5],
  },
  {
    name: "sinh 8 x 8, floating lines, one ideal row",
    law: { kind: "sinh", scale_V: 0.05 },
    size: [8, 8],
    row_V: [0.4, open, 0.2, -0.3, open, 0.6, 0.1, 0.5],
    column_V: [0, 0, open, 0, 0, 0, open, 0],
    rowSegment_ohm: [1e3, 1e3, 0, 1e3, 1e3, 1e3, 1e3, 1e3],
    columnSegment_ohm: 1e3,
  },
  {
    name: "rectifying 5 x 3, both signs of drive",
    law: { kind: "rectifying", slope: 0.8, scale_V: 0.15 },
    size: [5, 3],
    row_V: [0.5, -0.5, 1, -1, 0.2],
    column_V: [0, 0.3, -0.3],
    rowSegment_ohm: 5e3,
    columnSegment_ohm: 5e3,
    columnSense_ohm: 100,
  },
  {
    name: "rectifying 6 x 9, one cell read while the other lines float",
    law: { kind: "rectifying", slope: -0.6, scale_V: 0.08 },
    size: [6, 9],
    row_V: [open, open, 0.4, open, open, open],
    column_V: [open, open, open, open, 0, open, open, open, open],
    rowSegment_ohm: 2e3,
    columnSegment_ohm: 1e3,
    rowSource_ohm: 200,
  },
  {
    name: "sinh 4 x 7, driven at both ends",
    law: { kind: "sinh", scale_V: 0.2 },
    size: [4, 7],
    row_V: [1, 0.5, -0.7, 0.3],
    rightRow_V: [1, open, -0.7, 0.2],
    column_V: [0, 0, 0, 0, 0, 0, 0],
    topColumn_V: [0, open, 0, open, 0.1, open, 0],
    rowSegment_ohm: 1e4,
    columnSegment_ohm: 2e4,
  },
];

const folder = mkdtempSync(join(tmpdir(), "crosspore-ngspice-"));
const version = /ngspice-\d+/.exec(execFileSync("ngspice", ["--version"], { encoding: "utf8" }))?.[0];
const solved = cases.map((circuit, index) => solve({ ...circuit, conductance_S: conductances(circuit.size, index) }));
rmSync(folder, { recursive: true });
writeFileSync(
  new URL("../fixtures/solver/nonlinear.json", import.meta.url),
  `${JSON.stringify({ provenance: `${version}, .op, reltol 1e-12; scripts/makeNonlinearCases.mjs`, cases: solved }, null, 1)}\n`,
);

/** 0.1 to 10 uS, log-uniform (mulberry32). */
function conductances([rows, columns], seed) {
  let a = 1000 + seed;
  const random = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => 1e-7 * 100 ** random()));
}

function solve(circuit) {
  const { size, law, conductance_S, row_V, column_V } = circuit;
  const [rows, columns] = size;
  const current = laws[law.kind](law);
  const list = (value, count) => (Array.isArray(value) ? value : Array(count).fill(value ?? 0));
  const rowSegment = list(circuit.rowSegment_ohm, rows);
  const columnSegment = list(circuit.columnSegment_ohm, columns);
  const rowSource = list(circuit.rowSource_ohm, rows);
  const columnSense = list(circuit.columnSense_ohm, columns);
  const lines = ["nonlinear crossbar"];
  // an ideal segment is a source of 0 V
  const wire = (name, from, to, ohm) =>
    lines.push(ohm === 0 ? `V${name} ${from} ${to} 0` : `R${name} ${from} ${to} ${ohm}`);
  const end = (name, node, volt, ohm) => {
    if (volt === null || volt === undefined) return;
    lines.push(`V${name} ${name} 0 ${volt}`);
    wire(`e${name}`, name, node, ohm);
  };
  for (let i = 0; i < rows; i++) {
    end(`l${i}`, `w${i}_0`, row_V[i], rowSegment[i] + rowSource[i]);
    end(`r${i}`, `w${i}_${columns - 1}`, circuit.rightRow_V?.[i], rowSegment[i] + rowSource[i]);
    for (let j = 1; j < columns; j++) wire(`w${i}_${j}`, `w${i}_${j - 1}`, `w${i}_${j}`, rowSegment[i]);
  }
  for (let j = 0; j < columns; j++) {
    end(`t${j}`, `b0_${j}`, circuit.topColumn_V?.[j], columnSegment[j] + columnSense[j]);
    end(`b${j}`, `b${rows - 1}_${j}`, column_V[j], columnSegment[j] + columnSense[j]);
    for (let i = 1; i < rows; i++) wire(`b${i}_${j}`, `b${i - 1}_${j}`, `b${i}_${j}`, columnSegment[j]);
  }
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      lines.push(`B${i}_${j} w${i}_${j} b${i}_${j} I=${current(conductance_S[i][j], `v(w${i}_${j})-v(b${i}_${j})`)}`);
  const nodes = (layer) =>
    Array.from({ length: rows * columns }, (_, k) => `v(${layer}${Math.floor(k / columns)}_${k % columns})`);
  // the current of a source flows from + through it: out of the array at a clamp, minus into it at a driver
  const wanted = [
    ...nodes("w"),
    ...nodes("b"),
    ...row_V.flatMap((v, i) => (v === null ? [] : [`i(vl${i})`])),
    ...column_V.flatMap((v, j) => (v === null ? [] : [`i(vb${j})`])),
  ];
  lines.push(".options reltol=1e-12 abstol=1e-22 vntol=1e-15 gmin=1e-25 itl1=1000", ".control", "set numdgt=15", "op");
  for (const name of wanted) lines.push(`print ${name}`);
  lines.push("quit 0", ".endc", ".end");
  const file = join(folder, "circuit.cir");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const output = execFileSync("ngspice", ["-b", file], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const value = (name) => {
    const at = output.indexOf(`${name} = `);
    if (at < 0) throw new Error(`${circuit.name}: ngspice gives no ${name}\n${output}`);
    return Number.parseFloat(output.slice(at + name.length + 3));
  };
  return {
    ...circuit,
    rowNode_V: nodes("w").map(value),
    columnNode_V: nodes("b").map(value),
    rowCurrent_A: row_V.map((v, i) => (v === null ? 0 : -value(`i(vl${i})`))),
    columnCurrent_A: column_V.map((v, j) => (v === null ? 0 : value(`i(vb${j})`))),
  };
}
