/**
 * Crosspore for scripts. Everything here is pure: no files, no ports, the same in Node and in a browser.
 * Junction physics and solvers stand in `crosspore/crossbar`, what instrument drivers need in `crosspore/drivers`.
 */

// the waist
export type { ArrayBackend, Capabilities, Products, Reading, SampleBlock, WindowReading } from "./arrayBackend.ts";
export type { Address, LineDrive, ProductReadout, Readout, ReadWindow, Stimulus } from "./stimulus.ts";
export { type BiasScheme, BIAS_SCHEMES, type CustomBias, driveCell, driveRow, groundAll } from "./bias.ts";
export { type Clock, VirtualClock } from "./clock.ts";
export { type ChipLimits, type Limits, limitsInForce, NO_LIMITS, strictest } from "./limits.ts";
export {
  checkWaveform,
  concat,
  constant,
  durationOf,
  edgesOf,
  largestMagnitude_V,
  largestSlew_V_s,
  largestStep_V,
  type Segment,
  scale,
  valueAt,
  type Waveform,
} from "./waveform.ts";

// the emulated array
export { EmulatedArray, type EmulatedArrayOptions } from "./emulated/emulatedArray.ts";
export type { EmulatedArrayConfig, FrontEndConfig, LineConfig } from "./emulated/config.ts";
export { conductanceOnly, type JunctionRecord, type JunctionRequest, simulateJunction } from "./simulate.ts";

// protocols and runs
export type {
  ApplyStep,
  MarkStep,
  MultiplyStep,
  Protocol,
  ProtocolContext,
  Step,
  StepGenerator,
} from "./protocol/protocol.ts";
export {
  conditioning,
  dummyCell,
  eis,
  endurance,
  halfSelect,
  ivSweep,
  lineResistance,
  memoryCapacity as memoryStream,
  noise,
  noMembrane,
  pairedPulse,
  PROTOCOLS,
  pulseTrain,
  readDisturb,
  readMap,
  reservoirTrain,
  retention,
  sealTest,
  shortTermTrain,
  srdp,
  stdp,
  switchingEnergy,
  vectorProduct,
  vmmAccuracy,
  writeVerify,
} from "./protocol/library/index.ts";
export { type Experiment, loadExperiment } from "./protocol/experiment.ts";
export { epochs, pulse, ramp, read } from "./protocol/language/verbs/index.ts";
export { experimentJsonSchema } from "./protocol/language/jsonSchema.ts";
export { explainPlan } from "./explain.ts";
export { type Prediction, predictRun } from "./predictRun.ts";
export { planFigure } from "./report/planFigure.ts";
export { type Plan, planProtocols } from "./plan.ts";
export { formatPlan } from "./planText.ts";
export { type RunOptions, runProtocols } from "./engine.ts";
export { DOSE_QUANTITIES, type Doses, DisturbBook, type Exposure, EXPOSURES } from "./disturbBook.ts";
export { EFFECTS, type EffectsConfig } from "./crossbar/effects/index.ts";
export { CalibratedArray } from "./calibration/calibratedArray.ts";
export { type Calibration, correctCurrent, readCalibration } from "./calibration/calibration.ts";
export { RunControl } from "./runControl.ts";
export { type Admitted, isAdmitted, Limiter, redeem, type StepFigures } from "./limiter/limiter.ts";
export { Arming, type ArmToken, armingOf, type LatchStore, type Trip } from "./limiter/arming.ts";
export { type Blocker, BLOCKER_CODES, findBlockers, type Readiness } from "./limiter/blockers.ts";
export { limitsCrc } from "./limiter/limitsCrc.ts";
export { type MemoryRunOptions, runInMemory } from "./runInMemory.ts";
export type { RunEvent, RunStopped } from "./runEvent.ts";

// records
export { csvRows } from "./record/csv.ts";
export { MemoryRun } from "./record/memoryRun.ts";
export { type RecordedEvent, RUN_SCHEMA, type RunData, type RunManifest } from "./record/runData.ts";

