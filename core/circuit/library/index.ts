import { imp, nand } from "./implication.ts";
import { memriki, memrikiNand, memrikiXor } from "./memriki.ts";
import { network15 } from "./network15.ts";
import { chua, fitzhughNagumo, ndrNeuron, relaxation, slitNeuron, vanDerPol } from "./plainCircuits.ts";
import type { ShippedCircuit } from "./shipped.ts";
import { spiking } from "./spiking.ts";

/** Every shipped circuit; their YAML stands in examples/circuits. */
export const SHIPPED_CIRCUITS: readonly ShippedCircuit[] = [
  imp,
  nand,
  spiking,
  slitNeuron,
  relaxation,
  fitzhughNagumo,
  ndrNeuron,
  vanDerPol,
  chua,
  memriki,
  memrikiXor,
  memrikiNand,
  network15,
];
