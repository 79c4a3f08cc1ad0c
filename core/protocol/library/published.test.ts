import { describe, expect, it } from "vitest";
import mosse from "../../../fixtures/physics/mossePore.json" with { type: "json" };
import ncnm from "../../../fixtures/physics/ncnmChannel.json" with { type: "json" };
import { expectAllClose, expectClose } from "../../../tests/close.ts";
import { analysePairs } from "../../analysis/pairedPulse.ts";
import { analyseRun } from "../../analysis/summary.ts";
import type { EmulatedArrayConfig } from "../../emulated/config.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { runInMemory } from "../../runInMemory.ts";
import type { Protocol } from "../protocol.ts";
import { ivSweep, pairedPulse, reservoirTrain, shortTermTrain } from "./index.ts";

/** Published figures, measured by the protocols through the engine and not read out of the models. */
async function run(config: EmulatedArrayConfig, protocol: Protocol) {
  await using array = new EmulatedArray(config, { seed: 1 });
  return await runInMemory(array, protocol, { seed: 1 });
}

const windowsOf = (record: Awaited<ReturnType<typeof run>>) =>
  record.events.flatMap((event) =>
    event.kind === "step-finished" && event.reading.windows.length > 0
      ? [event.reading.windows.map(({ current_A }) => current_A[0] ?? Number.NaN)]
      : [],
  );

describe("a MoSSe pore (10.1039/d5fd00130g), one picosecond slowed down to one millisecond", () => {
  const config: EmulatedArrayConfig = {
    rows: 1,
    columns: 1,
    junction: { model: "mosse-pore", parameters: { timeScale: 1e9 } },
  };
  // the width of the pulses is not published: short ones leave the slow ordering of the water alone
  const width_s = 20e-6;
  const facilitation = {
    amplitude_V: 0.7,
    hold_V: 0.5,
    width_s,
    prepare: { voltage_V: 2, width_s: 0.02, settle_s: 0.005 },
    samplesPerPulse: 10,
    // the slow gain of a train is forgotten before the next: 1 ms of its time, here 1e6 s
    recovery_s: 5e7,
  };
  const depression = { amplitude_V: 0.5, hold_V: 0, width_s, samplesPerPulse: 10, recovery_s: 5e7 };
  const gaps_s = Object.keys(mosse.partB.PPF).flatMap((gap) => (gap === "0" ? [] : [Number(gap) * 1e-3]));

  it.each([
    ["facilitates", facilitation, mosse.partB.PPF, mosse.partB.refit_PPF],
    ["is depressed", depression, mosse.partB.PPD, mosse.partB.refit_PPD],
  ] as const)("%s by paired pulses as published", async (_, drive, published, [offset, gain, tau_ps]) => {
    const record = await run(config, pairedPulse({ ...drive, gaps_s }));
    const pairs = windowsOf(record).map(([first_A = NaN, second_A = NaN], k) => ({
      gap_s: gaps_s[k] ?? NaN,
      first_A,
      second_A,
    }));
    const expected = Object.entries(published).flatMap(([gap, index]) => (gap === "0" ? [] : [index]));
    expectAllClose(
      pairs.map(({ first_A, second_A }) => second_A / first_A),
      expected,
      0.01,
    );
    const { fit } = analysePairs(pairs);
    if (fit.kind === "none") throw new Error(fit.reason);
    expectClose(fit.offset, offset ?? NaN, 0.01);
    expectClose(fit.amplitude, gain ?? NaN, 0.01);
    expectClose(fit.tau, (tau_ps ?? NaN) * 1e-3, 0.01);
  });

  it("facilitates over ten pulses towards 4, and is depressed pulse by pulse, 5 ps apart", async () => {
    const train = { gap_s: 0.005, count: 10 };
    const [rising = []] = windowsOf(await run(config, shortTermTrain({ ...facilitation, ...train })));
    const rise = rising.map((current) => current / (rising[0] ?? NaN));
    expectAllClose(rise, mosse.partB.STF.slice(0, 10), 0.01);
    expectClose(rise[9] ?? NaN, 4, 0.025);
    const [falling = []] = windowsOf(await run(config, shortTermTrain({ ...depression, ...train, count: 30 })));
    expectAllClose(
      falling.map((current) => current / (falling[0] ?? NaN)),
      mosse.partB.STD,
      0.01,
    );
  });
});

it("a tapered channel (10.1073/pnas.2320242121) tells all sixteen 4-bit trains apart, each as computed", async () => {
  // a row of its own for every train: junctions that share a driven row see each other's trains
  const config: EmulatedArrayConfig = { rows: 16, columns: 1, junction: { model: "ncnm-channel" } };
  const read = { samples: 500 };
  // what the read of -1 V itself does until the middle of its second half, 25 to 50 ms (exact relaxation)
  const [tau_s, steady] = [ncnm.params.tau_s, 1 - ncnm.params.slope_per_V];
  const kept = (tau_s / 0.025) * (Math.exp(-0.025 / tau_s) - Math.exp(-0.05 / tau_s));
  const { sections } = analyseRun(await run(config, reservoirTrain({ read })));
  const [section] = sections;
  if (section?.kind !== "reservoir") throw new Error("no states");
  const states = section.ladders[0]?.states ?? [];
  const table = Object.entries(ncnm.states16).sort(([, a], [, b]) => a.g_end - b.g_end);
  expect(states.map(({ pattern }) => pattern)).toEqual(table.map(([pattern]) => pattern));
  expectAllClose(
    states.map(({ value }) => value / 100e-9),
    table.map(([, { g_end }]) => steady + (g_end - steady) * kept),
    1e-4,
  );
  // the smallest gap between two states, published with the table
  expectClose((section.ladders[0]?.smallestGap ?? NaN) / 100e-9 / kept, 0.0839, 2e-3);
});

it("a tapered channel's loop is widest where omega tau = 1, and closes on both sides (closed form of a linear relaxer)", async () => {
  const config: EmulatedArrayConfig = { rows: 1, columns: 1, junction: { model: "ncnm-channel" } };
  const { tau_s, slope_per_V } = ncnm.params;
  const products = [0.1, 0.2, 0.5, 0.8, 1, 1.25, 2, 5, 10];
  const frequency_Hz = products.map((product) => product / (2 * Math.PI * tau_s));
  const sweep = { amplitude_V: 1, frequency_Hz, cycles: 20, samplesPerCycle: 2000 };
  const { sections } = analyseRun(await run(config, ivSweep({ cells: [[0, 0]], ...sweep })));
  const [section] = sections;
  if (section?.kind !== "loops") throw new Error("no loops");
  // v = V sin a sees g = g_0 (1 + s V sin(a - phi) cos phi), tan phi = omega tau: a lobe of 2/3 g_0 s V^3 sin phi cos phi
  const expected = products.map((product) => ((2 / 3) * 100e-9 * slope_per_V * product) / (1 + product ** 2));
  expectAllClose(
    section.loops.map(({ loopAreaPositive_W }) => Math.abs(loopAreaPositive_W)),
    expected,
    1e-4,
  );
  expectAllClose(
    section.loops.map(({ loopAreaNegative_W }) => Math.abs(loopAreaNegative_W)),
    expected,
    1e-4,
  );
  const areas = section.loops.map(({ loopAreaPositive_W }) => Math.abs(loopAreaPositive_W));
  const turns = areas.filter((area, k) => area > (areas[k - 1] ?? 0) && area > (areas[k + 1] ?? 0));
  expect(turns).toEqual([areas[4]]);
});
