/** What an instrument driver implements, and the checks that tell when it is done. */
export type { ArrayBackend, Capabilities, Products, Reading, SampleBlock, WindowReading } from "../arrayBackend.ts";
export { arrayBackendPromises } from "../arrayBackend.promises.ts";
export type { Address, LineDrive, ProductReadout, Readout, ReadWindow, Stimulus } from "../stimulus.ts";
export { Arming, type ArmToken, type LatchStore, type Trip } from "../limiter/arming.ts";
export { type Blocker, findBlockers, type Readiness } from "../limiter/blockers.ts";
export { type Admitted, isAdmitted, Limiter, redeem } from "../limiter/limiter.ts";
export { limitsCrc } from "../limiter/limitsCrc.ts";
export { type ChipLimits, type Limits, limitsInForce } from "../limits.ts";
