import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitExponential } from "../analysis/expFit.ts";
import { analysePairs } from "../analysis/pairedPulse.ts";
import { analysePlasticity } from "../analysis/plasticity.ts";
import { analyseReservoir } from "../analysis/reservoir.ts";
import { measureProducts } from "../analysis/vmm.ts";
import { makeScale, niceTicks } from "./axis.ts";
import { decimate } from "./decimate.ts";
import { heatMap } from "./heatMap.ts";
import { plotLoop } from "./loopFigure.ts";
import { plotPairs } from "./pairFigure.ts";
import { plotProducts } from "./productFigure.ts";
import { plotReservoir } from "./reservoirFigure.ts";
import { plotTrace } from "./traceFigure.ts";
import { plotTrain } from "./trainFigure.ts";
import { checkMarkup, textsOf } from "../../tests/wellFormed.ts";

const perCycle = 1000;
const phases = Array.from({ length: perCycle + 1 }, (_, k) => (2 * Math.PI * k) / perCycle);
const loop = (g: number, label: string) => ({
  voltage_V: phases.map(Math.sin),
  current_A: phases.map((phase) => g * Math.sin(phase) * (1 - 0.4 * Math.sin(phase - 0.7))),
  label,
});

describe("figures", () => {
  it("are well-formed XML with a title, a description and axes with units", () => {
    const gaps = [1e-3, 3e-3, 1e-2, 3e-2, 0.1];
    const pairs = analysePairs(
      gaps.map((gap_s) => ({ gap_s, first_A: 1e-12, second_A: 1e-12 * (1 + Math.exp(-gap_s / 5e-3)) })),
    );
    const rise = [1, 1.6, 1.9, 2, 2.05].map((g) => g * 1e-9);
    const ideal = [1, 2, 3, 4, 5, 6].map((y) => y * 1e-9);
    const measured = ideal.map((y, k) => 0.9 * y + 1e-11 * (k % 3));
    const columns = [0, 1, 0, 1, 0, 1];
    const cases: [string, string[]][] = [
      [plotLoop([loop(4e-12, "40 Hz"), loop(5e-12, "400 Hz")]), ["voltage / V", "current / pA", "40 Hz", "400 Hz"]],
      [
        plotTrain(
          {
            row: 0,
            column: 1,
            read_V: -1,
            potentiation_S: rise,
            depression_S: rise.toReversed(),
            ...analysePlasticity(rise, rise.toReversed()),
          },
          "measured",
        ),
        ["pulse number", "conductance / nS"],
      ],
      [plotPairs(pairs, "emulated"), ["gap / ms", "paired-pulse index I₂ / I₁"]],
      [
        heatMap(
          [1e-9, 1e-8, Number.NaN, 3e-9],
          { rows: 2, columns: 2 },
          { title: "map", quantity: "conductance", unit: "S" },
        ),
        ["conductance / nS (log scale)", "row", "column"],
      ],
      [
        plotProducts(
          { columns, measured_A: measured, ideal_A: ideal, errors: measureProducts(measured, ideal, columns) },
          "measured",
        ),
        ["ideal product / nA", "product / nA", "residual, calibrated / pA"],
      ],
      [
        plotReservoir(
          analyseReservoir([
            { pattern: "01", value: 2e-7 },
            { pattern: "10", value: 1e-7 },
          ]),
          "S",
          "emulated",
        ),
        ["conductance after the train / nS", "01", "10"],
      ],
      [
        plotTrace({ time_s: [0, 1e-3, 2e-3], voltage_V: [0, 1, 0], current_A: [0, 1e-9, 0] }, "measured"),
        ["voltage / V", "current / nA", "time / ms"],
      ],
    ];
    for (const [svg, expected] of cases) {
      checkMarkup(svg);
      for (const text of expected) expect(textsOf(svg)).toContain(text);
      expect(svg).toMatch(/<title>[^<]+<\/title><desc>[^<]+<\/desc>/);
      expect(svg).toContain("viewBox=");
      expect(svg).not.toMatch(/NaN|Infinity|undefined|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
    }
  });

  it("draw emulated loops purple and dashed beside measured ones, teal", () => {
    const svg = plotLoop([
      { ...loop(4e-12, ""), label: "measured", source: "measured" },
      { ...loop(4.1e-12, ""), label: "emulated", source: "emulated" },
    ]);
    const paths = [...svg.matchAll(/<path d="M[^"]*" style="([^"]*)"/g)].map((match) => match[1]);
    expect(paths).toHaveLength(2);
    expect(paths[0]).toContain("var(--measured");
    expect(paths[0]).not.toContain("dasharray");
    expect(paths[1]).toContain("var(--emulated");
    expect(paths[1]).toContain("dasharray");
  });

  it("keep their labels apart and inside the picture", () => {
    const svg = plotLoop([1, 1.001, 1.002, 1.003].map((g, k) => loop(g * 1e-12, `${10 ** k} Hz`)));
    const height = Number(/viewBox="0 0 \S+ (\S+)"/.exec(svg)?.[1]);
    const at = [...svg.matchAll(/<text x="[^"]*" y="([^"]*)" style="fill:[^"]*">/g)]
      .map((match) => Number(match[1]))
      .sort((a, b) => a - b);
    expect(at).toHaveLength(4);
    for (let k = 1; k < at.length; k++) expect(at[k] - at[k - 1]).toBeGreaterThanOrEqual(13.9);
    expect(at[0]).toBeGreaterThan(10);
    expect(at[3]).toBeLessThan(height);
  });

  it("escape hostile labels", () => {
    const svg = plotLoop(loop(1e-12, `</text><script>alert("x")</script>\u0000`));
    checkMarkup(svg);
    expect(svg).not.toContain("<script");
  });

  it("draw empty, constant and single data without a wrong coordinate", () => {
    const constant = plotTrace({ time_s: [0, 1], voltage_V: [0.1, 0.1], current_A: [0, 0] }, "measured");
    const empty = plotLoop({ voltage_V: [], current_A: [] });
    const lost = plotLoop({ voltage_V: [0, 1], current_A: [Number.NaN, Number.NaN] });
    const flat = heatMap([1e-9, 1e-9], { rows: 1, columns: 2 }, { title: "m", quantity: "conductance", unit: "S" });
    const blank = heatMap([Number.NaN], { rows: 1, columns: 1 }, { title: "m", quantity: "conductance", unit: "S" });
    for (const svg of [constant, empty, lost, flat, blank]) {
      checkMarkup(svg);
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });

  it("stay small for a million samples and a large map", () => {
    const n = 1_000_000;
    const time_s = Float64Array.from({ length: n }, (_, k) => k * 1e-5);
    const noise = time_s.map((_, k) => Math.sin(k * 12.9898) * 1e-9);
    expect(plotTrace({ time_s, voltage_V: noise, current_A: noise }, "measured").length).toBeLessThan(120_000);
    const map = heatMap(
      new Float64Array(1024 * 1024).map((_, k) => 1e-9 * (1 + (k % 7))),
      { rows: 1024, columns: 1024 },
      { title: "m", quantity: "conductance", unit: "S" },
    );
    expect(map).toContain("mean of 8 x 8 junctions");
    expect(map.length).toBeLessThan(2_000_000);
  });
});

describe("decimate", () => {
  it("keeps the extremes of both axes, the ends and the order of any curve, within the target", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 })), {
          minLength: 1,
          maxLength: 600,
        }),
        fc.integer({ min: 8, max: 100 }),
        (points, target) => {
          const [x, y] = [points.map((p) => p[0]), points.map((p) => p[1])];
          const thin = decimate(x, y, target);
          expect(thin.x.length).toBeLessThanOrEqual(target);
          for (const [all, kept] of [
            [x, thin.x],
            [y, thin.y],
          ] as const) {
            expect(Math.max(...kept)).toBe(Math.max(...all));
            expect(Math.min(...kept)).toBe(Math.min(...all));
            expect([kept[0], kept.at(-1)]).toEqual([all[0], all.at(-1)]);
          }
          let from = 0;
          for (let k = 0; k < thin.x.length; k++) {
            while (from < x.length && (x[from] !== thin.x[k] || y[from] !== thin.y[k])) from++;
            expect(from).toBeLessThan(x.length);
            from++;
          }
        },
      ),
    );
  });

  it("keeps both branches of a loop: the enclosed area changes by less than 1 %", () => {
    const n = 200_000;
    const x = Float64Array.from({ length: n + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    const y = Float64Array.from({ length: n + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / n));
    const thin = decimate(x, y);
    let area = 0;
    for (let k = 1; k < thin.x.length; k++) area += ((thin.x[k - 1] + thin.x[k]) / 2) * (thin.y[k] - thin.y[k - 1]);
    expect(thin.x.length).toBeLessThanOrEqual(2000);
    expect(Math.abs(area / Math.PI - 1)).toBeLessThan(0.01);
  });

  it("keeps a gap of lost samples open", () => {
    const y = Float64Array.from({ length: 10_000 }, (_, k) => (k === 5000 ? Number.NaN : 1));
    expect(
      [
        ...decimate(
          y.map((_, k) => k),
          y,
          100,
        ).y,
      ].some(Number.isNaN),
    ).toBe(true);
  });
});

