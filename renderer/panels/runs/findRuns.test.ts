import { describe, expect, it } from "vitest";
import type { RunSummaryCard } from "../../../core/labMessages/index.ts";
import { dateText, findRuns } from "./findRuns.ts";

const run = (name: string, part: Partial<RunSummaryCard>): RunSummaryCard => ({
  run: `2026-11-20-${name}`,
  name,
  created: "2026-11-20T10:00:00.000Z",
  status: "success",
  reason: "",
  source: "emulated",
  steps: 1,
  samples: 10,
  duration_s: 1,
  unknown: 0,
  ...part,
});

const RUNS = [
  run("loop", {}),
  run("ltp", { source: "measured" }),
  run("torn", { status: "interrupted" }),
  run("new", { status: "unreadable", source: "unknown", reason: "run.json: schema 99 was made by a newer Crosspore" }),
];
const names = (found: readonly RunSummaryCard[]) => found.map(({ name }) => name);

describe("finding runs", () => {
  it("keeps what a filter says", () => {
    expect(names(findRuns(RUNS, "all", ""))).toEqual(["loop", "ltp", "torn", "new"]);
    expect(names(findRuns(RUNS, "measured", ""))).toEqual(["ltp"]);
    expect(names(findRuns(RUNS, "emulated", ""))).toEqual(["loop", "torn"]);
    expect(names(findRuns(RUNS, "open", ""))).toEqual(["torn", "new"]);
  });

  it("finds words in names, states, sources and reasons", () => {
    expect(names(findRuns(RUNS, "all", "simulated complete"))).toEqual(["loop"]);
    expect(names(findRuns(RUNS, "all", "newer"))).toEqual(["new"]);
    expect(names(findRuns(RUNS, "all", "2026-11 INTERRUPTED"))).toEqual(["torn"]);
  });

  it("tells the day as people do", () => {
    const now = new Date(2026, 10, 20, 18, 0);
    expect(dateText(new Date(2026, 10, 20, 9, 5).toISOString(), now)).toBe("today 09:05");
    expect(dateText(new Date(2026, 10, 19, 23, 59).toISOString(), now)).toBe("yesterday 23:59");
    expect(dateText(new Date(2026, 0, 2, 3, 4).toISOString(), now)).toBe("2026-01-02 03:04");
    expect(dateText("", now)).toBe("–");
  });
});
