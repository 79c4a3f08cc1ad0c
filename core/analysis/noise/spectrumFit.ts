import type { NoFit } from "../expFit.ts";
import { type CurveFit, type Estimate, fitFromStarts } from "../fit/curveFit.ts";
import { type Ranked, rankModels } from "../fit/modelChoice.ts";
import type { Spectrum } from "./welch.ts";

/**
 * S(f) = flicker f^-exponent + plateau / (1 + (f / corner)^2) + white + dielectric f + capacitive f^2; each term optional. The
 * last two are the loss of the membrane, 8 pi kT D C f, and the voltage noise e_n of the amplifier on its input
 * capacitance, (2 pi f C e_n)^2.
 */
export type SpectrumTerm = "flicker" | "lorentzian" | "white" | "dielectric" | "capacitive";

const TERMS: readonly SpectrumTerm[] = ["flicker", "lorentzian", "white", "dielectric", "capacitive"];

export interface SpectrumFit {
  readonly kind: "fit";
  readonly terms: readonly SpectrumTerm[];
  /** Density of the 1/f part at 1 Hz; unit^2/Hz. */
  readonly flicker: Estimate | null;
  readonly exponent: Estimate | null;
  /** Density of the Lorentzian at 0 Hz; unit^2/Hz. */
  readonly plateau: Estimate | null;
  /** A telegraph process has its corner at (1/tau_c + 1/tau_e) / (2 pi): Machlup, J. Appl. Phys. 25, 341 (1954), 10.1063/1.1721637. */
  readonly corner_Hz: Estimate | null;
  readonly white: Estimate | null;
  /** Density of the part that rises as f, at 1 Hz; unit^2/Hz. */
  readonly dielectric: Estimate | null;
  /** Density of the part that rises as f^2, at 1 Hz; unit^2/Hz. */
  readonly capacitive: Estimate | null;
  readonly fit: CurveFit;
}

export interface SpectrumChoice {
  /** Best first, by AICc over the sets of terms. */
  readonly ranking: readonly Ranked[];
  readonly best: SpectrumFit | NoFit;
}

const SETS: readonly (readonly SpectrumTerm[])[] = [
  ["white"],
  ["flicker"],
  ["flicker", "white"],
  ["lorentzian"],
  ["lorentzian", "white"],
  ["flicker", "lorentzian"],
  ["flicker", "lorentzian", "white"],
  ["white", "capacitive"],
  ["flicker", "white", "capacitive"],
  ["white", "dielectric"],
  ["flicker", "white", "dielectric"],
  ["white", "dielectric", "capacitive"],
  ["flicker", "white", "dielectric", "capacitive"],
];

/** No density is known better than this part: windows leak, amplifiers are not flat. Else the many averages of the last decade decide alone. */
const LEAST_DEVIATION = 0.02;
/** Bins per decade after averaging over frequency: equal weight for each decade, as the eye gives it. */
const PER_DECADE = 12;

/**
 * Fits the sum of the terms to the logarithm of a density averaged over frequency bins. A bin of m independent
 * periodogram values scatters by 1 / sqrt(m) in relative terms, which weights it; the mean of ln of a gamma variable
 * (digamma(m) - ln m, about -1 / (2 m)) is taken out, so that few averages do not bias the levels.
 * Frequency 0 is left out (detrending empties it), as are the last bin and what lies outside the band asked for.
 */
export function fitSpectrum(
  spectrum: Spectrum,
  terms: readonly SpectrumTerm[] = ["flicker", "lorentzian", "white"],
  band_Hz: readonly [number, number] = [0, Infinity],
): SpectrumFit | NoFit {
  const unknown = terms.find((term) => !TERMS.includes(term));
  if (unknown || terms.length === 0 || new Set(terms).size < terms.length)
    throw new RangeError(`terms are ${terms.join(", ") || "none"}, allowed are ${TERMS.join(", ")}, each at most once`);
  return fitBins(averageBins(spectrum, band_Hz), terms);
}

/** Every set of terms that the bins can carry, ordered by AICc. */
export function chooseSpectrum(spectrum: Spectrum, band_Hz: readonly [number, number] = [0, Infinity]): SpectrumChoice {
  const bins = averageBins(spectrum, band_Hz);
  const found = SETS.map((terms) => fitBins(bins, terms));
  const fits = found.filter((fit) => fit.kind === "fit");
  const name = (fit: SpectrumFit) => fit.terms.join(" + ");
  const ranking = rankModels(
    fits.map((fit) => ({
      name: name(fit),
      n: fit.fit.n,
      parameters: fit.fit.parameters.length,
      // residuals are in their own deviations: less than one each is no evidence
      sumOfSquares: Math.max(fit.fit.sumOfSquares, fit.fit.n),
    })),
  );
  const none = found.find((fit) => fit.kind === "none");
  return {
    ranking,
    best: fits.find((fit) => name(fit) === ranking[0]?.name) ?? none ?? { kind: "none", reason: "no term fits" },
  };
}

/** The fitted density at a frequency. */
export function evaluateSpectrum(found: SpectrumFit, frequency_Hz: number): number {
  const { flicker, exponent, plateau, corner_Hz, white, dielectric, capacitive } = found;
  return (
    (flicker && exponent ? flicker.value * frequency_Hz ** -exponent.value : 0) +
    (plateau && corner_Hz ? plateau.value / (1 + (frequency_Hz / corner_Hz.value) ** 2) : 0) +
    (white ? white.value : 0) +
    (dielectric ? dielectric.value * frequency_Hz : 0) +
    (capacitive ? capacitive.value * frequency_Hz ** 2 : 0)
  );
}

