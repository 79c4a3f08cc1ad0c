import type { ImpedanceResult } from "../../stimulus.ts";
import { BOLTZMANN_J_K, ROOM_TEMPERATURE_K } from "../../crossbar/constants.ts";
import { formatSI } from "../../units.ts";
import { testKramersKronig } from "../impedance/kramersKronig.ts";
import { measureSineResponse, type SineResponse } from "../impedance/sineResponse.ts";
import { averageByDecade } from "../noise/averageByDecade.ts";
import { chooseSpectrum, evaluateSpectrum } from "../noise/spectrumFit.ts";
import { measureSpectrum } from "../noise/welch.ts";
import { numberTag, type RunStep } from "../runSteps.ts";
import { finiteOf, mean, sampleDeviation } from "../statistics.ts";
import { groupBy, junctionKey } from "../stepGroups.ts";
import { gatherTraces } from "../trace.ts";
import type { RunData } from "../../record/runData.ts";
import {
  DRAWN,
  type ExperimentReader,
  type ExperimentPanel,
  type ExperimentResult,
  noteOf,
  placeOf,
} from "./experiment.ts";

/** The samples of a step from a moment on. */
function samplesFrom(run: RunData, { intended }: RunStep, start_s: number) {
  const column = numberTag(intended, "column");
  const trace = gatherTraces(run, intended.step).find(
    (candidate) => column === undefined || candidate.column === column,
  );
  if (!trace) return undefined;
  const first = Math.max(0, Math.round(start_s / trace.samplePeriod_s));
  return {
    samplePeriod_s: trace.samplePeriod_s,
    voltage_V: trace.voltage_V.subarray(first),
    current_A: trace.current_A.subarray(first),
  };
}

/** Power spectral density of the current at held voltages. */
export const readNoise: ExperimentReader = (run, { steps }) => {
  const records = steps.filter(({ intended }) => intended.role === "noise");
  if (records.length === 0) return undefined;
  const notes: string[] = [];
  const results: ExperimentResult[] = [];
  const panels = groupBy(records, junctionKey)
    .slice(0, DRAWN)
    .map((of): ExperimentPanel => {
      const where = of[0] ? placeOf(of[0]) : "";
      // the largest voltage tells the resistance best
      let best_V = 0;
      let conductance_S = Number.NaN;
      const curves = of.slice(0, DRAWN).flatMap((step) => {
        const voltage_V = numberTag(step.intended, "voltage_V") ?? 0;
        const level = formatSI(numberTag(step.intended, "voltage_V") ?? 0, "V");
        const samples = samplesFrom(run, step, numberTag(step.intended, "settle_s") ?? 0);
        if (!samples) return [];
        const kept = finiteOf(samples.current_A);
        if (Math.abs(voltage_V) > best_V) [best_V, conductance_S] = [Math.abs(voltage_V), mean(kept) / voltage_V];
        results.push(
          { where, label: `mean current at ${level}`, unit: "A", value: mean(kept) },
          { where, label: `noise at ${level}, rms over the band`, unit: "A", value: sampleDeviation(kept) },
        );
        try {
          const spectrum = measureSpectrum(samples.current_A, samples.samplePeriod_s);
          const { best } = chooseSpectrum(spectrum);
          const { x, y } = averageByDecade(spectrum);
          if (best.kind === "none") notes.push(noteOf(`${where} at ${level}`, best));
          else
            results.push(
              { where, label: `spectrum at ${level}`, unit: "", value: best.terms.join(" + ") },
              ...(best.exponent
                ? [{ where, label: `exponent of 1/f at ${level}`, unit: "", value: best.exponent.value }]
                : []),
            );
          return [
            { label: level, style: "points", role: "data", x, y } as const,
            ...(best.kind === "fit"
              ? [{ label: "", style: "line", role: "fit", x, y: x.map((f) => evaluateSpectrum(best, f)) } as const]
              : []),
          ];
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          notes.push(`${where} at ${level}: ${error.message}`);
          return [];
        }
      });
      const band = formatSI(
        (numberTag(of[0]?.intended ?? ({ tags: {} } as RunStep["intended"]), "sampling_Hz") ?? 0) / 2,
        "Hz",
      );
      const floor_A2_Hz = 4 * BOLTZMANN_J_K * ROOM_TEMPERATURE_K * conductance_S;
      const hasFloor = floor_A2_Hz > 0 && Number.isFinite(floor_A2_Hz);
      const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
      if (hasFloor)
        results.push({ where, label: "thermal floor 4kT/R at 25 C, density in A²/Hz", unit: "", value: floor_A2_Hz });
      return {
        kind: "curves",
        title: `Noise, ${where}`,
        caption: `${where}: one-sided power spectral density of the current (Welch, Hann), to ${band}; thin: fitted 1/f, Lorentzian, white, dielectric (f) and capacitive (f²) parts, chosen by AICc${hasFloor ? "; dashed: 4kT/R, R from the largest voltage (crosspore patch noise has the amplifier's terms too)" : ""}.`,
        x: { quantity: "frequency", unit: "Hz", log: true },
        y: { quantity: "density / (A² Hz⁻¹)", unit: "", log: true },
        curves: hasFloor
          ? [...curves, { label: "4kT/R", style: "line", role: "floor", x, y: x.map(() => floor_A2_Hz) }]
          : curves,
      };
    });
  return { panels, results, notes };
};

/** What an instrument measured by itself: of its distortion, noise and direct current nothing is known. */
function asResponse({ frequency_Hz, real_ohm, imaginary_ohm }: ImpedanceResult, { intended }: RunStep): SineResponse {
  const amplitude_V = numberTag(intended, "amplitude_V") ?? Number.NaN;
  return {
    frequency_Hz,
    real_ohm,
    imaginary_ohm,
    amplitude_V,
    amplitude_A: amplitude_V / Math.hypot(real_ohm, imaginary_ohm),
    bias_V: numberTag(intended, "bias_V") ?? Number.NaN,
    bias_A: Number.NaN,
    distortion: Number.NaN,
    noise: Number.NaN,
    samples: 0,
  };
}

