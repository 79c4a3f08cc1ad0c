import type { Environment } from "../environment.ts";
import type { JunctionKernel } from "../model.ts";
import { refreshPeriod_s } from "./retention.ts";

/**
 * What reads and half-selects do to a volatile junction, and when to write it again.
 *
 *   one event        dg = (g_inf(v) - g)(1 - e^(-t / tau))         simulated with the model itself, so any model has one
 *   refresh          every tau ln(1 / (1 - eps)) at rest; reads between count against the same eps
 */
export interface DisturbEvent {
  readonly voltage_V: number;
  readonly width_s: number;
  /** At 0 V behind it. */
  readonly rest_s: number;
}

/** Conductance at the end of each of `count` equal events, from the steady state at 0 V or from `start_V` held for long. */
export function disturbSeries_S(
  kernel: JunctionKernel,
  event: DisturbEvent,
  count: number,
  environment: Environment = kernel.environment,
): Float64Array {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`count is ${count}, allowed are integers from 1`);
  const state = kernel.allocate({ rows: 1, columns: 1 });
  const [pulse, ground, g] = [new Float64Array([event.voltage_V]), new Float64Array(1), new Float64Array(1)];
  return Float64Array.from({ length: count }, (_, n) => {
    if (n > 0) kernel.step(state, ground, event.rest_s, environment);
    kernel.step(state, pulse, event.width_s, environment);
    kernel.conductance(state, pulse, g, environment);
    return g[0];
  });
}

/** Relative change of the conductance at rest by one read. */
export function readDisturb(kernel: JunctionKernel, voltage_V: number, width_s: number): number {
  const [after_S] = disturbSeries_S(kernel, { voltage_V, width_s, rest_s: 0 }, 1);
  return after_S / kernel.steadyConductance(0) - 1;
}

export interface RefreshPlan {
  /** Between two writes, when nobody reads. */
  readonly period_s: number;
  /** Reads until their own pull alone has moved the state by the same part of its excess; Infinity if they do not pull. */
  readonly reads: number;
  /** Change of the written conductance by the first read, relative to its excess over rest; signed. */
  readonly perRead: number;
}

/**
 * When a written state must be refreshed so that no more than `loss` of its excess over rest is gone.
 * The pull of a read is what it does beyond the relaxation at rest: (g_inf(v) - g_0)(1 - e^(-width / tau)).
 * @param tau_s relaxation time of the junction
 * @param written_S conductance right behind a write
 * @param loss between 0 and 1
 */
export function planRefresh(
  kernel: JunctionKernel,
  tau_s: number,
  written_S: number,
  loss: number,
  read: { readonly voltage_V: number; readonly width_s: number },
): RefreshPlan {
  const rest_S = kernel.steadyConductance(0);
  const excess_S = written_S - rest_S;
  if (excess_S === 0) throw new RangeError(`written_S is ${written_S}, the conductance at rest: nothing to refresh`);
  const pull_S = (kernel.steadyConductance(read.voltage_V) - rest_S) * -Math.expm1(-read.width_s / tau_s);
  const perRead = pull_S / excess_S;
  return {
    period_s: refreshPeriod_s(tau_s, loss),
    reads: pull_S === 0 ? Infinity : Math.floor(loss / Math.abs(perRead)),
    perRead,
  };
}