// matrices as other programs write and read them
export { readCsv, writeCsv } from "./matrixFiles/csv.ts";
export { type Matrix, makeMatrix } from "./matrixFiles/matrix.ts";
export { readNpy, writeNpy } from "./matrixFiles/npy.ts";

// analysis
export { analyseRun, type RunAnalysis } from "./analysis/summary.ts";
export { classifyLoop, type LoopArea, type LoopStyle, loopArea } from "./analysis/loop.ts";
export { type Cycle, type IvMetrics, lastCycle, measureCycle } from "./analysis/iv.ts";
export { type ExponentialFit, evaluateExponential, fitExponential } from "./analysis/expFit.ts";
export { analysePairs } from "./analysis/pairedPulse.ts";
export { type PairLaw, choosePairLaw, evaluatePairLaw } from "./analysis/pairLaws.ts";
export { analysePlasticity } from "./analysis/plasticity.ts";
export {
  choosePlasticityLaw,
  evaluatePlasticityLaw,
  fitPlasticityLaw,
  type PlasticityLaw,
  type PlasticityLawFit,
} from "./analysis/plasticityFit.ts";
export { analyseUpdates, symmetricError, symmetryPoint } from "./analysis/updateStatistics.ts";
export { analyseShortTermTrain } from "./analysis/shortTermTrain.ts";
export { analyseRates } from "./analysis/srdp.ts";
export { fitStdp, type StdpWindow } from "./analysis/stdp.ts";
export {
  type CurveFit,
  type CurveFitOptions,
  deriveEstimate,
  type Estimate as FitEstimate,
  fitCurve,
  fitFromStarts,
} from "./analysis/fit/curveFit.ts";
export { correctedAkaike, rankModels } from "./analysis/fit/modelChoice.ts";
export {
  chooseSpectrum,
  evaluateSpectrum,
  fitSpectrum,
  type SpectrumFit,
  type SpectrumTerm,
} from "./analysis/noise/spectrumFit.ts";
export { type Circuit as EquivalentCircuit, parseCircuit } from "./analysis/impedance/circuit.ts";
export {
  evaluateImpedance,
  fitImpedance,
  type ImpedanceFit,
  type ImpedanceFitOptions,
} from "./analysis/impedance/fitImpedance.ts";
export { type KramersKronigTest, testKramersKronig } from "./analysis/impedance/kramersKronig.ts";
export { analyseDisturb, analyseHalfSelect, voltageAtShift } from "./analysis/lifetime/disturb.ts";
export { type Distribution, distributionOf, quantile } from "./analysis/lifetime/distribution.ts";
export { analyseEndurance, type EnduranceRecord, type EnduranceResult } from "./analysis/lifetime/endurance.ts";
export { analyseRetention, evaluateRetention, type RetentionLaw } from "./analysis/lifetime/retention.ts";
export { analyseVariability, logNormalOf, type Variability } from "./analysis/lifetime/variability.ts";
export { fitWeibull, type WeibullFit, weibullQuantile } from "./analysis/lifetime/weibull.ts";
export { measureSineResponse, type SineResponse } from "./analysis/impedance/sineResponse.ts";
export type { ImpedanceSpectrum } from "./analysis/impedance/spectrum.ts";
export { findTelegraph, type Telegraph } from "./analysis/noise/telegraph.ts";
export { bandVariance, measureSpectrum, type Spectrum, type WelchOptions } from "./analysis/noise/welch.ts";
export { analyseReservoir } from "./analysis/reservoir.ts";
export { findCrossings, type LoopCrossing } from "./analysis/crossing.ts";
export { kernelRank, separation } from "./analysis/kernelRank.ts";
export { estimateLineResistance, type LineEstimate, type LineRequest } from "./analysis/lineResistance.ts";
export { findNegativeResistance, type NegativeWindow } from "./analysis/negativeResistance.ts";
export { memoryCapacity } from "./analysis/reservoirCapacity.ts";
export { fitOhmic, measureSeal, poreDiameter_m } from "./analysis/seal.ts";
export { pulseEnergy, switchingTime } from "./analysis/switching.ts";
export { budgetProducts, type BudgetRequest, type ProductBudget } from "./analysis/vmmBudget.ts";
export { measureProducts as measureProductErrors, type ProductErrors } from "./analysis/vmm.ts";

