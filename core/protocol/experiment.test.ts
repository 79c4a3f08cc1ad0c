import { describe, expect, it } from "vitest";
import { ProtocolError } from "../errors.ts";
import { planProtocols } from "../plan.ts";
import { loadExperiment } from "./experiment.ts";
import { ivSweep, pairedPulse, pulseTrain, readMap, reservoirTrain, vectorProduct } from "./library/index.ts";
import type { Protocol } from "./protocol.ts";
import { ideal } from "./testing/resistorArray.ts";

const HEAD = `crosspore: 1
name: test
array:
  rows: 4
  columns: 4
  junction:
    model: conical-channel
`;

function complaint(text: string): string {
  try {
    loadExperiment(text, "x.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return (error as Error).message;
  }
  return "accepted";
}

function stepsOf(protocol: Protocol | undefined) {
  const grid = { rows: 4, columns: 4 };
  const plan = planProtocols({
    protocols: protocol ? [protocol] : [],
    grid,
    capabilities: ideal(grid),
    limits: loadExperiment(`${HEAD}protocol:\n  - read-map\n`, "x.yaml").limits,
    seed: 3,
  });
  const steps = protocol ? [...protocol.steps({ grid, capabilities: ideal(grid), limits: plan.limits, seed: 3 })] : [];
  return steps;
}

describe("loadExperiment", () => {
  it("fills in defaults, in base SI", () => {
    const text = `${HEAD}    parameters: { length_m: 20 um }
  lines:
    channel: { width_m: 100 um, height_m: 100 um, pitch_m: 100 um, salt_mM: 100 mM }
    columnSense_ohm: 1 kohm
  access: { poreDiameter_m: 10 nm, salt_mM: 1 M }
limits: { voltage_V: 1.5 V, dwell_s: 10 s, dwellAbove_V: 1 V }
seed: 7
protocol:
  - iv-sweep: { amplitude_V: 500 mV, cells: [[0, 1]] }
  - read-map
`;
    const experiment = loadExperiment(text, "x.yaml");
    expect(experiment.array.junction).toEqual({ model: "conical-channel", parameters: { length_m: 2e-5 } });
    // R = l / (s w h) with s = 1.288 S/m: 7.76 kohm per 100 um of a 100 x 100 um channel
    expect(Number(experiment.array.lines?.rowSegment_ohm) / 7764).toBeCloseTo(1, 4);
    expect(experiment.array.lines?.columnSense_ohm).toBe(1000);
    // both mouths, 1/(s d): 8.94 Mohm for 10 nm in 1 M KCl
    expect((experiment.array.access_ohm ?? 0) / 8.94e6).toBeCloseTo(1, 3);
    expect(experiment.limits).toMatchObject({ voltage_V: 1.5, dwell_s: 10, dwellAbove_V: 1, current_A: Infinity });
    expect(experiment.seed).toBe(7);
    expect(experiment.places).toEqual(["x.yaml:16:5", "x.yaml:17:5"]);
    expect(experiment.protocols.map(({ name }) => name)).toEqual(["iv-sweep", "read-map"]);
    expect(experiment.protocols[0]?.parameters).toMatchObject({ positive_V: 0.5, negative_V: 0.5, frequency_Hz: [40] });
    expect(JSON.parse(JSON.stringify(experiment.resolved))).toEqual(experiment.resolved);
  });

  it.each<[string, Protocol]>([
    [
      "iv-sweep: { amplitude_V: 0.5 V, frequency_Hz: [1 Hz, 0.04 kHz], cells: { row: 2 }, wave: triangle }",
      ivSweep({ amplitude_V: "0.5 V", frequency_Hz: ["1 Hz", 40], cells: { row: 2 }, wave: "triangle" }),
    ],
    [
      "pulse-train: { potentiation: { count: 3, width_s: 100ms, gap_s: 200 ms }, cells: [[1, 2]], bias: V/2 }",
      pulseTrain({ potentiation: { count: 3, width_s: 0.1, gap_s: "0.2 s" }, cells: [[1, 2]], bias: "V/2" }),
    ],
    ["paired-pulse: { gaps_s: [1 ms, 2 ms] }", pairedPulse({ gaps_s: [0.001, "2ms"] })],
    ["read-map: { order: random, rest_s: 1 ms }", readMap({ order: "random", rest_s: "1 ms" })],
    ["vector-product: { random: { count: 3 } }", vectorProduct({ random: { count: 3 } })],
    ['reservoir-train: { patterns: ["01", "11"] }', reservoirTrain({ patterns: ["01", "11"] })],
  ])("makes the same steps as the script: %s", (yaml, scripted) => {
    const loaded = loadExperiment(`${HEAD}protocol:\n  - ${yaml}\n`, "x.yaml").protocols[0];
    expect(loaded?.name).toBe(scripted.name);
    expect(loaded?.parameters).toEqual(scripted.parameters);
    const steps = stepsOf(loaded);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps).toEqual(stepsOf(scripted));
  });

  const PROTOCOL = `${HEAD}protocol:\n`;
  it.each([
    [
      `${PROTOCOL}  - iv-sweep: { amplitud_V: 1 V }\n`,
      'x.yaml:9:17: protocol[0].iv-sweep.amplitud_V: unknown key "amplitud_V", did you mean "amplitude_V"? allowed are cells, amplitude_V,',
    ],
    [
      `${PROTOCOL}  - iv-swep: {}\n`,
      'x.yaml:9:5: protocol[0].iv-swep: unknown protocol "iv-swep", did you mean "iv-sweep"?',
    ],
    [`${HEAD}speed: 3\nprotocol:\n  - read-map\n`, 'x.yaml:8:1: speed: unknown key "speed", did you mean "seed"?'],
    [
      `${PROTOCOL}  - read-map:\n      width_s: 3 V\n`,
      'x.yaml:10:7: protocol[0].read-map.width_s: unit "V" does not fit, expected s',
    ],
    [`${PROTOCOL}  - read-map:\n      width_s: "3"\n`, 'x.yaml:10:7: protocol[0].read-map.width_s: "3" has no unit'],
    [
      `${PROTOCOL}  - read-map:\n      width_s: .nan\n`,
      "x.yaml:10:7: protocol[0].read-map.width_s: NaN is not a finite number in s",
    ],
    [
      `${PROTOCOL}  - read-map:\n      voltage_V: .inf\n`,
      "x.yaml:10:7: protocol[0].read-map.voltage_V: Infinity is not a finite number in V",
    ],
    [
      `${PROTOCOL}  - read-map:\n      width_s: -1 s\n`,
      "x.yaml:10:7: protocol[0].read-map.width_s: -1 s is refused, allowed are values above 0",
    ],
    [
      `${PROTOCOL}  - read-map:\n      cells:\n        - [0, 0]\n        - [0, 4]\n`,
      "x.yaml:12:11: protocol[0].read-map.cells[1]: [0, 4] is outside the array, allowed are rows 0 to 3 and columns 0 to 3",
    ],
    [
      `${PROTOCOL}  - read-map:\n      cells: { row: 4 }\n`,
      "x.yaml:10:16: protocol[0].read-map.cells.row: row 4 is outside",
    ],
    [
      `${PROTOCOL}  - read-map:\n      cells: [[0, 0], [-1, 0]]\n`,
      "x.yaml:10:23: protocol[0].read-map.cells[1]: [-1,0] is no address",
    ],
    [`${PROTOCOL}  - read-map:\n      cells: []\n`, "x.yaml:10:7: protocol[0].read-map.cells: the list is empty"],
    [
      `${PROTOCOL}  - paired-pulse:\n      gaps_s: []\n`,
      "x.yaml:10:7: protocol[0].paired-pulse.gaps_s: the list is empty",
    ],
    [`${HEAD}protocol: []\n`, "x.yaml:8:1: protocol: the list is empty"],
    [`${PROTOCOL}  - { read-map: {}, iv-sweep: {} }\n`, "x.yaml:9:5: protocol[0]: 2 protocols in one list item"],
    [
      `${PROTOCOL}  - iv-sweep: { wave: square }\n`,
      'x.yaml:9:17: protocol[0].iv-sweep.wave: unknown choice "square", allowed are sine, triangle',
    ],
    [
      `${PROTOCOL}  - iv-sweep: { frequency_Hz: [1 Hz, 2 V] }\n`,
      'x.yaml:9:38: protocol[0].iv-sweep.frequency_Hz[1]: unit "V" does not fit, expected Hz',
    ],
    [
      `${PROTOCOL}  - iv-sweep: { frequency_Hz: 2 V }\n`,
      'x.yaml:9:17: protocol[0].iv-sweep.frequency_Hz: unit "V" does not fit, expected Hz',
    ],
    [
      `${PROTOCOL}  - iv-sweep: { frequency_Hz: [] }\n`,
      "x.yaml:9:17: protocol[0].iv-sweep.frequency_Hz: the list is empty",
    ],
    [
      `${PROTOCOL}  - iv-sweep: { cycles: 1.5 }\n`,
      "x.yaml:9:17: protocol[0].iv-sweep.cycles: 1.5 is refused, allowed are integers from 1",
    ],
    [
      `${PROTOCOL}  - pulse-train:\n      potentiation: { gap_s: 10 ms }\n`,
      "x.yaml:10:23: protocol[0].pulse-train.potentiation.gap_s: 0.01 s is too short for the read",
    ],
    [
      `${PROTOCOL}  - reservoir-train: { patterns: [0101] }\n`,
      "x.yaml:9:35: protocol[0].reservoir-train.patterns[0]: 101 is no bit string, write it in quotes",
    ],
    [
      `${PROTOCOL}  - reservoir-train: { patterns: all-5-bit }\n`,
      "x.yaml:9:24: protocol[0].reservoir-train.patterns: 32 patterns need as many cells, 16 are given",
    ],
    [
      `${PROTOCOL}  - vector-product: { inputs_V: [[0, 0, 0, 0], [0, 0]] }\n`,
      "x.yaml:9:48: protocol[0].vector-product.inputs_V[1]: 2 values, the array has 4 rows",
    ],
    [
      `${HEAD}limits: { voltage_V: 2 A }\nprotocol:\n  - read-map\n`,
      'x.yaml:8:11: limits.voltage_V: unit "A" does not fit, expected V',
    ],
    [
      `${HEAD}limits: { charge_C: 1 nC }\nprotocol:\n  - read-map\n`,
      "x.yaml:8:11: limits.charge_C: foreseen with the largest conductance, which nobody gives: write chip.largestConductance_S",
    ],
    [
      `${HEAD}chip: { limits: { duty: 20 % } }\nprotocol:\n  - read-map\n`,
      "x.yaml:8:19: chip.limits.duty: a duty needs dutyWindow_s",
    ],
    [
      `${HEAD}limits: { duty: 2 }\nprotocol:\n  - read-map\n`,
      "x.yaml:8:11: limits.duty: 2  is outside the range, allowed are 0 to 1",
    ],
    [
      `${HEAD}chip: { membraneThickness_m: 10 V }\nprotocol:\n  - read-map\n`,
      'x.yaml:8:9: chip.membraneThickness_m: unit "V" does not fit, expected m',
    ],
    [
      `${HEAD}chip: { membrane_m: 10 nm }\nprotocol:\n  - read-map\n`,
      'x.yaml:8:9: chip.membrane_m: unknown key "membrane_m"',
    ],
    [
      `${HEAD.replace("conical-channel", "conical-chanel")}protocol:\n  - read-map\n`,
      'x.yaml:7:5: array.junction.model: unknown junction model "conical-chanel", did you mean "conical-channel"?',
    ],
    [
      `${HEAD}    parameters:\n      lenght_m: 1 um\nprotocol:\n  - read-map\n`,
      'x.yaml:9:7: array.junction.parameters.lenght_m: unknown parameter of conical-channel "lenght_m", did you mean "length_m"?',
    ],
    [
      `${HEAD}    parameters:\n      salt_mM: -3 mM\nprotocol:\n  - read-map\n`,
      "x.yaml:9:7: array.junction.parameters.salt_mM: ",
    ],
    [
      `${HEAD}  lines: { rowSource_ohm: [1, 2] }\nprotocol:\n  - read-map\n`,
      "x.yaml:8:12: array.lines.rowSource_ohm: lines.rowSource_ohm has 2 values",
    ],
    [
      `${HEAD}  lines: { rowSegment_ohm: 1, channel: { width_m: 1 um, height_m: 1 um, pitch_m: 1 um, salt_mM: 1 } }\nprotocol:\n  - read-map\n`,
      "x.yaml:8:12: array.lines.rowSegment_ohm: channel gives this resistance already",
    ],
    [`${HEAD}  frontEnd: { bits: 12 }\nprotocol:\n  - read-map\n`, "x.yaml:8:15: array.frontEnd.bits: "],
    [`${HEAD}  environment: { pH: 15 }\nprotocol:\n  - read-map\n`, "x.yaml:8:18: array.environment.pH: 15"],
    [
      `${HEAD.replace("rows: 4", "rows: 0")}protocol:\n  - read-map\n`,
      "x.yaml:4:3: array.rows: 0 is refused, allowed are integers from 1",
    ],
    [HEAD.replace("crosspore: 1", "crosspore: 2"), "x.yaml:1:1: crosspore: 2 is no version of this file, allowed is 1"],
    [HEAD, "x.yaml:1:1: protocol: "],
    ["", "x.yaml:1:1: "],
  ])("names file, line, field and what is allowed: %j", (text, message) => {
    expect(complaint(text)).toContain(message);
  });
});

