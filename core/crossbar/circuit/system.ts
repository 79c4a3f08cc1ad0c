/**
 * Modified nodal analysis: d/dt Q(y, t) + I(y, t) = 0 with y = node potentials, then one current per element whose voltage
 * is not a function of its current (Ho, Ruehli, Brennan 1975, 10.1109/TCS.1975.1084079). A device adds to all four parts.
 */
export class System {
  readonly size: number;
  readonly I: Float64Array;
  readonly Q: Float64Array;
  readonly dI: Float64Array;
  readonly dQ: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.I = new Float64Array(size);
    this.Q = new Float64Array(size);
    this.dI = new Float64Array(size * size);
    this.dQ = new Float64Array(size * size);
  }

  clear(): void {
    this.I.fill(0);
    this.Q.fill(0);
    this.dI.fill(0);
    this.dQ.fill(0);
  }

  /** Row `at` of I; -1 is ground. */
  add(at: number, value: number): void {
    if (at >= 0) this.I[at] += value;
  }

  derive(row: number, column: number, value: number): void {
    if (row >= 0 && column >= 0) this.dI[row * this.size + column] += value;
  }

  /** A current i with slope di/dv from one node to another. */
  addCurrent(from: number, to: number, current: number, slope: number): void {
    this.add(from, current);
    this.add(to, -current);
    spread(this.dI, this.size, from, to, slope);
  }

  /** A charge q with dq/dv on one node and its opposite on another. */
  addCharge(from: number, to: number, charge: number, slope: number): void {
    if (from >= 0) this.Q[from] += charge;
    if (to >= 0) this.Q[to] -= charge;
    spread(this.dQ, this.size, from, to, slope);
  }
}

function spread(matrix: Float64Array, n: number, from: number, to: number, slope: number): void {
  if (from >= 0) {
    matrix[from * n + from] += slope;
    if (to >= 0) matrix[from * n + to] -= slope;
  }
  if (to >= 0) {
    matrix[to * n + to] += slope;
    if (from >= 0) matrix[to * n + from] -= slope;
  }
}

/** Potential of a node; ground is -1. */
export function potential(y: Float64Array, node: number): number {
  return node < 0 ? 0 : y[node];
}
