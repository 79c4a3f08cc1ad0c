import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Capabilities } from "../arrayBackend.ts";
import type { checkHold as realCheckHold } from "../checkHold.ts";
import { type Limits, NO_LIMITS } from "../limits.ts";
import type { ApplyStep, MultiplyStep } from "../protocol/protocol.ts";
import { ideal } from "../protocol/testing/resistorArray.ts";
import type { LineDrive } from "../stimulus.ts";
import type { Segment } from "../waveform.ts";
import { APPLY_CHECKS, MULTIPLY_CHECKS } from "./commandChecks.ts";
import { HOLD_CHECKS } from "./holdChecks.ts";
import { JUNCTION_CHECKS, LINE_CHECKS, PAST_CHECKS } from "./junctionChecks.ts";
import type { Limiter as RealLimiter } from "./limiter.ts";

/**
 * For every check of every table: commands that this check refuses, and that pass, or are refused in other words, once
 * the check is taken away. So deleting a check fails the test that bears its name.
 */
const grid = { rows: 2, columns: 2 };
const hold = (voltage_V: number, duration_s = 1): Segment => ({ kind: "hold", voltage_V, duration_s });
const ramp = (from_V: number, to_V: number, duration_s = 1): Segment => ({ kind: "ramp", from_V, to_V, duration_s });
const ZERO: LineDrive = [hold(0)];

interface Witness {
  readonly refused: RegExp;
  readonly steps?: readonly (ApplyStep | MultiplyStep)[];
  readonly hold_V?: number;
  readonly limits?: Partial<Limits>;
  readonly can?: Partial<Capabilities>;
}

function apply(
  rows: readonly LineDrive[],
  changes: { stimulus?: object; readout?: object; columns?: readonly LineDrive[] } = {},
): ApplyStep {
  return {
    kind: "apply",
    role: "pulse",
    label: "",
    stimulus: {
      duration_s: 1,
      rows,
      columns: changes.columns ?? [ZERO, ZERO],
      targets: [{ row: 0, column: 0 }],
      referenceRow: 0,
      ...changes.stimulus,
    },
    readout: { samplePeriod_s: 0.1, columns: [0], currentRange_A: "auto", windows: [], ...changes.readout },
    tags: {},
  };
}

function multiply(inputs_V: readonly number[], readout: object = {}, rest: object = {}): MultiplyStep {
  return {
    kind: "multiply",
    role: "product",
    label: "",
    inputs_V: Float64Array.from(inputs_V),
    readout: { integration_s: 1, rest_s: 0, columns: [0, 1], currentRange_A: "auto", ...readout },
    tags: {},
    ...rest,
  };
}

const pulse = apply([[hold(1)], ZERO]);
const triangle = (voltage_V: number): LineDrive => [ramp(0, voltage_V, 0.5), ramp(voltage_V, 0, 0.5)];

const READ = (step: (readout: object) => ApplyStep | MultiplyStep): Readonly<Record<string, Witness>> => ({
  "read columns are the array's": { refused: /column 2 is read/, steps: [step({ columns: [2] })] },
  "columns read at once": {
    refused: /2 columns are read at once, allowed are 1/,
    steps: [step({ columns: [0, 1] })],
    can: { columnsSensedAtOnce: 1 },
  },
  "current range is a current": { refused: /current range is -1 A/, steps: [step({ currentRange_A: -1 })] },
  "current range exists": {
    refused: /current range 3 nA, allowed are 1 nA/,
    steps: [step({ currentRange_A: 3e-9 })],
    can: { currentRanges_A: [1e-9] },
  },
});

