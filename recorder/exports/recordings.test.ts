import { execFileSync } from "node:child_process";
import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RecordedSamples } from "../../core/record/imports/importedRun.ts";
import { openRecording } from "../../core/recordings/openRecording.ts";
import type { Series } from "../../core/recordings/recording.ts";
import type { RunEvent } from "../../core/runEvent.ts";
import { openFileSource } from "../../runtime/fileSource.ts";
import { expectClose } from "../../tests/close.ts";
import { canRun, PYTHON } from "../../tests/needs.ts";
import { countStop, makeEvents, recordRun } from "../../tests/recordedRun.ts";
import { readForeign, writeImported } from "../imports/importFile.ts";
import { openRun } from "../openRun.ts";
import { exportRun } from "./exportRun.ts";

const CONTEXT = { crosspore: "test", platform: "test", operator: "", now: new Date(0) };
const withNeo = canRun("that neo reads our ABF", { modules: ["neo"] });
const withStfio = canRun("that stfio reads our ABF", { modules: ["stfio"] });

const withNumpy = canRun("that numpy reads our ATF", { modules: ["numpy"] });

const COLUMNS = 2;
const SWEEPS = [300, 300, 300];

/** Three sweeps of two columns at 10 kHz, numbers that no rounding hides. */
function events(lengths: readonly number[] = SWEEPS): RunEvent[] {
  const [started] = makeEvents(1, 4);
  if (started?.kind !== "run-started") throw new Error("the run has no beginning");
  const list: RunEvent[] = [started];
  lengths.forEach((points, step) => {
    const startTime_s = step * 0.5;
    list.push({
      kind: "step-intended",
      step,
      time_s: startTime_s,
      protocol: 0,
      protocolName: "iv-sweep",
      action: "apply",
      role: "trace",
      label: `sweep ${step}`,
      targets: [{ row: 0, column: 0 }],
      duration_s: points * 1e-4,
      largest_V: 0.1,
      tags: {},
      windows: [],
    });
    for (let channel = 0; channel < COLUMNS; channel++)
      list.push({
        kind: "samples",
        step,
        block: {
          channel,
          startTime_s,
          samplePeriod_s: 1e-4,
          voltage_V: Float64Array.from({ length: points }, (_, n) => 0.05 + 1e-4 * n),
          current_A: Float64Array.from({ length: points }, (_, n) => valueOf(step, channel, n) * 1e-12),
          overload: new Uint8Array(points),
          lost: 0,
        },
      });
    const reading = { startTime_s, endTime_s: startTime_s + points * 1e-4, columns: [0, 1], windows: [] };
    list.push({
      kind: "step-finished",
      step,
      time_s: startTime_s + points * 1e-4,
      reading: { ...reading, samples: 2 * points, lost: 0, overloads: 0 },
    });
  });
  list.push({ kind: "marked", time_s: 0.75, protocol: 0, protocolName: "iv-sweep", label: "salt added", data: {} });
  return list;
}

function valueOf(step: number, channel: number, n: number): number {
  return 100 * Math.sin(0.1 * n + step) + 10 * channel;
}

async function exported(format: "abf" | "atf", list = events()): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), "crosspore-recording-")), "run");
  await recordRun(folder, list, {}, countStop(list));
  const path = `${folder}.${format}`;
  await exportRun(openRun(folder), format, path);
  return path;
}

function sweepOf(series: Series, sweep: number, channel: number): Float64Array {
  const samples = new Float64Array(series.sweep(sweep).points);
  series.read(sweep, channel, 0, samples);
  return samples;
}

describe.each(["abf", "atf"] as const)("a run written as %s", (format) => {
  it("reads back with every sample, sweep, time and name", async () => {
    const recording = openRecording(openFileSource(await exported(format)));
    const series = recording.series[0]!;
    expect(series.channels.map(({ name, unit }) => `${name} ${unit}`)).toEqual([
      "column 0 pA",
      "column 1 pA",
      "voltage mV",
    ]);
    expect([series.sweeps, series.mode]).toEqual([3, "episodic"]);
    expectClose(series.samplePeriod_s, 1e-4, 1e-7);
    // single precision in ABF, all digits in ATF
    const digits = format === "abf" ? 6e-8 : 1e-15;
    for (let sweep = 0; sweep < 3; sweep++) {
      expectClose(series.sweep(sweep).startTime_s, 0.5 * sweep, 1e-6);
      for (const channel of [0, 1]) {
        const worst = sweepOf(series, sweep, channel).reduce(
          (most, value, n) => Math.max(most, Math.abs(value - valueOf(sweep, channel, n))),
          0,
        );
        expect(worst).toBeLessThan(110 * digits + 1e-12);
      }
      expectClose(sweepOf(series, sweep, 2)[299]!, 50 + 0.1 * 299, 1e-7);
    }
    if (format === "abf")
      expect(recording).toMatchObject({
        comment: expect.stringContaining("SIMULATED"),
        tags: [{ text: "salt added" }],
      });
    if (format === "abf") expectClose(recording.tags[0]!.time_s, 0.75, 1e-6);
  });

  it("becomes the same run again, currents and voltages", async () => {
    const path = await exported(format);
    using imported = await readForeign(
      { file: path, options: { as: "auto", row: 0, column: 0, partial: false } },
      CONTEXT,
    );
    const target = `${path}-again`;
    await writeImported(target, imported);
    const again = openRun(target);
    const original = openRun(path.slice(0, -4));
    const current = (run: typeof again, column: number) =>
      [...run.blocks()].filter(({ block }) => block.channel === column).flatMap(({ block }) => [...block.current_A]);
    for (const column of [0, 1]) {
      const [a, b] = [current(again, column), current(original, column)];
      expect(a).toHaveLength(900);
      a.forEach((value, n) => {
        if (Math.abs(value - b[n]!) > 1.1e-10 * 6e-8) expect.fail(`sample ${n}: ${value} is not ${b[n]}`);
      });
    }
  });

  it("is refused in one line where the run has several rates or no samples", async () => {
    const mixed = events().map((event) =>
      event.kind === "samples" && event.step === 1
        ? { ...event, block: { ...event.block, samplePeriod_s: 2e-4 } }
        : event,
    );
    await expect(exported(format, mixed)).rejects.toThrow(
      /samples every 0.0001, 0.0002 s, a recording holds one rate/u,
    );
    await expect(exported(format, events([]))).rejects.toThrow(/no samples/u);
  });
});

