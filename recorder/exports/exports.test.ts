import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { beforeEach, describe, expect, test } from "vitest";
import { AbortedError, RecordError } from "../../core/errors.ts";
import { encodeManifest } from "../../core/record/manifest.ts";
import type { MemoryRun } from "../../core/record/memoryRun.ts";
import type { RunEvent } from "../../core/runEvent.ts";
import { nodeFs } from "../../runtime/nodeFs.ts";
import { FaultyFs } from "../../tests/faultyFs.ts";
import { canRun, PYTHON } from "../../tests/needs.ts";
import { countStop, makeEvents, makeManifest, newFolder, recordRun } from "../../tests/recordedRun.ts";
import { createRun } from "../createRun.ts";
import { openRun } from "../openRun.ts";
import { EXPORT_FORMATS, type ExportFormatName, exportRun } from "./exportRun.ts";

const withH5py = canRun("that h5py reads what we write", { modules: ["h5py"] });
const withMounts = canRun("an export onto a full disk", { root: true, programs: ["mount"] });

let folder: string;
let out: string;

beforeEach(() => {
  folder = newFolder();
  out = join(dirname(folder), "exported");
});

/** Everything an exporter has to carry: steps, samples, products, a mark, a gap that becomes a flag. */
function eventsOfAllKinds(): RunEvent[] {
  const events = makeEvents(3, 40);
  const [started, ...rest] = events;
  if (started?.kind !== "run-started") throw new Error("the run has no beginning");
  const intended = rest.find((event) => event.kind === "step-intended");
  if (!intended) throw new Error("the run has no step");
  const products: RunEvent[] = [
    { ...intended, step: 3, time_s: 0.4, action: "multiply", role: "product", label: "x", targets: [] },
    {
      kind: "products-taken",
      step: 3,
      time_s: 0.5,
      inputs_V: Float64Array.of(0.1, 0.2, -0.1, 0),
      products: {
        startTime_s: 0.4,
        endTime_s: 0.5,
        columns: [0, 1],
        current_A: Float64Array.of(1e-9, 2e-9, 3e-9, -0),
        overloads: 0,
        method: "direct",
      },
      expected_A: Float64Array.of(1.5e-9, 2.5e-9, 3.5e-9, 0),
    },
    { kind: "marked", time_s: 0.5, protocol: 0, protocolName: "iv-sweep", label: "note", data: { g_S: [1, 2] } },
  ];
  return [started, ...rest, ...products];
}

async function record(events: readonly RunEvent[] = eventsOfAllKinds()): Promise<MemoryRun> {
  return recordRun(folder, events, {}, countStop(events));
}

/** The samples as the test made them, column by column, without any code of an exporter. */
function columnsOf(run: MemoryRun, channel?: number) {
  const blocks = [...run.blocks()].filter(({ block }) => channel === undefined || block.channel === channel);
  const join = (of: (entry: (typeof blocks)[number], n: number) => number) =>
    blocks.flatMap((entry) => Array.from(entry.block.current_A, (_, n) => of(entry, n)));
  return {
    step: join(({ step }) => step),
    time_s: join(({ block }, n) => block.startTime_s + n * block.samplePeriod_s),
    row: join(() => 1),
    column: join(({ block }) => block.channel),
    voltage_V: join(({ block }, n) => block.voltage_V[n] ?? Number.NaN),
    current_A: join(({ block }, n) => block.current_A[n] ?? Number.NaN),
    overload: join(({ block }, n) => block.overload[n] ?? 0),
  };
}

/** Prints one JSON document; -0, NaN and every bit of a double survive as text of Python's repr. */
const PRELUDE = `
import sys, json, h5py
f = h5py.File(sys.argv[1], "r")
def numbers(d): return [repr(float(x)) for x in d[()]]
def texts(d): return [x.decode() for x in d[()]]
`;

function runPython(script: string): unknown {
  return JSON.parse(execFileSync(PYTHON, ["-c", PRELUDE + script, out], { encoding: "utf8" }));
}

function parsed(list: readonly string[]): number[] {
  return list.map((text) => (text === "nan" ? Number.NaN : Number(text)));
}

