import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRun } from "../../recorder/openRun.ts";
import { crosspore } from "../../tests/wallRun.ts";

const ARRAY = `array:
  rows: 1
  columns: 1
  junction: { model: ohmic, parameters: { conductance_S: 10 nS } }
  frontEnd: { gain: 1.2, offset_A: 20 pA }
`;
const folder = mkdtempSync(join(tmpdir(), "crosspore-calibrate-"));
const at = (name: string) => join(folder, name);
const write = (name: string, text: string) => {
  writeFileSync(at(name), text);
  return at(name);
};

test("crosspore calibrate makes a file; a run that uses it is corrected, embeds it, and its report shows it", async () => {
  const dummies = "dummies: [{ cell: [0, 0], resistance_ohm: 100 Mohm, tolerance: 0.1 % }]\n";
  const request = write("measure.yaml", `calibrate: 1\noperator: A. Volta\ncable: 1 m coax\n${ARRAY}${dummies}`);
  const made = await crosspore("calibrate", request, "--out", at("c.yaml"), "--json").ended;
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(made.stdout)).toMatchObject({ polarity: 1, operator: "A. Volta", cable: "1 m coax" });
  expect((await crosspore("calibrate", request, "--out", at("c.yaml")).ended).code).toBe(1);

  const experiment = write("use.yaml", `crosspore: 1\nname: used\n${ARRAY}protocol: [read-map]\n`);
  const used = await crosspore("run", experiment, "--calibration", at("c.yaml"), "--out", at("run")).ended;
  expect(used.code).toBe(0);
  const run = openRun(at("run"));
  const file = readFileSync(at("c.yaml"), "utf8");
  expect(run.manifest.calibration).toMatchObject({
    file: at("c.yaml"),
    sha256: createHash("sha256").update(file).digest("hex"),
    content: { identity: "emulated array", channels: [{ column: 0 }] },
  });
  const finished = run.events.find((event) => event.kind === "step-finished");
  // 0.1 V across 100 Mohm
  expect((finished?.reading.windows[0]?.current_A[0] ?? 0) / 1e-9).toBeCloseTo(1, 9);
  expect((await crosspore("report", at("run")).ended).code).toBe(0);
  expect(readFileSync(at("run/report.html"), "utf8")).toMatch(/Calibration <small>.*gain 1\.2000 ± .*offset 20/);
});

test("crosspore calibrate refuses absurd results and bad files, and writes nothing", async () => {
  const dummy = (fields: string) => `calibrate: 1\n${ARRAY}dummies: [{ ${fields} }]\n`;
  for (const [text, code, message] of [
    [dummy("cell: [0, 0], resistance_ohm: 1 Gohm, tolerance: 1 %"), 1, "is the resistor right?"],
    [dummy("cell: [0, 4], resistance_ohm: 1 Gohm, tolerance: 1 %"), 2, "[0, 4] is outside the array"],
    [dummy("cell: [0, 0], resistance_ohm: 1 GV, tolerance: 1 %"), 2, "GV"],
  ] as const) {
    const outcome = await crosspore("calibrate", write("bad.yaml", text), "--out", at("bad-out.yaml")).ended;
    expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(message) as string });
    expect(existsSync(at("bad-out.yaml"))).toBe(false);
  }
});