describe("sweeps of several lengths", () => {
  it("are an ABF of variable length, and no ATF", async () => {
    const series = openRecording(openFileSource(await exported("abf", events([100, 250])))).series[0]!;
    expect([series.mode, series.sweep(0).points, series.sweep(1).points]).toEqual(["variable-length", 100, 250]);
    expectClose(sweepOf(series, 1, 1)[249]!, valueOf(1, 1, 249), 1e-6);
    await expect(exported("atf", events([100, 250]))).rejects.toThrow(/step 1 has 250 samples, the first 100/u);
  });
});

/** What an independent reader makes of a file: rate, units, and some samples of channel 1 of sweep 2. */
function ask(script: string, path: string): { rate: number; units: string[]; samples: number[]; start?: number } {
  return JSON.parse(execFileSync(PYTHON, ["-c", script, path], { encoding: "utf8" }).trim().split("\n").at(-1)!);
}

const NEO = `
import sys, json
from neo.rawio import AxonRawIO
r = AxonRawIO(sys.argv[1]); r.parse_header()
x = r.rescale_signal_raw_to_float(r.get_analogsignal_chunk(0, 2, stream_index=0), stream_index=0)
print(json.dumps({"rate": r.get_signal_sampling_rate(0), "units": list(r.header["signal_channels"]["units"]),
  "samples": [float(v) for v in x[:300, 1]], "start": r.segment_t_start(0, 2)}))
`;
const STFIO = `
import sys, json, stfio
r = stfio.read(sys.argv[1])
print(json.dumps({"rate": 1e3 / r.dt, "units": [c.yunits for c in r], "samples": [float(v) for v in r[1][2].asarray()]}))
`;

const NUMPY = `
import sys, json, numpy
with open(sys.argv[1]) as f:
    assert f.readline().split() == ["ATF", "1.0"]
    records, columns = map(int, f.readline().split())
x = numpy.loadtxt(sys.argv[1], skiprows=2 + records + 1, delimiter="\\t")
assert x.shape == (300, columns) and columns == 10
print(json.dumps({"rate": 1 / (x[1, 0] - x[0, 0]), "units": [], "samples": list(x[:, 1 + 2 * 3 + 1])}))
`;

describe("independent readers", () => {
  const check = (found: ReturnType<typeof ask>, digits: number): void => {
    expectClose(found.rate, 10e3, 1e-6);
    expect(found.samples).toHaveLength(300);
    found.samples.forEach((value, n) => {
      if (Math.abs(value - valueOf(2, 1, n)) > 110 * digits) expect.fail(`sample ${n}: ${value}`);
    });
  };

  it.skipIf(!withNeo)("neo reads our ABF: rate, units, start and samples", async () => {
    const found = ask(NEO, await exported("abf"));
    check(found, 6e-8);
    expect(found.units).toEqual(["pA", "pA", "mV"]);
    expectClose(found.start!, 1, 1e-6);
  });

  it.skipIf(!withStfio)("stfio reads our ABF: rate, units and samples", async () => {
    const found = ask(STFIO, await exported("abf"));
    check(found, 6e-8);
    expect(found.units).toEqual(["pA", "pA", "mV"]);
  });

  // stfio gets 1 channel and 198 rows too few out of a text file of pCLAMP itself, so that numpy stands in
  it.skipIf(!withNumpy)("numpy reads our ATF: rate and samples", async () => {
    check(ask(NUMPY, await exported("atf")), 1e-15);
  });
});

describe("an imported recording", () => {
  it("reads its samples from the file, block by block", async () => {
    const path = await exported("abf");
    using imported = await readForeign(
      { file: path, options: { as: "auto", row: 0, column: 0, partial: false } },
      CONTEXT,
    );
    const recorded: RecordedSamples | undefined = imported.run.steps[2]!.recorded;
    const part = { voltage_V: new Float64Array(2), current_A: new Float64Array(2), overload: new Uint8Array(2) };
    recorded!.read(1, 298, part);
    expectClose(part.current_A[1]!, valueOf(2, 1, 299) * 1e-12, 1e-6);
    expectClose(part.voltage_V[1]!, 0.0799, 1e-6);
    expect(statSync(path).size).toBe(512 * 7 + 4 * 3 * 900);
  });
});