describe("HDF5", () => {
  test.skipIf(!withH5py)(
    "h5py reads every column to the bit, with its unit, and all that belongs to the run",
    async () => {
      const memory = await record();
      await exportRun(openRun(folder), "hdf5", out);
      const found = runPython(`
s = f["samples"]
print(json.dumps({
  "columns": {k: numbers(s[k]) for k in s}, "units": {k: s[k].attrs["unit"] for k in s},
  "source": f.attrs["source"], "status": f.attrs["status"], "seed": f.attrs["seed"],
  "manifest": f["run/manifest_json"][()].decode(), "protocol": f["run/experiment_text"][()].decode(),
  "limits": json.loads(f["run/limits_json"][()]), "events": bytes(f["run/events_ndjson"][()]).decode(),
  "readings": numbers(f["readings/voltage_V"]), "inputs": numbers(f["product_inputs/input_V"]),
  "expected": numbers(f["product_currents/expected_A"]), "marks": texts(f["marks/data_json"]),
  "roles": texts(f["steps/role"]), "flags": texts(f["quality_flags/flag"]),
}))`) as Record<string, never>;
      const columns: Record<string, readonly string[]> = found["columns"] ?? {};
      for (const [name, values] of Object.entries(columnsOf(memory)))
        expect(parsed(columns[name] ?? []), name).toEqual(values);
      expect(found["units"]).toEqual({
        step: "1",
        time_s: "s",
        row: "1",
        column: "1",
        voltage_V: "V",
        current_A: "A",
        overload: "1",
      });
      expect(found).toMatchObject({ source: "emulated", status: "success", seed: "7" });
      expect(found["manifest"]).toBe(encodeManifest(makeManifest()));
      expect(found["protocol"]).toBe("name: first loop\n");
      expect(found["limits"]).toHaveProperty("voltage_V");
      expect(found["events"]).toBe(readFileSync(join(folder, "events.ndjson"), "utf8"));
      expect(parsed(found["readings"] ?? [])).toEqual([1, 0.1 + 0.2, 1, 0.1 + 0.2, 1, 0.1 + 0.2]);
      expect(parsed(found["inputs"] ?? [])).toEqual([0.1, 0.2, -0.1, 0]);
      expect(parsed(found["expected"] ?? [])).toEqual([1.5e-9, 2.5e-9, 3.5e-9, 0]);
      expect(found["marks"]).toEqual(['{"g_S":[1,2]}']);
      expect(found["roles"]).toEqual(["sweep", "sweep", "sweep", "product"]);
      // a step's samples span 13 ms of its 100 ms: nothing of it is a gap within a step
      expect(found["flags"]).toEqual([]);
    },
  );
});

