import { describe, expect, it } from "vitest";
import { LimitError, ProtocolError } from "../../errors.ts";
import { runProtocols } from "../../engine.ts";
import { NO_LIMITS } from "../../limits.ts";
import { planProtocols } from "../../plan.ts";
import type { RunEvent } from "../../runEvent.ts";
import { runInMemory } from "../../runInMemory.ts";
import { loadExperiment } from "../experiment.ts";
import { ivSweep, readMap } from "../library/index.ts";
import { restStep } from "../makeSteps.ts";
import type { Protocol, ProtocolContext, Step, StepGenerator } from "../protocol.ts";
import { ideal, ResistorArray } from "../testing/resistorArray.ts";
import { epochs, pulse, read } from "./verbs/index.ts";

const grid = { rows: 3, columns: 4 };
const context: ProtocolContext = { grid, capabilities: ideal(grid), limits: NO_LIMITS, seed: 3 };
const HEAD = `crosspore: 1
name: test
array: { rows: 3, columns: 4, junction: { model: conical-channel } }
protocol:
`;
const LINES = HEAD.split("\n").length - 1;

function load(protocol: string) {
  return loadExperiment(HEAD + protocol, "x.yaml");
}

/** Steps without the place of their statement, which a script has not. */
function stepsOf(protocols: readonly Protocol[], answer = context): Step[] {
  return protocols.flatMap((protocol) => [...protocol.steps(answer)]).map(({ place: _place, ...step }) => step as Step);
}

function plan(protocol: string) {
  const { protocols, places, limits } = load(protocol);
  return planProtocols({ grid, capabilities: ideal(grid), protocols, places, limits, seed: 1 });
}

/** What is said about a program, by loading or by planning it; lines count from its first. */
function complaint(protocol: string): string {
  try {
    plan(protocol);
  } catch (error) {
    const { message } = error as Error;
    const [, line = "0", rest = ""] = /^x\.yaml:(\d+):(.*)$/s.exec(message) ?? [];
    expect(error instanceof ProtocolError || error instanceof LimitError, message).toBe(true);
    return `${Number(line) - LINES}:${rest}`;
  }
  return "accepted";
}

describe("a program takes the steps of the equivalent generator", () => {
  it.each<[string, string, (context: ProtocolContext) => StepGenerator]>([
    [
      "loops over a sweep and cells, variables and waits",
      `
  - let: { width: 10 ms, base: 0.1 V }
  - for:
      v: { from: 0.1 V, to: 0.5 V, step: 0.2 V }
      cell: { cells: { rows: [1, 2], columns: [0, 1], order: column } }
    do:
      - pulse: { cells: = cell, amplitude_V: = 2 * v + base, width_s: = width / 2 }
      - wait: = width
      - read: { cells: = cell, voltage_V: 0.1 V, width_s: 1 ms }
`,
      function* (given) {
        for (const v of [0.1, 0.1 + 0.2, 0.5])
          for (const [row, column] of [
            [1, 0],
            [2, 0],
            [1, 1],
            [2, 1],
          ] as const) {
            const cells = [[row, column]] as const;
            yield* pulse({ cells, amplitude_V: 2 * v + 0.1, width_s: 0.01 / 2 }).steps(given);
            yield restStep(given.grid, 0.01);
            yield* read({ cells, voltage_V: 0.1, width_s: 1e-3 }).steps(given);
          }
      },
    ],
    [
      "nested protocols with computed parameters, conditions and repetitions",
      `
  - repeat: 2
    do:
      - for: { f: { from: 1 Hz, to: 100 Hz, count: 3, spacing: log } }
        do:
          - if: f > 5 Hz and not f == 100 Hz
            do: [{ iv-sweep: { cells: [[0, 0]], frequency_Hz: = f, cycles: 1 } }]
            else: [{ mark: skipped }, { wait: = 2 / f }]
`,
      function* (given) {
        for (let k = 0; k < 2; k++) {
          for (const f of [1, 10, 100])
            if (f === 10) yield* ivSweep({ cells: [[0, 0]], frequency_Hz: f, cycles: 1 }).steps(given);
            else {
              yield { kind: "mark", label: "skipped", data: {} };
              yield restStep(given.grid, 2 / f);
            }
        }
      },
    ],
  ])("%s", (_, text, generator) => {
    expect(stepsOf(load(text).protocols)).toEqual([...generator(context)]);
  });

  it("keeps protocols between statements as entries of their own, and variables through them", () => {
    const { protocols, places } = load(`
  - let: { v: 0.3 V }
  - read-map
  - iv-sweep: { cells: [[0, 0]], amplitude_V: = v }
`);
    expect(protocols.map(({ name }) => name)).toEqual(["program", "read-map", "program"]);
    expect(places.map((place) => Number(place.split(":")[1]) - LINES)).toEqual([2, 3, 4]);
    expect(stepsOf(protocols)).toEqual(stepsOf([readMap(), ivSweep({ cells: [[0, 0]], amplitude_V: 0.3 })]));
  });
});

