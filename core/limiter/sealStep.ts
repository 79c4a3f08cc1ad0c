import type { ApplyStep, MultiplyStep, Step } from "../protocol/protocol.ts";
import type { Readout, Stimulus } from "../stimulus.ts";
import { sealLines } from "./sealLines.ts";

/** A copy of a step that nobody else holds, down to its waveforms, which sealWaveform freezes where they are. */
export function sealStep(step: Step): Step {
  if (step.kind === "apply") return sealApply(step);
  return step.kind === "multiply" ? sealMultiply(step) : step;
}

function sealApply(step: ApplyStep): ApplyStep {
  return Object.freeze({ ...step, stimulus: sealStimulus(step.stimulus), readout: sealReadout(step.readout) });
}

function sealStimulus(stimulus: Stimulus): Stimulus {
  const { environment } = stimulus;
  const sealed = {
    ...stimulus,
    rows: sealLines(stimulus.rows),
    columns: sealLines(stimulus.columns),
    targets: Object.freeze(stimulus.targets.map(({ row, column }) => Object.freeze({ row, column }))),
  };
  return Object.freeze(environment ? { ...sealed, environment: Object.freeze({ ...environment }) } : sealed);
}

function sealReadout(readout: Readout): Readout {
  return Object.freeze({
    ...readout,
    columns: Object.freeze([...readout.columns]),
    windows: Object.freeze(readout.windows.map((window) => Object.freeze({ ...window }))),
  });
}

/** Typed arrays cannot be frozen: whoever redeems the inputs holds the only copy. */
function sealMultiply(step: MultiplyStep): MultiplyStep {
  const { readout } = step;
  return Object.freeze({
    ...step,
    inputs_V: Float64Array.from(step.inputs_V),
    readout: Object.freeze({ ...readout, columns: Object.freeze([...readout.columns]) }),
  });
}