// algorithms on any array
export { type ColumnCalibration, calibrateColumns, fitColumnCalibration } from "./algorithms/calibration.ts";
export { type Compensation, compensateDrops } from "./algorithms/compensateDrops.ts";
export { type InferenceOptions, type MeasuredProducts, measureProducts } from "./algorithms/crossbarProducts.ts";
export {
  type DifferentialMapping,
  decodeLogits,
  encodeInputs,
  expectedCurrents,
  mapDifferential,
} from "./algorithms/differentialMapping.ts";
export { type OutputReadout, outputLogits, trainOutputReadout } from "./algorithms/outputReadout.ts";
export { type Programmed, programArray } from "./algorithms/programArray.ts";
export { WriteControl, type WriteDecision, type WriteRules } from "./algorithms/writeControl.ts";
export { summariseWrites, type WriteOutcome, writeOutcomes, type WriteSummary } from "./algorithms/writeSummary.ts";
export { readEffective } from "./algorithms/readEffective.ts";
export { measureReservoir, type TrainOptions, trainTiming, trainWaveform } from "./algorithms/reservoirStates.ts";
export {
  decide,
  type Examples,
  type LinearReadout,
  measureAccuracy,
  readoutLogits,
  trainSoftmax,
} from "./algorithms/softmaxRegression.ts";

// figures and reports
export { buildReport } from "./report/report.ts";
export { frequencyLabel, type LoopCurve, plotLoop } from "./report/loopFigure.ts";
export { loopsOf } from "./report/loopsOf.ts";
export { plotPairs } from "./report/pairFigure.ts";
export { plotProducts } from "./report/productFigure.ts";
export { plotReservoir } from "./report/reservoirFigure.ts";
export { plotTrace } from "./report/traceFigure.ts";
export { plotTrain } from "./report/trainFigure.ts";
export { type HeatMapOptions, heatMap } from "./report/heatMap.ts";
export { type FigureOptions, type Panel, type Series, stackPlots, xyPlot } from "./report/panel.ts";

// circuits of junctions
export { SHIPPED_CIRCUITS } from "./circuit/library/index.ts";
export type { CircuitAnswer, ShippedCircuit } from "./circuit/library/shipped.ts";
export { type CircuitFile, readCircuit } from "./circuit/readCircuit.ts";
export { runCircuitFile } from "./circuit/runFile.ts";

// chips before they are made
export { type Chip, readChip } from "./design/chip.ts";
export { type ChipDesign, designChip, type Estimate } from "./design/designChip.ts";

// electrolyte and geometry, for array configurations
export { accessResistance_ohm, kclConductivity_S_m, segmentResistance_ohm } from "./crossbar/index.ts";

// what a figure of one's own is drawn with
export { colourAt, cssColour } from "./report/colourMap.ts";
export { drawText, escapeText, FIGURE_CSS, px, themeCss, wrapFigure } from "./report/svg.ts";

// words
export * from "./errors.ts";
export { formatSI, parseQuantity } from "./units.ts";
export { EVENT_DEFAULTS, EventDetector, type EventClassifier, type PoreEvent } from "./analysis/events/detectEvents.ts";
export { junctionClassifier } from "./analysis/events/junctionClassifier.ts";
export { type ByteSource, memorySource } from "./recordings/byteSource.ts";
export { type ClampChoice, clampSeries } from "./recordings/clamp.ts";
export { compareWithModel } from "./recordings/compareModel.ts";
export { openRecording } from "./recordings/openRecording.ts";
export type { Recording, Series as RecordingSeries } from "./recordings/recording.ts";
