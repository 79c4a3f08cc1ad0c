import type { JunctionModel } from "../model.ts";
import { adsorptionSlit } from "./adsorptionSlit.ts";
import { adsorptionSlitExchange } from "./adsorptionSlitExchange.ts";
import { bicationPore } from "./bicationPore.ts";
import { bipolarCone } from "./bipolarCone.ts";
import { blisterSwitch } from "./blisterSwitch.ts";
import { chemicalCone } from "./chemicalCone.ts";
import { conicalChannel } from "./conicalChannel.ts";
import { conicalNdr } from "./conicalNdr.ts";
import { fourLoops } from "./fourLoops.ts";
import { goDendrite } from "./goDendrite.ts";
import { ionicLiquidPiston } from "./ionicLiquidPiston.ts";
import { ionicLiquidSlit } from "./ionicLiquidSlit.ts";
import { largeMembrane } from "./largeMembrane.ts";
import { mofMembrane } from "./mofMembrane.ts";
import { mossePore } from "./mossePore.ts";
import { multiIonPore } from "./multiIonPore.ts";
import { multipore } from "./multipore.ts";
import { ncnmChannel } from "./ncnmChannel.ts";
import { ohmic } from "./ohmic.ts";
import { phosphateGate } from "./phosphateGate.ts";
import { photoJunction } from "./photoJunction.ts";
import { plasticSlit } from "./plasticSlit.ts";
import { precipitationCone } from "./precipitationCone.ts";
import { precipitationOscillator } from "./precipitationOscillator.ts";
import { pressureCone } from "./pressureCone.ts";
import { svm } from "./svm.ts";
import { wienSlit } from "./wienSlit.ts";
import { wienSlitPairs } from "./wienSlitPairs.ts";

/** Generic junctions and pores in solid membranes. */
export const HARD_MODELS: readonly JunctionModel[] = [
  ohmic,
  svm,
  fourLoops,
  conicalChannel,
  bipolarCone,
  pressureCone,
  chemicalCone,
  ncnmChannel,
  multipore,
  largeMembrane,
  conicalNdr,
  wienSlit,
  wienSlitPairs,
  adsorptionSlit,
  adsorptionSlitExchange,
  plasticSlit,
  blisterSwitch,
  ionicLiquidPiston,
  ionicLiquidSlit,
  photoJunction,
  mofMembrane,
  goDendrite,
  precipitationCone,
  precipitationOscillator,
  phosphateGate,
  mossePore,
  bicationPore,
  multiIonPore,
];
