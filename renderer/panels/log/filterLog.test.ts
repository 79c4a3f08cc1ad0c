import { describe, expect, it } from "vitest";
import type { LogLine } from "../../../core/labMessages/index.ts";
import { filterLog } from "./filterLog.ts";

const line = (seq: number, level: LogLine["level"], text: string, run: string | null = null): LogLine => ({
  seq,
  wall: "2026-01-01T00:00:00.000Z",
  level,
  from: "service",
  text,
  array: null,
  run,
});

const LOG = [
  line(0, "info", "opened array demo"),
  line(1, "warning", "the port is slow", "run-1"),
  line(2, "error", "Trip"),
];

describe("the filter of the log", () => {
  it("keeps a level and what is worse", () => {
    expect(filterLog(LOG, "info", "").map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect(filterLog(LOG, "warning", "").map(({ seq }) => seq)).toEqual([1, 2]);
    expect(filterLog(LOG, "error", "").map(({ seq }) => seq)).toEqual([2]);
  });

  it("finds every word, in any order and case, also in the run's name", () => {
    expect(filterLog(LOG, "info", "DEMO opened").map(({ seq }) => seq)).toEqual([0]);
    expect(filterLog(LOG, "info", "run-1 slow").map(({ seq }) => seq)).toEqual([1]);
    expect(filterLog(LOG, "info", "slow trip")).toEqual([]);
  });
});
