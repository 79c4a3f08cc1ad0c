import { describe, expect, it } from "vitest";
import { checkCovers, playTable, readCommandTable } from "./commandTable.ts";

function read(text: string) {
  return readCommandTable("cmd.csv", () => text.split("\n"));
}

function play(text: string, samplePeriod_s: number, from: number, count: number): number[] {
  const voltage_V = new Float64Array(count);
  playTable(read(text), samplePeriod_s, from, voltage_V);
  return [...voltage_V].map((v) => Number(v.toPrecision(9)));
}

describe("a table as a command", () => {
  it("runs in straight lines between its corners, an edge is where two have one time", () => {
    const text = "time (s);voltage (mV)\n0;0\n0.2;100\n0.2;-50\n0.4;-50\n";
    expect(play(text, 0.1, 0, 5)).toEqual([0, 0.05, -0.05, -0.05, -0.05]);
    // the same from the middle on, in pieces of any size
    expect(play(text, 0.1, 1, 2)).toEqual([0.05, -0.05]);
    expect(play(text, 0.05, 3, 2)).toEqual([0.075, -0.05]);
  });

  it("of samples gives these samples, and may hold columns of other things", () => {
    const rows = Array.from({ length: 50 }, (_, n) => `${(n * 0.3).toFixed(1)},${n * n},${n}`);
    expect(play(`t/ms,V/V,I/nA\n${rows.join("\n")}`, 0.3e-3, 0, 50)).toEqual(
      Array.from({ length: 50 }, (_, n) => n * n),
    );
  });

  it("is refused where it says nothing, is no number, or goes back", () => {
    const table = read("t/s,V/V\n0,0\n1,1");
    expect(() => checkCovers(table, 0.1, 11, "sweep 1")).not.toThrow();
    expect(() => checkCovers(table, 0.1, 12, "sweep 1")).toThrow(
      "cmd.csv has a command from 0 to 1 s, sweep 1 has samples from 0 to 1.1 s",
    );
    expect(() => checkCovers(read("t/s,V/V\n0.1,0\n1,1"), 0.1, 2, "sweep 1")).toThrow(/from 0.1 to 1 s/u);
    expect(() => read("t/s,V/V\n0,0\n1,1\n0.5,1")).toThrow(
      "cmd.csv:4:1: the time 0.5 s is before 1 s of the line above",
    );
    expect(() => read("t/s,V/V\n0,0\n1,\n")).toThrow(/cmd\.csv:3:3: expected a number, found ""/u);
    expect(() => read("t/s,I/A\n0,0\n1,1")).toThrow(/no column of voltage among "t\/s", "I\/A"/u);
    expect(() => read("t/s,V/V\n0,0\n1,1,1")).toThrow(/cmd\.csv:3:1: has 3 fields, expected 2|written/u);
  });
});
