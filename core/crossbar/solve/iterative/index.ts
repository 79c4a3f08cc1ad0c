/** Line-preconditioned conjugate gradients for arrays of any size: what other rooms may use. */
export {
  type ColumnCurrents,
  createIterativeSolver,
  type IterativeOptions,
  type IterativeReport,
  type IterativeSolution,
  type IterativeSolver,
  type SolveOptions,
  type SolverStats,
} from "./iterativeSolver.ts";
