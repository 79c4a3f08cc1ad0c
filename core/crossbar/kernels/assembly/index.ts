// Everything exported from here is exported by the WebAssembly module. One file per idea; nothing here holds state.
export * from "./vectors";
