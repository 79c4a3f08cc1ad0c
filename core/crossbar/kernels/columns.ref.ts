import type { KernelMemory } from "./kernelMemory.ts";

/** Reference of assembly/columns.ts and assembly/systems.ts, where layout, ladder and meaning of every argument are told. */
export function columnsReference(memory: KernelMemory) {
  /** Calls `visit` with each column of the panels and the places of its first node and of its line in lists per column. */
  function forColumns(from: number, to: number, stride: number, visit: (first: number, line: number) => void): void {
    for (let q = from; q < to; q++) for (let lane = 0; lane < 16; lane++) visit((q * stride) / 8 + lane, q * 16 + lane);
  }

  /** Node potentials K_b s of one column, s = G x + sources, in `ladder` one per row; r J_k beside them. */
  function solveColumn(
    rows: number,
    g: number,
    c: number,
    x: number,
    line: number,
    resistance: number,
    first: number,
    last: number,
    inverse: number,
  ): Float64Array {
    const { f64 } = memory;
    const r = f64[(resistance >>> 3) + line];
    const drops = new Float64Array(rows);
    let current = f64[(first >>> 3) + line];
    for (let i = 0; i < rows; i++) {
      const k = 16 * i;
      current = f64[c + k] * current + f64[g + k] * f64[x + k];
      drops[i] = r * current;
    }
    const potentials = new Float64Array(rows);
    let y = (current + f64[(last >>> 3) + line]) * f64[(inverse >>> 3) + line];
    for (let i = rows - 1; i >= 0; i--) {
      potentials[i] = y;
      if (i > 0) y = f64[c + 16 * i] * (y + drops[i - 1]);
    }
    return potentials;
  }

  return {
    factorColumns(
      from: number,
      to: number,
      rows: number,
      stride: number,
      conductance: number,
      resistance: number,
      top: number,
      bottom: number,
      factor: number,
      inverse: number,
    ): void {
      const { f64 } = memory;
      forColumns(from, to, stride, (node, line) => {
        const g = (conductance >>> 3) + node;
        const c = (factor >>> 3) + node;
        const r = f64[(resistance >>> 3) + line];
        let total = f64[(top >>> 3) + line] + f64[g];
        f64[c] = 1;
        for (let i = 1; i < rows; i++) {
          const share = 1 / (r * total + 1);
          f64[c + 16 * i] = share;
          total = share * total + f64[g + 16 * i];
        }
        f64[(inverse >>> 3) + line] = 1 / (total + f64[(bottom >>> 3) + line]);
      });
    },

    coupleColumns(
      from: number,
      to: number,
      rows: number,
      stride: number,
      conductance: number,
      factor: number,
      inverse: number,
      resistance: number,
      first: number,
      last: number,
      x: number,
      into: number,
      _ladder: number,
      bottom: number,
      currents: number,
    ): void {
      const { f64 } = memory;
      forColumns(from, to, stride, (node, line) => {
        const g = (conductance >>> 3) + node;
        const c = (factor >>> 3) + node;
        const y = solveColumn(rows, g, c, (x >>> 3) + node, line, resistance, first, last, inverse);
        for (let i = 0; i < rows; i++) f64[(into >>> 3) + node + 16 * i] = f64[g + 16 * i] * y[i];
        f64[(currents >>> 3) + line] = f64[(bottom >>> 3) + line] * y[rows - 1];
      });
    },

    applyCarried(
      from: number,
      to: number,
      rows: number,
      stride: number,
      conductance: number,
      factor: number,
      inverse: number,
      resistance: number,
      zeros: number,
      p: number,
      carried: number,
      product: number,
      _ladder: number,
      dots: number,
    ): void {
      const { f64 } = memory;
      for (let q = from; q < to; q++) {
        let dot = 0;
        forColumns(q, q + 1, stride, (node, line) => {
          const g = (conductance >>> 3) + node;
          const x = (p >>> 3) + node;
          // sources of an iteration are zero for every column: `zeros` is one panel, not a list per column
          const sources = zeros - 128 * q;
          const y = solveColumn(rows, g, (factor >>> 3) + node, x, line, resistance, sources, sources, inverse);
          for (let i = 0; i < rows; i++) {
            const k = 16 * i;
            const current = f64[(carried >>> 3) + node + k] - f64[g + k] * y[i];
            f64[(product >>> 3) + node + k] = current;
            dot += current * f64[x + k];
          }
        });
        f64[(dots >>> 3) + q] = dot;
      }
    },

    applySystem(
      from: number,
      to: number,
      rows: number,
      stride: number,
      conductance: number,
      factor: number,
      inverse: number,
      resistance: number,
      zeros: number,
      p: number,
      product: number,
      _ladder: number,
      dots: number,
      panels: number,
      segment: number,
      left: number,
      right: number,
      lastColumn: number,
    ): void {
      const { f64 } = memory;
      const columns = panels * 16;
      const place = (j: number): number => ((j >> 4) * stride) / 8 + (j & 15);
      for (let q = from; q < to; q++) {
        let dot = 0;
        forColumns(q, q + 1, stride, (node, line) => {
          const g = (conductance >>> 3) + node;
          const x = (p >>> 3) + node;
          const sources = zeros - 128 * q;
          const y = solveColumn(rows, g, (factor >>> 3) + node, x, line, resistance, sources, sources, inverse);
          const before = (p >>> 3) + place(Math.max(line - 1, 0));
          const after = (p >>> 3) + place(Math.min(line + 1, columns - 1));
          for (let i = 0; i < rows; i++) {
            const k = 16 * i;
            const value = f64[x + k];
            let current = f64[(segment >>> 3) + i] * (value - f64[before + k] + (value - f64[after + k]));
            current += f64[g + k] * (value - y[i]);
            if (line === 0) current += f64[(left >>> 3) + i] * value;
            if (line === lastColumn) current += f64[(right >>> 3) + i] * value;
            f64[(product >>> 3) + node + k] = current;
            dot += current * value;
          }
        });
        f64[(dots >>> 3) + q] = dot;
      }
    },

    finishColumns(
      from: number,
      to: number,
      rows: number,
      stride: number,
      conductance: number,
      factor: number,
      inverse: number,
      resistance: number,
      first: number,
      last: number,
      bottom: number,
      shift: number,
      a: number,
      p: number,
      w: number,
      nodes: number,
      currents: number,
      _ladder: number,
    ): void {
      const { f64 } = memory;
      forColumns(from, to, stride, (node, line) => {
        const level = f64[(shift >>> 3) + line];
        const out = (nodes >>> 3) + node;
        for (let k = 0; k < 16 * rows; k += 16) {
          f64[(w >>> 3) + node + k] += a * f64[(p >>> 3) + node + k];
          f64[out + k] = f64[(w >>> 3) + node + k] - level;
        }
        const g = (conductance >>> 3) + node;
        const c = (factor >>> 3) + node;
        const y = solveColumn(rows, g, c, out, line, resistance, first, last, inverse);
        for (let i = 0; i < rows; i++) f64[out + 16 * i] = level + y[i];
        f64[(currents >>> 3) + line] = f64[(bottom >>> 3) + line] * y[rows - 1];
      });
    },
  };
}