describe("the script's way in", () => {
  it("complains with the field, without a line", () => {
    expect(() => ivSweep({ amplitude_V: "1 A" })).toThrow('iv-sweep: amplitude_V: unit "A" does not fit, expected V');
    expect(() => stepsOf(readMap({ cells: [[9, 0]] }))).toThrow("read-map: cells[0]: [9, 0] is outside the array");
  });
});

describe("limits and chip", () => {
  it("reads every limit with its unit", () => {
    const { limits, chip } = loadExperiment(
      `${HEAD}limits: { slew_V_s: 5 V/ms, duty: 20 %, dutyWindow_s: 2 s, charge_C: 3 nC, energy_J: 1 nJ }
chip: { membraneThickness_m: 10 nm, membraneAcknowledged: true, largestConductance_S: 5 nS, limits: { voltage_V: 900 mV } }
protocol:
  - read-map
`,
      "x.yaml",
    );
    expect(limits).toMatchObject({ slew_V_s: 5000, duty: 0.2, dutyWindow_s: 2, charge_C: 3e-9, energy_J: 1e-9 });
    expect(chip).toEqual({
      membraneThickness_m: 1e-8,
      membraneAcknowledged: true,
      largestConductance_S: 5e-9,
      limits: { voltage_V: 0.9 },
    });
  });
});
