import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { abf2Header } from "../../core/recordings/writeAbf2.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";

const BIN = join(import.meta.dirname, "../../bin/crosspore.js");

function crosspore(...args: string[]) {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8" });
}

/** Two sweeps of 100 samples at 1 kHz: a current that rises to 99 pA, and 20 mV. */
function recording(): string {
  const header = abf2Header({
    channels: [
      { name: "I", unit: "pA" },
      { name: "V", unit: "mV" },
    ],
    samplePeriod_s: 1e-3,
    mode: "episodic",
    sweeps: [
      { startTime_s: 0, points: 100 },
      { startTime_s: 1, points: 100 },
    ],
    protocol: "ramp.pro",
    comment: "a ramp\u001b[2J",
    started: "2026-01-02T03:04:05.678Z",
    tags: [{ time_s: 0.05, kind: "comment", text: "light on" }],
  });
  const samples = Float32Array.from({ length: 400 }, (_, n) => (n % 2 === 0 ? (n / 2) % 100 : 20));
  const file = join(mkdtempSync(join(tmpdir(), "crosspore-show-")), "ramp.abf");
  writeFileSync(file, Buffer.concat([header, new Uint8Array(samples.buffer)]));
  return file;
}

describe("crosspore show", () => {
  it("says format, rate, sweeps, channels, protocol and comments, and draws each channel", () => {
    const { stdout, status } = crosspore("show", recording());
    expect(status).toBe(0);
    for (const text of [
      "Axon Binary Format 2 (abf2), version 2.0.0.0",
      "2 x 100 samples at 1 kHz, episodic",
      "ramp.pro",
    ])
      expect(stdout).toContain(text);
    expect(stdout).toMatch(/started +2026-01-02 03:04:05\.678/u);
    expect(stdout).toMatch(/tag +50 ms: light on/u);
    expect(stdout).toMatch(/duration +1\.1 s/u);
    // a diagonal from 0 to 99 pA, and what would clear the screen is not there
    expect(stdout).toMatch(/99 pA \u2502[\u2800-\u28ff]+\n/u);
    expect(stdout).not.toContain("\u001b");
  });

  it("writes a page and a figure that are well-formed, and the summary as JSON", () => {
    const file = recording();
    const page = file.replace(".abf", ".html");
    const { stdout } = crosspore("show", file, "--out", page, "--json");
    checkMarkup(readFileSync(page, "utf8"));
    expect(JSON.parse(stdout)).toMatchObject({
      format: "abf2",
      series: [{ sweeps: 2, samplesPerSweep: 100, channels: [{ unit: "pA", quantity: "current" }, { unit: "mV" }] }],
    });
    const figure = file.replace(".abf", ".svg");
    expect(crosspore("show", file, "--out", figure, "--no-plot").status).toBe(0);
    expect(readFileSync(figure, "utf8")).toMatch(/^<svg/u);
    expect(crosspore("show", file, "--out", figure).stderr).toMatch(/exists already, --force/u);
  });

  it("refuses what is no recording with the byte and what was expected", () => {
    const file = recording();
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length - 1));
    const cut = crosspore("show", file);
    expect(cut.status).toBe(2);
    expect(cut.stderr).toMatch(
      /ramp\.abf: byte \d+: expected entries of the data section \(1600 bytes\), the file has \d+ bytes/u,
    );
    writeFileSync(file, "t/s,V/V\n");
    expect(crosspore("show", file).stderr).toMatch(/ramp\.abf: byte 0: expected Axon Binary Format 1/u);
    expect(crosspore("show", file).stderr.trim().split("\n")).toHaveLength(1);
  });
});