describe("readings decide", () => {
  const CLOSED = `
  - let: { v: 0.1 V, g: 0 S }
  - until: current > 0.55 nA
    most: 20
    do:
      - let: { v: v + 0.1 V }
      - pulse: { cells: [[1, 1]], amplitude_V: = v, width_s: 1 ms }
      - read: { cells: [[1, 1]], voltage_V: 0.1 V, width_s: 1 ms }
      - let: { g: current / voltage }
  - mark: { label: conductance, data: { conductance_S: g, last_V: v } }
`;
  /** A junction that conducts 1 nS more after every second call, a pulse and a read. */
  async function run(text: string) {
    const array = new ResistorArray(grid, 1e-9);
    array.before = (call) => array.conductance_S.fill(1e-9 * (1 + Math.floor(call / 2)));
    const run = await runInMemory(array, load(text).protocols);
    return run.events.filter((event) => event.kind === "marked");
  }

  it("ends a loop when the reading says so, and notes what was computed from it", async () => {
    const [end, noted] = await run(CLOSED);
    // 0.1 V on 6 nS is the first current above 0.55 nA
    expect(end?.label).toBe("until current > 0.55 nA: met after 6 of at most 20");
    expect(noted?.data["conductance_S"]).toBeCloseTo(6e-9, 18);
    expect(noted?.data["last_V"]).toBeCloseTo(0.7, 12);
  });

  it("says honestly that a loop came to its bound", async () => {
    const [end] = await run(CLOSED.replace("0.55 nA", "1 A"));
    expect(end?.label).toBe("until current > 1 A: not met after 20 of at most 20");
    expect(end?.data).toEqual({ rounds: 20, most: 20, met: 0 });
  });

  it("plans every round, so that no round exceeds a limit that the plan did not see", () => {
    const { steps, largest_V } = plan(CLOSED);
    expect(steps).toBe(20 * 2 + 2);
    expect(largest_V).toBeCloseTo(2.1, 12);
  });

  it("plans both ways of a condition that nobody knows yet", () => {
    const planned = plan(`
  - read: { cells: [[0, 0]], voltage_V: 0.1 V, width_s: 1 ms }
  - if: current > 1 nA
    do: [{ pulse: { cells: [[0, 0]], amplitude_V: 1 V, width_s: 1 ms } }]
    else: [{ pulse: { cells: [[0, 0]], amplitude_V: -2 V, width_s: 3 ms } }]
`);
    expect(planned.steps).toBe(3);
    expect(planned.largest_V).toBe(2);
    expect(planned.duration_s).toBeCloseTo(5e-3, 12);
  });

  it("plans a computed voltage at its bound, and refuses one without", () => {
    const correct = (v: string) => `
  - read: { cells: [[0, 0]], voltage_V: 0.1 V, width_s: 1 ms }
  - pulse: { cells: [[0, 0]], amplitude_V: "= ${v}", width_s: 1 ms }
`;
    expect(plan(correct("clamp(1 Gohm * current, -0.4 V, 1.5 V) + 0.1 V")).largest_V).toBeCloseTo(1.6, 12);
    expect(complaint(correct("1 Gohm * current"))).toContain(
      "3:31: protocol[1].pulse.amplitude_V: depends on a reading without bounds, write clamp",
    );
  });
});

