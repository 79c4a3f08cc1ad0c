import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { abf2Header } from "../../core/recordings/writeAbf2.ts";
import { expectClose } from "../../tests/close.ts";
import { hekaBundle } from "../../tests/smallRecordings.ts";
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

  it("takes the command from a table or from another recording where the recording holds none", () => {
    const folder = mkdtempSync(join(tmpdir(), "crosspore-command-"));
    const triangle_mV = (n: number) => (n < 100 ? n : 200 - n);
    // 2 nS under 0 to 100 mV and back in 200 ms; a bundle has no command of its own
    const dat = join(folder, "ohm.dat");
    writeFileSync(dat, hekaBundle(true, [[Int16Array.from({ length: 201 }, (_, n) => 2 * triangle_mV(n))]]));
    const csv = join(folder, "triangle.csv");
    writeFileSync(csv, "t/ms,V/mV\n0,0\n100,100\n200,0\n");
    const abf = join(folder, "triangle.abf");
    const header = abf2Header({
      channels: [{ name: "V", unit: "mV" }],
      samplePeriod_s: 1e-3,
      mode: "gap-free",
      sweeps: [{ startTime_s: 0, points: 201 }],
      protocol: "",
      comment: "",
      started: "",
      tags: [],
    });
    const samples = Float32Array.from({ length: 201 }, (_, n) => triangle_mV(n));
    writeFileSync(abf, Buffer.concat([header, new Uint8Array(samples.buffer)]));
    const compare = (...command: string[]) =>
      crosspore("compare", dat, "--model", "ohmic", "--param", "conductance_S=2nS", "--json", ...command);
    for (const file of [csv, abf]) {
      const { rms_A, voltageFrom } = JSON.parse(compare("--command", file).stdout);
      // the recording counts in pA, and 2 nS times whole millivolts are even ones
      expect(rms_A).toBeLessThan(1e-18);
      expect(voltageFrom).toContain(file);
    }
    expect(compare().stderr).toMatch(/holds no command voltage; --command says it: .*table/u);
    writeFileSync(csv, "t/ms,V/mV\n0,0\n100,100\n");
    expect(compare("--command", csv).stderr).toMatch(
      /triangle\.csv has a command from 0 to 0\.1 s, sweep 1 has samples from 0 to 0\.2 s/u,
    );
    writeFileSync(csv, "t/ms,V/mV\n0,0\n100,abc\n");
    expect(compare("--command", csv).stderr).toMatch(/triangle\.csv:3:/u);
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

describe("a recording that was cut", () => {
  it("is refused with a hint, and --partial imports, shows and searches what is whole, saying what is lost", () => {
    const file = pore();
    writeFileSync(file, readFileSync(file).subarray(0, -4 * 4000));
    const out = file.replace(".abf", "-run");
    const refused = crosspore("import", file, "--out", out);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringMatching(/was cut.*--partial/u)]);
    const lost = /4000 of 10000 entries of the data section are lost/u;
    const { stdout, stderr, status } = crosspore("import", file, "--partial", "--out", out, "--json");
    expect([status, stderr]).toEqual([0, expect.stringMatching(lost)]);
    expect(JSON.parse(stdout)).toMatchObject({ samples: 6000, cut: true });
    expect(crosspore("show", file, "--partial", "--no-plot").stdout).toMatch(lost);
    const events = crosspore("events", file, "--partial", "--json");
    expect(events.stderr).toMatch(lost);
    expect(JSON.parse(events.stdout).summary.events).toBe(6);
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

  it("finds those of every series and sweep of a bundle, each with its place", () => {
    // 100 pA, blocked to 40 pA for 20 ms: once, never, twice, three times
    const sweep = (blockades: number) =>
      Int16Array.from({ length: 2000 }, (_, n) =>
        n >= 500 && n < 500 + 400 * blockades && (n - 500) % 400 < 20 ? 40 : 100 + ((n * 7919) % 3),
      );
    const file = join(mkdtempSync(join(tmpdir(), "crosspore-series-")), "pores.dat");
    writeFileSync(file, hekaBundle(false, [[sweep(1), sweep(0)], [sweep(2)], [sweep(0), sweep(0), sweep(3)]]));
    const find = (...options: string[]) => JSON.parse(crosspore("events", file, "--json", ...options).stdout);
    const { summary, events } = find();
    expectClose(summary.duration_s, 12, 1e-12);
    expect(events.map(({ series, sweep: k }: { series: string; sweep: number }) => `${series}, ${k}`)).toEqual([
      "1.1 IV, 0",
      "1.2 IV, 0",
      "1.2 IV, 0",
      "1.3 IV, 2",
      "1.3 IV, 2",
      "1.3 IV, 2",
    ]);
    expect(find("--series", "2").events).toEqual(events.slice(1, 3));
    expect(crosspore("events", file, "--series", "4").stderr).toMatch(/--series: is 4, allowed are 1 to 3/u);
    const table = file.replace(".dat", ".csv");
    crosspore("events", file, "--out", table);
    const lines = readFileSync(table, "utf8").trimEnd().split("\r\n");
    expect([lines.length, lines[0]?.split(",")[0], lines[4]?.split(",").slice(0, 3)]).toEqual([
      7,
      "series",
      ["1.3 IV", "2", "0"],
    ]);
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
