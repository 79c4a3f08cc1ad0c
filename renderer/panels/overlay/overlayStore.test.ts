import { describe, expect, it } from "vitest";
import type { RunSummaryCard } from "../../../core/labMessages/index.ts";
import { suggestPair } from "./overlayStore.ts";

const run = (
  name: string,
  source: RunSummaryCard["source"],
  id: string,
  status: RunSummaryCard["status"] = "success",
) => ({ run: id, name, source, status }) as RunSummaryCard;

describe("the pair that is compared first", () => {
  it("is a measured run and its emulated twin", () => {
    const runs = [run("b", "emulated", "3"), run("a", "measured", "2"), run("a", "emulated", "1")];
    expect(suggestPair(runs)).toEqual({ emulated: "1", measured: "2" });
  });

  it("is the two newest runs of one experiment where nothing was measured", () => {
    const runs = [
      run("c", "emulated", "4"),
      run("b", "emulated", "3"),
      run("a", "emulated", "2"),
      run("b", "emulated", "1"),
    ];
    expect(suggestPair(runs)).toEqual({ emulated: "1", measured: "3" });
  });

  it("never takes a run that cannot be read or goes on", () => {
    expect(suggestPair([run("a", "measured", "2", "recording"), run("a", "emulated", "1", "unreadable")])).toEqual({
      emulated: undefined,
      measured: undefined,
    });
  });
});
