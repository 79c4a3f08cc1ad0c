import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import type { EmulatedArrayConfig } from "../emulated/config.ts";
import { endurance, ivSweep, noise, pulseTrain } from "../protocol/library/index.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { MemoryRun } from "../record/memoryRun.ts";
import { importEvents } from "../record/imports/importedRun.ts";
import { runInMemory } from "../runInMemory.ts";
import { buildComparePage, buildDatasheetPage } from "../report/datasheetPage.ts";
import { collectDatasheet } from "./collectDatasheet.ts";
import { type Datasheet, encodeDatasheet, readDatasheet } from "./datasheet.ts";
import { measureModel } from "./measureModel.ts";
import { METRICS } from "./metricSpecs.ts";

const ABOUT = { crosspore: "0.0.0" };

async function run(config: EmulatedArrayConfig, protocols: readonly Protocol[]): Promise<MemoryRun> {
  await using array = new EmulatedArray(config, { seed: 3 });
  return await runInMemory(array, protocols, { seed: 3, manifest: { resolved: { array: config } } });
}

function metricOf(sheet: Datasheet, name: string) {
  const metric = sheet.metrics.find((candidate) => candidate.name === name);
  if (!metric) throw new Error(`no ${name}`);
  return metric;
}

/** A resistor measured elsewhere: the same sweep as a table would give. */
function measuredRun(manifest: MemoryRun["manifest"]): MemoryRun {
  const count = 101;
  const voltage_V = Float64Array.from({ length: count }, (_, k) => Math.sin((2 * Math.PI * k) / 100));
  const record = new MemoryRun({ ...manifest, resolved: {} });
  const step = {
    protocol: 0,
    role: "sweep",
    label: "sweep",
    row: 0,
    column: 0,
    startTime_s: 0,
    duration_s: 1,
    largest_V: 1,
    tags: { frequency_Hz: 1, cycles: 1, samplesPerCycle: 100 },
    samples: { samplePeriod_s: 0.01, voltage_V, current_A: voltage_V.map((v) => v / 1e6) },
  };
  const imported = {
    grid: { rows: 1, columns: 1 },
    instrument: "SMU",
    protocols: ["table"],
    facts: {},
    notes: [],
    cut: false,
    steps: [step],
  };
  for (const event of importEvents(imported, "test")) record.append(event);
  return record;
}

describe("the datasheet of a resistor of 1 Mohm", () => {
  const config: EmulatedArrayConfig = {
    rows: 1,
    columns: 1,
    junction: { model: "ohmic", parameters: { conductance_S: 1e-6 } },
  };
  const train = { amplitude_V: 2, width_s: 0.01, gap_s: 0.01, count: 5 };

  it("has V^2 G t as energies, no window, no switching, and reasons for what is absent", async () => {
    const record = await run(config, [
      ivSweep({ frequency_Hz: 10, cycles: 2 }),
      pulseTrain({
        potentiation: train,
        depression: { ...train, amplitude_V: -1 },
        read: { voltage_V: 0.1, width_s: 0.005 },
      }),
    ]);
    const sheet = collectDatasheet("resistor", [record], ABOUT);
    expectClose(metricOf(sheet, "writeEnergy_J").value ?? 0, 4e-6 * 0.01, 1e-6);
    expectClose(metricOf(sheet, "eraseEnergy_J").value ?? 0, 1e-6 * 0.01, 1e-6);
    // the last sample of a read lies in front of its edge
    expectClose(metricOf(sheet, "readEnergy_J").value ?? 0, 1e-8 * 0.005, 0.06);
    expectClose(metricOf(sheet, "onOff").value ?? 0, 1, 1e-6);
    expectClose(metricOf(sheet, "loopEnergy_J").value ?? 0, (1e-6 / 2) * 0.1, 1e-4);
    expect(metricOf(sheet, "writeEnergy_J")).toMatchObject({ n: 5, conditions: "2 V, 10 ms", unit: "J" });
    expect(metricOf(sheet, "switchingTime_s")).toMatchObject({
      value: null,
      n: 0,
      reason: "the conductance does not change during a write pulse",
    });
    for (const metric of sheet.metrics) expect(metric.value === null).toBe(metric.reason !== "");
  });

  it("is never made of emulated and measured runs together", async () => {
    const emulated = await run(config, [ivSweep({ frequency_Hz: 10 })]);
    const measured = measuredRun(emulated.manifest);
    expect(collectDatasheet("x", [measured], ABOUT).source).toBe("measured");
    expect(() => collectDatasheet("x", [emulated, measured], ABOUT)).toThrow(/emulated and of measured/u);
  });

  it("beside a measured one says of every column which it is", async () => {
    const emulated = await run(config, [ivSweep({ frequency_Hz: 10 })]);
    const sheets = [
      collectDatasheet("model", [emulated], ABOUT),
      collectDatasheet("device", [measuredRun(emulated.manifest)], ABOUT),
    ];
    const page = buildComparePage(sheets);
    checkMarkup(page);
    expect(page).toContain("EMULATED");
    expect(page).toContain("MEASURED");
    expect(page).toContain("stand side by side");
  });
});

