import { extrapolationWeights } from "../transient/extrapolationWeights.ts";
import { panelPass } from "./passes.ts";
import type { Workspace } from "./workspace.ts";

/** Instants that are remembered. A fourth would cost iterations: it doubles what the weights make of errors within the accuracy. */
const DEPTH = 3;

/**
 * Where the row nodes w were at earlier instants, to begin a solve where they are going: a parabola through the last three,
 * error of third order in the step. Lists in panels in the kernels' memory, 16 bytes per node.
 */
export interface RowPast {
  /**
   * w becomes what it will be at `time_s`, relative to the level `to`; before, it is the last solution, relative to `from`.
   * @returns whether two instants told; otherwise w is the last solution
   */
  begin(time_s: number | undefined, from: number, to: number): boolean;
  /** w is the solution of this instant, relative to `level`. */
  remember(time_s: number | undefined, level: number): void;
  /** What was before tells nothing about what follows. */
  forget(): void;
  readonly bytes: number;
  free(): void;
}

export function makeRowPast(space: Workspace): RowPast {
  const { at, layout, pool } = space;
  const { stride, nodes } = layout;
  const bytes = 2 * 8 * nodes;
  const lists = pool.kernels.memory.reserve(bytes);
  /** Rows of earlier instants, newest first; before them all is w. */
  let earlier: readonly [older: number, oldest: number] = [lists, lists + 8 * nodes];
  /** Newest first: of w, `older` and `oldest`. */
  let past: { readonly time_s: number; readonly level: number }[] = [];
  const extrapolate = panelPass(space, "extrapolatePanels", () => [stride, 0, 0, 0, 0, at.w, 0, 0], [3, 4, 5, 6, 8, 9]);
  return {
    begin(time_s, from, to) {
      const [newest] = past;
      if (time_s !== undefined && newest?.time_s === time_s && from === to) {
        // the same instant again, after a small change: it takes the place of the one before
        past.shift();
        return false;
      }
      if (time_s === undefined || (newest && !(time_s > newest.time_s))) past = [];
      const known = time_s !== undefined && past.length > 1;
      const weights = known
        ? extrapolationWeights(
            past.map((instant) => instant.time_s),
            time_s,
          )
        : [1];
      const level = known ? past.reduce((sum, instant, k) => sum + weights[k] * instant.level, 0) : from;
      const [a, b = 0, c = 0] = weights;
      extrapolate.run(a, b, c, level - to, ...earlier);
      earlier = [earlier[1], earlier[0]];
      return known;
    },
    remember(time_s, level) {
      past = time_s === undefined ? [] : [{ time_s, level }, ...past.slice(0, DEPTH - 1)];
    },
    forget() {
      past = [];
    },
    bytes,
    free: () => pool.kernels.memory.free(lists, bytes),
  };
}
