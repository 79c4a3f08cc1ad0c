import type { JunctionModel } from "../model.ts";

/** Gels, brushes and particles inside or between solid pores. */
export const HYBRID_MODELS: readonly JunctionModel[] = [];
