import type { CoarseGrid } from "./coarseGrid.ts";
import { groupPass, makePass, panelPass, type Pass } from "./passes.ts";
import { ranges, sumDoubles, type Workspace } from "./workspace.ts";

/**
 * Preconditioned conjugate gradients on the word-line Schur complement
 *
 *   S w = s_w + D K_b s_b,   S = A_w - D K_b D,   K_b = A_b^-1,   D = diag(G)
 *
 * with A_w, A_b the word and bit lines with their junctions to ground (tridiagonal, one ladder per line: columns.ts).
 * The bit nodes are eliminated exactly, so half of the unknowns remain and CG needs half of the steps of the full system.
 *
 * Without a coarse grid the preconditioner is A_w^-1: spectrum [1 - sigma^2, 1], steps in proportion to N / l. Then
 * A_w p is carried by recurrence (A_w z = r, hence u <- r + beta u; Concus, Golub and O'Leary 1976, Widlund 1978,
 * 10.1137/0715053): the product S p = u - D K_b D p never sees a wire, so no digit is lost however small its resistance.
 * With a coarse grid (coarseGrid.ts) S p = L_w p + D (p - K_b D p) is formed from differences of neighbours.
 *
 * The preconditioner may be applied in single precision (kernels/assembly/singles.ts): the residual follows w exactly, in
 * doubles, and its rounding is one more perturbation of B, 1e-4 in the energy norm at most, which conjugate gradients
 * stand (Golub and Ye 1999, 10.1137/S1064827597323415). z is then in units of 1 / scale, so that squares stay in range.
 *
 * Three passes per iteration over 8 to 9 lists: about 110 bytes and 40 operations per junction.
 */
export interface ConjugateGradients {
  /** Iterates from the residual in `r`; `w` lags by the last step, which `pending` returns. */
  run(goal: Goal): Progress;
}

export interface Goal {
  /** Enough when sqrt(r . B r), an estimate of the energy norm of the error, is this part of that of the correction. */
  readonly stop: number;
  /** Enough in any case, in the same unit, sqrt(watt). */
  readonly floor: number;
  readonly mostIterations: number;
  /** Goes on with the directions of the run before, whose pending step has been added to `w`. */
  readonly resume: boolean;
}

export interface Progress {
  readonly iterations: number;
  readonly outcome: "converged" | "stagnated" | "broken";
  /** Step along `p` that has not been added to `w` yet. */
  readonly pending: number;
  /** sqrt(r . B r) at the end. */
  readonly error: number;
}