describe("the datasheet of a model", () => {
  it("finds the published relaxation of the conical channel in pairs and in retention, and every metric or its reason", async () => {
    const sheet = await measureModel("conical-channel", ABOUT);
    // L^2 / 12 D = 4.76 ms (10.1103/PhysRevLett.130.268401)
    expectClose(metricOf(sheet, "pairedTau_s").value ?? 0, 10e-6 ** 2 / (12 * 1.75e-9), 1e-3);
    // the reads themselves slow the fading a little
    expectClose(metricOf(sheet, "retention_s").value ?? 0, 4.76e-3, 0.03);
    // 90 % of 1 - exp(-5 t / t_end), t_end = 5 / (2 pi 40 Hz)
    expectClose(
      metricOf(sheet, "switchingTime_s").value ?? 0,
      -Math.log(1 - 0.9 * (1 - Math.exp(-0.0198944 / 4.76e-3))) * 4.76e-3,
      0.03,
    );
    expect(metricOf(sheet, "enduranceCycles")).toMatchObject({ value: 25, relation: ">", n: 4 });
    expect(sheet.metrics.map(({ name }) => name)).toEqual(Object.keys(METRICS));
    expect(readDatasheet(encodeDatasheet(sheet), "cone.json")).toEqual(sheet);
    expect(encodeDatasheet(await measureModel("conical-channel", ABOUT))).toBe(encodeDatasheet(sheet));
    const page = buildDatasheetPage(sheet);
    checkMarkup(page);
    expect(page).not.toMatch(/NaN|Infinity|undefined/u);
  });

  it("without memory is refused", async () => {
    await expect(measureModel("ohmic", ABOUT)).rejects.toThrow(/no time constants/u);
  });
});

it("devices of an emulated array scatter as its variability says", async () => {
  const config: EmulatedArrayConfig = {
    rows: 2,
    columns: 2,
    junction: { model: "conical-channel" },
    effects: { variability: { conductanceSpread: 0.1 } },
  };
  const pulses = { set: { voltage_V: -1, width_s: 0.005 }, reset: { voltage_V: 1, width_s: 0.005 } };
  const record = await run(config, [
    endurance({ cells: "all", ...pulses, cycles: 4, read: { voltage_V: -0.1, width_s: 1e-4 } }),
  ]);
  const sheet = collectDatasheet("spread", [record], ABOUT);
  // 10 % asked for, four devices seen: chi-squared of 3 degrees puts 99.9 % between 1 % and 24 %
  const { value, n, unit } = metricOf(sheet, "deviceVariability");
  expect([n, unit]).toEqual([4, "%"]);
  expect(value).toBeGreaterThan(1);
  expect(value).toBeLessThan(24);
});

it("read noise is that of the amplifier of an otherwise quiet array", async () => {
  const frontEnd = { noise_A_rtHz: 1e-13 };
  const config: EmulatedArrayConfig = {
    rows: 1,
    columns: 1,
    junction: { model: "ohmic", parameters: { conductance_S: 1e-9 } },
    frontEnd,
  };
  const record = await run(config, [noise({ biases_V: [0.1], sampling_Hz: 1000, duration_s: 10 })]);
  const metric = metricOf(collectDatasheet("quiet", [record], ABOUT), "readNoise");
  // density times the root of 500 Hz, over 100 pA: 10^4 samples know it to 0.7 %
  expectClose(metric.value ?? 0, (100 * 1e-13 * Math.sqrt(500)) / 1e-10, 0.03);
  expect(metric.conditions).toBe("100 mV, to 500 Hz");
});
