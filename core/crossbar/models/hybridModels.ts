import type { JunctionModel } from "../model.ts";
import { elasticParticle } from "./elasticParticle.ts";
import { gelCone } from "./gelCone.ts";
import { gelStack } from "./gelStack.ts";
import { liposomePlug } from "./liposomePlug.ts";
import { nanoparticlePlug } from "./nanoparticlePlug.ts";
import { pnipamGate } from "./pnipamGate.ts";
import { polyimidazoliumBrush } from "./polyimidazoliumBrush.ts";

/** Gels, brushes and particles inside or between solid pores. */
export const HYBRID_MODELS: readonly JunctionModel[] = [
  gelStack,
  gelCone,
  polyimidazoliumBrush,
  pnipamGate,
  nanoparticlePlug,
  liposomePlug,
  elasticParticle,
];
