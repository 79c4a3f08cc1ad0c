import { type LbfgsOptions, minimizeLbfgs } from "./minimizeLbfgs.ts";

/**
 * Multinomial logistic regression: p(class c | x) = exp(z_c) / sum_k exp(z_k), z = W^T x + b.
 * Trained by full-batch L-BFGS on the mean cross-entropy plus (l2/2)|W|^2 (biases free), so the result depends on the
 * data alone. Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4.
 */
export interface Examples {
  /** count x inputs, row-major. */
  readonly features: Float64Array;
  /** One class per example, 0 to classes - 1. */
  readonly labels: Uint8Array;
}

/** A linear readout: z_c = sum_i x_i weights[i, c] + weights[inputs, c]. */
export interface LinearReadout {
  readonly inputs: number;
  readonly classes: number;
  /** (inputs + 1) x classes, row-major; the last row is the bias, i.e. the weight of a constant input 1. */
  readonly weights: Float64Array;
}

export interface SoftmaxOptions extends LbfgsOptions {
  readonly classes: number;
  /** Weight decay per example, default 1e-4. */
  readonly l2?: number;
  /** Starting point, default all zero. */
  readonly start?: LinearReadout;
}

export interface TrainedReadout extends LinearReadout {
  /** Mean cross-entropy plus decay at the end, nat. */
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** @throws RangeError when sizes do not fit or a label is no class */
export function trainSoftmax(examples: Examples, options: SoftmaxOptions): TrainedReadout {
  const { classes, l2 = 1e-4 } = options;
  const inputs = checkExamples(examples, classes);
  const start = options.start?.weights ?? new Float64Array((inputs + 1) * classes);
  if (start.length !== (inputs + 1) * classes)
    throw new RangeError(`The start has ${start.length} weights, allowed are exactly ${(inputs + 1) * classes}`);
  const objective = softmaxObjective(examples, classes, l2);
  const minimum = minimizeLbfgs(objective, start, options);
  return {
    inputs,
    classes,
    weights: minimum.x,
    loss: minimum.value,
    iterations: minimum.iterations,
    converged: minimum.converged,
  };
}

/**
 * Mean cross-entropy plus decay as a function of the weights, with its gradient.
 * Inputs that are exactly 0 are skipped (four fifths of a handwritten digit are blank).
 */
export function softmaxObjective(
  examples: Examples,
  classes: number,
  l2: number,
): (weights: Float64Array, gradient: Float64Array) => number {
  const inputs = checkExamples(examples, classes);
  const { labels } = examples;
  const count = labels.length;
  const { offsets, indices, values } = compress(examples.features, inputs, count);
  const z = new Float64Array(classes);
  return (weights, gradient) => {
    gradient.fill(0);
    let loss = 0;
    const bias = inputs * classes;
    for (let n = 0; n < count; n++) {
      const from = offsets[n]!;
      const to = offsets[n + 1]!;
      for (let c = 0; c < classes; c++) z[c] = weights[bias + c]!;
      for (let k = from; k < to; k++) {
        const row = indices[k]! * classes;
        const x = values[k]!;
        for (let c = 0; c < classes; c++) z[c]! += x * weights[row + c]!;
      }
      loss += softmaxInPlace(z, labels[n]!);
      z[labels[n]!]! -= 1;
      for (let k = from; k < to; k++) {
        const row = indices[k]! * classes;
        const x = values[k]!;
        for (let c = 0; c < classes; c++) gradient[row + c]! += x * z[c]!;
      }
      for (let c = 0; c < classes; c++) gradient[bias + c]! += z[c]!;
    }
    let decay = 0;
    for (let k = 0; k < gradient.length; k++) {
      gradient[k]! /= count;
      if (k >= bias) continue;
      decay += weights[k]! ** 2;
      gradient[k]! += l2 * weights[k]!;
    }
    return loss / count + (l2 / 2) * decay;
  };
}

/** @returns count x classes logits of `features` (count x inputs) */
export function readoutLogits(readout: LinearReadout, features: Float64Array): Float64Array {
  const { inputs, classes, weights } = readout;
  if (features.length % inputs !== 0)
    throw new RangeError(`${features.length} features are no multiple of ${inputs} inputs`);
  const count = features.length / inputs;
  const logits = new Float64Array(count * classes);
  for (let n = 0; n < count; n++) {
    const out = n * classes;
    for (let c = 0; c < classes; c++) logits[out + c] = weights[inputs * classes + c]!;
    for (let i = 0; i < inputs; i++) {
      const x = features[n * inputs + i]!;
      if (x === 0) continue;
      for (let c = 0; c < classes; c++) logits[out + c]! += x * weights[i * classes + c]!;
    }
  }
  return logits;
}

/** Index of the largest logit of every example; the first one when two are equal. */
export function decide(logits: Float64Array, classes: number): Uint8Array {
  const decisions = new Uint8Array(logits.length / classes);
  for (let n = 0; n < decisions.length; n++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[n * classes + c]! > logits[n * classes + best]!) best = c;
    decisions[n] = best;
  }
  return decisions;
}

/** Fraction of the examples whose largest logit is their label. */
export function measureAccuracy(logits: Float64Array, labels: Uint8Array): number {
  const decisions = decide(logits, logits.length / labels.length);
  let right = 0;
  for (let n = 0; n < labels.length; n++) if (decisions[n] === labels[n]) right++;
  return right / labels.length;
}

/** Turns logits into probabilities and returns -ln p(label). */
function softmaxInPlace(z: Float64Array, label: number): number {
  let largest = -Infinity;
  for (const value of z) largest = Math.max(largest, value);
  const labelled = z[label]! - largest;
  let sum = 0;
  for (let c = 0; c < z.length; c++) {
    const e = Math.exp(z[c]! - largest);
    z[c] = e;
    sum += e;
  }
  for (let c = 0; c < z.length; c++) z[c]! /= sum;
  return Math.log(sum) - labelled;
}

/** Compressed rows: the entries that are not 0. */
function compress(features: Float64Array, inputs: number, count: number) {
  let filled = 0;
  for (const x of features) if (x !== 0) filled++;
  const offsets = new Uint32Array(count + 1);
  const indices = new Uint32Array(filled);
  const values = new Float64Array(filled);
  let k = 0;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < inputs; i++) {
      const x = features[n * inputs + i]!;
      if (x === 0) continue;
      indices[k] = i;
      values[k++] = x;
    }
    offsets[n + 1] = k;
  }
  return { offsets, indices, values };
}

function checkExamples(examples: Examples, classes: number): number {
  const count = examples.labels.length;
  if (count === 0) throw new RangeError("No examples, at least one is needed");
  const inputs = examples.features.length / count;
  if (!Number.isInteger(inputs) || inputs === 0)
    throw new RangeError(`${examples.features.length} features do not fit ${count} labels`);
  for (const label of examples.labels)
    if (label >= classes) throw new RangeError(`Label ${label} is no class, allowed are 0 to ${classes - 1}`);
  return inputs;
}
