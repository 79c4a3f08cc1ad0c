/** The effective matrix of a state and products with it: what other rooms may use. */
export { compileBytes, compileEffective } from "./compileEffective.ts";
export type { JunctionChange } from "./junctionUpdates.ts";
export { chooseSolves, iterativeSolves, type LinearSolves, type MakeSolves, plainSolves } from "./linearSolves.ts";
export { type PackedMatrix, packMatrix, type Precision } from "./packedMatrix.ts";
export { createProductEngine } from "./productEngine.ts";
export type { ProductEngine, ProductOptions, ProductStatistics } from "./products.ts";
