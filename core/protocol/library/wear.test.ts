import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { measure } from "../testing/measure.ts";
import { ResistorArray } from "../testing/resistorArray.ts";
import { runInMemory } from "../../runInMemory.ts";
import { endurance, halfSelect, readDisturb, retention } from "./index.ts";

const tau_s = 1.62;
const slope_perV = 0.7286671351558165;
const relax = (g: number, v: number, t: number) => 1 + slope_perV * v + (g - 1 - slope_perV * v) * Math.exp(-t / tau_s);
/** A read of no weight: what it shows is the state. */
const read = { voltage_V: 0.001, width_s: 1e-6, samples: 4 };

describe("retention", () => {
  it("sees a linear relaxer fade as exp(-t / tau), from the end of the write", async () => {
    const { probes } = await measure({}, retention({ read, control: true }));
    const written = relax(1, 5, 0.75);
    const retained = probes.filter(({ tags }) => tags["phase"] === "retained");
    expect(retained.length).toBeGreaterThanOrEqual(12);
    expect(retained[0]?.tags["time_s"]).toBe(0.1);
    for (const { tags, conductance_S } of retained)
      expectClose(conductance_S / 1e-7, relax(written, 0, Number(tags["time_s"])), 2e-5);
    // the control waited as long and looked once
    const control = retained.filter(({ tags }) => tags["control"] === 1);
    expect(control.map(({ tags }) => tags["time_s"])).toEqual([10]);
  });

  it("keeps the times it says: array time of every read is that of its tag", async () => {
    const { steps } = await measure({}, retention({ first_s: 0.2, total_s: 4, refresh: { period_s: 1 } }));
    const write = steps.find(({ tags }) => tags["phase"] === "write");
    const end_s = (write?.startTime_s ?? NaN) + 0.75;
    for (const { tags, startTime_s } of steps.filter(({ tags }) => Number(tags["time_s"]) > 0))
      expectClose(startTime_s - end_s, Number(tags["time_s"]), 1e-9);
    expect(steps.filter(({ tags }) => tags["phase"] === "refresh").map(({ tags }) => tags["time_s"])).toEqual([
      1, 2.75,
    ]);
  });

  it("refuses reads that would overlap", () => {
    expect(() => retention({ read: { width_s: 0.5 }, readsPerDecade: 20 })).toThrow(
      "readsPerDecade: the first reads are",
    );
  });
});

describe("endurance", () => {
  it("reads both states of every junction in every cycle", async () => {
    const { probes, marks } = await measure(
      { rows: 2, columns: 1 },
      endurance({ cycles: 4, order: "cycle", read, stop: null }),
    );
    expect(probes).toHaveLength(16);
    expect(probes.slice(0, 4).map(({ tags }) => [tags["row"], tags["cycle"], tags["phase"]])).toEqual([
      [0, 1, "on"],
      [0, 1, "off"],
      [1, 1, "on"],
      [1, 1, "off"],
    ]);
    // set 5 V, reset -1 V, then 1.5 s at 0 V while the other junction has its cycle
    let g = 1;
    for (const { tags, conductance_S } of probes.filter((probe) => probe.tags["row"] === 0)) {
      if (tags["phase"] === "on" && tags["cycle"] !== 1) g = relax(g, 0, 1.5);
      g = relax(g, tags["phase"] === "on" ? 5 : -1, 0.75);
      expectClose(conductance_S / 1e-7, g, 1e-4);
    }
    expect(marks.map(({ data }) => data)).toMatchObject([
      { row: 0, cycles: 4, status: "alive" },
      { row: 1, cycles: 4 },
    ]);
  });

  it("gives up a junction whose window stays closed, and only that", async () => {
    const array = new ResistorArray({ rows: 2, columns: 1 }, 1e-9);
    // row 1 switches: every pulse of its own leaves another state
    array.before = (call) => {
      array.conductance_S[1] = call % 4 < 2 ? 3e-9 : 1e-9;
    };
    const run = await runInMemory(array, endurance({ cycles: 10, stop: { cycles: 2 }, gap_s: 0 }));
    const marks = run.events.flatMap((event) => (event.kind === "marked" ? [event] : []));
    expect(marks.map(({ label, data }) => [label, data["row"], data["cycle"] ?? data["cycles"]])).toEqual([
      ["window closed", 0, 2],
      ["endurance", 0, 2],
      ["endurance", 1, 10],
    ]);
    expect(marks[0]?.data["firstFailure"]).toBe(1);
  });
});

