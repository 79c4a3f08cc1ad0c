import type { Circuit } from "./circuit.ts";
import type { FrontEnd } from "./frontEnd.ts";
import { makeMover } from "./effectIntegrator.ts";
import type { CurrentListener } from "./integrate.ts";
import { LineVoltages } from "./lineVoltages.ts";

/** One read vector: held for `integration_s`, then every line at 0 V for `rest_s`. */
export interface VectorTiming {
  readonly integration_s: number;
  readonly rest_s: number;
}

/** Mean column currents of one read vector after another, behind the low-pass, before noise and conversion. */
export type VectorReader = (input_V: Float64Array) => Float64Array;

/**
 * An array without memory is one matrix (I_j = sum_i V_i W_ij, lines included), compiled once its products pay for it.
 * @throws RangeError when the network cannot be factored
 */
export function readStatic(circuit: Circuit, frontEnd: FrontEnd, timing: VectorTiming): VectorReader {
  const products = circuit.products();
  return (input_V) => {
    const current_A = products.multiply(input_V);
    return current_A.map((current, column) => {
      const before = frontEnd.filtered_A(column);
      frontEnd.follow(column, timing.integration_s, current, current);
      const mean = current - lag(frontEnd, column, before, timing.integration_s);
      frontEnd.follow(column, timing.rest_s, 0, 0);
      return mean;
    });
  };
}

/** Junctions with memory move while they are read: time steps, and Simpson's rule for the mean. */
export function readDynamic(circuit: Circuit, frontEnd: FrontEnd, timing: VectorTiming): VectorReader {
  const { rows, columns } = circuit.state.grid;
  return (input_V) => {
    const charge_C = new Float64Array(columns);
    const before = charge_C.map((_, column) => frontEnd.filtered_A(column));
    hold(input_V, timing.integration_s, (dt_s, start_A, middle_A, end_A) => {
      for (let j = 0; j < columns; j++) {
        const [start = 0, middle = 0, end = 0] = [start_A[j], middle_A[j], end_A[j]];
        charge_C[j] = (charge_C[j] ?? 0) + (dt_s / 6) * (start + 4 * middle + end);
        frontEnd.follow(j, 0.5 * dt_s, start, middle);
        frontEnd.follow(j, 0.5 * dt_s, middle, end);
      }
    });
    const mean_A = charge_C.map(
      (charge, j) => charge / timing.integration_s - lag(frontEnd, j, before[j] ?? 0, timing.integration_s),
    );
    hold(new Float64Array(rows), timing.rest_s);
    for (let j = 0; j < columns; j++) frontEnd.follow(j, timing.rest_s, 0, 0);
    return mean_A;
  };

  function hold(row_V: Float64Array, duration_s: number, listener?: CurrentListener): void {
    if (duration_s === 0) return;
    const rowsAt = Array.from(row_V, (voltage_V) => [{ kind: "hold", voltage_V, duration_s: Infinity }] as const);
    const ground = [{ kind: "hold", voltage_V: 0, duration_s: Infinity }] as const;
    const lines = new LineVoltages({
      rows: rowsAt,
      columns: Array.from({ length: columns }, () => ground),
      duration_s,
    });
    const integrator = makeMover(circuit, lines, listener);
    for (let time_s = 0; time_s < duration_s; ) {
      integrator.look(time_s);
      time_s = integrator.advance(time_s, duration_s);
    }
  }
}

/** tau y' = u - y over the integration: mean of y = mean of u - tau (y_end - y_start) / T. */
function lag(frontEnd: FrontEnd, column: number, before_A: number, integration_s: number): number {
  return (frontEnd.filter_s * (frontEnd.filtered_A(column) - before_A)) / integration_s;
}
