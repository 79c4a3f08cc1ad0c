import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../../cli/main.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { CrossporeError } from "../../core/errors.ts";
import { type Limits, NO_LIMITS } from "../../core/limits.ts";
import { loadExperiment } from "../../core/protocol/experiment.ts";
import {
  ivSweep,
  pairedPulse,
  pulseTrain,
  readMap,
  reservoirTrain,
  vectorProduct,
} from "../../core/protocol/library/index.ts";
import type { Protocol } from "../../core/protocol/protocol.ts";
import { ideal } from "../../core/protocol/testing/resistorArray.ts";
import { runInMemory } from "../../core/runInMemory.ts";
import { judgeByBruteForce, type Sent } from "./oracle.ts";
import { Draw } from "./randomRun.ts";

vi.mock("../../cli/terminal.ts", async (original) => ({
  ...(await original<object>()),
  log: () => {},
  printText: () => {},
}));

/** 100 runs through each way in; an array notes every command it gets, and the oracle judges them afterwards. */
const RUNS = 100;
const GRID = { rows: 2, columns: 2 };

const MAKE: Readonly<Record<string, (parameters: never) => Protocol>> = {
  "iv-sweep": ivSweep,
  "pulse-train": pulseTrain,
  "paired-pulse": pairedPulse,
  "read-map": readMap,
  "reservoir-train": reservoirTrain,
  "vector-product": vectorProduct,
};

interface Experiment {
  readonly range_V: number;
  readonly limits: Readonly<Record<string, number | string>>;
  readonly chip: { readonly largestConductance_S: string };
  readonly protocol: readonly Readonly<Record<string, object>>[];
}

/** An experiment as people write it: numbers or text with units, voltages around the limits. */
function makeExperiment(seed: number): Experiment {
  const draw = new Draw(seed);
  const range_V = draw.one(1, 2, 5);
  const limit_V = draw.one(0.5, 1, 2);
  const least_V = Math.min(range_V, limit_V);
  const asText = (value: number, unit: string) =>
    draw.one<string | number>(value, `${value} ${unit}`, `${value * 1e3} m${unit}`);
  const magnitude = () =>
    asText(least_V * (draw.chance(0.05) ? draw.one(1.001, 1.5) : draw.one(1, 0.5, 0.9, 1 - 1e-9, 0.3)), "V");
  const volts = () =>
    draw.chance(0.5) ? magnitude() : asText(-least_V * (draw.chance(0.05) ? 1.2 : draw.one(1, 0.5, 0.2)), "V");
  const time = () => draw.one<string | number>("10 ms", 0.1, "0.25 s", "300ms");
  const bias = draw.one("ground", "V/2", "V/3");
  const cells = [[draw.below(2), draw.below(2)]];
  const read = { voltage_V: volts(), width_s: "20 ms" };
  const entries: readonly (() => Record<string, object>)[] = [
    () => ({
      "iv-sweep": { cells, bias, amplitude_V: magnitude(), frequency_Hz: "4 Hz", cycles: 2, samplesPerCycle: 40 },
    }),
    () => ({
      "pulse-train": {
        cells,
        bias,
        read,
        potentiation: { amplitude_V: volts(), width_s: time(), gap_s: "1 s", count: 2 },
        depression: { amplitude_V: volts(), width_s: time(), gap_s: 1, count: 1 },
      },
    }),
    () => ({ "paired-pulse": { cells, bias, amplitude_V: volts(), width_s: time(), gaps_s: ["20 ms", 0.2] } }),
    () => ({ "read-map": { bias, voltage_V: volts(), width_s: time() } }),
    () => ({
      "reservoir-train": {
        cells,
        bias,
        patterns: ["01", "11"],
        assignment: "all-on-each-cell",
        amplitude_V: volts(),
        width_s: time(),
      },
    }),
    () => ({
      "vector-product": {
        inputs_V: [[volts(), volts()]],
        integration_s: time(),
        rest_s: draw.one<string | number>(0, "10 ms"),
      },
    }),
  ];
  const limits: Record<string, number | string> = { voltage_V: `${limit_V * 1e3} mV` };
  if (draw.chance(0.3))
    Object.assign(limits, { dwell_s: draw.one<string | number>("250 ms", 0.5, "1 s"), dwellAbove_V: draw.one(0, 0.3) });
  if (draw.chance(0.2)) Object.assign(limits, { duty: draw.one<string | number>(0.5, "20 %"), dutyWindow_s: "1 s" });
  if (draw.chance(0.2)) limits.charge_C = draw.one<string | number>("500 pC", 2e-9);
  if (draw.chance(0.1)) limits.slew_V_s = draw.one("20 V/s", "1 V/ms");
  const protocol = Array.from({ length: 1 + draw.below(2) }, () => entries[draw.below(entries.length)]?.() ?? {});
  return { range_V, limits, chip: { largestConductance_S: "1 nS" }, protocol };
}

const textOf = ({ range_V, limits, chip, protocol }: Experiment) =>
  JSON.stringify({
    crosspore: 1,
    name: "random",
    array: { ...GRID, junction: { model: "ohmic", parameters: { conductance_S: "1 nS" } }, voltageRange_V: range_V },
    chip,
    limits,
    protocol,
  });

