import { z } from "zod";
import type { Driver } from "../core/crossbar/neurons/drivers.ts";
import { errorAt, quantity, readDocument, strictObject } from "../core/document.ts";
import { LARGEST_SAMPLE_COUNT } from "../core/junctionWaveform.ts";
import { type AxonRecord, simulateAxon, simulateSynapse, type SynapseRecord } from "../core/simulateDriver.ts";

/** What drives junctions but is none: an axon under a current, a synapse under spikes. */

const positive = (unit: string) => quantity(unit).refine((value) => value > 0, { error: "must be above 0" });

const axonRequest = strictObject({
  model: z.string(),
  waveform: strictObject({
    kind: z.literal("steps", { error: 'allowed is "steps"' }),
    /** Injected current per membrane area; 1 uA/cm2 is 0.01 A/m2. */
    steps: z
      .array(strictObject({ current_A_m2: quantity("A/m2"), duration_s: positive("s") }))
      .min(1, "needs at least one step"),
    samplePeriod_s: positive("s"),
  }),
});

const synapseRequest = strictObject({
  model: z.string(),
  parameters: strictObject({
    use: z.number().default(0.5),
    recovery_s: positive("s").default(0.8),
    facilitation_s: quantity("s").default(0),
  }).prefault({}),
  spikes_s: z.array(quantity("s")).min(1, "needs at least one time"),
});

/** @returns the columns of the answer. @throws ProtocolError at the field that is wrong */
export function simulateDriver(driver: Driver, text: string, file: string): AxonRecord | SynapseRecord {
  if (driver.name === "hodgkin-huxley") {
    const { waveform } = readDocument(text, file, axonRequest);
    const duration_s = waveform.steps.reduce((sum, step) => sum + step.duration_s, 0);
    const count = duration_s / waveform.samplePeriod_s;
    if (!(count < LARGEST_SAMPLE_COUNT))
      throw errorAt(
        text,
        file,
        ["waveform", "samplePeriod_s"],
        `asks for ${count} samples, allowed are ${LARGEST_SAMPLE_COUNT}`,
      );
    return simulateAxon(waveform);
  }
  const { parameters, spikes_s } = readDocument(text, file, synapseRequest);
  const early = spikes_s.findIndex((time, k) => k > 0 && time < (spikes_s[k - 1] ?? 0));
  if (early > 0)
    throw errorAt(
      text,
      file,
      ["spikes_s", early],
      `is ${spikes_s[early]} s, before the spike at ${spikes_s[early - 1]} s`,
    );
  try {
    return simulateSynapse(parameters, spikes_s);
  } catch (error) {
    if (error instanceof RangeError) throw errorAt(text, file, ["parameters"], error.message);
    throw error;
  }
}