/** @param precision of the preconditioner with a coarse grid; lines alone are always solved in doubles */
export function makeConjugateGradients(
  space: Workspace,
  coarse: CoarseGrid | undefined,
  precision: "f32" | "f64" = "f32",
): ConjugateGradients {
  const { at, layout } = space;
  const { panels, stride, rows } = layout;
  const single = coarse !== undefined && precision === "f32";
  const smooth = single ? singleRows() : doubleRows();
  const { step, apply } = coarse ? interpolatedPasses(space, coarse) : carriedPasses(space);
  const round = makePass(
    space,
    "roundList",
    ranges(16 * panels * layout.groups, space.tasks).map(([from, to]) => [from, to, at.rowFactor, at.carried]),
  );

  let gained = 0;
  let rzOld = Number.POSITIVE_INFINITY;
  /** p stands in units of 1 / scale. */
  let scale = 1;
  return {
    run({ stop, floor, mostIterations, resume }) {
      // what the lines did before the first iteration tells how large it is
      let energy = resume ? rzOld : sumDoubles(space, at.groupSums, layout.groups);
      if (!resume) {
        gained = 0;
        rzOld = Number.POSITIVE_INFINITY;
        scale = 1;
        if (single && energy === 0) return { iterations: 0, outcome: "converged", pending: 0, error: 0 };
        if (single && !space.rounded.valid) round.run();
        space.rounded.valid = single;
      }
      let a = 0;
      let best = Number.POSITIVE_INFINITY;
      let sinceBest = 0;
      for (let iterations = 0; ; iterations++) {
        let unit = single ? inverseCurrent(energy, coarse.mean_S) : 1;
        let scaled = precondition(a, unit);
        // a residual that fell by many decades at once is lost beside what keeps singles normal: again, in its own unit
        for (;;) {
          const better = single ? inverseCurrent(scaled / unit / unit, coarse.mean_S) : unit;
          if (better === LARGEST_UNIT) return { iterations, outcome: "converged", pending: a, error: 0 };
          if (!(better > WIDEST_STEP * unit)) break;
          unit = better;
          scaled = precondition(0, unit);
        }
        const rz = scaled / unit / unit;
        const error = Math.sqrt(Math.max(rz, 0));
        const end = (outcome: Progress["outcome"]): Progress => ({ iterations, outcome, pending: a, error });
        if (!(rz >= 0)) return end("broken");
        // the energy of the correction so far is sum a r.z (Hestenes and Stiefel 1952); what is left adds r.z
        if (error <= stop * Math.sqrt(gained + rz) || error <= floor) return end("converged");
        if (rz < 0.25 * best) {
          best = rz;
          sinceBest = 0;
        } else if (++sinceBest > 60) return end("stagnated");
        if (iterations === mostIterations) return end("stagnated");
        step.run((rz / rzOld) * (unit / scale), a);
        scale = unit;
        apply.run();
        const curvature = sumDoubles(space, at.panelSums, panels);
        if (!(curvature > 0)) return { iterations, outcome: "broken", pending: 0, error };
        rzOld = rz;
        energy = rz;
        a = scaled / curvature / scale;
        gained += (scaled / curvature) * rz;
      }
    },
  };

  /** r -= a product, z = B r in units of 1 / unit; z . r in those units. */
  function precondition(a: number, unit: number): number {
    smooth.run(a, unit);
    return sumDoubles(space, at.groupSums, layout.groups) + (coarse ? coarse.correct() : 0);
  }

  function doubleRows(): Pass {
    return groupPass(
      space,
      "solveRows",
      (ladder) => [
        panels,
        stride,
        at.rowFactor,
        at.rowInverse,
        at.rowResistance,
        0,
        at.product,
        at.r,
        at.z,
        ladder,
        at.groupSums,
        ...restriction(),
      ],
      [7],
    );
  }

  function singleRows(): Pass {
    return groupPass(
      space,
      "solveRowsSingle",
      (ladder) => [
        panels,
        stride,
        at.carried,
        at.rowInverse,
        at.rowResistance,
        0,
        1,
        at.product,
        at.r,
        at.z,
        ladder,
        at.groupSums,
        ...restriction(),
      ],
      [7, 8],
    );
  }

  function restriction(): number[] {
    if (!coarse) return [0, 0, 0, 0, 0];
    return [coarse.shift, coarse.columnWeights, coarse.restricted, coarse.restrictedStride, coarse.points.columns];
  }

  function interpolatedPasses(space: Workspace, grid: CoarseGrid): { step: Pass; apply: Pass } {
    return {
      step: groupPass(
        space,
        single ? "stepSingle" : "stepInterpolated",
        (_ladder, task) => [
          panels,
          stride,
          0,
          0,
          at.w,
          at.z,
          at.p,
          grid.shift,
          grid.columnWeights,
          grid.rowWeights,
          grid.correction,
          grid.correctionStride,
          grid.points.rows,
          grid.points.columns,
          grid.line(task),
        ],
        [4, 5],
      ),
      apply: panelPass(space, "applySystem", (ladder) => [
        ...ladderArguments(),
        space.zeros,
        at.p,
        at.product,
        ladder,
        at.panelSums,
        panels,
        at.rowSegment,
        at.left,
        at.right,
        space.lastColumn,
      ]),
    };
  }

  function carriedPasses(space: Workspace): { step: Pass; apply: Pass } {
    return {
      step: groupPass(space, "stepCarried", () => [panels, stride, 0, 0, at.w, at.z, at.p, at.r, at.carried], [4, 5]),
      apply: panelPass(space, "applyCarried", (ladder) => [
        ...ladderArguments(),
        space.zeros,
        at.p,
        at.carried,
        at.product,
        ladder,
        at.panelSums,
      ]),
    };
  }

  function ladderArguments(): number[] {
    return [rows, stride, at.conductance, at.columnFactor, at.columnInverse, at.columnResistance];
  }
}

/** No currents at all. */
const LARGEST_UNIT = 2 ** 400;
const WIDEST_STEP = 2 ** 24;

/** A power of two that brings currents of this energy (watt) through conductances of this size to about 1. */
function inverseCurrent(energy: number, mean_S: number): number {
  const exponent = Math.round((Math.log2(energy) + Math.log2(mean_S)) / 2);
  return Number.isNaN(exponent) ? 1 : Math.min(Math.max(2 ** -exponent, 1 / LARGEST_UNIT), LARGEST_UNIT);
}