/** The limits in force, put together here and not by the code under test. */
function limitsOf({ range_V, limits }: Experiment): Limits {
  const value = (name: string, otherwise: number) => {
    const written = limits[name];
    if (written === undefined || typeof written === "number") return written ?? otherwise;
    const [number = "", unit = ""] = /^([\d.e-]+) ?(.*)$/.exec(written)?.slice(1) ?? [];
    const factor = { V: 1, mV: 1e-3, s: 1, ms: 1e-3, pC: 1e-12, "%": 0.01, "V/s": 1, "V/ms": 1e3 }[unit];
    if (factor === undefined) throw new Error(`${written}: the test does not know ${unit}`);
    return Number(number) * factor;
  };
  return {
    ...NO_LIMITS,
    voltage_V: Math.min(range_V, value("voltage_V", Infinity)),
    dwell_s: value("dwell_s", Infinity),
    dwellAbove_V: value("dwellAbove_V", 0),
    duty: value("duty", 1),
    dutyWindow_s: value("dutyWindow_s", Infinity),
    charge_C: value("charge_C", Infinity),
    slew_V_s: value("slew_V_s", Infinity),
    largestConductance_S: 1e-9,
  };
}

let folder: string;
const sent: Sent[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "crosspore-entry-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What arrays get from now on, in order. */
function listen(): void {
  const { apply, multiply } = EmulatedArray.prototype;
  vi.spyOn(EmulatedArray.prototype, "apply").mockImplementation(function (this: EmulatedArray, stimulus, ...rest) {
    sent.push({ kind: "apply", stimulus });
    return apply.call(this, stimulus, ...rest);
  });
  vi.spyOn(EmulatedArray.prototype, "multiply").mockImplementation(function (
    this: EmulatedArray,
    inputs_V,
    readout,
    signal,
  ) {
    sent.push({ kind: "multiply", inputs_V: inputs_V.slice(), readout });
    return multiply.call(this, inputs_V, readout, signal);
  });
}

const WAYS: Readonly<Record<string, (experiment: Experiment, seed: number) => Promise<"done" | "refused">>> = {
  "the command with a file": async (experiment, seed) => {
    const file = join(folder, `${seed}.yaml`);
    writeFileSync(file, textOf(experiment));
    const code = await main(["run", file, "--out", join(folder, `run-${seed}`)]);
    if (code !== 0 && code !== 3) throw new Error(`exit code ${code} for ${textOf(experiment)}`);
    return code === 0 ? "done" : "refused";
  },
  "a file loaded by a script": async (experiment, seed) => {
    const { array: config, limits, chip, protocols } = loadExperiment(textOf(experiment), "random.yaml");
    return runOn(new EmulatedArray(config, { seed }), protocols, { limits, chip });
  },
  "a script with protocols as functions": async ({ range_V, protocol, ...experiment }, seed) => {
    const array = new EmulatedArray(
      { ...GRID, junction: { model: "ohmic", parameters: { conductance_S: 1e-9 } }, voltageRange_V: range_V },
      { seed },
    );
    const protocols = protocol.flatMap((entry) =>
      Object.entries(entry).map(([name, parameters]) => MAKE[name]?.(parameters as never)),
    );
    const limits = limitsOf({ range_V, protocol, ...experiment });
    return runOn(
      array,
      protocols.filter((one) => one !== undefined),
      { limits },
    );
  },
};

async function runOn(
  array: EmulatedArray,
  protocols: readonly Protocol[],
  options: object,
): Promise<"done" | "refused"> {
  try {
    await runInMemory(array, protocols, options);
    return "done";
  } catch (error) {
    if (error instanceof CrossporeError && error.code === "LIMIT") return "refused";
    throw error;
  }
}

describe.each(Object.entries(WAYS))("%s", (_, enter) => {
  it(`T6: sends no command beyond a limit, ${RUNS} runs`, async () => {
    listen();
    const outcomes = { done: 0, refused: 0 };
    for (let seed = 0; seed < RUNS; seed++) {
      const experiment = makeExperiment(seed);
      const { range_V } = experiment;
      sent.length = 0;
      const outcome = await enter(experiment, seed);
      outcomes[outcome]++;
      const limits = limitsOf(experiment);
      const capabilities = { ...ideal(GRID), voltageRange_V: [-range_V, range_V] as const };
      const { shares, worst } = judgeByBruteForce(sent, GRID, capabilities, limits);
      expect(worst, `run ${seed}: ${JSON.stringify(shares)}`).toBeLessThanOrEqual(1 + 1e-7);
      // planned whole before anything moves: a refused run sends nothing
      expect(sent.length > 0, `run ${seed}`).toBe(outcome === "done");
    }
    // the same experiments have the same fate, whichever way they come
    expect(outcomes).toEqual(await fates());
    expect(Math.min(outcomes.done, outcomes.refused)).toBeGreaterThan(RUNS / 4);
  }, 600_000);
});

/** What the oracle says of the steps of the same experiments, before any limiter. */
async function fates() {
  const fates = { done: 0, refused: 0 };
  for (let seed = 0; seed < RUNS; seed++) {
    const experiment = makeExperiment(seed);
    const { range_V } = experiment;
    const capabilities = { ...ideal(GRID), voltageRange_V: [-range_V, range_V] as const };
    const steps = experiment.protocol
      .flatMap((entry) => Object.entries(entry))
      .flatMap(([name, parameters]) => {
        const protocol = MAKE[name]?.(parameters as never);
        return protocol ? [...protocol.steps({ grid: GRID, capabilities, limits: NO_LIMITS, seed: 0 })] : [];
      })
      .filter((step) => step.kind !== "mark");
    const { worst } = judgeByBruteForce(steps, GRID, capabilities, limitsOf(experiment));
    fates[worst <= 1 + 1e-7 ? "done" : "refused"]++;
  }
  return fates;
}