describe("NWB", () => {
  test.skipIf(!withH5py)(
    "h5py finds what NWB 2.7 requires, every link leads somewhere, and the series hold the samples",
    async () => {
      const memory = await record();
      await exportRun(openRun(folder), "nwb", out, { now: () => new Date(Date.UTC(2026, 10, 21)) });
      const found = runPython(`
objects, ids = {}, []
def visit(n, o):
  if "neurodata_type" in o.attrs:
    objects[n] = o.attrs["namespace"] + "." + o.attrs["neurodata_type"]; ids.append(o.attrs["object_id"])
f.visititems(visit)
def series(path):
  g = f[path]
  return {"data": numbers(g["data"]), "times": numbers(g["timestamps"]), "unit": g["data"].attrs["unit"],
    "seconds": g["timestamps"].attrs["unit"], "interval": int(g["timestamps"].attrs["interval"]),
    "stimulus": g.attrs["stimulus_description"], "gain": repr(float(g["gain"][()])),
    "device": g["electrode/device"].attrs["description"], "electrode": g["electrode"].attrs["neurodata_type"],
    "description": g["electrode/description"][()].decode(), "comments": g.attrs["comments"]}
one = lambda n: f[n][()].decode()
print(json.dumps({
  "root": {k: f.attrs[k] for k in f.attrs}, "groups": [k for k in f if isinstance(f[k], h5py.Group)],
  "identifier": one("identifier"), "session": one("session_description"), "start": one("session_start_time"),
  "zero": one("timestamps_reference_time"), "made": texts(f["file_create_date"]),
  "objects": objects, "distinct": len(set(ids)) == len(ids),
  "current": [series("acquisition/column_000%d" % c) for c in (0, 1)],
  "command": [series("stimulus/presentation/column_000%d_command" % c) for c in (0, 1)],
  "control": [int(x) for x in f["acquisition/column_0000/control"][()]],
  "steps": {k: len(f["intervals/steps"][k]) for k in f["intervals/steps"]},
  "colnames": list(f["intervals/steps"].attrs["colnames"]),
  "protocol": one("general/protocol"), "events": bytes(f["scratch/events_ndjson"][()]).decode(),
}))`) as Record<string, never>;
      expect(found["root"]).toMatchObject({ namespace: "core", neurodata_type: "NWBFile", nwb_version: "2.7.0" });
      expect(found["groups"]).toEqual(
        expect.arrayContaining(["acquisition", "analysis", "general", "processing", "stimulus"]),
      );
      expect(found["identifier"]).toMatch(/^[0-9a-f]{64}$/);
      expect(found["start"]).toBe("2026-11-20T19:05:33.000Z");
      expect(found["zero"]).toBe(found["start"]);
      expect(found["made"]).toEqual(["2026-11-21T00:00:00.000Z"]);
      expect(found["session"]).toMatch(/^SIMULATED data/);
      expect(found["distinct"]).toBe(true);
      expect(found["objects"]).toMatchObject({
        "acquisition/column_0000": "core.VoltageClampSeries",
        "stimulus/presentation/column_0001_command": "core.VoltageClampStimulusSeries",
        "general/devices/array": "core.Device",
        "general/intracellular_ephys/column_0001": "core.IntracellularElectrode",
        "intervals/steps": "core.TimeIntervals",
        "intervals/steps/id": "hdmf-common.ElementIdentifiers",
        "intervals/steps/start_time": "hdmf-common.VectorData",
        "processing/crosspore": "core.ProcessingModule",
        "processing/crosspore/product_currents": "hdmf-common.DynamicTable",
      });
      for (const channel of [0, 1]) {
        const expected = columnsOf(memory, channel);
        const [current, command] = [found["current"]?.[channel], found["command"]?.[channel]] as never as Series[];
        expect(parsed(current?.data ?? [])).toEqual(expected.current_A);
        expect(parsed(command?.data ?? [])).toEqual(expected.voltage_V);
        for (const series of [current, command]) expect(parsed(series?.times ?? [])).toEqual(expected.time_s);
        expect(current).toMatchObject({
          unit: "amperes",
          seconds: "seconds",
          interval: 1,
          electrode: "IntracellularElectrode",
        });
        expect(command).toMatchObject({ unit: "volts", gain: "nan", device: expect.stringMatching(/^SIMULATED/) });
      }
      // sample 1 of a block is lost, sample 3 an overload
      expect((found["control"] as number[] | undefined)?.slice(0, 5)).toEqual([0, 2, 0, 1, 0]);
      expect(Object.values(found["steps"] ?? {})).toEqual(Array.from({ length: 15 }, () => 4));
      expect(found["colnames"]).toEqual(expect.arrayContaining(["start_time", "stop_time", "label", "outcome"]));
      expect(found["protocol"]).toBe("name: first loop\n");
      expect(found["events"]).toBe(readFileSync(join(folder, "events.ndjson"), "utf8"));
    },
  );

  interface Series {
    readonly data: readonly string[];
    readonly times: readonly string[];
  }

  test("a run without a date is refused, and nothing is left", async () => {
    const recorder = await createRun(folder, makeManifest({ created: "yesterday" }), {});
    for (const event of makeEvents(1, 4)) await recorder.append(event);
    await recorder.close(countStop(makeEvents(1, 4)));
    await expect(exportRun(openRun(folder), "nwb", out)).rejects.toThrow(/created is "yesterday", NWB needs a date/);
    expect(readdirSync(dirname(folder))).toEqual(["run"]);
  });
});

test.skipIf(!withH5py)("the h5py examples of docs/exports.md do what they say", async () => {
  const memory = await record();
  const place = dirname(folder);
  await exportRun(openRun(folder), "hdf5", join(place, "run.h5"));
  await exportRun(openRun(folder), "nwb", join(place, "run.nwb"));
  const page = readFileSync(join(import.meta.dirname, "../../docs/exports.md"), "utf8");
  const blocks = [...page.matchAll(/```python\n([\s\S]*?)```/g)].flatMap(([, text = ""]) =>
    text.includes("h5py") ? [text] : [],
  );
  expect(blocks).toHaveLength(3);
  const checks = ["print(len(current_A), unit)", "print(len(events), events[0]['kind'])", "print(len(voltage_V))"];
  const said = blocks.map((block, k) =>
    execFileSync(PYTHON, ["-c", block + (checks[k] ?? "")], { cwd: place, encoding: "utf8" }).trim(),
  );
  const lines = readFileSync(join(folder, "events.ndjson"), "utf8").trimEnd().split("\n");
  expect(said).toEqual(["240 A", `${lines.length} run-started`, "120"]);
  expect(columnsOf(memory).current_A).toHaveLength(240);
});

