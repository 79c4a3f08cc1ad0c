import type { JunctionModel } from "../model.ts";

/** Lipid bilayers, protein channels, polymers. */
export const SOFT_MODELS: readonly JunctionModel[] = [];