describe("axes", () => {
  it("tick at round values inside the range", () => {
    expect(niceTicks(-1, 1, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(niceTicks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  });

  it("choose the prefix of the largest value and mark decades", () => {
    const current = makeScale({ quantity: "current", unit: "A" }, [-3e-9, 2e-9], 300);
    expect(current.title).toBe("current / nA");
    expect(current.ticks.map((tick) => tick.label)).toContain("−2");
    const gaps = makeScale({ quantity: "gap", unit: "s", log: true }, [1e-3, 10], 300);
    expect(gaps.title).toBe("gap / s");
    expect(gaps.ticks.map((tick) => tick.label)).toEqual(["0.001", "0.01", "0.1", "1", "10"]);
    expect(gaps.at(0.1)).toBeCloseTo(0.5, 9);
  });
});

describe("plotPairs", () => {
  it("draws the confidence band only where there is a fit", () => {
    const x = [1, 2, 3, 4, 5, 6];
    expect(fitExponential(x, [1, 1, 1, 1, 1, 1], "decay").kind).toBe("none");
    const flat = analysePairs(x.map((gap_s) => ({ gap_s, first_A: 1, second_A: 1 })));
    const falling = analysePairs(
      x.map((gap_s, k) => ({ gap_s, first_A: 1, second_A: 1 + Math.exp(-gap_s) + 0.001 * (k % 2) })),
    );
    expect(plotPairs(flat, "measured")).not.toContain("opacity:.16");
    expect(plotPairs(falling, "measured")).toContain("opacity:.16");
  });
});
