import type { Recording, Series } from "./recording.ts";

/** What lies between input and output of an integrating amplifier. */
export interface Feedback {
  readonly resistance_ohm: number;
  readonly capacitance_F: number;
}

/**
 * A recording of amplifier voltages as currents: I = -v/R - C dv/dt with the difference to the sample before, so that the
 * first sample of every sweep has none and is left out. Channels that are no voltages stay.
 */
export function withFeedback(recording: Recording, { resistance_ohm, capacitance_F }: Feedback): Recording {
  const convert = (series: Series): Series => ({
    ...series,
    channels: series.channels.map((channel) =>
      channel.quantity === "voltage" ? { ...channel, unit: "pA", quantity: "current" as const, toSi: 1e-12 } : channel,
    ),
    sweeps: series.sweeps,
    sweep: (k) => {
      const { startTime_s, points } = series.sweep(k);
      return { startTime_s: startTime_s + series.samplePeriod_s, points: Math.max(0, points - 1) };
    },
    read: (k, channel, from, into) => {
      const { quantity, toSi } = series.channels[channel]!;
      if (into.length === 0) return;
      const raw = new Float64Array(into.length + 1);
      series.read(k, channel, from, raw);
      if (quantity !== "voltage") into.set(raw.subarray(1));
      else
        for (let n = 0; n < into.length; n++) {
          const v = raw[n + 1]! * toSi;
          const slope = (v - raw[n]! * toSi) / series.samplePeriod_s;
          into[n] = (-v / resistance_ohm - capacitance_F * slope) * 1e12;
        }
    },
    command: (k, output, from, into) => {
      const raw = new Float64Array(into.length + 1);
      series.command(k, output, from, raw);
      into.set(raw.subarray(1));
    },
  });
  return {
    ...recording,
    series: recording.series.map(convert),
    notes: [
      ...recording.notes.filter((note) => !note.includes("--feedback")),
      `currents are -v/R - C dv/dt of the amplifier's voltage, with R = ${resistance_ohm} ohm and C = ${capacitance_F} F; the first sample of a sweep has no difference and is left out`,
    ],
  };
}

/**
 * Feedback from a text: "9.1 Gohm,1.07 pF" is read by whoever knows units; this finds it in the state file that the
 * amplifier's program writes beside the samples ("FB Resistance = 9.1E+9").
 */
export function feedbackOfState(text: string): Feedback | undefined {
  const find = (name: string) => Number(new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, "imu").exec(text)?.[1]);
  const [resistance_ohm, capacitance_F] = [find("FB Resistance"), find("FB Capacitance")];
  return resistance_ohm > 0 && capacitance_F >= 0 && Number.isFinite(resistance_ohm + capacitance_F)
    ? { resistance_ohm, capacitance_F }
    : undefined;
}
