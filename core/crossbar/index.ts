/** Public names of `crosspore/crossbar`. */

// the array and its junctions
export { type Environment, ENVIRONMENT_RANGES } from "./environment.ts";
export { type Grid, junctionCount, junctionIndex, LARGEST_SIDE, makeGrid } from "./grid.ts";
export type {
  Claims,
  JunctionKernel,
  JunctionModel,
  Parameters,
  ParameterSpec,
  ParameterValue,
  Plug,
  Provenance,
  StateSpec,
} from "./model.ts";
export { findModel, MODELS, resolveJunction } from "./models/registry.ts";
export { fillParameters, ParameterError } from "./models/parameters.ts";
export { makeRelaxer, type Relaxation, type Surroundings } from "./engines/relaxation.ts";
export { type Bank, makeBank } from "./engines/bank.ts";
export { Dice } from "./engines/dice.ts";
export { makeDrift } from "./engines/drift.ts";
export { type Dynamics, type Fields, STILL, type Terminals } from "./engines/dynamics.ts";
export { inSequence, withEdges } from "./engines/edges.ts";
export { type LinearPair, makeLinearPair } from "./engines/linearPair.ts";
export { type KernelParts, makeKernel } from "./engines/makeKernel.ts";
export { type Equations, makeRungeKutta } from "./engines/rungeKutta.ts";
export { type Follower, makeFollower } from "./engines/follower.ts";
export { rangeWarnings } from "./validRange.ts";
export { enumerateConfigurations, type IonConfiguration, type IonSpecies } from "./models/ionConfigurations.ts";
export { MOSSE_BARRIERS } from "./models/mossePore.ts";
export { makeStiffPair, type StiffPair } from "./engines/stiffPair.ts";
export { type History, makeTwoState, type TwoState } from "./engines/twoState.ts";
export { type Arrivals, makeArrivals } from "./engines/arrivals.ts";
export { allocateState, JunctionState, type StateBuffer, stateFrom } from "./state.ts";

// drivers
export { type CurrentClamp, makeCurrentClamp } from "./neurons/currentClamp.ts";
export { type CurrentNoise, makeCurrentNoise, stepCurrentNoise } from "./neurons/currentNoise.ts";
export { type Driver, DRIVERS, findDriver } from "./neurons/drivers.ts";
export { makeNeurons, type Neurons, stepNeurons } from "./neurons/hodgkinHuxley.ts";
export { stdpChange } from "./neurons/stdpWindow.ts";
export { arriveSpike, makeSynapses, type SynapseParameters, type Synapses } from "./neurons/tsodyksMarkram.ts";

// electrolyte and geometry
export * from "./constants.ts";
export { debyeLength_m, diffusionRatio, kclConductivity_S_m, waterViscosity_Pa_s } from "./electrolyte.ts";
export {
  accessResistance_ohm,
  coneResistance_ohm,
  cylinderResistance_ohm,
  dukhinLength_m,
  multiporeConductance_S,
  poreConductivity_S_m,
  segmentResistance_ohm,
} from "./line.ts";

export { type ChipGeometry, checkGeometry } from "./checkGeometry.ts";

// what an array adds to its junctions
export type { Effect, EffectSite, EffectSpec, Moment } from "./effects/effect.ts";
export { EFFECTS, type EffectsConfig, findEffect, makeEffects } from "./effects/index.ts";
export type { Translocation } from "./effects/translocations.ts";
export { type AffectedKernel, withEffects } from "./effects/withEffects.ts";
export { plateCapacitance_F, VACUUM_PERMITTIVITY_F_M } from "./effects/capacitance.ts";
export {
  chargeTransfer_ohm_m2,
  chlorideReserve_C_m2,
  electrodeLife_s,
  FARADAY_C_MOL,
  nernstSlope_V,
} from "./effects/electrodes.ts";
export { poreHeating_K } from "./effects/heating.ts";
export { evaporatedSalt_mM } from "./effects/evaporation.ts";
export { couplingResponse, onset_s, steadyDepletion_mM } from "./effects/saltCoupling.ts";
export { carrierCount, type NoiseConstants, noiseDensities, noiseVariances } from "./effects/noise.ts";
export { breakdownHazard_perS, enduranceTo, pHShift, remainingHysteresis } from "./effects/endurance.ts";
export { levelCount, refreshPeriod_s, retained_S } from "./effects/retention.ts";
export { type DisturbEvent, disturbSeries_S, planRefresh, readDisturb, type RefreshPlan } from "./effects/disturb.ts";

// randomness
export { fillNormal, fillUniform, normal, streamOf, threefry2x32, uniform } from "./random.ts";
export { nearestName, suggestName } from "./nearestName.ts";

// node voltages: solve/
export type { ArrayNetwork, LineDrives, NetworkSolution } from "./solve/network.ts";
export { buildNetwork } from "./solve/buildNetwork.ts";
export { type ConnectedEnds, connectedEnds, nearEnds } from "./solve/connectedEnds.ts";
export { effectiveMatrix, multiplyEffective } from "./solve/effectiveMatrix.ts";
export { type Factorisation, factorNetwork } from "./solve/factorNetwork.ts";
export { solveNetwork, solveOnce } from "./solve/solveNetwork.ts";
export { createIterativeSolver, type IterativeSolver } from "./solve/iterative/index.ts";
export { type JunctionLaw, type LawRequest, makeLaw } from "./solve/law.ts";
export { createNonlinearSolver, type NonlinearSolver, solveNonlinearOnce } from "./solve/nonlinear/solveNonlinear.ts";
export {
  chooseSolves,
  compileEffective,
  createProductEngine,
  type JunctionChange,
  type LinearSolves,
  type MakeSolves,
  type PackedMatrix,
  packMatrix,
  type Precision,
  type ProductEngine,
  type ProductOptions,
  type ProductStatistics,
} from "./solve/compiled/index.ts";

// any graph of junctions and lumped elements
export * from "./circuit/index.ts";

// what a solved array shows
export * from "./usefulSize.ts";
export * from "./views.ts";