describe("Parquet", () => {
  test("the reader finds every column to the bit over several row groups, units and the run in the metadata", async () => {
    const memory = await record(makeEvents(3, 60_000));
    await exportRun(openRun(folder), "parquet", out);
    const bytes = readFileSync(out);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const metadata = parquetMetadata(file);
    expect(metadata.row_groups.length).toBeGreaterThan(1);
    const rows = await parquetReadObjects({ file });
    for (const [name, values] of Object.entries(columnsOf(memory)))
      expect(
        rows.map((row): unknown => row[name]),
        name,
      ).toEqual(values);
    expect(new Set(rows.map((row): unknown => row["label"]))).toEqual(new Set(["cycle 0", "cycle 1", "cycle 2"]));
    const facts = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
    expect(facts.get("unit.current_A")).toBe("A");
    expect(JSON.parse(facts.get("crosspore.units_json") ?? "")).toMatchObject({
      time_s: "s",
      voltage_V: "V",
      step: "1",
    });
    expect(facts.get("crosspore.manifest_json")).toBe(encodeManifest(makeManifest()));
    expect(facts.get("crosspore.experiment_text")).toBe("name: first loop\n");
    expect(facts.get("crosspore.source")).toBe("emulated");
    expect(facts.get("crosspore.seed")).toBe("7");
    expect(facts.get("crosspore.events_ndjson")).toBe(readFileSync(join(folder, "events.ndjson"), "utf8"));
  });

  test("a step meant for several rows has no row, and events beyond 16 MiB stay in the run, which is said", async () => {
    const events = makeEvents(1, 4).map((event) =>
      event.kind === "step-intended" ? { ...event, targets: [...event.targets, { row: 0, column: 0 }] } : event,
    );
    const note = {
      kind: "marked",
      time_s: 0,
      protocol: 0,
      protocolName: "p",
      label: "x".repeat(17e6),
      data: {},
    } as const;
    await record([...events, note]);
    const warnings: string[] = [];
    await exportRun(openRun(folder), "parquet", out, { warn: (text) => warnings.push(text) });
    expect(warnings.join("\n")).toMatch(/events .* are left out of a Parquet file, hdf5 and nwb take them/);
    const bytes = readFileSync(out);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const keys = parquetMetadata(file).key_value_metadata?.map(({ key }) => key);
    expect(keys).toContain("crosspore.events_left_out");
    expect(keys).not.toContain("crosspore.events_ndjson");
    const rows = await parquetReadObjects({ file });
    expect(rows.map((row): unknown => row["row"])).toEqual(Array.from({ length: 8 }, () => null));
  });
});

/** Files that are recordings hold samples at one rate, and no run without them (recordings.test.ts). */
const isRecording = (format: ExportFormatName): boolean => format === "abf" || format === "atf";

