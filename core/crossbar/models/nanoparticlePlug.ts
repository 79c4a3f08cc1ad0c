import { makePlugModel } from "./particlePlug.ts";

/** Rigid particles: trapped while they are pushed, gone within milliseconds without. Equations in particlePlug.ts. */
export const nanoparticlePlug = makePlugModel(
  {
    name: "nanoparticle-plug",
    aliases: ["np-plug"],
    title: "Pore plugged by rigid nanoparticles",
    summary: "A push traps a rigid particle in the pore, without a push it leaves: volatile.",
  },
  false,
);