describe("check finds", () => {
  it.each<[string, string, string]>([
    [
      "an unknown name",
      "  - let: { a: 1 V, b: 2 * aa }",
      '1:20: protocol[0].let.b: unknown name "aa", did you mean "a"?',
    ],
    [
      "volts plus seconds",
      "  - let: { a: 1 V + 2 s }",
      '1:12: protocol[0].let.a: "+" between V and s, allowed is one unit, in "1 V + 2 s" at character 5',
    ],
    [
      "the unit of a parameter",
      "  - let: { t: 1 s }\n  - iv-sweep: { amplitude_V: = t }",
      "2:17: protocol[1].iv-sweep.amplitude_V: s is refused, expected V",
    ],
    [
      "a pure number for a voltage",
      "  - let: { n: 3 }\n  - iv-sweep: { amplitude_V: = n }",
      "2:17: protocol[1].iv-sweep.amplitude_V: a pure number is refused, expected V",
    ],
    [
      "a division by zero",
      "  - let: { a: 0.1 V, b: 1 / (a - 0.1 V) }",
      '1:22: protocol[0].let.b: division by zero, in "1 / (a - 0.1 V)" at character 3',
    ],
    [
      "a division by zero in one round of a loop",
      "  - for: { n: { from: -2, to: 2 } }\n    do: [{ wait: = 1 s / n + 2 s }]",
      "2:12: protocol[0].do[0].wait: division by zero",
    ],
    ["a root of a negative number", "  - let: { a: sqrt(-1) }", "1:12: protocol[0].let.a: sqrt has no value at -1"],
    [
      "a loop that may never end",
      "  - until: elapsed > 1 s\n    do: [{ wait: 1 s }]",
      "1:5: protocol[0].until: may never end, write most:",
    ],
    [
      "a loop that does nothing for too long",
      "  - repeat: 1e7\n    do: [{ let: { a: 1 } }]",
      "without driving anything, the loop around this never ends or does nothing",
    ],
    [
      "a sweep that leads away",
      "  - for: { v: { from: 1 V, to: 0 V, step: 0.1 V } }\n    do: [{ wait: 1 s }]",
      "1:37: protocol[0].for.v.step: a step of 0.1 leads away from 0",
    ],
    [
      "a step of zero",
      "  - for: { v: { from: 1 V, to: 2 V, step: 0 V } }\n    do: [{ wait: 1 s }]",
      "1:37: protocol[0].for.v.step: a step of 0 never arrives",
    ],
    [
      "a column where a row stands",
      "  - for: { c: { cells: all } }\n    do: [{ read: { cells: [[= c.column, 0]], voltage_V: 0.1 V, width_s: 1 ms } }]",
      "2:29: protocol[0].do[0].read.cells[0][0]: a column is refused, expected a row; rows and columns are mixed up",
    ],
    [
      "rows compared with columns",
      "  - for: { c: { cells: all } }\n    do: [{ if: c.row == c.column, do: [{ wait: 1 s }] }]",
      '"==" between a row and a column',
    ],
    [
      "a swapped address",
      "  - read: { cells: [[3, 2]], voltage_V: 0.1 V, width_s: 1 ms }",
      "1:21: protocol[0].read.cells[0]: [3, 2] is outside the array, allowed are rows 0 to 2 and columns 0 to 3; [2, 3] exists, the row comes first",
    ],
    [
      "rows that only columns have",
      "  - for: { r: { rows: [0, 3] } }\n    do: [{ wait: 1 s }]",
      "1:17: protocol[0].for.r.rows: 0 to 3 is refused, allowed are rows 0 to 2",
    ],
    [
      "a mask of another array",
      '  - read: { cells: { mask: ["x..", "..x", "xxx"] }, voltage_V: 0.1 V, width_s: 1 ms }',
      "3 columns, the array has 4",
    ],
    ["a reading before any read", "  - let: { g: current / voltage }", "1:12: protocol[0].let.g: no read comes before"],
    ["a unit as a name", "  - let: { V: 3 }", '1:12: protocol[0].let.V: "V" is a unit'],
    [
      "a name that changes its unit",
      "  - let: { a: 3 V }\n  - let: { a: 3 s }",
      "2:12: protocol[1].let.a: a is V, it cannot become s",
    ],
    [
      "a name outside its block",
      "  - repeat: 2\n    do: [{ let: { a: 1 } }]\n  - let: { b: a }",
      '3:12: protocol[1].let.b: unknown name "a"',
    ],
    ["no condition", "  - if: 3 V\n    do: [{ wait: 1 s }]", "1:5: protocol[0].if: V is no condition"],
    ["two statements in one", "  - { wait: 1 s, mark: x }", "2 statements in one list item (wait, mark)"],
    [
      "an unknown statement",
      "  - repeat: 2\n    do: [{ whait: 1 s }]",
      '2:12: protocol[0].do[0].whait: unknown protocol or statement "whait", did you mean "wait"?',
    ],
    ["an unknown key beside one", "  - repeat: 2\n    doo: [{ wait: 1 s }]", '2:5: protocol[0].doo: unknown key "doo"'],
    ["a missing body", "  - repeat: 2", "1:5: protocol[0].do: "],
    [
      "an unknown parameter",
      "  - pulse: { amplitud_V: 1 V, width_s: 1 s }",
      '1:14: protocol[0].pulse.amplitud_V: unknown key "amplitud_V", did you mean "amplitude_V"?',
    ],
    [
      "a block that would loosen a limit",
      "  - limits: { voltage_V: 1 V }\n    do:\n      - limits: { voltage_V: 2 V }\n        do: [{ wait: 1 s }]",
      "3:19: protocol[0].do[0].limits.voltage_V: 2 is above the 1 around it, a block may only tighten",
    ],
    [
      "a voltage beyond a block's limit",
      "  - limits: { voltage_V: 1 V }\n    do: [{ pulse: { cells: [[0, 0]], amplitude_V: 1.2 V, width_s: 1 ms } }]",
      "2:10: r0 c0, pulse, row 0 column 0: voltage of 1.2 V refused, allowed is ±1 V",
    ],
    [
      "a voltage beyond the array's range",
      "  - repeat: 1\n    do: [{ pulse: { amplitude_V: 20 V, width_s: 1 ms } }]",
      "2:10: program step 0 (r0 c0, pulse): line voltage of 20 V refused",
    ],
    ["brackets that do not close", "  - let: { a: (1 + 2 }", '1:12: protocol[0].let.a: ")" is missing'],
    ["a sign that belongs to nothing", '  - let: { a: "1 + $" }', '"$" belongs to no expression'],
    [
      "an epoch that shrinks to nothing",
      "  - epochs: { sweeps: 3, samplePeriod_s: 1 ms, epochs: [{ first_V: 0.1 V, duration_s: 10 ms, deltaDuration_s: -5 ms }] }",
      "the epoch lasts 0 s in sweep 2",
    ],
  ])("%s, at its line and column", (_, text, expected) => {
    expect(complaint(`${text}\n`)).toContain(expected);
  });
});

