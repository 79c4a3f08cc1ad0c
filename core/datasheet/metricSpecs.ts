/** Every metric of a datasheet in the order of the page: what it is and how it is defined. */
export const METRICS = {
  onOff: [
    "On/off ratio",
    "",
    "larger over smaller |I| of the two branches of the loop at the read voltage, at the frequency of the widest loop",
  ],
  writeEnergy_J: [
    "Write energy",
    "J",
    "integral of V I dt over a pulse towards the state that conducts better, line losses included",
  ],
  eraseEnergy_J: ["Erase energy", "J", "the same over a pulse towards the state that conducts worse"],
  readEnergy_J: ["Read energy", "J", "integral of V I dt over a read pulse"],
  switchingTime_s: [
    "Switching time",
    "s",
    "time after which the conductance has made 90 % of the change that the longest write pulse makes",
  ],
  retention_s: ["Retention", "s", "time from the first read after a write until 1/e is left of the change that it saw"],
  enduranceCycles: [
    "Endurance",
    "",
    "cycles of the worst device, in each of which on/off stayed above 1.1; every cycle of every device is read",
  ],
  enduranceWindow: ["Window over cycling", "", "on over off conductance, mean over all cycles and devices"],
  cycleVariability: [
    "Cycle-to-cycle variability",
    "%",
    "standard deviation over mean of the on conductance, cycle by cycle, mean of the devices",
  ],
  deviceVariability: [
    "Device-to-device variability",
    "%",
    "standard deviation over mean of the devices' on conductances",
  ],
  temperatureCoefficient: ["Temperature coefficient", "%/K", "slope of ln G at the read voltage against temperature"],
  readDisturb: ["Read disturb", "%", "change of conductance after all reads of the longest series"],
  halfSelectDisturb: [
    "Half-select disturb",
    "%",
    "largest change of an unselected junction of the written row or column",
  ],
  loopEnergy_J: ["Energy per loop", "J", "integral of V I dt over one cycle of the widest loop"],
  rectification: ["Rectification", "", "I(+V) over |I(-V)| at the largest voltage that both sides reach"],
  pinchOffset_A: ["Current at 0 V", "A", "largest |I| where the loop passes 0 V: 0 for a pinched loop"],
  range: ["Range of a train", "", "largest over smallest conductance of the potentiation train"],
  nonlinearityUp: ["Nonlinearity, potentiation", "", "NL = 10.1015 max |f_A(x) - x|, + where a rise saturates"],
  nonlinearityDown: ["Nonlinearity, depression", "", "the same, - where a fall saturates"],
  pairedIndex: ["Paired-pulse index", "", "I2 / I1 at the shortest gap"],
  pairedTau_s: ["Paired-pulse time constant", "s", "tau of the exponential through the indices"],
  readNoise: [
    "Read noise",
    "%",
    "standard deviation over mean of the current at a held voltage, within the band that was sampled",
  ],
} as const satisfies Readonly<Record<string, readonly [label: string, unit: string, definition: string]>>;

export type MetricName = keyof typeof METRICS;
