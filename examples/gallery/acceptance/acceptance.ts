import type { Acceptance } from "../measure.ts";
import { HARD_NUMBERS } from "./hardNumbers.ts";
import { HYBRID_NUMBERS } from "./hybridNumbers.ts";
import { SOFT_NUMBERS } from "./softNumbers.ts";

/**
 * Acceptance numbers of the junction models, shown on their pages and checked by acceptance.test.ts: published figures and
 * independent computations (fixtures/README.md), never this project's own output. The complete tests stand beside the
 * models; here is what can be asked in one line.
 */
export const ACCEPTANCE: readonly Acceptance[] = [...HARD_NUMBERS, ...SOFT_NUMBERS, ...HYBRID_NUMBERS];
