import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { abf2Header } from "../../core/recordings/writeAbf2.ts";
import { expectClose } from "../../tests/close.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";

const ROOT = join(import.meta.dirname, "../..");
const CONE = join(ROOT, "examples/recordings/cone.abf");

function crosspore(...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, "bin/crosspore.js"), ...args], { encoding: "utf8" });
}

/** 100 pA at 10 kHz with a little noise, blocked to 40 pA for 5 ms every 100 ms. */
function pore(): string {
  const points = 10_000;
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
  const samples = Float32Array.from(
    { length: points },
    (_, n) => (n % 1000 >= 500 && n % 1000 < 550 ? 40 : 100) + ((n * 7919) % 101) / 100,
  );
  const file = join(mkdtempSync(join(tmpdir(), "crosspore-events-")), "pore.abf");
  writeFileSync(file, Buffer.concat([header, new Uint8Array(samples.buffer)]));
  return file;
}

describe("crosspore compare", () => {
  it("finds the length that the example's cone had, draws both, and calls nothing measured that was emulated", () => {
    const figure = join(mkdtempSync(join(tmpdir(), "crosspore-compare-")), "twin.svg");
    const options = ["--model", "conical-channel", "--param", "length_m=6um", "--fit", "length_m"];
    const { stdout, status } = crosspore("compare", CONE, ...options, "--json", "--out", figure);
    expect(status).toBe(0);
    const { fitted, r2, voltageFrom } = JSON.parse(stdout);
    // cone.yaml: 12 um; the amplifier's lag of 32 us is not in the model
    expectClose(fitted[0].value, 12e-6, 0.01);
    expect(r2).toBeGreaterThan(0.99);
    expect(voltageFrom).toBe("channel 1 (voltage), as recorded");
    const svg = readFileSync(figure, "utf8");
    checkMarkup(svg);
    expect(svg).not.toMatch(/measured</u);
  });

  it("refuses in one line: no command, an unknown model, parameter or sweep", () => {
    const said = (...args: string[]) => {
      const { stderr, status } = crosspore("compare", ...args);
      expect(status).toBe(2);
      return stderr.trim();
    };
    expect(said(CONE, "--model", "ohmic", "--param", "foo=1")).toMatch(/ohmic has no parameter "foo"/u);
    expect(said(CONE, "--model", "nothing")).toMatch(/--model: /u);
    expect(said(CONE, "--model", "ohmic", "--fit", "x")).toMatch(/--fit: ohmic has no number "x"/u);
    expect(said(CONE, "--model", "ohmic", "--sweeps", "2")).toMatch(/allowed are sweeps from 1 to 1/u);
    expect(said(CONE, "--model", "ohmic", "--command", "channel 9")).toMatch(
      /no channel "9", there are 0 \(column 0, pA\)/u,
    );
  });
});

describe("crosspore events", () => {
  it("finds blockades of a recording, as a summary, a table and a figure", () => {
    const file = pore();
    const { summary, events } = JSON.parse(crosspore("events", file, "--json").stdout);
    expect(summary).toMatchObject({ events: 10, cut: 0 });
    expectClose(summary.medianDwell_s, 5e-3, 0.01);
    expectClose(summary.medianDepth, 60 / 100.5, 0.01);
    expectClose(events[3].start_s, 0.35, 1e-3);
    const table = file.replace(".abf", ".csv");
    expect(crosspore("events", file, "--out", table).status).toBe(0);
    expect(readFileSync(table, "utf8").trimEnd().split("\r\n")).toHaveLength(11);
    const figure = file.replace(".abf", ".svg");
    crosspore("events", file, "--out", figure);
    checkMarkup(readFileSync(figure, "utf8"));
  });

  it("lets a junction from a file classify them, and names what is wrong in that file", () => {
    const file = pore();
    const classifier = file.replace(".abf", ".yaml");
    writeFileSync(classifier, "model: conical-channel\nfull_V: -2 V\nboundaries: [1.0001]\nlabels: [none, some]\n");
    expect(JSON.parse(crosspore("events", file, "--classifier", classifier, "--json").stdout).summary.labels).toEqual({
      some: 10,
    });
    writeFileSync(classifier, "model: conical-channel\nfull_V: -2 V\nboundaries: [1.0001]\nlabels: [none]\n");
    expect(crosspore("events", file, "--classifier", classifier).stderr).toMatch(
      /pore\.yaml:4:\d+: labels: labels are 1, allowed are 2/u,
    );
    expect(crosspore("events", file, "--threshold", "0sigma").stderr).toMatch(/--threshold/u);
  });
});
