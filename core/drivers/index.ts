/** What an instrument driver implements, and the checks that tell when it is done. */
export type { ArrayBackend, Capabilities, Products, Reading, SampleBlock, WindowReading } from "../arrayBackend.ts";
export { arrayBackendPromises } from "../arrayBackend.promises.ts";
export type { Address, LineDrive, ProductReadout, Readout, ReadWindow, Stimulus } from "../stimulus.ts";
