/**
 * Current-voltage loops: the area of each lobe and the style that its signs tell.
 * Styles after Ismail et al., Nat. Commun. 16, 7008 (2025), 10.1038/s41467-025-61649-6.
 */
export type LoopStyle = "crossing-1" | "crossing-2" | "non-crossing-1" | "non-crossing-2" | "none";

export interface LoopArea {
  /** Sum of I dV while V > 0, watt; negative where the return branch lies higher (potentiation). */
  readonly positive_W: number;
  /** The same while V < 0. */
  readonly negative_W: number;
  /** Largest |V| times largest |I| of each half: the box that the lobe lives in, watt. */
  readonly positiveBox_W: number;
  readonly negativeBox_W: number;
}

/**
 * A lobe below this part of its box is no lobe. Two limits meet here: trapezoids over 100 samples per cycle tell a
 * curved line from a loop to (pi / 100)^2 / 12 = 8e-5, and a 14-bit converter resolves 6e-5 of the box.
 * Published loops lie far above: 6 % at their largest, 0.1 % a hundredfold away from it in frequency.
 */
export const NEGLIGIBLE_LOBE = 1e-4;

/**
 * Trapezoidal sum of I dV in order of time, apart for V > 0 and V < 0; a segment through V = 0 is split there.
 * @param first, last inclusive range of samples, the whole record by default; a closed loop repeats its first point at the end
 */
export function loopArea(
  voltage_V: ArrayLike<number>,
  current_A: ArrayLike<number>,
  first = 0,
  last = voltage_V.length - 1,
): LoopArea {
  if (voltage_V.length !== current_A.length)
    throw new RangeError(`Loop has ${voltage_V.length} voltages and ${current_A.length} currents, they must be equal`);
  let positive_W = 0;
  let negative_W = 0;
  const add = (v0: number, i0: number, v1: number, i1: number) => {
    const part = ((i0 + i1) / 2) * (v1 - v0);
    if (v0 + v1 > 0) positive_W += part;
    else negative_W += part;
  };
  const largest = { positiveV: 0, positiveI: 0, negativeV: 0, negativeI: 0 };
  for (let k = first; k <= last; k++) {
    const v = voltage_V[k] as number;
    const i = current_A[k] as number;
    if (v > 0) {
      largest.positiveV = Math.max(largest.positiveV, v);
      largest.positiveI = Math.max(largest.positiveI, Math.abs(i));
    } else if (v < 0) {
      largest.negativeV = Math.max(largest.negativeV, -v);
      largest.negativeI = Math.max(largest.negativeI, Math.abs(i));
    }
    if (k === first) continue;
    const v0 = voltage_V[k - 1] as number;
    const i0 = current_A[k - 1] as number;
    if (v0 * v < 0) {
      const zero_A = i0 + (i - i0) * (v0 / (v0 - v));
      add(v0, i0, 0, zero_A);
      add(0, zero_A, v, i);
    } else add(v0, i0, v, i);
  }
  return {
    positive_W,
    negative_W,
    positiveBox_W: largest.positiveV * largest.positiveI,
    negativeBox_W: largest.negativeV * largest.negativeI,
  };
}

/** The style by the signs of the lobes; `none` unless both halves hold a lobe above `NEGLIGIBLE_LOBE` of their box. */
export function classifyLoop(area: LoopArea): LoopStyle {
  const seen = (lobe_W: number, box_W: number) => Math.abs(lobe_W) > NEGLIGIBLE_LOBE * box_W;
  if (!seen(area.positive_W, area.positiveBox_W) || !seen(area.negative_W, area.negativeBox_W)) return "none";
  if (area.positive_W < 0) return area.negative_W > 0 ? "crossing-1" : "non-crossing-1";
  return area.negative_W < 0 ? "crossing-2" : "non-crossing-2";
}
