export {
  type Circuit,
  type CircuitElement,
  type CircuitJunction,
  ElementError,
  GROUND,
  type SourceValue,
} from "./circuit.ts";
export { type CircuitRecord, type CircuitRun, simulateCircuit } from "./simulateCircuit.ts";
