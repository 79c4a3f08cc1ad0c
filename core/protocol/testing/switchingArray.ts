import type { Reading } from "../../arrayBackend.ts";
import type { LineDrive, Readout, Stimulus } from "../../stimulus.ts";
import { edgesOf, makeSampler } from "../../waveform.ts";
import { ResistorArray } from "./resistorArray.ts";

/**
 * Junctions that keep what is written: the switching law of metal oxides with its closed form (Messaris et al. 2018,
 * 10.1109/TCAD.2018.2791468; quadratic window),
 *   dR/dt = s(v) (r(v) - R)^2,   R(t) = (R + s r (r - R) t) / (1 + s (r - R) t),   s = A (exp(|v| / v_0) - 1),
 * here R rises towards r = 10 + 5 |v| Mohm for v > 0 and falls towards r = 10 - 3 |v| Mohm for v < 0, never back.
 * Junctions at up to 0.6 V stay as they are. For tests of closed loops.
 */
export class SwitchingArray extends ResistorArray {
  override async apply(stimulus: Stimulus, readout: Readout, signal: AbortSignal): Promise<Reading> {
    const reading = await super.apply(stimulus, readout, signal);
    const { rows, columns } = this.grid;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        this.#move(row * columns + column, stimulus.rows[row], stimulus.columns[column], stimulus.duration_s);
    return reading;
  }

  #move(k: number, row: LineDrive | undefined, column: LineDrive | undefined, duration_s: number): void {
    if (!row || !column || row === "floating" || column === "floating") return;
    const [high, low] = [makeSampler(row), makeSampler(column)];
    const edges = [...new Set([0, ...edgesOf(row), ...edgesOf(column), duration_s])]
      .filter((edge) => edge <= duration_s)
      .sort((a, b) => a - b);
    for (let e = 1; e < edges.length; e++) {
      const [from, to] = [edges[e - 1] ?? 0, edges[e] ?? 0];
      const middle = (from + to) / 2;
      this.conductance_S[k] =
        1e-6 / switched_Mohm(1e-6 / (this.conductance_S[k] ?? 0), high(middle) - low(middle), to - from);
    }
  }
}

/** R(t), megaohm. */
export function switched_Mohm(resistance_Mohm: number, voltage_V: number, time_s: number): number {
  const size = Math.abs(voltage_V);
  if (size <= 0.6) return resistance_Mohm;
  const limit = voltage_V > 0 ? 10 + 5 * size : 10 - 3 * size;
  const way = limit - resistance_Mohm;
  if (voltage_V > 0 ? way <= 0 : way >= 0) return resistance_Mohm;
  const rate = 0.5 * Math.expm1(size / 0.5);
  return limit - way / (1 + rate * Math.abs(way) * time_s);
}