interface Bin {
  readonly f: number;
  /** Variance of ln f over the bin: the mean of f^a is that at its middle times 1 + a^2 spread / 2. */
  readonly spread: number;
  /** Expected ln of the mean density. */
  readonly logDensity: number;
  readonly deviation: number;
}

function averageBins(spectrum: Spectrum, [from_Hz, to_Hz]: readonly [number, number]): Bin[] {
  const { frequency_Hz, density, averages } = spectrum;
  const bins: Bin[] = [];
  let last = frequency_Hz.length - 1;
  while (last > 0 && !(frequency_Hz[last - 1]! <= to_Hz)) last--;
  let k = 1;
  while (k < last && frequency_Hz[k]! < from_Hz) k++;
  while (k < last) {
    const edge = frequency_Hz[k]! * 10 ** (1 / PER_DECADE);
    let [sum, logF, logF2, count] = [0, 0, 0, 0];
    do {
      sum += density[k]!;
      logF += Math.log(frequency_Hz[k]!);
      logF2 += Math.log(frequency_Hz[k]!) ** 2;
      count++;
      k++;
    } while (k < last && frequency_Hz[k]! < edge);
    if (!(sum > 0)) continue;
    const m = count * averages;
    bins.push({
      f: Math.exp(logF / count),
      spread: Math.max(0, logF2 / count - (logF / count) ** 2),
      logDensity: Math.log(sum / count) + 1 / (2 * m),
      deviation: Math.hypot(1 / Math.sqrt(m), LEAST_DEVIATION),
    });
  }
  return bins;
}

function fitBins(bins: readonly Bin[], terms: readonly SpectrumTerm[]): SpectrumFit | NoFit {
  const places = placesOf(terms);
  const count = places.length;
  if (bins.length <= count)
    return { kind: "none", reason: `${terms.join(" + ")} needs ${count + 1} frequency bins, there are ${bins.length}` };
  const level = (bin: Bin) => Math.exp(bin.logDensity);
  const [lowest, highest] = [bins[0]!, bins.at(-1)!];
  const corners = [0.2, 0.4, 0.6, 0.8].map((part) => lowest.f ** (1 - part) * highest.f ** part);
  const starts = (terms.includes("lorentzian") ? corners : [1]).flatMap((corner) => {
    const nearest = bins.reduce((best, bin) =>
      Math.abs(Math.log(bin.f / corner)) < Math.abs(Math.log(best.f / corner)) ? bin : best,
    );
    const guess = {
      flicker: level(lowest) * lowest.f * (terms.includes("lorentzian") ? 0.3 : 1),
      exponent: 1,
      plateau: 2 * level(nearest),
      corner,
      // the lowest of what rises at one end, and often at both
      white:
        terms.includes("capacitive") || terms.includes("dielectric") ? Math.min(...bins.map(level)) : level(highest),
      dielectric: ((terms.includes("capacitive") ? 0.3 : 1) * level(highest)) / highest.f,
      capacitive: level(highest) / highest.f ** 2,
    };
    return [places.map((place) => guess[place])];
  });
  const found = fitFromStarts(
    (p, out) => {
      bins.forEach((bin, k) => {
        let density = 0;
        let i = 0;
        for (const term of terms) {
          if (term === "flicker") density += p[i++]! * powerOver(bin, -p[i++]!);
          else if (term === "lorentzian") density += p[i++]! * lorentzianOver(bin, p[i++]!);
          else if (term === "capacitive") density += p[i++]! * powerOver(bin, 2);
          else if (term === "dielectric") density += p[i++]! * powerOver(bin, 1);
          else density += p[i++]!;
        }
        out[k] = (Math.log(density) - bin.logDensity) / bin.deviation;
      });
    },
    bins.length,
    starts,
    // a density that rises is no 1/f noise: the exponent is above 0 as all others are
    { positive: places.map(() => true) },
  );
  if (found.kind === "none") return found;
  const of = (place: Place) => (places.includes(place) ? (found.parameters[places.indexOf(place)] ?? null) : null);
  return {
    kind: "fit",
    terms,
    flicker: of("flicker"),
    exponent: of("exponent"),
    plateau: of("plateau"),
    corner_Hz: of("corner"),
    white: of("white"),
    dielectric: of("dielectric"),
    capacitive: of("capacitive"),
    fit: found,
  };
}

/** Mean of f^a over a bin. */
function powerOver({ f, spread }: Bin, a: number): number {
  return f ** a * (1 + (a * a * spread) / 2);
}

/** Mean of 1 / (1 + (f / corner)^2) over a bin, to second order in its width. */
function lorentzianOver({ f, spread }: Bin, corner_Hz: number): number {
  const u = (f / corner_Hz) ** 2;
  const slope = (-2 * u) / (1 + u);
  return (1 + (spread / 2) * (slope * slope - (4 * u) / (1 + u) ** 2)) / (1 + u);
}

type Place = "flicker" | "exponent" | "plateau" | "corner" | "white" | "dielectric" | "capacitive";

function placesOf(terms: readonly SpectrumTerm[]): Place[] {
  return terms.flatMap((term): Place[] =>
    term === "flicker" ? ["flicker", "exponent"] : term === "lorentzian" ? ["plateau", "corner"] : [term],
  );
}
