import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { fillNormal } from "../../crossbar/index.ts";
import { chooseSpectrum, evaluateSpectrum, fitSpectrum, type SpectrumFit } from "./spectrumFit.ts";
import { measureSpectrum, type Spectrum } from "./welch.ts";

/** A density known exactly, as if averaged `averages` times without scatter. */
function exact(density: (f: number) => number, averages = 100): Spectrum {
  const frequency_Hz = Float64Array.from({ length: 8193 }, (_, k) => k * 0.1);
  return {
    frequency_Hz,
    density: frequency_Hz.map((f) => (f === 0 ? 0 : density(f))),
    segments: averages,
    skipped: 0,
    averages,
    bandwidth_Hz: 0.15,
  };
}

const mustFit = (found: ReturnType<typeof fitSpectrum>): SpectrumFit => {
  if (found.kind === "none") throw new Error(found.reason);
  return found;
};

describe("fitSpectrum", () => {
  it("recovers 1/f + Lorentzian + white from an exact density at picoampere levels", () => {
    // flicker levels of models of nanopores: 1e-24 A^2/Hz at 1 Hz
    const fit = mustFit(fitSpectrum(exact((f) => 1e-24 / f ** 1.2 + 4e-26 / (1 + (f / 37) ** 2) + 1e-28, 1e6)));
    expectClose(fit.flicker?.value ?? 0, 1e-24, 0.02);
    expectClose(fit.exponent?.value ?? 0, 1.2, 0.01);
    expectClose(fit.plateau?.value ?? 0, 4e-26, 0.02);
    expectClose(fit.corner_Hz?.value ?? 0, 37, 0.02);
    expectClose(fit.white?.value ?? 0, 1e-28, 0.02);
    expectClose(evaluateSpectrum(fit, 10), 1e-24 / 10 ** 1.2 + 4e-26 / (1 + (10 / 37) ** 2) + 1e-28, 0.01);
  });

  it("covers the white level of noise of known density with its interval in 95 % of records", () => {
    const record = new Float64Array(8192);
    let covered = 0;
    for (let repeat = 0; repeat < 200; repeat++) {
      fillNormal(record, 21, 1, repeat * record.length);
      const { white } = mustFit(fitSpectrum(measureSpectrum(record, 1e-3, { segment: 1024 }), ["white"]));
      const [low, high] = white?.interval95 ?? [0, 0];
      if (low <= 2e-3 && 2e-3 <= high) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.88);
  });

  it("refuses terms that it does not know", () => {
    const spectrum = exact(() => 1);
    expect(() => fitSpectrum(spectrum, [])).toThrow(
      /terms are none, allowed are flicker, lorentzian, white, dielectric, capacitive/,
    );
    expect(fitSpectrum(spectrum, ["white"], [1, 1.1])).toMatchObject({
      kind: "none",
      reason: /needs 2 frequency bins/,
    });
  });
});

describe("chooseSpectrum", () => {
  it("takes a density that rises for the amplifier's voltage noise on its capacitance, not for 1/f noise", () => {
    // e_n = 3 nV/Hz^0.5 on 100 pF: (2 pi C e_n)^2 = 3.553e-36 A^2/Hz^3
    const { best } = chooseSpectrum(exact((f) => 1e-30 + 3.553e-36 * f ** 2, 1e6));
    const fit = mustFit(best);
    expect(fit.terms).toEqual(["white", "capacitive"]);
    expectClose(fit.white?.value ?? 0, 1e-30, 0.02);
    expectClose(fit.capacitive?.value ?? 0, 3.553e-36, 0.02);
    expectClose(evaluateSpectrum(fit, 500), 1e-30 + 3.553e-36 * 500 ** 2, 0.02);
  });

  it("takes flicker, thermal, dielectric and capacitive noise of a pore on a lossy chip apart", () => {
    // 100 Mohm, 100 pF with tan d = 0.01, 3 nV/Hz^0.5: 8 pi kT D C = 1.034e-31, (2 pi C e_n)^2 = 3.553e-36
    const [flicker, white, dielectric, capacitive] = [5.8e-26, 1.647e-28, 1.034e-31, 3.553e-36];
    const frequency_Hz = Float64Array.from({ length: 16385 }, (_, k) => k * 1.5);
    const spectrum = {
      ...exact(() => 0, 1e3),
      frequency_Hz,
      density: frequency_Hz.map((f) => flicker / f + white + dielectric * f + capacitive * f * f),
    };
    const fit = mustFit(chooseSpectrum(spectrum).best);
    expect(fit.terms).toEqual(["flicker", "white", "dielectric", "capacitive"]);
    expectClose(fit.flicker?.value ?? 0, flicker, 0.03);
    expectClose(fit.exponent?.value ?? 0, 1, 0.01);
    expectClose(fit.white?.value ?? 0, white, 0.05);
    expectClose(fit.dielectric?.value ?? 0, dielectric, 0.03);
    expectClose(fit.capacitive?.value ?? 0, capacitive, 0.03);
  });

  it("finds slope -1 in a sum of Ornstein-Uhlenbeck processes, one per half decade of time constants", () => {
    // exact updates; flat within 7 % of A/f over 0.1 Hz to 1 kHz (oracle of the sum); sampled at 500 Hz, so that little is folded into the band below 5 Hz
    const dt = 2e-3;
    const n = 2 ** 17;
    const record = new Float64Array(n);
    const drive = new Float64Array(n);
    for (let j = 0; j < 12; j++) {
      const keep = Math.exp(-dt / 10 ** (j / 2 - 3.25));
      fillNormal(drive, 3, j, 0);
      let x = drive[0]!;
      for (let k = 0; k < n; k++) {
        x = keep * x + Math.sqrt(1 - keep * keep) * drive[k]!;
        record[k]! += Math.sqrt(Math.log(10) / 2) * x;
      }
    }
    const spectrum = measureSpectrum(record, dt, { segment: 16384 });
    const fit = mustFit(fitSpectrum(spectrum, ["flicker"], [0.1, 5]));
    expect(Math.abs((fit.exponent?.value ?? 0) - 1)).toBeLessThan(0.05);
    expectClose(fit.flicker?.value ?? 0, 1, 0.1);
    const { best } = chooseSpectrum(spectrum, [0.1, 5]);
    if (best.kind === "none") throw new Error(best.reason);
    expect(best.terms).toContain("flicker");
  });

  it("calls white noise white", () => {
    const record = new Float64Array(2 ** 16);
    fillNormal(record, 2, 2, 0);
    const { best, ranking } = chooseSpectrum(measureSpectrum(record, 1e-3, { segment: 2048 }));
    if (best.kind === "none") throw new Error(best.reason);
    expect(best.terms).toContain("white");
    expect(ranking.find(({ name }) => name === "white")?.delta).toBeLessThan(4);
  });
});
