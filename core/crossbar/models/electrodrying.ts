import type { JunctionModel } from "../model.ts";
import { gateParameters, resolveGate } from "./hydrophobicGate.ts";
import { ours } from "./parameters.ts";

/**
 * Electrodrying: a hydrophobic pore with an intrinsic dipole, whose field a voltage of one sign cancels. The pore of
 * hydrophobicGate.ts with V^2 -> (V + V_int)^2 (arXiv 2512.14631): it is driest at -V_int, so that voltage can dry it,
 * the current falls while |v| rises (NDR) and the branches of the conductance loop cross away from 0 V.
 *
 *   V_int   V   intrinsicVoltage_V, 0.2: with the rates of the FraC pore half of the pores are wet at 0 V.
 *               At 0.1 V with the same rates 99.9 % are dry at rest and the dry leak hides the falling current.
 *
 * No numbers are published; qualitative. Valid for -0.5 < v < 0.1 V, |v + V_int| < 0.3 V.
 */
export const electrodrying: JunctionModel = {
  name: "electrodrying-pore",
  aliases: ["electrodrying", "electrodry"],
  title: "Electrodrying of a pore with an intrinsic dipole",
  summary:
    "Wet and dry pores, electrowetting around a non-zero voltage: voltage can dry the pore, with falling current.",
  source: "arXiv 2512.14631",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.5, 0.1],
  states: [{ name: "wetFraction", unit: "", description: "part of the pores that are wet and conduct" }],
  parameters: gateParameters(
    ours(
      "intrinsicVoltage_V",
      "V",
      0.2,
      [-1, 1],
      "shift V_int by the dipole",
      "half wet at 0 V with the rates of FraC",
    ),
  ),

  resolve(given, environment) {
    return resolveGate(electrodrying, given, environment);
  },
};
