import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fillNormal } from "../../core/crossbar/index.ts";
import { abf2Header } from "../../core/recordings/writeAbf2.ts";
import { expectClose } from "../../tests/close.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";

const ROOT = join(import.meta.dirname, "../..");
const KT_J = 1.380649e-23 * 298.15;

function crosspore(...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, "bin/crosspore.js"), ...args], { encoding: "utf8" });
}

/** 100 Mohm at 50 mV with its thermal noise to 5 kHz, gap-free at 10 kHz, in picoampere. */
function recording(): string {
  const points = 60_000;
  const rms_pA = Math.sqrt(4 * KT_J * 1e-8 * 5e3) * 1e12;
  const noise = new Float64Array(points);
  fillNormal(noise, 8, 1, 0);
  const header = abf2Header({
    channels: [{ name: "I", unit: "pA" }],
    samplePeriod_s: 1e-4,
    mode: "gap-free",
    sweeps: [{ startTime_s: 0, points }],
    protocol: "",
    comment: "",
    started: "",
    tags: [],
  });
  const samples = Float32Array.from(noise, (value) => 500 + rms_pA * value);
  const file = join(mkdtempSync(join(tmpdir(), "crosspore-patch-")), "quiet.abf");
  writeFileSync(file, Buffer.concat([header, new Uint8Array(samples.buffer)]));
  return file;
}

describe("crosspore patch noise", () => {
  it("says the formula term by term", () => {
    const { stdout } = crosspore("patch", "noise", "--resistance", "1Gohm", "--from", "0Hz", "--to", "1kHz", "--json");
    // 0.13 pA at 1 kHz
    expectClose(JSON.parse(stdout).rms_A.thermal, Math.sqrt(4 * KT_J * 1e-9 * 1e3), 1e-9);
    expect(crosspore("patch", "noise", "--low-pass", "1kHz").stderr).toMatch(/--low-pass needs a run folder/u);
    expect(crosspore("patch", "noise", "--resistance", "7").stderr).toMatch(/has no unit, write for example/u);
  });

  it("puts what an imported recording holds beside it, and draws it", () => {
    const file = recording();
    const run = file.replace(".abf", "");
    expect(crosspore("import", file, "--command", "50 mV", "--out", run).status).toBe(0);
    const figure = `${run}.svg`;
    const { stdout, status } = crosspore("patch", "noise", run, "--current", "0A", "--json", "--out", figure);
    expect(status).toBe(0);
    const [found] = JSON.parse(stdout);
    expectClose(found.resistance_ohm, 100e6, 1e-3);
    expectClose(found.ratio, 1, 0.02);
    expect(found.formula_A.thermal).toBe(found.formula_A.total);
    const drawn = readFileSync(figure, "utf8");
    checkMarkup(drawn);
    expect(drawn).toMatch(/at 50 mV/u);
    const text = crosspore("patch", "noise", run, "--to", "2kHz").stdout;
    expect(text).toMatch(/^row 0 column 0 at 50 mV: mean 500 pA, R = 100 Mohm, 60000 samples at 10 kHz\n/u);
    expect(text).toMatch(/rms from 2\.44 Hz to 2 kHz, 25 C\n/u);
    // a current that is not that of single carriers has no shot noise to be told
    expect(text).toMatch(/shot +566 fA/u);
    const beyond = crosspore("patch", "noise", run, "--to", "20kHz");
    expect([beyond.status, beyond.stderr]).toEqual([2, expect.stringMatching(/the band is .*allowed are bands from/u)]);
    expect(crosspore("patch", "noise", run, "--out", figure).stderr).toMatch(/exists already, --force/u);
  });
});

describe("crosspore patch", () => {
  it("reads telegraphs, and says what is none", () => {
    const { stdout } = crosspore(
      "patch",
      "telegraph",
      "axopatch-200b",
      "--gain",
      "2.5V",
      "--frequency",
      "8V",
      "--mode",
      "6V",
    );
    expect(stdout).toBe("Axon Axopatch 200B: gain 1 mV/pA, filter 10 kHz, mode VC\n");
    const unknown = crosspore("patch", "telegraph", "axopatch-200b", "--gain", "2.75V");
    expect(unknown.stdout).toMatch(/gain unknown/u);
    expect(crosspore("patch", "telegraph", "nobody").stderr).toMatch(
      /is no amplifier with telegraphs, there are axopatch-200b/u,
    );
  });

  it("sends no zap without --arm, whatever the port", () => {
    const { status, stderr } = crosspore("patch", "zap", "serial:/dev/none?driver=enpr");
    expect([status, stderr]).toEqual([3, expect.stringMatching(/say --arm/u)]);
  });

  it.each([1000, 10])("finds what a seal test of %d samples a pulse can tell", (samples) => {
    const folder = mkdtempSync(join(tmpdir(), "crosspore-seal-"));
    const file = join(folder, "seal.yaml");
    writeFileSync(
      file,
      `crosspore: 1
name: seal
array:
  rows: 1
  columns: 1
  junction: { model: ohmic, parameters: { conductance_S: 2 nS } }
  lines: { rowSource_ohm: 10 Mohm }
  effects: { capacitance: { width_m: 94.2 um, membrane_m: 5 nm, permittivity: 2.1, stray_F: 0 F } }
protocol:
  - seal-test: { pulse_V: 5 mV, width_s: 5 ms, pulses: 5, samplesPerPulse: ${samples} }
`,
    );
    const run = join(folder, "run");
    expect(crosspore("run", file, "--out", run).status).toBe(0);
    expect(existsSync(join(run, "stop.json"))).toBe(true);
    if (samples === 10) {
      expect(crosspore("patch", "membrane", run).stdout).toMatch(
        /^row 0 column 0: R \+ Rs = [45]\d\d Mohm; Rs and C unknown: the transient is over within a few samples \(a sample each 500 µs\)\n$/u,
      );
      return;
    }
    const [found] = JSON.parse(crosspore("patch", "membrane", run, "--json").stdout);
    // 2.1 x 8.854e-12 F/m x (94.2 um)^2 / 5 nm = 33 pF
    expectClose(found.seal_ohm, 500e6, 0.02);
    expectClose(found.access_ohm, 10e6, 0.02);
    expectClose(found.capacitance_F, 33e-12, 0.02);
    expect(crosspore("patch", "membrane", run).stdout).toMatch(
      /^row 0 column 0: R = (?:49|50)\d Mohm, Rs = 10\.?\d* Mohm, C = 3[23]\.?\d* pF \(by charge/u,
    );
  });
});