const WITNESSES: Readonly<Record<string, Readonly<Record<string, Witness>>>> = {
  APPLY_CHECKS: {
    "duration is finite": {
      refused: /lasts NaN s, allowed are finite/,
      steps: [apply([ZERO, ZERO], { stimulus: { duration_s: Number.NaN } })],
    },
    "one drive per row": { refused: /stimulus has 1 rows, the array 2/, steps: [apply([[hold(1)]])] },
    "one drive per column": {
      refused: /stimulus has 3 columns, the array 2/,
      steps: [apply([ZERO, ZERO], { columns: [ZERO, ZERO, ZERO] })],
    },
    "reference row is the array's": {
      refused: /reference row is 2/,
      steps: [apply([ZERO, ZERO], { stimulus: { referenceRow: 2 } })],
    },
    "targets are the array's": {
      refused: /target row 0, column 5/,
      steps: [apply([ZERO, ZERO], { stimulus: { targets: [{ row: 0, column: 5 }] } })],
    },
    ...READ((readout) => apply([ZERO, ZERO], { readout })),
    "sample period fits": {
      refused: /a sample every 2 s/,
      steps: [apply([ZERO, ZERO], { readout: { samplePeriod_s: 2 } })],
    },
    "sampling rate": {
      refused: /10 Hz sampling, allowed are up to 5 Hz/,
      steps: [pulse],
      can: { fastestSampling_Hz: 5 },
    },
    "read windows lie inside": {
      refused: /read window late from 0.5 to 2 s/,
      steps: [apply([ZERO, ZERO], { readout: { windows: [{ start_s: 0.5, end_s: 2, label: "late" }] } })],
    },
    "waveforms are whole": {
      refused: /segment 0 \(hold\): voltage_V is NaN/,
      steps: [apply([[hold(Number.NaN)], ZERO])],
    },
    "lines may float": {
      refused: /cannot let a line float/,
      steps: [apply(["floating", ZERO])],
      can: { unselectedLines: "grounded" },
    },
    // two lines at 3 V: no junction bears anything
    "line voltage": {
      refused: /line voltage of 3 V refused, allowed is -2 to 2 V/,
      steps: [apply([[hold(3)], [hold(3)]], { columns: [[hold(3)], [hold(3)]] })],
      can: { voltageRange_V: [-2, 2] },
    },
    "rows driven at once": {
      refused: /2 rows are driven, resistor array drives 1/,
      steps: [apply([[hold(1)], [hold(1)]])],
      can: { unselectedLines: "grounded", rowsDrivenAtOnce: 1 },
    },
    "columns held at once": {
      refused: /2 columns are held/,
      steps: [apply([ZERO, ZERO], { columns: [[hold(1)], [hold(1)]] })],
      can: { unselectedLines: "grounded", columnsSensedAtOnce: 1 },
    },
    "environment has such inputs": {
      refused: /no input for opticalPower_W/,
      steps: [apply([ZERO, ZERO], { stimulus: { environment: { opticalPower_W: [hold(1)] } } })],
    },
    "environment is whole": {
      refused: /opticalPower_W: Waveform segment 0 \(hold\): voltage_V is NaN/,
      steps: [apply([ZERO, ZERO], { stimulus: { environment: { opticalPower_W: [hold(Number.NaN)] } } })],
      can: { environmentInputs: ["opticalPower_W"] },
    },
  },
  MULTIPLY_CHECKS: {
    "products exist": { refused: /has no products/, steps: [multiply([1, 1])], can: { products: "none" } },
    "whole vectors": { refused: /3 inputs are no whole vectors of 2 rows/, steps: [multiply([1, 1, 1])] },
    ...READ((readout) => multiply([1, 1], { columns: [0], ...readout })),
    "a product reads a column": { refused: /needs at least one column/, steps: [multiply([1, 1], { columns: [] })] },
    "as many expectations as products": {
      refused: /1 expected products, must be 2/,
      steps: [multiply([1, 1], {}, { expected_A: new Float64Array(1) })],
    },
    "integration and rest are finite": {
      refused: /integration_s NaN/,
      steps: [multiply([1, 1], { integration_s: Number.NaN })],
    },
    "inputs are finite": { refused: /the voltage is NaN, must be finite/, steps: [multiply([1, Number.NaN])] },
    "input voltage": { refused: /line voltage of 3 V/, steps: [multiply([1, 3])], can: { voltageRange_V: [-2, 2] } },
    "rows driven at once by a product": {
      refused: /2 rows, allowed are 1/,
      steps: [multiply([1, 1])],
      can: { rowsDrivenAtOnce: 1 },
    },
  },
  LINE_CHECKS: {
    // rows and columns together: the junctions see nothing
    "line slew": {
      refused: /slew of 2 V\/s refused, allowed is 1 V\/s/,
      steps: [apply([triangle(1), triangle(1)], { columns: [triangle(1), triangle(1)] })],
      limits: { slew_V_s: 1 },
    },
    "line steps": {
      refused: /slew of Infinity/,
      steps: [apply([[hold(1)], [hold(1)]], { columns: [[hold(1)], [hold(1)]] })],
      limits: { slew_V_s: 1 },
    },
  },
  JUNCTION_CHECKS: {
    voltage: {
      refused: /voltage of 1.6 V refused, allowed is ±1.5 V/,
      steps: [apply([[hold(0.8)], ZERO], { columns: [[hold(-0.8)], ZERO] })],
      limits: { voltage_V: 1.5 },
    },
    // V/2: each line is slow enough, the junction is not
    slew: {
      refused: /slew of 2 V\/s refused, allowed is 1.5 V\/s/,
      steps: [apply([triangle(0.5), ZERO], { columns: [triangle(-0.5), ZERO] })],
      limits: { slew_V_s: 1.5 },
    },
    // a product's rows step, and there are no waveforms for the line checks to see
    steps: { refused: /slew of Infinity/, steps: [multiply([1, 0])], limits: { slew_V_s: 1 } },
    "foreseen current": {
      refused: /current of 1 nA refused, allowed is ±500 pA/,
      steps: [pulse],
      limits: { current_A: 5e-10, largestConductance_S: 1e-9 },
    },
    dwell: {
      refused: /dwell of 1 s refused, allowed is 900 ms/,
      steps: [apply([[hold(0, 0.1), hold(1, 1), hold(0, 0.1)], ZERO], { stimulus: { duration_s: 1.2 } })],
      limits: { dwell_s: 0.9 },
    },
    duty: {
      refused: /duty of 500 ms above 0 V beyond 50 % of the time refused, allowed is 100 ms/,
      steps: [apply([[hold(0, 2), hold(1, 1), hold(0, 2)], ZERO], { stimulus: { duration_s: 5 } })],
      limits: { duty: 0.5, dutyWindow_s: 0.2 },
    },
  },
  PAST_CHECKS: {
    "dwell over commands": {
      refused: /dwell of 2 s refused, allowed is 1.5 s/,
      steps: [pulse, pulse],
      limits: { dwell_s: 1.5 },
    },
    "duty over commands": {
      refused: /duty of 1 s above 0 V beyond 50 % of the time refused, allowed is 750 ms/,
      steps: [pulse, pulse],
      limits: { duty: 0.5, dutyWindow_s: 1.5 },
    },
    charge: {
      refused: /charge of 2 nC refused, allowed is 1.5 nC/,
      steps: [pulse, pulse],
      limits: { charge_C: 1.5e-9, largestConductance_S: 1e-9 },
    },
    energy: {
      refused: /energy of 2 nJ refused, allowed is 1.5 nJ/,
      steps: [pulse, pulse],
      limits: { energy_J: 1.5e-9, largestConductance_S: 1e-9 },
    },
  },
  HOLD_CHECKS: {
    "hold voltage": { refused: /hold_V: voltage of 2 V refused, allowed is ±1 V/, hold_V: 2, limits: { voltage_V: 1 } },
    "hold without end": {
      refused: /hold level of 500 mV refused, allowed is ±300 mV, the duty limit counts above it/,
      hold_V: 0.5,
      limits: { duty: 0.5, dutyWindow_s: 1, dwellAbove_V: 0.3 },
    },
    "hold without dose": {
      refused: /charge or energy are limited/,
      hold_V: 0.1,
      limits: { energy_J: 1, largestConductance_S: 1 },
    },
    "hold without steps": { refused: /slew is limited/, hold_V: 0.1, limits: { slew_V_s: 1 } },
    "hold is in reach": { refused: /can hold 0 V alone/, hold_V: 0.1, can: { clock: "wall" } },
  },
};

