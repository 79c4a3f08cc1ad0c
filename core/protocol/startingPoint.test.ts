import { describe, expect, it } from "vitest";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { planProtocols } from "../plan.ts";
import { loadExperiment } from "./experiment.ts";
import { PROTOCOLS } from "./library/index.ts";
import { startingPoint } from "./startingPoint.ts";

describe("the starting point of a protocol", () => {
  it.each(Object.keys(PROTOCOLS))("%s runs as it is on the array that it describes", (name) => {
    const { array: config, protocols, limits, seed } = loadExperiment(startingPoint(name), `${name}.yaml`);
    const { grid, capabilities } = new EmulatedArray(config, { seed });
    expect(planProtocols({ grid, capabilities, protocols, limits, seed }).steps).toBeGreaterThan(0);
    expect(protocols.map((protocol) => protocol.name)).toEqual([name]);
  });
});
