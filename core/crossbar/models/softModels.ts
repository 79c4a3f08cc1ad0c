import type { JunctionModel } from "../model.ts";
import { aerolysin } from "./aerolysin.ts";
import { alamethicin } from "./alamethicin.ts";
import { alginate } from "./alginate.ts";
import { bareBilayer } from "./bareBilayer.ts";
import { bipolarMembrane } from "./bipolarMembrane.ts";
import { complementaryAlginate } from "./complementaryAlginate.ts";
import { dibSpiking } from "./dibSpiking.ts";
import { dropletChip } from "./dropletChip.ts";
import { dropletNetwork } from "./dropletNetwork.ts";
import { electrodrying } from "./electrodrying.ts";
import { hydrophobicGate } from "./hydrophobicGate.ts";
import { ionicPolymer } from "./ionicPolymer.ts";
import { memcapacitor } from "./memcapacitor.ts";
import { nafion } from "./nafion.ts";
import { oect } from "./oect.ts";
import { peptideFilm } from "./peptideFilm.ts";

/** Lipid bilayers, protein channels, polymers. */
export const SOFT_MODELS: readonly JunctionModel[] = [
  hydrophobicGate,
  electrodrying,
  aerolysin,
  alamethicin,
  memcapacitor,
  bareBilayer,
  dropletNetwork,
  dibSpiking,
  dropletChip,
  ionicPolymer,
  nafion,
  bipolarMembrane,
  alginate,
  complementaryAlginate,
  peptideFilm,
  oect,
];
