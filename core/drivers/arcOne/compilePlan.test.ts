import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { compilePlan, durationOf, LONGEST_JOB_S } from "./compilePlan.ts";

const planOf = (points: readonly (readonly [voltage_V: number, duration_s: number, measured: boolean])[]) => ({
  voltage_V: Float64Array.from(points, ([voltage]) => voltage),
  duration_s: Float64Array.from(points, ([, duration]) => duration),
  measured: Uint8Array.from(points, ([, , measured]) => (measured ? 1 : 0)),
  currentRange_A: "auto" as const,
  compliance_A: Infinity,
});

describe("the jobs of a plan", () => {
  it("hold neighbours of one voltage and one time together, and rest at 0 V", () => {
    const plan = planOf([
      [0, 0.01, true],
      [0, 0.02, false],
      [0.3, 0.01, true],
      [0.3, 0.01, true],
      [0.3, 0.02, true],
      [-0.3, 0.05, false],
      [-0.3, 0.05, false],
    ]);
    expect(compilePlan(plan)).toEqual([
      { kind: "rest", duration_s: 0.03, points: [0] },
      { kind: "read", voltage_V: 0.3, each_s: 0.01, points: [2, 3] },
      { kind: "read", voltage_V: 0.3, each_s: 0.02, points: [4] },
      { kind: "hold", voltage_V: -0.3, duration_s: 0.1 },
    ]);
  });

  it("rest where a sine passes through zero: the output has no step so small", () => {
    expect(compilePlan(planOf([[4.9e-17, 0.01, true]]))).toEqual([{ kind: "rest", duration_s: 0.01, points: [0] }]);
  });

  it("end before anybody has to wait for long: a second becomes three jobs, read in the last", () => {
    const jobs = compilePlan(planOf([[0.2, 1, true]]));
    expect(jobs.map(({ kind }) => kind)).toEqual(["hold", "hold", "read"]);
    expect(jobs.every((job) => durationOf(job) <= LONGEST_JOB_S)).toBe(true);
  });

  it("take as long as the plan, read every measured point once and in order, and never last longer than a job may", () => {
    const point = fc.tuple(
      fc.constantFrom(-0.5, 0, 0.1, 0.5),
      fc.constantFrom(0.002, 0.01, 0.1, 0.4, 1.7),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const jobs = compilePlan(planOf(points));
        expectClose(
          jobs.reduce((sum, job) => sum + durationOf(job), 0),
          points.reduce((sum, [, duration_s]) => sum + duration_s, 0),
          1e-9,
          1e-12,
        );
        const read = jobs.flatMap((job) => (job.kind === "hold" ? [] : job.points));
        expect(read).toEqual(points.flatMap(([, , measured], k) => (measured ? [k] : [])));
        for (const job of jobs) expect(durationOf(job)).toBeLessThanOrEqual(LONGEST_JOB_S * (1 + 1e-9));
      }),
    );
  });
});
