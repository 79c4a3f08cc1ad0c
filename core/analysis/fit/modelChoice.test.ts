import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { correctedAkaike, rankModels } from "./modelChoice.ts";

describe("correctedAkaike", () => {
  it("is the textbook value: n = 20, RSS = 5, two parameters", () => {
    // by hand: 20 ln 0.25 + 6 + 24 / 16
    expectClose(correctedAkaike({ name: "", n: 20, parameters: 2, sumOfSquares: 5 }), -27.725887222397812 + 7.5, 1e-14);
  });

  it("cannot judge as many parameters as points", () => {
    expect(correctedAkaike({ name: "", n: 4, parameters: 2, sumOfSquares: 1 })).toBe(Infinity);
  });
});

describe("rankModels", () => {
  const line = { name: "line", n: 20, parameters: 2, sumOfSquares: 5 };

  it("prefers the simpler of two equal fits and gives weights that sum to one", () => {
    const ranked = rankModels([{ ...line, name: "curve", parameters: 3 }, line]);
    expect(ranked.map(({ name }) => name)).toEqual(["line", "curve"]);
    expectClose(
      ranked.reduce((sum, { weight }) => sum + weight, 0),
      1,
      1e-15,
    );
    expectClose(ranked[1]?.weight ?? 0, Math.exp(-(ranked[1]?.delta ?? 0) / 2) * (ranked[0]?.weight ?? 0), 1e-14);
  });

  it("prefers a curve that explains more", () => {
    expect(rankModels([line, { ...line, name: "curve", parameters: 3, sumOfSquares: 1 }])[0]?.name).toBe("curve");
  });

  it("takes the simpler one where both are exact to rounding", () => {
    const exact = [
      { ...line, name: "curve", parameters: 3, sumOfSquares: 1e-31 },
      { ...line, sumOfSquares: 1e-30 },
    ];
    expect(rankModels(exact, 1)[0]?.name).toBe("line");
  });

  it("refuses fits to different points", () => {
    expect(() => rankModels([line, { ...line, name: "short", n: 19 }])).toThrow(
      /short was fitted to 19 points and line/,
    );
  });
});
