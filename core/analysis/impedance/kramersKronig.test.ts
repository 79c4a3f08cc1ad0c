import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import fixture from "../../../fixtures/analysis/linearKramersKronig.json" with { type: "json" };
import { fillNormal } from "../../crossbar/index.ts";
import { parseCircuit } from "./circuit.ts";
import { testKramersKronig } from "./kramersKronig.ts";

const band = Array.from({ length: 61 }, (_, k) => 10 ** (-1 + k / 10));

function spectrumOf(
  text: string,
  values: readonly number[],
  change: (k: number) => readonly [number, number] = () => [0, 0],
) {
  const circuit = parseCircuit(text);
  const z = new Float64Array(2);
  const real_ohm: number[] = [];
  const imaginary_ohm: number[] = [];
  band.forEach((f, k) => {
    circuit.impedance(values, 2 * Math.PI * f, z);
    const size = Math.hypot(z[0]!, z[1]!);
    const [re, im] = change(k);
    real_ohm.push(z[0]! + size * re);
    imaginary_ohm.push(z[1]! + size * im);
  });
  return { frequency_Hz: band, real_ohm, imaginary_ohm };
}

describe("testKramersKronig", () => {
  it("gives mu and residuals of numpy's least squares for fixed numbers of elements", () => {
    for (const { data, elements, mu, largestReal, rms } of fixture.cases) {
      const [real_ohm, imaginary_ohm] = data === "valid" ? fixture.valid : fixture.bent;
      const found = testKramersKronig(
        { frequency_Hz: fixture.frequency_Hz, real_ohm: real_ohm ?? [], imaginary_ohm: imaginary_ohm ?? [] },
        { elements },
      );
      expectClose(found.mu, mu, 1e-6);
      expectClose(Math.max(...found.residualReal.map(Math.abs)), largestReal, 1e-6);
      expectClose(found.rms, rms, 1e-6);
    }
  });

  it.each([
    ["R0-p(R1,C1)", [1e5, 1e6, 1e-9]],
    ["R0-p(R1,L1)", [1e5, 1e6, 1e4]],
    ["p(R1,C1)-p(R2,L2)", [1e6, 1e-9, 1e6, 1e5]],
  ])("leaves only numerical noise of exact %s", (text, values) => {
    const found = testKramersKronig(spectrumOf(text, values));
    expect(found.rms).toBeLessThan(1e-6);
    expect(found.consistent).toBe(true);
  });

  it("leaves the noise that is there: 0.5 %", () => {
    const noise = new Float64Array(2 * band.length);
    fillNormal(noise, 8, 8, 0);
    const found = testKramersKronig(
      spectrumOf("R0-p(R1,CPE1)", [1e5, 1e6, 2e-8, 0.9], (k) => [0.005 * noise[2 * k]!, 0.005 * noise[2 * k + 1]!]),
    );
    // of 122 numbers some 10 to 20 are fitted
    expectClose(found.rms, 0.005 * Math.SQRT2, 0.25);
    expect(found.elements).toBeLessThan(30);
  });

  it("finds a junction that drifted while it was measured, and a real part that the imaginary one does not answer", () => {
    // 20 % less impedance from the first to the last point is still causal when slow; a jump in between is not
    const jump = testKramersKronig(
      spectrumOf("R0-p(R1,C1)", [1e5, 1e6, 1e-9], (k) => (k > 25 && k < 32 ? [0.2, 0] : [0, 0])),
    );
    expect(jump.consistent).toBe(false);
    expect(jump.largest).toBeGreaterThan(0.05);
  });

  it("stops by the published mu criterion where it is asked to", () => {
    const spectrum = spectrumOf("R0-p(R1-W1,CPE1)", [2e5, 1e6, 4e5, 3e-9, 0.9]);
    const found = testKramersKronig(spectrum, { criterion: "mu" });
    expect(found.mu).toBeLessThanOrEqual(0.85);
    expect(testKramersKronig(spectrum, { elements: found.elements - 1 }).mu).toBeGreaterThan(0.85);
  });

  it("names what is not allowed", () => {
    const short = { frequency_Hz: [1, 2, 3, 4], real_ohm: [1, 1, 1, 1], imaginary_ohm: [0, 0, 0, 0] };
    expect(() => testKramersKronig(short)).toThrow(/4 usable frequencies, allowed are 5/);
    expect(() => testKramersKronig(spectrumOf("R0", [1]), { elements: 1 })).toThrow(
      /elements is 1, allowed are 2 to 119/,
    );
  });
});
