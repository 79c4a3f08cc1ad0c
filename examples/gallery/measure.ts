import { loopArea } from "crosspore";
import { type Environment, type JunctionKernel, type Parameters, resolveJunction } from "crosspore/crossbar";
import { DrivenJunction, recordPeriod } from "./driveJunction.ts";

/** One acceptance number: what is known, from where, and how the model is asked for it. */
export interface Acceptance {
  /** Number of the acceptance test it belongs to. */
  readonly test: number;
  readonly model: string;
  readonly quantity: string;
  readonly unit: string;
  /** A number with its relative tolerance, or an interval. */
  readonly expected: number | readonly [number, number];
  readonly tolerance?: number;
  /** Stated by a paper, or computed independently of this project. */
  readonly kind: "published" | "computed independently";
  readonly source: string;
  readonly parameters?: Parameters;
  readonly environment?: Environment;
  readonly measure: Measure;
}

interface Held {
  readonly voltage_V: number;
  readonly duration_s: number;
  readonly environment?: Environment;
}

export type Measure =
  /** A constant that the model derives. */
  | { readonly kind: "derived"; readonly name: string; readonly factor?: number }
  /** Steady conductance at a voltage, over that at another where it is given. */
  | { readonly kind: "steady"; readonly voltage_V: number; readonly over_V?: number }
  /** Conductance at the end of a held step (-1: at the start), over that of another where it is given. */
  | {
      readonly kind: "steps";
      readonly steps: readonly Held[];
      readonly read: number;
      readonly over?: number;
      readonly read_V?: number;
    }
  /** Periodic state under a sine: lobe areas in watt, largest and smallest conductance in siemens, or their ratio. */
  | {
      readonly kind: "loop";
      readonly amplitude_V: number;
      readonly frequency_Hz: number;
      readonly of: "areaPositive" | "areaNegative" | "largest" | "smallest" | "onOff";
      /** Divide by this derived constant. */
      readonly over?: string;
      readonly samples?: number;
    }
  /** Time from 10 to 90 % of the way between start and end of the second held step, seconds. */
  | { readonly kind: "rise"; readonly before: Held; readonly step: Held };

export function measure({ model, parameters, environment, measure: how }: Acceptance): number {
  const kernel = resolveJunction(model, parameters, environment);
  switch (how.kind) {
    case "derived":
      return derivedOf(kernel, how.name) * (how.factor ?? 1);
    case "steady":
      return (
        kernel.steadyConductance(how.voltage_V) / (how.over_V === undefined ? 1 : kernel.steadyConductance(how.over_V))
      );
    case "steps": {
      const junction = new DrivenJunction(kernel);
      const read = { voltage_V: how.read_V ?? 0 };
      const seen = [junction.conductance(read)];
      for (const held of how.steps) {
        junction.hold(held, held.duration_s);
        seen.push(junction.conductance(read));
      }
      const at = (step: number) => seen[step + 1] ?? Number.NaN;
      return at(how.read) / (how.over === undefined ? 1 : at(how.over));
    }
    case "loop": {
      const sine = (phase: number) => ({
        voltage_V: phase === 0.5 ? 0 : how.amplitude_V * Math.sin(2 * Math.PI * phase),
      });
      const record = recordPeriod(kernel, sine, how.frequency_Hz, { samples: how.samples ?? 4000, cycles: 40 });
      const area = loopArea(record.voltage_V, record.current_A);
      const unit = how.over === undefined ? 1 : derivedOf(kernel, how.over);
      const g = record.conductance_S;
      const [low, high] = [g.reduce((a, b) => Math.min(a, b)), g.reduce((a, b) => Math.max(a, b))];
      switch (how.of) {
        case "areaPositive":
          return area.positive_W / unit;
        case "areaNegative":
          return area.negative_W / unit;
        case "largest":
          return high / unit;
        case "smallest":
          return low / unit;
        case "onOff":
          return high / low;
      }
    }
    // oxlint-disable-next-line no-fallthrough -- every case above returns
    case "rise": {
      const junction = new DrivenJunction(kernel);
      junction.hold(how.before, how.before.duration_s);
      const { conductance_S, time_s } = junction.record(() => how.step, how.step.duration_s, 5000);
      const [from, to] = [conductance_S[0] ?? Number.NaN, conductance_S.at(-1) ?? Number.NaN];
      const past = (part: number) => conductance_S.findIndex((g) => (g - from) / (to - from) >= part);
      return (time_s[past(0.9)] ?? Number.NaN) - (time_s[past(0.1)] ?? Number.NaN);
    }
  }
}

function derivedOf(kernel: JunctionKernel, name: string): number {
  const value = kernel.derived[name];
  if (value === undefined) throw new RangeError(`${kernel.model.name} derives no ${name}`);
  return value;
}

/** Whether a measured number is what is expected. */
export function agrees({ expected, tolerance = 0 }: Acceptance, value: number): boolean {
  if (typeof expected === "number") return Math.abs(value - expected) <= tolerance * Math.abs(expected);
  return value >= expected[0] && value <= expected[1];
}
