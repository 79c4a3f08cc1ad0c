import type { CoarseGrid } from "./coarseGrid.ts";
import { groupPass, panelPass, type Pass } from "./passes.ts";
import { sumDoubles, type Workspace } from "./workspace.ts";

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
 * Three passes per iteration over 8 to 9 lists: about 120 bytes and 40 operations per junction.
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

export function makeConjugateGradients(space: Workspace, coarse: CoarseGrid | undefined): ConjugateGradients {
  const { at, layout } = space;
  const { panels, stride, rows } = layout;
  const smooth = groupPass(
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
      coarse?.shift ?? 0,
      coarse?.columnWeights ?? 0,
      coarse?.restricted ?? 0,
      coarse?.restrictedStride ?? 0,
      coarse?.points.columns ?? 0,
    ],
    [7],
  );
  const { step, apply } = coarse ? interpolatedPasses(space, coarse) : carriedPasses(space);

  let gained = 0;
  let rzOld = Number.POSITIVE_INFINITY;
  return {
    run({ stop, floor, mostIterations, resume }) {
      if (!resume) {
        gained = 0;
        rzOld = Number.POSITIVE_INFINITY;
      }
      let a = 0;
      let best = Number.POSITIVE_INFINITY;
      let sinceBest = 0;
      for (let iterations = 0; ; iterations++) {
        smooth.run(a);
        let rz = sumDoubles(space, at.groupSums, layout.groups);
        if (coarse) rz += coarse.correct();
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
        step.run(rz / rzOld, a);
        apply.run();
        const curvature = sumDoubles(space, at.panelSums, panels);
        if (!(curvature > 0)) return { iterations, outcome: "broken", pending: 0, error };
        rzOld = rz;
        a = rz / curvature;
        gained += a * rz;
      }
    },
  };

  function interpolatedPasses(space: Workspace, grid: CoarseGrid): { step: Pass; apply: Pass } {
    return {
      step: groupPass(
        space,
        "stepInterpolated",
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
