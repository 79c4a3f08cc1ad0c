import fc from "fast-check";
import { SOAK } from "./soak.ts";

/** Property tests draw the same examples every time; the long form draws new ones, and a failure prints the seed to replay. */
if (!SOAK) fc.configureGlobal({ seed: 20_240_229 });