/** Nyquist and Bode plots of small sines on biases. */
export const readImpedance: ExperimentReader = (run, { steps }) => {
  const sines = steps.filter(({ intended }) => intended.role === "impedance");
  if (sines.length === 0) return undefined;
  const notes: string[] = [];
  const results: ExperimentResult[] = [];
  const panels = groupBy(sines, junctionKey)
    .slice(0, 2)
    .flatMap((of): ExperimentPanel[] => {
      const where = of[0] ? placeOf(of[0]) : "";
      const spectra = groupBy(of, ({ intended }) => String(intended.tags.bias_V)).map((points) => {
        const bias_V = numberTag(points[0]?.intended ?? ({ tags: {} } as RunStep["intended"]), "bias_V") ?? 0;
        const found = points.flatMap((step): SineResponse[] => {
          const measured = step.reading?.impedance;
          if (measured) {
            if (!Number.isFinite(measured.real_ohm) || measured.overload) {
              const why = measured.overload ? "the instrument was overloaded" : "the instrument gave no number";
              notes.push(`${where}, ${formatSI(measured.frequency_Hz, "Hz")}: ${why}`);
            }
            return Number.isFinite(measured.real_ohm) ? [asResponse(measured, step)] : [];
          }
          const samples = samplesFrom(run, step, numberTag(step.intended, "measureStart_s") ?? 0);
          const frequency_Hz = numberTag(step.intended, "frequency_Hz") ?? Number.NaN;
          if (!samples) return [];
          try {
            return [measureSineResponse(samples.voltage_V, samples.current_A, samples.samplePeriod_s, frequency_Hz)];
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
            notes.push(`${where}, ${formatSI(frequency_Hz, "Hz")}: ${error.message}`);
            return [];
          }
        });
        return { bias: formatSI(bias_V, "V"), points: found.toSorted((a, b) => a.frequency_Hz - b.frequency_Hz) };
      });
      for (const { bias, points } of spectra) {
        const spectrum = {
          frequency_Hz: points.map(({ frequency_Hz }) => frequency_Hz),
          real_ohm: points.map(({ real_ohm }) => real_ohm),
          imaginary_ohm: points.map(({ imaginary_ohm }) => imaginary_ohm),
        };
        const [low, high] = [points[0], points.at(-1)];
        if (low && high)
          results.push(
            { where, label: `Z' at ${formatSI(low.frequency_Hz, "Hz")}, ${bias}`, unit: "ohm", value: low.real_ohm },
            { where, label: `Z' at ${formatSI(high.frequency_Hz, "Hz")}, ${bias}`, unit: "ohm", value: high.real_ohm },
          );
        const inductive = points.filter(({ imaginary_ohm, real_ohm }) => imaginary_ohm > 1e-3 * Math.abs(real_ohm));
        const peak = inductive.toSorted((a, b) => b.imaginary_ohm - a.imaginary_ohm)[0];
        if (peak) results.push({ where, label: `inductive arc at ${bias}, top`, unit: "Hz", value: peak.frequency_Hz });
        if (points.length >= 5)
          results.push({
            where,
            label: `Kramers-Kronig residual at ${bias}, rms`,
            unit: "",
            value: testKramersKronig(spectrum).rms,
          });
      }
      const condition = `n = 1 sine of ${formatSI(numberTag(of[0]?.intended ?? ({ tags: {} } as RunStep["intended"]), "amplitude_V") ?? 0, "V")} per frequency`;
      const curves = (x: (point: SineResponse) => number, y: (point: SineResponse) => number) =>
        spectra.slice(0, DRAWN).flatMap(({ bias, points }, group) => [
          { label: "", style: "line", role: "data", group, x: points.map(x), y: points.map(y) } as const,
          {
            label: spectra.length > 1 ? bias : "",
            style: "points",
            role: "data",
            group,
            x: points.map(x),
            y: points.map(y),
          } as const,
        ]);
      const frequency = { quantity: "frequency", unit: "Hz", log: true };
      return [
        {
          kind: "curves",
          title: `Nyquist plot, ${where}`,
          caption: `${where}: impedance from high to low frequency, ${condition}; below the axis: inductive.`,
          x: { quantity: "Z′", unit: "ohm" },
          y: { quantity: "−Z″", unit: "ohm", zero: true },
          curves: curves(
            ({ real_ohm }) => real_ohm,
            ({ imaginary_ohm }) => -imaginary_ohm,
          ),
        },
        {
          kind: "curves",
          title: `Bode plot, modulus, ${where}`,
          caption: `${where}: modulus of the impedance, ${condition}.`,
          x: frequency,
          y: { quantity: "|Z|", unit: "ohm", log: true },
          curves: curves(
            ({ frequency_Hz }) => frequency_Hz,
            ({ real_ohm, imaginary_ohm }) => Math.hypot(real_ohm, imaginary_ohm),
          ),
        },
        {
          kind: "curves",
          title: `Bode plot, phase, ${where}`,
          caption: `${where}: phase of the impedance, above 0 inductive, ${condition}.`,
          x: frequency,
          y: { quantity: "phase / °", unit: "", zero: true },
          curves: curves(
            ({ frequency_Hz }) => frequency_Hz,
            ({ real_ohm, imaginary_ohm }) => (180 / Math.PI) * Math.atan2(imaginary_ohm, real_ohm),
          ),
        },
      ];
    });
  return { panels, results, notes };
};
