import { z } from "zod";
import { ENVIRONMENT_RANGES } from "../core/crossbar/environment.ts";
import { quantity, quantityIn, strictObject } from "../core/document.ts";
import type { EnvironmentDrive, EnvironmentName, EnvironmentPlan } from "../core/surroundings.ts";

/**
 * The environment of a junction in a file: each quantity a constant, or a waveform of the same three forms as the voltage
 * with the quantity's own name (or `value`) in place of `voltage_V`:
 *
 *   "opticalPower_W": {"kind": "steps", "steps": [{"opticalPower_W": "1 mW", "duration_s": 0.1}, ...]}
 *   "temperature_K": {"kind": "samples", "time_s": [...], "temperature_K": [...]}
 *   "pressure_Pa": {"kind": "sine", "amplitude_Pa": 1e3, "offset_Pa": 0, "frequency_Hz": 2}
 *
 * Keys that say how a voltage is sampled (samplePeriod_s, samplesPerCycle, cycles) may stand there and have no effect: samples
 * are those of the voltage, a sine goes on, the last value of the other forms holds.
 */
const UNITS: Readonly<Record<EnvironmentName, string>> = {
  temperature_K: "K",
  saltLeft_mM: "mM",
  saltRight_mM: "mM",
  pH: "",
  opticalPower_W: "W",
  pressure_Pa: "Pa",
  neighbourSalt_mM: "mM",
};

export const environmentSchema: z.ZodType<EnvironmentPlan> = strictObject({
  temperature_K: quantityOverTime("temperature_K"),
  saltLeft_mM: quantityOverTime("saltLeft_mM"),
  saltRight_mM: quantityOverTime("saltRight_mM"),
  pH: quantityOverTime("pH"),
  opticalPower_W: quantityOverTime("opticalPower_W"),
  pressure_Pa: quantityOverTime("pressure_Pa"),
  neighbourSalt_mM: quantityOverTime("neighbourSalt_mM"),
});

function quantityOverTime(name: EnvironmentName) {
  const constant = quantityIn(UNITS[name], ...ENVIRONMENT_RANGES[name]);
  const waveform = waveformOf(name);
  // one or the other by its shape: a union would answer a wrong key with "invalid input"
  return z
    .unknown()
    .transform((input, context): number | EnvironmentDrive => {
      const isWaveform = typeof input === "object" && input !== null && !Array.isArray(input);
      const result = isWaveform ? waveform.safeParse(renameKeys(input, name)) : constant.safeParse(input);
      if (result.success) return result.data;
      for (const issue of result.error.issues) {
        // one complaint per unknown key, at the key
        const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
        const lines = issue.message.split("\n");
        if (keys.length === 0) context.addIssue({ code: "custom", path: [...issue.path], message: issue.message });
        keys.forEach((key, k) => {
          context.addIssue({ code: "custom", path: [...issue.path, key], message: lines[k] ?? issue.message });
        });
      }
      return z.NEVER;
    })
    .exactOptional();
}

/** `value`, `amplitude` and `offset` mean the quantity in its own unit. */
function renameKeys(input: object, name: EnvironmentName): unknown {
  const unit = UNITS[name];
  const names: Readonly<Record<string, string>> = {
    value: name,
    amplitude: unit === "" ? "amplitude" : `amplitude_${unit}`,
    offset: unit === "" ? "offset" : `offset_${unit}`,
  };
  const rename = (record: object) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [names[key] ?? key, value]));
  const renamed: Record<string, unknown> = rename(input);
  if (Array.isArray(renamed.steps))
    renamed.steps = renamed.steps.map((step: unknown) =>
      typeof step === "object" && step !== null ? rename(step) : step,
    );
  return renamed;
}

function waveformOf(name: EnvironmentName): z.ZodType<EnvironmentDrive> {
  const unit = UNITS[name];
  const suffix = unit === "" ? "" : `_${unit}`;
  const [amplitude, offset] = [`amplitude${suffix}`, `offset${suffix}`];
  const value = quantityIn(unit, ...ENVIRONMENT_RANGES[name]);
  const above0 = (of: string) => quantity(of).refine((number) => number > 0, { error: "must be above 0" });
  const numbers = z.array(z.number());
  const ignored = z.unknown().optional();
  const numberAt = (record: Readonly<Record<string, unknown>>, key: string) => Number(record[key]);
  return z.discriminatedUnion("kind", [
    strictObject({
      kind: z.literal("sine"),
      [amplitude]: quantity(unit),
      [offset]: quantity(unit).default(0),
      frequency_Hz: above0("Hz"),
      cycles: ignored,
      samplesPerCycle: ignored,
    }).transform(
      (wave): EnvironmentDrive => ({
        kind: "sine",
        amplitude: numberAt(wave, amplitude),
        offset: numberAt(wave, offset),
        frequency_Hz: numberAt(wave, "frequency_Hz"),
      }),
    ),
    strictObject({
      kind: z.literal("steps"),
      steps: z.array(strictObject({ [name]: value, duration_s: above0("s") })).min(1, "needs at least one step"),
      samplePeriod_s: ignored,
    }).transform(
      (wave): EnvironmentDrive => ({
        kind: "steps",
        steps: wave.steps.map((step) => ({ value: numberAt(step, name), duration_s: numberAt(step, "duration_s") })),
      }),
    ),
    strictObject({
      kind: z.literal("samples"),
      time_s: numbers.min(1, "needs at least one time"),
      [name]: z.array(value),
    }).transform(
      (wave): EnvironmentDrive => ({
        kind: "samples",
        time_s: numbers.parse(wave["time_s"]),
        value: numbers.parse(wave[name]),
      }),
    ),
  ]);
}