describe("a prompt", () => {
  const ASKS = "  - wait: 1 s\n  - prompt: Exchange the electrolyte\n  - wait: 1 s\n";

  it("waits for the operator, and the record says who confirmed", async () => {
    const { protocols } = load(ASKS);
    const events: RunEvent[] = [];
    const array = new ResistorArray(grid, 1e-9);
    const heard: string[] = [];
    await runProtocols({
      protocols,
      array,
      limits: NO_LIMITS,
      seed: 0,
      signal: new AbortController().signal,
      askOperator: (prompt) => {
        heard.push(`${prompt} after ${array.calls.length} call`);
        return Promise.resolve("A. Volta");
      },
      emit: (event) => void events.push(event),
    });
    expect(heard).toEqual(["Exchange the electrolyte after 1 call"]);
    expect(events.filter(({ kind }) => kind === "prompted" || kind === "confirmed")).toMatchObject([
      { kind: "prompted", time_s: 1, prompt: "Exchange the electrolyte" },
      { kind: "confirmed", by: "A. Volta" },
    ]);
  });

  it("is left when the run is aborted", async () => {
    const { protocols } = load(ASKS);
    const abort = new AbortController();
    const stopped = await runProtocols({
      protocols,
      array: new ResistorArray(grid, 1e-9),
      limits: NO_LIMITS,
      seed: 0,
      signal: abort.signal,
      askOperator: () => {
        abort.abort();
        return new Promise(() => {});
      },
      emit: () => {},
    });
    expect(stopped.status).toBe("abort");
  });

  it("is refused where nobody can be asked, before anything moves", async () => {
    const array = new ResistorArray(grid, 1e-9);
    await expect(runInMemory(array, load(ASKS).protocols)).rejects.toThrow(
      /^x\.yaml:6:5: prompt: "Exchange the electrolyte" waits for an operator/,
    );
    expect(array.calls).toEqual([]);
  });
});

