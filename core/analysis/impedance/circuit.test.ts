import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import fixture from "../../../fixtures/analysis/impedance.json" with { type: "json" };
import { parseCircuit } from "./circuit.ts";

function at(text: string, values: readonly number[], w: number): [number, number] {
  const z = new Float64Array(2);
  parseCircuit(text).impedance(values, w, z);
  return [z[0]!, z[1]!];
}

describe("parseCircuit", () => {
  it("gives the impedance that numpy computes for R0-p(R1-W1,CPE1)", () => {
    const order = ["R0", "R1", "W1", "CPE1.Q", "CPE1.n"];
    expect(parseCircuit(fixture.circuit).parameters.map(({ name }) => name)).toEqual(order);
    const values = order.map((name) => fixture.truth[fixture.names.indexOf(name)] ?? 0);
    fixture.frequency_Hz.forEach((f, k) => {
      const [re, im] = at(fixture.circuit, values, 2 * Math.PI * f);
      expectClose(re, fixture.clean[0]?.[k] ?? 0, 1e-12);
      expectClose(im, fixture.clean[1]?.[k] ?? 0, 1e-12);
    });
  });

  it("knows the sign of arcs: R parallel C lies below the axis, R parallel L above", () => {
    // closed forms at w = 1 / tau: R / 2 (1 -+ i)
    const [re, im] = at("R0-p(R1,C1)", [1e5, 1e6, 1e-9], 1e3);
    expectClose(re, 6e5, 1e-14);
    expectClose(im, -5e5, 1e-14);
    const [reL, imL] = at("R0-p(R1,L1)", [1e5, 1e6, 1e3], 1e3);
    expectClose(reL, 6e5, 1e-14);
    expectClose(imL, 5e5, 1e-14);
  });

  it("knows finite diffusion at both ends: Ws gives R at 0 Hz, Wo the capacitor T/R with R/3, both the same line above", () => {
    const [re, im] = at("Ws1", [1e6, 2], 1e-9);
    expectClose(re, 1e6, 1e-6);
    expectClose(im / 1e6, 0, 0, 1e-8);
    const [reO, imO] = at("Wo1", [1e6, 2], 1e-6);
    expectClose(reO, 1e6 / 3, 1e-6);
    expectClose(imO, -1e6 / (1e-6 * 2), 1e-6);
    const w = 1e4;
    const line = 1e6 / Math.sqrt(2 * w) / Math.SQRT2;
    for (const text of ["Ws1", "Wo1"]) {
      const [a, b] = at(text, [1e6, 2], w);
      expectClose(a, line, 1e-9);
      expectClose(b, -line, 1e-9);
    }
  });

  it("does not care in which order branches or a series are written, and nests", () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 6, noNaN: true }), (logW) => {
        const w = 10 ** logW;
        const [a, b] = at("R0-p(R1-p(R2,C2),C1)", [1e3, 1e4, 2e4, 1e-6, 1e-8], w);
        const [c, d] = at("p(C1,p(C2,R2)-R1)-R0", [1e-8, 1e-6, 2e4, 1e4, 1e3], w);
        expectClose(a, c, 1e-10);
        expectClose(b, d, 1e-10, 1e-10 * Math.abs(c));
      }),
    );
  });

  it.each([
    ["R0-", /place 4: found the end, allowed is an element R, C, L, W, Wo, Ws or CPE/],
    ["R0-X1", /place 4: found "X1"/],
    ["R0-p(R1)", /place 8: .*a second branch/],
    ["R0-p(R1,C1", /place 11: found the end, allowed is "-", "," or "\)"/],
    ["R0-R0", /R0 is/],
    ["R0)", /place 3: found "\)", allowed is "-" or the end/],
    ["R", /place 1: found "R"/],
    ["", /place 1: found the end/],
  ])("refuses %s and shows the place", (text, message) => {
    expect(() => parseCircuit(text)).toThrow(message);
  });
});
