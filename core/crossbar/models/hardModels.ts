import type { JunctionModel } from "../model.ts";
import { conicalChannel } from "./conicalChannel.ts";
import { fourLoops } from "./fourLoops.ts";
import { ncnmChannel } from "./ncnmChannel.ts";
import { ohmic } from "./ohmic.ts";
import { svm } from "./svm.ts";

/** Generic junctions and pores in solid membranes. */
export const HARD_MODELS: readonly JunctionModel[] = [ohmic, svm, conicalChannel, ncnmChannel, fourLoops];