describe("epochs", () => {
  it("begin with a first value and move by a delta each sweep", () => {
    const steps = stepsOf([
      epochs({
        cells: [[0, 1]],
        sweeps: 3,
        samplePeriod_s: 1e-3,
        rest_s: 0.5,
        epochs: [
          { first_V: "-0.1 V", duration_s: "10 ms" },
          { kind: "ramp", first_V: 0.2, delta_V: "0.1 V", duration_s: "20 ms", deltaDuration_s: "5 ms" },
        ],
      }),
    ]);
    expect(steps.map((step) => step.kind === "apply" && step.role)).toEqual([
      "epochs",
      "rest",
      "epochs",
      "rest",
      "epochs",
    ]);
    const last = steps.at(-1);
    if (last?.kind !== "apply") throw new Error("no step");
    expect(last.stimulus.rows[0]).toEqual([
      { kind: "hold", voltage_V: -0.1, duration_s: 0.01 },
      { kind: "ramp", from_V: -0.1, to_V: 0.4, duration_s: 0.03 },
    ]);
    expect(last.readout.windows.map(({ label }) => label)).toEqual(["A", "B"]);
  });
});

it("a loop that is far too long is refused before its first step, and what an expression decides counts as one round", () => {
  const body = "        do:\n          - read: { cells: = cell, voltage_V: 50 mV, width_s: 1 ms }\n";
  const loop = (times: string) => `  - repeat: ${times}\n    do:\n      - for: { cell: { cells: all } }\n${body}`;
  expect(() => plan(loop("1000000"))).toThrow("brings the run to 12000000 steps or more, allowed are 10000000 pulses");
  const fewest = (text: string) => load(text).protocols.map((protocol) => protocol.fewestSteps?.(context));
  expect(fewest(loop("1000"))).toEqual([12_000]);
  expect(fewest(loop("1 + 1"))).toEqual([0]);
  const sweep = `  - for: { v: [0.1 V, 0.2 V], r: { rows: all } }\n    do: [{ wait: 1 s }, { pulse: { cells: [[0, 0]], amplitude_V: = v, width_s: 1 ms } }]\n`;
  expect(fewest(sweep)).toEqual([6]);
  expect(plan(sweep).steps).toBeGreaterThanOrEqual(6);
});
