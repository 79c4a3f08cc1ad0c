import { epochs } from "./epochs.ts";
import { pulse } from "./pulse.ts";
import { ramp } from "./ramp.ts";
import { read } from "./read.ts";

/** What programs are made of, defined as the protocols of the library are; scripts call them as functions. */
export const VERBS = { pulse, read, ramp, epochs } as const;

export { epochs, pulse, ramp, read };
