import { z } from "zod";
import type { SourceValue } from "../crossbar/circuit/circuit.ts";
import { quantity, strictObject } from "../document.ts";

/**
 * What an ideal source holds over time: a constant, or
 *
 *   { kind: sine, amplitude_V, frequency_Hz, offset_V, phase_rad }
 *   { kind: steps, steps: [{ voltage_V, duration_s }, ...] }        the last one holds
 *   { kind: samples, time_s: [...], voltage_V: [...] }              joined by straight lines, held outside
 *
 * and the same with current_A, amplitude_A, offset_A for currents.
 */
export function sourceValue(quantityName: "voltage_V" | "current_A") {
  const unit = quantityName.slice(-1);
  const positive = (of: string) => quantity(of).refine((value) => value > 0, { error: "must be above 0" });
  const number = (record: object, key: string) => Number((record as Readonly<Record<string, unknown>>)[key]);
  const waveform = z.discriminatedUnion("kind", [
    strictObject({
      kind: z.literal("sine"),
      [`amplitude_${unit}`]: quantity(unit),
      frequency_Hz: positive("Hz"),
      [`offset_${unit}`]: quantity(unit).default(0),
      phase_rad: z.number().default(0),
    }).transform((wave): SourceValue => {
      const [amplitude, offset] = [number(wave, `amplitude_${unit}`), number(wave, `offset_${unit}`)];
      const [turn, phase] = [2 * Math.PI * number(wave, "frequency_Hz"), number(wave, "phase_rad")];
      return { at: (t) => offset + amplitude * Math.sin(turn * t + phase), edges_s: [] };
    }),
    strictObject({
      kind: z.literal("steps"),
      steps: z
        .array(strictObject({ [quantityName]: quantity(unit), duration_s: positive("s") }))
        .min(1, "needs at least one step"),
    }).transform((wave): SourceValue => {
      const values = wave.steps.map((step) => number(step, quantityName));
      return makeSteps(
        values,
        wave.steps.map((step) => number(step, "duration_s")),
      );
    }),
    strictObject({
      kind: z.literal("samples"),
      time_s: z.array(z.number()).min(1, "needs at least one time"),
      [quantityName]: z.array(quantity(unit)),
    }).transform((wave, context): SourceValue => {
      const [times, values] = [numbersOf(wave, "time_s"), numbersOf(wave, quantityName)];
      const wrong = times.findIndex((time, k) => k > 0 && !(time > (times[k - 1] ?? 0)));
      if (wrong > 0 || values.length !== times.length)
        context.addIssue({
          code: "custom",
          path: wrong > 0 ? ["time_s", wrong] : [quantityName],
          message:
            wrong > 0
              ? `is ${times[wrong]}, must be above ${times[wrong - 1]}`
              : `has ${values.length} values for ${times.length} times, they must be equal`,
        });
      return makeSamples(times, values);
    }),
  ]);
  const constant = quantity(unit).transform((value): SourceValue => ({ at: () => value, edges_s: [] }));
  // by its shape: a union would answer a wrong key with "invalid input"
  return z.unknown().transform((input, context): SourceValue => {
    const result = (typeof input === "object" && input !== null ? waveform : constant).safeParse(input);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
      const lines = issue.message.split("\n");
      if (keys.length === 0) context.addIssue({ code: "custom", path: [...issue.path], message: issue.message });
      keys.forEach((key, k) => {
        context.addIssue({ code: "custom", path: [...issue.path, key], message: lines[k] ?? issue.message });
      });
    }
    return z.NEVER;
  });
}

function numbersOf(record: object, key: string): readonly number[] {
  const list = (record as Readonly<Record<string, unknown>>)[key];
  return Array.isArray(list) ? list.map(Number) : [];
}

export function makeSteps(values: readonly number[], durations_s: readonly number[]): SourceValue {
  let sum = 0;
  const ends = durations_s.map((duration) => (sum += duration));
  return {
    edges_s: ends.slice(0, -1),
    at(time_s) {
      const k = ends.findIndex((end) => time_s < end);
      return values[k < 0 ? values.length - 1 : k] ?? 0;
    },
  };
}

/** Straight lines between ascending times, held outside. */
export function makeSamples(times: ArrayLike<number>, values: ArrayLike<number>): SourceValue {
  const last = times.length - 1;
  return {
    edges_s: Array.from(times),
    at(time_s) {
      if (time_s <= (times[0] ?? 0)) return values[0] ?? 0;
      if (time_s >= (times[last] ?? 0)) return values[last] ?? 0;
      let [low, high] = [0, last];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if ((times[middle] ?? 0) <= time_s) low = middle;
        else high = middle;
      }
      const [t0, t1, v0, v1] = [times[low] ?? 0, times[high] ?? 0, values[low] ?? 0, values[high] ?? 0];
      return v0 + ((v1 - v0) * (time_s - t0)) / (t1 - t0);
    },
  };
}
