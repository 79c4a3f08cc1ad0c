/** Line-preconditioned conjugate gradients for arrays of any size: what other rooms may use. */
export { createIterativeSolver } from "./iterativeSolver.ts";
export type {
  ColumnCurrents,
  IterativeOptions,
  IterativeReport,
  IterativeSolution,
  IterativeSolver,
  SolveOptions,
  SolverStats,
} from "./solver.ts";
