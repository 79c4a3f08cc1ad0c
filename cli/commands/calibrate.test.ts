import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serveInstrument } from "../../core/drivers/emulation/serve.ts";
import { Bench } from "../../core/drivers/emulation/bench.ts";
import { keithley2600 } from "../../core/drivers/keithley2600/index.ts";
import { rodeostat } from "../../core/drivers/rodeostat/index.ts";
import type { Driver } from "../../core/drivers/driver.ts";
import { JumpingTimer } from "../../core/drivers/timer.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import type { Calibration } from "../../core/calibration/calibration.ts";
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

/** An instrument whose device is an ideal array with one resistor, whose leads add 1 % and may be swapped. */
async function serve(driver: Driver, polarity: 1 | -1) {
  const frontEnd = { gain: 1.01, offset_A: 50e-9, polarity };
  const device = new EmulatedArray(
    { rows: 1, columns: 1, junction: { model: "ohmic", parameters: { conductance_S: 1e-5 } }, frontEnd },
    { seed: 1 },
  );
  return serveInstrument({
    make: driver.emulate,
    bench: new Bench(device, driver.unselectedLines),
    place: { tcp: 0 },
    timer: new JumpingTimer(),
    paced: false,
  });
}

test("crosspore calibrate --on measures a resistor through an instrument: gain, offset and swapped leads; it holds for that instrument", async () => {
  await using smu = await serve(keithley2600, -1);
  const on = `${smu.address}?driver=keithley-2600`;
  const flags = ["--resistor", "100kohm", "--tolerance", "0.1%", "--voltage", "0.2V"];
  const made = await crosspore("calibrate", "--on", on, ...flags, "--out", at("smu.yaml"), "--json").ended;
  expect(made.code).toBe(0);
  expect(made.stderr).toContain("leads are swapped");
  const { polarity, identity, channels } = JSON.parse(made.stdout) as Calibration;
  expect(polarity).toBe(-1);
  expect(identity).toBe("Keithley Instruments Inc. 2602B SIM0001 (3.2.2)");
  expect(Math.abs((channels[0]?.gain ?? 0) / 1.01 - 1)).toBeLessThan(2e-3);
  // 1 nA steps of the 10 uA range
  expect(Math.abs((channels[0]?.offset_A ?? 0) - 50e-9)).toBeLessThan(1e-9);

  await using other = await serve(rodeostat, 1);
  const array = "array: { rows: 1, columns: 1, junction: { model: ohmic } }\n";
  const experiment = write("foreign.yaml", `crosspore: 1\nname: foreign\n${array}protocol: [read-map]\n`);
  const used = ["run", experiment, "--on", `${other.address}?driver=rodeostat`, "--calibration", at("smu.yaml")];
  const refused = await crosspore(...used, "--out", at("foreign")).ended;
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/calibration is of "Keithley/) as string });
  expect(existsSync(at("foreign"))).toBe(false);
});

test("crosspore calibrate says what is missing", async () => {
  for (const [args, message] of [
    [[], "name a file that says what to measure, or an instrument"],
    [["--on", "tcp:localhost:1?driver=rodeostat", "--resistor", "1Mohm"], "--tolerance is missing"],
    [["--on", "tcp:localhost:1?driver=rodeostat", "--resistor", "0 ohm", "--tolerance", "1%"], "--resistor is 0 ohm"],
  ] as const)
    expect(await crosspore("calibrate", ...args, "--out", at("none.yaml")).ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message) as string,
    });
});
