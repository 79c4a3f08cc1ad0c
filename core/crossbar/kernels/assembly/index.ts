// Everything exported from here is exported by the WebAssembly module. One file per idea; nothing here holds state.
export * from "./coarse";
export * from "./columns";
export { buildBlock } from "./denseBlock";
export { gatherLast } from "./denseLast";
export { crossSeam, factorSeam, solveSeam } from "./denseSeam";
export * from "./directions";
export * from "./relaxation";
export * from "./residual";
export * from "./rows";
export * from "./singles";
export * from "./systems";
export * from "./transient";
export * from "./vectors";
export * from "./denseProduct";
