import { expect, it } from "vitest";
import { makeRunTables } from "./runTables.ts";

it("what instruments are set to is a table: one row per setting that was told", () => {
  const tables = makeRunTables([
    {
      kind: "instrument-state",
      time_s: 0.25,
      instrument: "Elements eNPR on serial:/dev/ttyUSB1",
      state: { mode: "VC", currentRange_A: 2e-10 },
    },
  ]);
  const table = tables.find(({ name }) => name === "instrument_states");
  const columns = Object.fromEntries(table?.columns.map(({ name, values }) => [name, values]) ?? []);
  expect(columns).toEqual({
    time_s: [0.25, 0.25],
    instrument: ["Elements eNPR on serial:/dev/ttyUSB1", "Elements eNPR on serial:/dev/ttyUSB1"],
    setting: ["mode", "currentRange_A"],
    value: ["VC", "2e-10"],
  });
});
