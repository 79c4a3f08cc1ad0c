import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "./problems.ts";

/** What another program needs for one vector of one problem, and its column currents. */
export interface PeerAnswer {
  readonly time_ms: number;
  readonly columnCurrent_A: Float64Array;
}

/** Whether a program is here; says so loudly when it is not. */
export function isInstalled(name: "ngspice" | "scipy"): boolean {
  const { status } =
    name === "ngspice"
      ? spawnSync("ngspice", ["--version"], { stdio: "ignore" })
      : spawnSync("python3", ["-c", "import scipy.sparse.linalg"], { stdio: "ignore" });
  if (status === 0) return true;
  console.log(
    `SKIPPED ${name}: not installed (Debian: apt-get install ${name === "ngspice" ? "ngspice" : "python3-scipy"})\n`,
  );
  return false;
}

/** `.op` of the netlist, wall time of the whole process. */
export function runNgspice({ network, row_V }: Problem): PeerAnswer {
  const { rows, columns, conductance_S, rowSegment_ohm, columnSegment_ohm } = network;
  const lines = ["crossbar"];
  row_V.forEach((v, i) => lines.push(`Vr${i} r${i} 0 ${v}`, `Rr${i} r${i} w${i}_0 ${rowSegment_ohm[i]}`));
  for (let j = 0; j < columns; j++)
    lines.push(`Rb${j} b${rows - 1}_${j} c${j} ${columnSegment_ohm[j]}`, `Vc${j} c${j} 0 0`);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      lines.push(`Rg${i}_${j} w${i}_${j} b${i}_${j} ${1 / (conductance_S[i * columns + j] ?? 0)}`);
      if (j > 0) lines.push(`Rw${i}_${j} w${i}_${j - 1} w${i}_${j} ${rowSegment_ohm[i]}`);
      if (i > 0) lines.push(`Rc${i}_${j} b${i - 1}_${j} b${i}_${j} ${columnSegment_ohm[j]}`);
    }
  lines.push(".options reltol=1e-9 gmin=1e-25", ".control", "set numdgt=15", "op");
  for (let j = 0; j < columns; j++) lines.push(`print i(vc${j})`);
  lines.push("quit 0", ".endc", ".end");
  return inFolder((folder) => {
    const file = join(folder, "circuit.cir");
    writeFileSync(file, `${lines.join("\n")}\n`);
    const start = performance.now();
    const { stdout } = spawnSync("ngspice", ["-b", file], { encoding: "utf8", maxBuffer: 2 ** 28 });
    const time_ms = performance.now() - start;
    const currents = [...stdout.matchAll(/^i\(vc\d+\) = (\S+)/gm)].map(([, value]) => Number(value));
    return { time_ms, columnCurrent_A: Float64Array.from(currents) };
  });
}

const SPSOLVE = `
import sys, time, numpy as np, scipy.sparse as sp, scipy.sparse.linalg as la
n = int(sys.argv[1]); g = np.fromfile(sys.argv[2]).reshape(n, n); v = np.fromfile(sys.argv[3]); s = 1 / float(sys.argv[4])
w = np.arange(n * n).reshape(n, n); b = w + n * n
def pairs(a, c, y):
    a, c, y = a.ravel(), c.ravel(), np.broadcast_to(y, a.shape).ravel()
    return [(a, a, y), (c, c, y), (a, c, -y), (c, a, -y)]
parts = pairs(w, b, g) + pairs(w[:, :-1], w[:, 1:], s) + pairs(b[:-1], b[1:], s)
parts += [(w[:, 0], w[:, 0], np.full(n, s)), (b[-1], b[-1], np.full(n, s))]
i, j, y = (np.concatenate([np.ravel(p[k]) for p in parts]) for k in range(3))
a = sp.csc_matrix((y, (i, j)), shape=(2 * n * n, 2 * n * n)); f = np.zeros(2 * n * n); f[w[:, 0]] = s * v
best = 1e9
for k in range(3 if n <= 128 else 1):
    t = time.process_time(); x = la.spsolve(a, f); best = min(best, time.process_time() - t)
(s * x[b[-1]]).tofile(sys.argv[5]); print(best)
`;

/** scipy.sparse.linalg.spsolve (SuperLU), processor time of the solve alone, best of three. */
export function runSpsolve({ network, row_V }: Problem): PeerAnswer {
  return inFolder((folder) => {
    const [g, v, out] = ["g", "v", "i"].map((name) => join(folder, name)) as [string, string, string];
    const bytes = (values: Float64Array): Uint8Array =>
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    writeFileSync(g, bytes(network.conductance_S));
    writeFileSync(v, bytes(row_V));
    const words = ["-c", SPSOLVE, String(network.rows), g, v, String(network.rowSegment_ohm[0]), out];
    const { stdout, stderr } = spawnSync("python3", words, { encoding: "utf8" });
    if (stdout === "") throw new Error(stderr);
    const currents = readFileSync(out);
    return {
      time_ms: 1e3 * Number(stdout),
      columnCurrent_A: new Float64Array(
        currents.buffer.slice(currents.byteOffset, currents.byteOffset + currents.byteLength),
      ),
    };
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "crosspore-bench-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
