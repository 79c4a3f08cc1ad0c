import { describe, expect, it } from "vitest";
import type { Command } from "../commands/commands.ts";
import { matchCommands } from "./matchCommands.ts";

const command = (id: string, title: string, more: Partial<Command> = {}): Command => ({
  id,
  title,
  group: "View",
  run: () => undefined,
  ...more,
});
const commands = [
  command("row", "Select this row", { group: "Array" }),
  command("panel.map", "Array: conductances and doses", { group: "Panels", also: "show Array, open Array, map panel" }),
  command("panel.traces", "Traces: what is sampled", {
    group: "Panels",
    also: "show Traces, open Traces, traces panel",
  }),
  command("arrow", "Next junction", { hidden: true }),
];
const found = (typed: string) => matchCommands(commands, typed).map(({ id }) => id);

describe("the palette", () => {
  it("finds a panel by what people type: its name, show, open, its folder", () => {
    for (const typed of ["traces", "show traces", "open traces", "TRACES"])
      expect(found(typed)[0]).toBe("panel.traces");
    for (const typed of ["array", "show array", "map"]) expect(found(typed)[0]).toBe("panel.map");
  });

  it("lets letters in order find something, the nearest words first, and hidden commands never", () => {
    expect(found("slrw")).toEqual(["row"]);
    expect(found("next")).toEqual([]);
    expect(found("").length).toBe(3);
  });
});
