import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { expectClose } from "../../tests/close.ts";
import { canRun, PYTHON } from "../../tests/needs.ts";
import { PROTOCOLS } from "../../core/protocol/library/index.ts";

const bin = resolve(import.meta.dirname, "../../bin/crosspore.js");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "crosspore-protocol-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function crosspore(...parameters: string[]) {
  return spawnSync(process.execPath, [bin, ...parameters], { cwd: folder, encoding: "utf8" });
}

function write(name: string, protocol: string, more = ""): string {
  const array = "array: { rows: 2, columns: 3, junction: { model: ohmic, parameters: { conductance_S: 2 nS } } }";
  writeFileSync(join(folder, name), `crosspore: 1\nname: test\n${array}\n${more}protocol:\n${protocol}`);
  return name;
}

const PULSES = `  - for: { v: [0.1 V, -0.4 V], cell: { cells: { row: 1, order: column } } }
    do: [{ pulse: { cells: = cell, amplitude_V: = v, width_s: 10 ms, bias: V/2 } }]
`;

describe("crosspore protocol", () => {
  it("new writes a file that check accepts, with every parameter of the protocol", () => {
    for (const name of ["iv-sweep", "vector-product", "pulse-train"]) {
      const { stdout, status } = crosspore("protocol", "new", name);
      expect(status).toBe(0);
      writeFileSync(join(folder, "new.yaml"), stdout);
      expect(stdout).toMatch(/^# /);
      expect(crosspore("protocol", "check", "new.yaml")).toMatchObject({ status: 0, stderr: "" });
    }
    expect(crosspore("protocol", "new", "iv-sweeep")).toMatchObject({ status: 2 });
  });

  it.each([
    ["a division by zero", "  - let: { a: 1 s / (2 - 2) }\n", "", 2, /^crosspore: bad\.yaml:5:12: .*division by zero/],
    [
      "an endless loop",
      "  - until: elapsed > 1 s\n    do: [{ wait: 1 s }]\n",
      "",
      2,
      /^crosspore: bad\.yaml:5:5: .*may never end/,
    ],
    [
      "rows and columns mixed up",
      "  - read: { cells: [[2, 1]], voltage_V: 0.1 V, width_s: 1 ms }\n",
      "",
      2,
      /^crosspore: bad\.yaml:5:21: .*\[1, 2\] exists, the row comes first/,
    ],
    [
      "a limit",
      PULSES,
      "limits: { voltage_V: 0.3 V }\n",
      3,
      /^crosspore: bad\.yaml:7:10: .*voltage of 400 mV refused, allowed is ±300 mV/,
    ],
    [
      "a limit that the array cannot keep",
      PULSES.replace("0.1 V, -0.4 V", "100 V"),
      "",
      3,
      /^crosspore: bad\.yaml:6:10: .*refused/,
    ],
  ])("check finds %s at its place and leaves with its code", (_, protocol, more, code, message) => {
    const { status, stdout, stderr } = crosspore("protocol", "check", write("bad.yaml", protocol, more));
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(status).toBe(code);
  });

  it("check takes what the array cannot do for a mistake of the file", () => {
    const array = "array: { rows: 2, columns: 2, junction: { model: ohmic }, unselectedLines: floating }";
    writeFileSync(join(folder, "float.yaml"), `crosspore: 1\nname: x\n${array}\nprotocol:\n  - vector-product\n`);
    const { status, stderr } = crosspore("protocol", "check", "float.yaml");
    expect(stderr).toMatch(/^crosspore: float\.yaml:5:5: vector-product step 0/);
    expect(status).toBe(2);
  });

  it("plan tells the largest voltage and the dose of every junction, and what the emulator predicts", () => {
    const file = write("plan.yaml", PULSES, "limits: { current_A: 4 nA }\n");
    const { stdout } = crosspore("protocol", "plan", file, "--json", "--predict", "--svg", "plan.svg");
    const plan = parse(stdout) as Record<string, number[]> & { prediction: Record<string, number> };
    // V/2: targets 0.4 V, everything in their row or columns half of it
    expect(plan["largestJunction_V"]).toEqual([0.2, 0.2, 0.2, 0.4, 0.4, 0.4]);
    expect(plan["steps"]).toBe(6);
    // G V^2 t of both amplitudes: once on each target, a quarter on two neighbours and one above it
    const energy_J = 2e-9 * (0.1 ** 2 + 0.4 ** 2) * 0.01 * 3 * (1 + 3 / 4);
    expectClose(plan.prediction["energy_J"] ?? 0, energy_J, 1e-9);
    // the column of a target also carries what its half-selected neighbour gives: 2 nS x (0.4 + 0.2) V
    expectClose(plan.prediction["largestCurrent_A"] ?? 0, 1.2e-9, 1e-9);
    expectClose(plan.prediction["complianceShare"] ?? 0, 0.3, 1e-9);
    const svg = readFileSync(join(folder, "plan.svg"), "utf8");
    expect(svg).toContain("largest |V| of each junction");
    expect(crosspore("protocol", "plan", file, "--svg", "plan.svg").stderr).toContain("exists already");
  });

  it("a prediction says which limit would trip", () => {
    const file = write("trip.yaml", PULSES, "limits: { current_A: 1 nA }\n");
    expect(crosspore("protocol", "plan", file, "--predict").stdout).toMatch(/WOULD TRIP +.*current of -?1\.2 nA/);
  });

  it("explain names steps, voltages, durations and who sees a half-select", () => {
    const { stdout } = crosspore("protocol", "explain", write("explain.yaml", PULSES));
    expect(stdout).toContain(
      "pulse: 6 times, on 3 junctions (r1 c0, r1 c1, r1 c2), peak |V| 100 mV or 400 mV, each 10 ms",
    );
    expect(stdout).toContain("in its row see 50 mV (50 %), in its column 50 mV (50 %), elsewhere 0 V");
  });
});

describe("crosspore protocol schema", () => {
  it("accepts files that run and refuses those with other keys, by an independent validator", () => {
    const what = "the JSON Schema of experiment files against python3-jsonschema";
    if (!canRun(what, { programs: [PYTHON], modules: ["jsonschema"] })) return;
    const schema = crosspore("protocol", "schema").stdout;
    writeFileSync(join(folder, "schema.json"), schema);
    const examples = resolve(import.meta.dirname, "../../examples");
    const shipped = readdirSync(examples).filter((name) => name.endsWith(".yaml"));
    const good = [
      ...shipped.map((name) => readFileSync(join(examples, name), "utf8")),
      ...Object.keys(PROTOCOLS)
        .slice(0, 4)
        .map((name) => crosspore("protocol", "new", name).stdout),
      readFileSync(join(folder, write("good.yaml", PULSES)), "utf8"),
    ];
    const bad = [
      PULSES.replace("amplitude_V", "amplitud_V"),
      PULSES.replace("do:", "doo:"),
      "  - wait: 1 s\n    more: 2\n",
      "  - iv-sweep: { wave: square }\n",
      "  - iv-sweep: { cycles: 1.5 }\n",
    ].map((protocol) => readFileSync(join(folder, write("bad.yaml", protocol)), "utf8"));
    writeFileSync(join(folder, "files.json"), JSON.stringify([...good, ...bad].map((text) => parse(text) as unknown)));
    const script = `import json, jsonschema
schema = json.load(open("schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
v = jsonschema.Draft202012Validator(schema)
print(json.dumps([v.is_valid(f) for f in json.load(open("files.json"))]))`;
    const answers = parse(execFileSync(PYTHON, ["-c", script], { cwd: folder, encoding: "utf8" })) as boolean[];
    expect(answers).toEqual([...good.map(() => true), ...bad.map(() => false)]);
  });
});