describe.each(EXPORT_FORMATS)("an export to %s", (format: ExportFormatName) => {
  test("of a run without samples, and of one that was interrupted, is written and says so", async () => {
    const recorder = await createRun(folder, makeManifest(), {});
    for (const event of makeEvents(1, 0)) await recorder.append(event);
    await recorder.close(countStop(makeEvents(1, 0)));
    if (isRecording(format)) {
      await expect(exportRun(openRun(folder), format, out)).rejects.toThrow(
        /holds no samples, a recording needs some/u,
      );
      return expect(readdirSync(dirname(folder))).toEqual(["run"]);
    }
    await exportRun(openRun(folder), format, out);
    rmSync(join(folder, "stop.json"));
    await exportRun(openRun(folder), format, out);
    if (format !== "csv") expect(readFileSync(out, "latin1")).toContain("interrupted");
    expect(readdirSync(dirname(folder)).sort()).toEqual(["exported", "run"]);
  });

  test("that is damaged before it is read back is refused, and what stood there before stays", async () => {
    await record();
    writeFileSync(out, "older");
    // the current of sample 4 of step 1, column 1, as it stands in a file: text, or a double in a row
    const value = (1000 + 100 + 4 + 0.1) * 1e-9;
    const text = format === "csv" ? String(value) : String(value * 1e12);
    const numbers = format === "abf" ? Float32Array.of(value * 1e12) : Float64Array.of(value);
    const bytes = format === "csv" || format === "atf" ? Buffer.from(text) : Buffer.from(numbers.buffer);
    const fs = {
      ...nodeFs,
      syncFile: async (path: string) => {
        const whole = readFileSync(path);
        const at = whole.indexOf(bytes);
        expect(at).toBeGreaterThan(0);
        whole[at + 2] = (whole[at + 2] ?? 0) ^ 1;
        writeFileSync(path, whole);
        await nodeFs.syncFile(path);
      },
    };
    await expect(exportRun(openRun(folder), format, out, { fs })).rejects.toThrow(RecordError);
    await expect(exportRun(openRun(folder), format, out, { fs })).rejects.toThrow(/differs from the run; nothing was/);
    expect(readFileSync(out, "utf8")).toBe("older");
    expect(readdirSync(dirname(folder)).sort()).toEqual(["exported", "run"]);
  });

  test("whichever operation of the file system fails is told in one line and leaves nothing", async () => {
    await record();
    const run = openRun(folder);
    const probe = new FaultyFs();
    await exportRun(run, format, out, { fs: probe });
    rmSync(out);
    // the last one makes the rename survive a power cut: then the file is there and whole
    for (let failAt = 1; failAt < probe.operations.length; failAt++) {
      const error: unknown = await exportRun(run, format, out, { fs: new FaultyFs({ failAt }) }).catch(
        (e: unknown) => e,
      );
      expect(error, probe.operations[failAt - 1]).toBeInstanceOf(RecordError);
      expect(String(error)).toMatch(/exported: the disk reports an input\/output error$/);
      expect(readdirSync(dirname(folder)), probe.operations[failAt - 1]).toEqual(["run"]);
    }
  });

  test("that is aborted leaves nothing", async () => {
    await record();
    const stopper = new AbortController();
    stopper.abort();
    await expect(exportRun(openRun(folder), format, out, { signal: stopper.signal })).rejects.toThrow(AbortedError);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(dirname(folder))).toEqual(["run"]);
  });

  test.skipIf(!withMounts)("onto a disk that is full says so in one line and leaves nothing", async () => {
    await record(makeEvents(2, 60_000));
    const run = openRun(folder);
    const disk = join(dirname(folder), "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", disk]);
    try {
      // single precision fits onto the empty disk
      for (const taken of format === "abf" ? [1_500_000, 2_000_000] : [0, 1_000_000, 2_000_000]) {
        writeFileSync(join(disk, "other"), "");
        if (taken > 0) appendFileSync(join(disk, "other"), Buffer.alloc(taken));
        const error: unknown = await exportRun(run, format, join(disk, "file")).catch((reason: unknown) => reason);
        expect(error, `${taken} bytes taken`).toBeInstanceOf(RecordError);
        expect((error as Error).message).toBe(`${join(disk, "file")}: no space left on the disk`);
        expect(readdirSync(disk)).toEqual(["other"]);
      }
    } finally {
      spawnSync("umount", ["-l", disk]);
    }
  });
});

// a plain table says nothing about where it comes from
describe.each(EXPORT_FORMATS.filter((format) => format !== "csv"))("an export to %s", (format) => {
  test("never calls simulated data measured, whatever the array is named and the user writes", async () => {
    for (const source of ["emulated", "measured"] as const) {
      rmSync(folder, { recursive: true, force: true });
      const events = makeEvents(1, 4).map((event) =>
        event.kind === "run-started"
          ? { ...event, capabilities: { ...event.capabilities, source, name: "Axopatch 200B" } }
          : event,
      );
      // the manifest of an emulated run says what it emulated, and is believed where the array claims otherwise
      const resolved = source === "measured" ? { emulated: { model: "ohmic" } } : {};
      const recorder = await createRun(folder, makeManifest({ name: "true data", resolved }), {});
      for (const event of events) await recorder.append(event);
      await recorder.close(countStop(events));
      await exportRun(openRun(folder), format, out);
      const text = readFileSync(out, "latin1");
      expect(text).toContain("SIMULATED data of an emulated array, not a measurement");
      expect(text).not.toContain("Measured data");
      if (source === "emulated") expect(text.replaceAll("not a measurement", "")).not.toMatch(/measure/i);
    }
  });

  test("calls data measured only when the array said so", async () => {
    const events = makeEvents(1, 4).map((event) =>
      event.kind === "run-started"
        ? { ...event, capabilities: { ...event.capabilities, source: "measured" as const } }
        : event,
    );
    await record(events);
    await exportRun(openRun(folder), format, out);
    expect(readFileSync(out, "latin1")).toContain("Measured data");
    if (isRecording(format)) return;
    rmSync(folder, { recursive: true });
    await record([]);
    await exportRun(openRun(folder), format, out);
    expect(readFileSync(out, "latin1")).toContain("Data of unknown source");
  });
});
