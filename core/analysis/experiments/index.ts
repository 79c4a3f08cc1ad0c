import type { RunData } from "../../record/runData.ts";
import type { ProtocolSteps } from "../runSteps.ts";
import { readLineResistance, readMemoryCapacity, readOffset } from "./arrayAndMemory.ts";
import { readShortTerm, readSrdp, readStdp } from "./changes.ts";
import { readImpedance, readNoise } from "./electrical.ts";
import type { Experiment, ExperimentReader } from "./experiment.ts";
import { readConditioning, readDummyCells, readSeal, readSwitchingEnergy, readWriteVerify } from "./programming.ts";
import { readEndurance, readHalfSelect, readReadDisturb, readRetention } from "./wear.ts";

/** Every experiment that is told by the roles and tags of its steps; a new one is a reader and a line here. */
const READERS: readonly ExperimentReader[] = [
  readStdp,
  readSrdp,
  readShortTerm,
  readRetention,
  readEndurance,
  readReadDisturb,
  readHalfSelect,
  readWriteVerify,
  readSwitchingEnergy,
  readDummyCells,
  readConditioning,
  readNoise,
  readImpedance,
  readSeal,
  readLineResistance,
  readMemoryCapacity,
  readOffset,
];

/** The figures and results of a protocol's steps; undefined when they are of no experiment that is known here. */
export function readExperiment(run: RunData, group: ProtocolSteps): Experiment | undefined {
  for (const read of READERS) {
    const found = read(run, group);
    if (found) return found;
  }
  return undefined;
}