const TABLES = { APPLY_CHECKS, MULTIPLY_CHECKS, LINE_CHECKS, JUNCTION_CHECKS, PAST_CHECKS, HOLD_CHECKS };

interface Asked {
  readonly Limiter: typeof RealLimiter;
  readonly checkHold: typeof realCheckHold;
}

/** What the limiter, whichever it is, says to the last of the steps. */
function refusalOf({ Limiter, checkHold }: Asked, { steps = [], hold_V, limits, can }: Witness): string {
  const capabilities = { ...ideal(grid), ...can };
  const limiter = new Limiter(grid, capabilities, { ...NO_LIMITS, ...limits });
  try {
    for (const step of steps.slice(0, -1)) limiter.judge(step, "here");
  } catch (error) {
    throw new Error("refused too early", { cause: error });
  }
  try {
    for (const step of steps.slice(-1)) limiter.judge(step, "here");
    if (hold_V !== undefined) checkHold(hold_V, { capabilities }, { ...NO_LIMITS, ...limits });
  } catch (error) {
    return String(error);
  }
  return "admitted";
}

const FILES = ["./commandChecks.ts", "./junctionChecks.ts", "./holdChecks.ts"];

async function load(): Promise<Asked> {
  return { ...(await import("./limiter.ts")), ...(await import("../checkHold.ts")) };
}

async function withoutCheck(table: string, name: string): Promise<Asked> {
  vi.resetModules();
  for (const file of FILES)
    vi.doMock(file, async (original) => {
      const tables: Record<string, Record<string, unknown>> = { ...(await original()) };
      const { [name]: gone, ...rest } = tables[table] ?? {};
      return table in tables && gone ? { ...tables, [table]: rest } : tables;
    });
  return load();
}

afterEach(() => {
  for (const file of FILES) vi.doUnmock(file);
  vi.resetModules();
});

describe.each(Object.entries(TABLES))("%s", (table, checks) => {
  it("is whole here: every check has a witness", () => {
    expect(Object.keys(WITNESSES[table] ?? {}).sort()).toEqual(Object.keys(checks).sort());
  });

  it.each(Object.keys(checks))("%s: refuses, and nobody else does", async (name) => {
    const witness = WITNESSES[table]?.[name];
    if (!witness) throw new Error(`no witness of ${name}`);
    expect(refusalOf(await load(), witness)).toMatch(witness.refused);
    expect(refusalOf(await withoutCheck(table, name), witness)).not.toMatch(witness.refused);
  });
});

it("has no other place in this room that refuses a command", () => {
  const throwing = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .filter((file) =>
      /new (Limit|Unsupported|Protocol)Error|throw malformed/.test(
        readFileSync(join(import.meta.dirname, file), "utf8"),
      ),
    );
  expect(throwing.sort()).toEqual([
    "commandChecks.ts",
    "holdChecks.ts",
    "junctionChecks.ts",
    "planChecks.ts",
    "refuse.ts",
  ]);
});
