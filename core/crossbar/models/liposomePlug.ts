import { makePlugModel } from "./particlePlug.ts";

/** Soft particles: once trapped they deform into the pore, close it and stay until pressed out. Equations in particlePlug.ts. */
export const liposomePlug = makePlugModel(
  {
    name: "liposome-plug",
    aliases: ["soft-plug"],
    title: "Pore plugged by soft liposomes",
    summary: "A push traps a liposome and wedges it: closed to 100 %, nonvolatile, reset by pressure.",
  },
  true,
);
