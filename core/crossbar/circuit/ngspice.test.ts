import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { C, E, I, L, P, R, V } from "../../../tests/circuitElements.ts";
import { canRun } from "../../../tests/needs.ts";
import { type CircuitElement, GROUND } from "./circuit.ts";
import { simulateCircuit } from "./simulateCircuit.ts";

/** The same circuits in an independent program: Debian's ngspice, trapezoidal with reltol 1e-6. */
const available = canRun("circuits beside ngspice", { programs: ["ngspice"] });

function runNgspice(netlist: readonly string[], node: string, period_s: number, end_s: number): number[] {
  const folder = mkdtempSync(join(tmpdir(), "crosspore-spice-"));
  try {
    const step = period_s / 200;
    const deck = [
      "* circuit",
      ...netlist,
      ".options reltol=1e-6 abstol=1e-18 vntol=1e-10 chgtol=1e-20",
      `.tran ${step} ${end_s} 0 ${step} uic`,
      ".control",
      "set numdgt=12",
      "run",
      `linearize v(${node})`,
      `wrdata ${join(folder, "out.data")} v(${node})`,
      "quit",
      ".endc",
      ".end",
    ];
    writeFileSync(join(folder, "deck.cir"), `${deck.join("\n")}\n`);
    execFileSync("ngspice", ["-b", join(folder, "deck.cir")], { stdio: "pipe" });
    const rows = readFileSync(join(folder, "out.data"), "utf8").trim().split("\n");
    const values = rows.map((row) => row.trim().split(/\s+/u).map(Number));
    return Array.from({ length: Math.round(end_s / period_s) }, (_, k) => {
      const t = (k + 1) * period_s;
      return values.reduce((best, value) => (Math.abs(value[0] - t) < Math.abs(best[0] - t) ? value : best))[1];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const cases: [string, CircuitElement[], string[], string, number, number][] = [
  [
    "a damped LC ladder behind a sine",
    [
      V("V", "s", { at: (t) => Math.sin(2 * Math.PI * 1e3 * t), edges_s: [] }),
      R("R1", "s", "a", 100),
      C("C1", "a", GROUND, 1e-6, 0.5),
      L("L1", "a", "b", 10e-3),
      C("C2", "b", GROUND, 0.5e-6),
      R("R2", "b", GROUND, 500),
    ],
    ["V s 0 SIN(0 1 1k)", "R1 s a 100", "C1 a 0 1u IC=0.5", "L1 a b 10m IC=0", "C2 b 0 0.5u IC=0", "R2 b 0 500"],
    "b",
    1e-4,
    2e-3,
  ],
  [
    "van der Pol's oscillator, from rest",
    [P("N", "a", GROUND, 0, -2, 0, 2 / 3), C("C", "a", GROUND, 1, 0.1), L("L", "a", GROUND, 1)],
    ["B1 a 0 I=-2*V(a)+0.66666666666666667*V(a)*V(a)*V(a)", "C a 0 1 IC=0.1", "L a 0 1 IC=0"],
    "a",
    0.5,
    20,
  ],
  [
    "an N-shaped conductor on a load line, switching",
    [
      E("E", "s", GROUND, 2),
      R("R", "s", "a", 0.9),
      P("N", "a", GROUND, 0, 9, -12, 4.2),
      C("C", "a", GROUND, 1e-3),
      I("I", GROUND, "a", { at: (t) => (t < 0.02 ? 0 : 3), edges_s: [0.02] }),
    ],
    [
      "VE s 0 DC 2",
      "R s a 0.9",
      "B1 a 0 I=9*V(a)-12*V(a)*V(a)+4.2*V(a)*V(a)*V(a)",
      "C a 0 1m IC=0",
      "I1 0 a PWL(0 0 0.02 0 0.020000001 3)",
    ],
    "a",
    2e-3,
    0.06,
  ],
];

describe.skipIf(!available)("beside ngspice", () => {
  it.each(cases)("%s agrees to 1e-4 of its swing", (_name, elements, netlist, node, period_s, end_s) => {
    const theirs = runNgspice(netlist, node, period_s, end_s);
    const { voltage_V } = simulateCircuit(
      { elements },
      { duration_s: end_s, samplePeriod_s: period_s, tolerance: 1e-8 },
    );
    const ours = voltage_V[node].slice(1);
    expect(ours).toHaveLength(theirs.length);
    const swing = Math.max(...theirs) - Math.min(...theirs);
    expect(swing).toBeGreaterThan(0.1);
    ours.forEach((value, k) => expect(Math.abs(value - theirs[k])).toBeLessThan(1e-4 * swing));
  });
});
