// A host that holds 0.4 V on one junction for as long as it lives, meant to be killed. Parameter: the address of an instrument.
// stdout: "driving" when the first current has come.
import { writeSync } from "node:fs";
import { openInstrumentArray } from "../../dist/core/drivers/openArray.js";
import { wallTimer } from "../../dist/core/drivers/timer.js";
import { constant } from "../../dist/core/waveform.js";

const array = await openInstrumentArray({
  addresses: [process.argv[2]],
  grid: { rows: 1, columns: 1 },
  timer: wallTimer,
  limits: { voltage_V: 0.5 },
});
array.samples.subscribe(() => writeSync(1, "driving\n"));
await array.apply(
  { duration_s: 60, rows: [constant(0.4)], columns: [constant(0)], targets: [], referenceRow: 0 },
  { samplePeriod_s: 0.05, columns: [0], currentRange_A: "auto", windows: [] },
  new AbortController().signal,
);
