import { makeInstrumentArray } from "../../../tests/emulatedLine.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { arcOne } from "./index.ts";

const conductanceOf = (count: number) => Float64Array.from({ length: count }, (_, k) => 1e-6 * (1 + (k % 7)));
const makeDevice = (rows = 32, columns = 32, model = "ohmic") =>
  new EmulatedArray(
    {
      rows,
      columns,
      junction: { model },
      ...(model === "ohmic" ? { conductance_S: conductanceOf(rows * columns) } : {}),
    },
    { seed: 1 },
  );

// 0.37 mV steps of the output, at 50 mV the half of one is 0.4 %; 0.3 nA steps of the converter in the 10 uA range
const quantised = {
  safe_V: 0.4,
  relative: 4e-3,
  absolute_A: 1e-9,
  samplePeriod_s: 0.01,
  longSamples: 100,
  linear: true,
};

describeArrayBackend(
  "ArC ONE, 32 x 32, over its emulated instrument",
  () => makeInstrumentArray(arcOne, makeDevice()),
  {
    ...quantised,
    conductance_S: conductanceOf(1024),
  },
);
describeArrayBackend(
  "ArC ONE with a 4 x 3 array over its emulated instrument",
  () => makeInstrumentArray(arcOne, makeDevice(4, 3)),
  { ...quantised, conductance_S: conductanceOf(12) },
);
