import { expect, it } from "vitest";
import { pipeTo } from "../../tests/emulatedLine.ts";
import { patientTimer } from "../../tests/patientTimer.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { runProtocols } from "../engine.ts";
import { EMULATED_READINESS } from "../limiter/blockers.ts";
import { NO_LIMITS } from "../limits.ts";
import { testMembrane } from "../patchClamp/membraneTest.ts";
import { loadExperiment } from "../protocol/experiment.ts";
import { enpr } from "./elementsEr4/index.ts";
import { Bench } from "./emulation/bench.ts";
import { InstrumentArray } from "./instrumentArray.ts";

const SAMPLES = 1000;

/** A pore of 100 Mohm in 5 nm of membrane, 2.1 x 8.854e-12 F/m x (232 um)^2 / 5 nm = 200.15 pF, behind 5 Mohm of access. */
const PORE = `crosspore: 1
name: membrane with a pore
array:
  rows: 1
  columns: 1
  junction: { model: ohmic, parameters: { conductance_S: 10 nS } }
  lines: { rowSource_ohm: 5 Mohm }
  effects: { capacitance: { width_m: 232 um, membrane_m: 5 nm, permittivity: 2.1, stray_F: 0 F } }
limits: { voltage_V: 0.2 V }
protocol:
  - seal-test: { pulse_V: 10 mV, width_s: 20 ms, pulses: 10, samplesPerPulse: ${SAMPLES}, least_ohm: 1 Mohm, most_ohm: 1 Gohm }
`;

it("a seal test over an emulated nanopore reader gives R, Rs and C of the emulated pore back", async () => {
  const { array: config, protocols, limits, seed } = loadExperiment(PORE, "pore.yaml");
  const bench = new Bench(new EmulatedArray(config, { seed: 1 }), "floating");
  const timer = patientTimer(40);
  const { instrument } = await enpr.open(pipeTo(enpr, bench), { timer, options: new Map() });
  if (!instrument) throw new Error("no channel");
  const free = { select: async () => {}, open: async () => {}, [Symbol.asyncDispose]: async () => {} };
  const selector = { grid: { rows: 1, columns: 1 }, unselectedLines: "floating" as const, ...free };
  await using array = new InstrumentArray({ instrument, timer, selector });
  const seals = new Set<number>();
  const current_A: number[] = [];
  let period_s = Number.NaN;
  const stopped = await runProtocols({
    protocols,
    array,
    limits: { ...NO_LIMITS, ...limits },
    seed,
    readiness: EMULATED_READINESS,
    signal: new AbortController().signal,
    emit: (event) => {
      if (event.kind === "step-intended" && event.role === "seal") seals.add(event.step);
      if (event.kind !== "samples" || !seals.has(event.step)) return;
      current_A.push(...event.block.current_A);
      period_s = event.block.samplePeriod_s;
    },
  });
  expect(stopped.status).toBe("success");
  const found = testMembrane(current_A, period_s, 0.01, SAMPLES);
  if ("reason" in found) throw new Error(found.reason);
  // 100 Mohm are 95 pA of 10 mV, read through steps of the 200 nA range's converter
  expect(Math.abs(found.seal_ohm / 100e6 - 1)).toBeLessThan(0.05);
  expect(Math.abs(found.access_ohm / 5e6 - 1)).toBeLessThan(0.05);
  expect(Math.abs(found.capacitance_F / 200.15e-12 - 1)).toBeLessThan(0.02);
});
