import { type Admitted, redeem } from "../../limiter/limiter.ts";
import { AbortedError } from "../../errors.ts";
import type { Address } from "../../stimulus.ts";
import type { ChannelCapabilities, ChannelPlan, ChannelPoint, Potentiostat, Selector } from "../instrument.ts";
import type { Bench } from "./bench.ts";

/** Points that are driven between two breaths of the event loop. */
const POINTS_AT_ONCE = 64;

/** The best channel there can be, wired straight to a bench: what remains of an instrument when its quirks are taken away. */
export function makeBenchPotentiostat(bench: Bench, capabilities: Partial<ChannelCapabilities> = {}): Potentiostat {
  const channel: ChannelCapabilities = {
    voltageRange_V: bench.array.capabilities.voltageRange_V,
    span_V: Infinity,
    voltageStep_V: 0,
    currentRanges_A: [],
    compliance: false,
    shortestMeasured_s: 1e-9,
    shortestHeld_s: 1e-9,
    mostPoints: 10_000_000,
    safeOnSilence: true,
    ...capabilities,
  };
  let playing: AbortController | undefined;
  return {
    identity: { manufacturer: "Crosspore", model: "bench channel", serial: "none", firmware: "simulated" },
    port: "bench",
    channel,
    async play(admitted: Admitted<ChannelPlan>, tell, signal) {
      const plan = redeem(admitted);
      const stop = (playing = new AbortController());
      for (let from = 0; from < plan.voltage_V.length; from += POINTS_AT_ONCE) {
        // a turn of the event loop: stops come in between
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        if (signal.aborted || stop.signal.aborted) throw new AbortedError("The plan was stopped");
        tell(await drive(bench, plan, from, Math.min(plan.voltage_V.length, from + POINTS_AT_ONCE)));
      }
    },
    async makeSafe() {
      playing?.abort();
    },
    async [Symbol.asyncDispose]() {
      playing?.abort();
    },
  };
}

/** The switches of a bench, as ideal as its channel. */
export function makeBenchSelector(bench: Bench): Selector {
  return {
    grid: bench.array.grid,
    unselectedLines: bench.unselectedLines,
    async select(address: Address) {
      bench.select(undefined);
      bench.select(address);
    },
    async open() {
      bench.select(undefined);
    },
    async [Symbol.asyncDispose]() {
      bench.select(undefined);
    },
  };
}

async function drive(bench: Bench, plan: ChannelPlan, from: number, to: number): Promise<ChannelPoint[]> {
  const steps = Array.from({ length: to - from }, (_, k) => {
    const duration_s = plan.duration_s[from + k] ?? 0;
    const aperture_s = plan.measured[from + k] === 1 ? duration_s / 4 : 0;
    return { voltage_V: plan.voltage_V[from + k] ?? 0, duration_s, aperture_s };
  });
  const currents = await bench.drive(steps);
  const [widest_A = Infinity] = plan.currentRange_A === "auto" ? [] : [plan.currentRange_A];
  return steps.flatMap(({ aperture_s }, k) => {
    const current_A = currents[k] ?? Number.NaN;
    return aperture_s === 0 ? [] : [{ point: from + k, current_A, overload: Math.abs(current_A) > widest_A }];
  });
}
