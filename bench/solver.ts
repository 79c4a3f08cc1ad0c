/**
 * One table per run: this project's solvers beside ngspice and scipy on identical problems, in one process and one run.
 * `npm run bench`, or `node dist/bench/solver.js [sides, e.g. 64,128,256,512,1024,2048]` after a build. docs/performance.md
 * says how to read it.
 */
import { cpus } from "node:os";
import { kernelsInUse } from "../core/crossbar/kernels/loadKernels.ts";
import { compileEffective } from "../core/crossbar/solve/compiled/compileEffective.ts";
import { packMatrix } from "../core/crossbar/solve/compiled/packedMatrix.ts";
import { nearEnds } from "../core/crossbar/solve/connectedEnds.ts";
import { createIterativeSolver } from "../core/crossbar/solve/iterative/index.ts";
import { makeLaw } from "../core/crossbar/solve/law.ts";
import { iterativeLinearSolver } from "../core/crossbar/solve/nonlinear/linearSolver.ts";
import { createNonlinearSolver } from "../core/crossbar/solve/nonlinear/solveNonlinear.ts";
import { solveOnce } from "../core/crossbar/solve/solveNetwork.ts";
import { openWorkerPool } from "../runtime/workerPool.ts";
import { bestOf, digits, printTable, timeOf, triad_GB_s, worstRelative } from "./solver/measure.ts";
import { isInstalled, runNgspice, runSpsolve } from "./solver/peers.ts";
import { makeProblem, type Pattern, type Problem } from "./solver/problems.ts";
import { measureTransient } from "./solver/transient.ts";

const sides = (process.argv[2] ?? "64,128,256,512").split(",").map(Number);
const threads = 2;
/** From this side on a run takes minutes: two patterns, and the effective matrix once, on all threads. */
const LONG = 2048;
const pool = openWorkerPool({ threads });
const triad = triad_GB_s();
const drivesOf = ({ network, row_V }: Problem) => ({ row_V, column_V: new Float64Array(network.columns) });

