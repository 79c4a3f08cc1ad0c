import { type LinearReadout, readoutLogits, trainSoftmax } from "./softmaxRegression.ts";

/**
 * The strongest repair from outside: a small digital softmax layer from all column currents to the classes, trained on
 * currents that the array itself gave for labelled inputs. It learns gains, offsets and the mixing of columns at once,
 * and stays linear in the inputs: it adds no power that the float readout does not have.
 */
export interface OutputReadout {
  readonly mean_A: Float64Array;
  readonly deviation_A: Float64Array;
  readonly layer: LinearReadout;
}

/**
 * @param current_A batch x columns
 * @param labels one per product
 */
export function trainOutputReadout(current_A: Float64Array, labels: Uint8Array, classes: number): OutputReadout {
  const columns = current_A.length / labels.length;
  if (!Number.isInteger(columns))
    throw new RangeError(`${current_A.length} currents do not fit ${labels.length} labels`);
  const mean_A = new Float64Array(columns);
  const deviation_A = new Float64Array(columns);
  current_A.forEach((current, k) => {
    mean_A[k % columns]! += current / labels.length;
  });
  current_A.forEach((current, k) => {
    deviation_A[k % columns]! += (current - mean_A[k % columns]!) ** 2 / labels.length;
  });
  for (let j = 0; j < columns; j++) deviation_A[j] = Math.sqrt(deviation_A[j]!) || 1;
  const features = standardise(current_A, mean_A, deviation_A);
  // pairs of columns are nearly collinear, so the decay is small and the differences stay learnable
  const layer = trainSoftmax({ features, labels }, { classes, l2: 1e-7, iterations: 500, tolerance: 1e-4 });
  return { mean_A, deviation_A, layer };
}

/** @returns batch x classes logits */
export function outputLogits(readout: OutputReadout, current_A: Float64Array): Float64Array {
  return readoutLogits(readout.layer, standardise(current_A, readout.mean_A, readout.deviation_A));
}

function standardise(current_A: Float64Array, mean_A: Float64Array, deviation_A: Float64Array): Float64Array {
  const columns = mean_A.length;
  return current_A.map((current, k) => (current - mean_A[k % columns]!) / deviation_A[k % columns]!);
}