describe("read-disturb", () => {
  it("finds the published 2.2 % of one read of -1 V and 50 ms, and the exact decay of many", async () => {
    const { probes } = await measure({}, readDisturb({ voltages_V: [-1], read, reads: 100, recovery_s: 60 }));
    expect(probes.map(({ tags }) => tags["reads"]).slice(0, 4)).toEqual([0, 1, 2, 5]);
    expectClose((probes[1]?.conductance_S ?? NaN) / 1e-7 - 1, -0.022, 0.02);
    for (const { tags, conductance_S } of probes)
      expectClose(conductance_S / 1e-7, relax(1, -1, 0.05 * Number(tags["reads"])), 2e-5);
  });

  it("applies exactly as many reads as it says, in steps of a thousand", async () => {
    const { steps, probes } = await measure(
      { junction: { model: "ohmic" } },
      readDisturb({ voltages_V: [0.1], reads: 2500, looksPerDecade: 1, gap_s: 0.01, read }),
    );
    const stress = steps.filter(({ role }) => role === "stress");
    expect(stress.reduce((sum, { tags }) => sum + Number(tags["reads"]), 0)).toBe(2500);
    expect(Math.max(...stress.map(({ tags }) => Number(tags["reads"])))).toBeLessThanOrEqual(1000);
    expectClose(
      stress.reduce((sum, { duration_s }) => sum + duration_s, 0),
      2500 * 0.06,
      1e-9,
    );
    expect(probes.at(-1)?.tags["reads"]).toBe(2500);
    for (const { conductance_S } of probes) expectClose(conductance_S, 1e-9, 1e-12);
  });
});

describe("half-select", () => {
  // after 1 and after 20 writes of 5 V, 0.75 s on and 0.75 s off (independent derivation)
  const published = { "V/2": [1.6750811, 2.1179882], "V/3": [1.450054, 1.7453255] } as const;

  it("finds the published disturbance of half-selected channels, and none where it should be none", async () => {
    const { probes } = await measure({ rows: 3, columns: 4 }, halfSelect({ read, recovery_s: 60 }));
    const after = probes.filter(({ tags }) => tags["phase"] === "after");
    for (const { tags, conductance_S } of after) {
      const { scheme, relation, writes } = tags;
      const half = published[scheme === "V/2" ? "V/2" : "V/3"][writes === 1 ? 0 : 1];
      if (relation === "row" || relation === "column") expectClose(conductance_S / 1e-7, half, 1e-4);
      if (relation === "unselected" && scheme === "V/2") expectClose(conductance_S, 1e-7, 1e-5);
      // the fixed point of the selected junction, reached to e^-18
      if (relation === "selected" && writes === 20) expectClose(conductance_S / 1e-7, 3.23598, 1e-4);
    }
    expect(new Set(after.map(({ tags }) => tags["relation"]))).toEqual(
      new Set(["selected", "row", "column", "unselected"]),
    );
  });

  it("leaves a junction with a threshold above V/2 exactly as it was", async () => {
    const activation = { kind: "table", voltage_V: [-3, -2.6, 2.6, 3], ratio: [3, 1, 1, 3] };
    const { probes } = await measure(
      { rows: 2, columns: 2, junction: { model: "svm", parameters: { activation } } },
      halfSelect({ schemes: ["V/2"], victims: "all" }),
    );
    const neighbours = probes.filter(({ tags }) => tags["relation"] !== "selected");
    expect(neighbours).toHaveLength(12);
    for (const { conductance_S } of neighbours) expect(conductance_S).toBe(neighbours[0]?.conductance_S);
    const written = probes.find(({ tags }) => tags["relation"] === "selected" && tags["phase"] === "after");
    expect(written?.conductance_S).toBeGreaterThan(1.5e-9);
  });

  it("says that a row and a column were mixed up", async () => {
    await expect(measure({ rows: 2, columns: 6 }, halfSelect({ aggressor: [4, 1] }))).rejects.toThrow(
      "aggressor[0]: [4, 1] is outside the array, allowed are rows 0 to 1 and columns 0 to 5; [1, 4] exists, the row comes first",
    );
  });
});