console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.version}`);
console.log(`${kernelsInUse(pool.kernels)}; triad of one thread ${digits(triad)} GB/s\n`);
coldSolves();
peers();
compiled();
nonlinear();
transients();
pool[Symbol.dispose]();

/** New conductances, factors and one vector; error against elimination (up to 128) or against an accuracy of 1e-12. */
function coldSolves(): void {
  const rows: string[][] = [];
  const cases: [number, Pattern][] = [
    [1e-4, "log-uniform"],
    [1e-2, "log-uniform"],
    [5e-2, "log-uniform"],
    [0.2, "log-uniform"],
    [5e-2, "all on"],
    [5e-2, "half rows off"],
    [5e-2, "checkerboard"],
  ];
  const longCases: typeof cases = [
    [1e-2, "log-uniform"],
    [5e-2, "checkerboard"],
  ];
  for (const side of sides)
    for (const [ratio, pattern] of side < LONG ? cases : longCases) {
      const problem = makeProblem(side, ratio, pattern);
      const { network } = problem;
      const drives = drivesOf(problem);
      const ends = nearEnds(network);
      using one = createIterativeSolver(network, ends);
      using two = createIterativeSolver(network, ends, { pool });
      const cold = (solver: typeof one) => {
        solver.update(network.conductance_S);
        return solver.solveCurrents(drives);
      };
      const { iterations, columnCurrent_A } = cold(one);
      const one_ms = bestOf(() => cold(one), "processor");
      const two_ms = bestOf(() => cold(two), "wall");
      using tight = createIterativeSolver(network, ends, { stop: 1e-15 });
      const exact =
        side <= 64
          ? solveOnce(network, drives).columnCurrent_A
          : tight.solveCurrents(drives, { accuracy: 1e-12 }).columnCurrent_A;
      const junctionsTimes = side ** 2 * Math.max(1, iterations);
      rows.push([
        String(side),
        `${100 * ratio} %`,
        pattern,
        String(iterations),
        digits(one_ms),
        digits(two_ms),
        digits((40 * junctionsTimes) / one_ms / 1e6),
        `${digits((100 * 112 * junctionsTimes) / one_ms / 1e6 / triad, 2)} %`,
        digits(worstRelative(columnCurrent_A, exact)),
        String(Math.round(one.stats.bytes / side ** 2)),
      ]);
    }
  console.log(
    `Cold solves, two-level line-PCG (1T processor time, ${threads}T wall time; 40 flops and 112 bytes per junction and iteration)`,
  );
  printTable(
    [
      "N",
      "segments",
      "pattern",
      "iterations",
      "1T ms",
      `${threads}T ms`,
      "GF/s 1T",
      "of triad",
      "worst column",
      "B/junction",
    ],
    rows,
  );
}

/** The same vector of the same array through other programs. */
function peers(): void {
  const ngspice = isInstalled("ngspice");
  const scipy = isInstalled("scipy");
  const rows: string[][] = [];
  for (const side of [32, ...sides.filter((n) => n <= 512)]) {
    const problem = makeProblem(side, 1e-2);
    const { network } = problem;
    const drives = drivesOf(problem);
    using solver = createIterativeSolver(network, nearEnds(network));
    const ours = solver.solveCurrents(drives).columnCurrent_A;
    const ours_ms = bestOf(() => {
      solver.update(network.conductance_S);
      solver.solveCurrents(drives);
    }, "processor");
    const add = (name: string, time_ms: number, currents: Float64Array): void => {
      rows.push([
        String(side),
        name,
        digits(time_ms),
        `${digits(time_ms / ours_ms)} x`,
        digits(worstRelative(currents, ours)),
      ]);
    };
    add("two-level line-PCG", ours_ms, ours);
    if (side <= 128) {
      const plain = solveOnce(network, drives).columnCurrent_A;
      add(
        "elimination, factor and solve",
        bestOf(() => solveOnce(network, drives), "processor", 300, 1),
        plain,
      );
    }
    if (scipy && side <= 256) {
      const { time_ms, columnCurrent_A } = runSpsolve(problem);
      add("scipy spsolve", time_ms, columnCurrent_A);
    }
    if (ngspice && side <= 64) {
      const { time_ms, columnCurrent_A } = runNgspice(problem);
      add("ngspice .op, whole process", time_ms, columnCurrent_A);
    }
  }
  console.log("One vector at 1 % segments, identical problems (1T)");
  printTable(["N", "program", "ms", "to ours", "largest difference"], rows);
}

function compiled(): void {
  const rows: string[][] = [];
  for (const side of sides) {
    const { network, row_V } = makeProblem(side, 1e-2);
    const ends = nearEnds(network);
    let effective_S: Float64Array = new Float64Array(0);
    const long = side >= LONG;
    const one_ms = long
      ? Number.NaN
      : bestOf(() => (effective_S = compileEffective(network, ends)), "processor", 500, 1);
    const two_ms = long
      ? timeOf(() => (effective_S = compileEffective(network, ends, pool)))
      : bestOf(() => compileEffective(network, ends, pool), "wall", 500, 2);
    const exact = createIterativeSolver(network, ends);
    const expected = exact.solveCurrents({ row_V, column_V: new Float64Array(side) }).columnCurrent_A;
    exact[Symbol.dispose]();
    const figures = (["f64", "f32"] as const).map((precision) => {
      using packed = packMatrix(network, effective_S, precision, pool);
      const batch = 256;
      const inputs_V = new Float64Array(batch * side);
      for (let p = 0; p < batch; p++) inputs_V.set(row_V, p * side);
      const batch_ms = bestOf(() => packed.multiply(inputs_V), "wall");
      const single_ms = bestOf(() => {
        for (let k = 0; k < 20; k++) packed.multiply(row_V);
      }, "wall");
      return { perSecond: (1e3 * batch) / batch_ms, single_us: 50 * single_ms, product: packed.multiply(row_V) };
    });
    const [f64, f32] = figures;
    rows.push([
      String(side),
      digits(one_ms),
      digits(two_ms),
      digits((2 * 16.9 * side ** 3) / one_ms / 1e6),
      digits(worstRelative(f64?.product ?? expected, expected)),
      digits(f64?.single_us ?? Number.NaN),
      digits((f64?.perSecond ?? 0) / 1e3, 4),
      digits((f32?.perSecond ?? 0) / 1e3, 4),
      digits(((f64?.perSecond ?? 0) * 2 * side ** 2) / 1e9),
    ]);
  }
  console.log(`Effective matrix at 1 % and its products (${threads} threads, batches of 256)`);
  printTable(
    ["N", "compile 1T ms", `${threads}T ms`, "GF/s 1T", "to PCG", "one f64 us", "f64 k/s", "f32 k/s", "GF/s f64"],
    rows,
  );
}

/** Cost of a nonlinear operating point in iterations of one linear solve with its last slopes. */
function nonlinear(): void {
  const rows: string[][] = [];
  const laws = [
    { kind: "sinh", scale_V: 0.1 },
    { kind: "rectifying", slope: 0.8, scale_V: 0.15 },
  ] as const;
  for (const side of sides.filter((n) => n <= 256))
    for (const ratio of [1e-4, 1e-2, 5e-2])
      for (const request of laws) {
        const { network, row_V } = makeProblem(side, ratio);
        const drives = { row_V: row_V.map((v) => 5 * v), column_V: new Float64Array(side) };
        const ends = nearEnds(network);
        const law = makeLaw(request, network.conductance_S);
        using solver = createNonlinearSolver(network, ends, { makeLinear: iterativeLinearSolver });
        const found = solver.solve(law, drives);
        const slope_S = new Float64Array(side ** 2);
        law.evaluate(found.voltage_V, new Float64Array(side ** 2), slope_S);
        using linear = createIterativeSolver({ ...network, conductance_S: slope_S }, ends);
        const { iterations } = linear.solveCurrents(drives);
        const time_ms = bestOf(() => solver.solve(law, drives), "processor", 300, 1);
        rows.push([
          String(side),
          `${100 * ratio} %`,
          law.name,
          String(found.steps),
          String(found.innerIterations),
          digits(found.innerIterations / Math.max(1, iterations), 2),
          digits(time_ms),
          digits(found.lawResidual),
        ]);
      }
  console.log("Nonlinear operating points, rows at 0 to 1 V");
  printTable(["N", "segments", "law", "Newton steps", "iterations", "linear solves", "1T ms", "residual"], rows);
}

function transients(): void {
  const rows: string[][] = [];
  for (const side of sides.filter((n) => n <= 512))
    for (const model of ["svm", "ncnm-channel"]) {
      const one = measureTransient(side, { model });
      const two = measureTransient(side, { model, pool });
      rows.push([
        String(side),
        model,
        digits(one.updates_M_s),
        digits(one.wallUpdates_M_s),
        digits(two.wallUpdates_M_s),
        digits(one.solvesPerStep),
        digits(one.iterationsPerStep),
      ]);
    }
  console.log(
    `Half-select write at 1 %, a ramp, steps of tau / 50, solved again at every step (M updates/s: 1T of processor time, then wall time)`,
  );
  printTable(["N", "model", "1T M/s", "1T wall", `${threads}T wall`, "solves per step", "iterations per step"], rows);
}
