// The nodal equations themselves, for a check that knows nothing of the recursion. Layout as in columns.ts.

import { sumLanes } from "./simd";

/**
 * Sum of squares of the net currents into all word and bit nodes of each panel, into `squares`: the residual of the
 * circuit at the potentials w and b. End currents are end (potential - node). Columns from `columns` on are no columns.
 */
export function squareResiduals(
  from: u32,
  to: u32,
  rows: u32,
  columns: u32,
  panels: u32,
  stride: usize,
  conductance: usize,
  w: usize,
  b: usize,
  rowSegment: usize,
  left: usize,
  leftLevel: usize,
  right: usize,
  rightLevel: usize,
  columnSegment: usize,
  top: usize,
  topLevel: usize,
  bottom: usize,
  bottomLevel: usize,
  squares: usize,
): void {
  for (let q = from; q < to; q++) {
    let sum = f64x2.splat(0);
    const at: usize = q * stride;
    for (let lane: u32 = 0; lane < 16 && (q << 4) + lane < columns; lane += 2) {
      const j = (q << 4) + lane;
      const column: usize = j << 3;
      const odd = j + 1 == columns;
      const wire = v128.load(columnSegment + column);
      let node: usize = at + (lane << 3);
      const before: usize = lane > 0 ? node - 8 : at - stride + 120;
      const after: usize = lane < 14 ? node + 16 : at + stride;
      let above = f64x2.mul(v128.load(top + column), f64x2.sub(v128.load(topLevel + column), v128.load(b + node)));
      if (lane > 0 && lane < 14 && j + 2 < columns) {
        // inside a panel neighbours are side by side
        for (let i: u32 = 0; i < rows; i++, node += 128) {
          const row = v128.load(w + node);
          const cross = v128.load(b + node);
          const current = f64x2.mul(v128.load(conductance + node), f64x2.sub(row, cross));
          const below =
            i + 1 < rows
              ? f64x2.mul(wire, f64x2.sub(v128.load(b + node, 128), cross))
              : f64x2.mul(v128.load(bottom + column), f64x2.sub(v128.load(bottomLevel + column), cross));
          const crossNet = f64x2.add(current, f64x2.add(above, below));
          above = f64x2.sub(f64x2.splat(0), below);
          const toLeft = f64x2.sub(v128.load(w + node - 8), row);
          const toRight = f64x2.sub(v128.load(w + node, 8), row);
          const along = f64x2.mul(v128.load64_splat(rowSegment + (i << 3)), f64x2.add(toLeft, toRight));
          const rowNet = f64x2.sub(along, current);
          sum = f64x2.add(sum, f64x2.add(f64x2.mul(rowNet, rowNet), f64x2.mul(crossNet, crossNet)));
        }
        continue;
      }
      for (let i: u32 = 0; i < rows; i++, node += 128) {
        const line: usize = i << 3;
        const offset: usize = i << 7;
        const row = v128.load(w + node);
        const cross = v128.load(b + node);
        const current = f64x2.mul(v128.load(conductance + node), f64x2.sub(row, cross));
        const below =
          i + 1 < rows
            ? f64x2.mul(wire, f64x2.sub(v128.load(b + node, 128), cross))
            : f64x2.mul(v128.load(bottom + column), f64x2.sub(v128.load(bottomLevel + column), cross));
        let crossNet = f64x2.add(current, f64x2.add(above, below));
        above = f64x2.sub(f64x2.splat(0), below);

        const first = f64x2.extract_lane(row, 0);
        const second = f64x2.extract_lane(row, 1);
        const s = f64.load(rowSegment + line);
        const fromLeft =
          j == 0
            ? f64.load(left + line) * (f64.load(leftLevel + line) - first)
            : s * (f64.load(w + before + offset) - first);
        const end = f64.load(right + line);
        const level = f64.load(rightLevel + line);
        const between = odd ? end * (level - first) : s * (second - first);
        const fromRight = j + 2 >= columns ? end * (level - second) : s * (f64.load(w + after + offset) - second);
        let rowNet = f64x2.replace_lane(f64x2.splat(fromLeft + between), 1, fromRight - between);
        rowNet = f64x2.sub(rowNet, current);
        if (odd) {
          rowNet = f64x2.replace_lane(rowNet, 1, 0);
          crossNet = f64x2.replace_lane(crossNet, 1, 0);
        }
        sum = f64x2.add(sum, f64x2.add(f64x2.mul(rowNet, rowNet), f64x2.mul(crossNet, crossNet)));
      }
    }
    f64.store(squares + (q << 3), sumLanes(sum));
  }
}
