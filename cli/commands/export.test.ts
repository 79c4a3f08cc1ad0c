import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, CommanderError } from "commander";
import { beforeEach, expect, test, vi } from "vitest";
import { RecordError } from "../../core/errors.ts";
import { csvRows } from "../../core/record/csv.ts";
import { makeEvents, newFolder, recordRun } from "../../tests/recordedRun.ts";
import { add } from "./export.ts";

let folder: string;
let out: string;

beforeEach(() => {
  folder = newFolder();
  out = join(dirname(folder), "table.csv");
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

async function runExport(...options: string[]): Promise<void> {
  const program = new Command().exitOverride();
  add(program);
  for (const child of program.commands) child.exitOverride();
  await program.parseAsync(["export", folder, ...options], { from: "user" });
}

test("the table in the file is that of the run, and no temporary file stays", async () => {
  const memory = await recordRun(folder, makeEvents(3, 50));
  await runExport("--format", "csv", "--out", out);
  expect(readFileSync(out, "utf8")).toBe([...csvRows(memory)].join(""));
  expect(readdirSync(dirname(out)).sort()).toEqual(["run", "table.csv"]);
});

test("a file that exists is replaced only with --force, a folder never", async () => {
  await recordRun(folder, makeEvents(1, 2));
  writeFileSync(out, "mine");
  await expect(runExport("--format", "csv", "--out", out)).rejects.toThrow(/exists already, --force replaces it/);
  expect(readFileSync(out, "utf8")).toBe("mine");
  await runExport("--format", "csv", "--out", out, "--force");
  expect(readFileSync(out, "utf8")).toMatch(/^step,time_s,/);
  mkdirSync(join(dirname(out), "there"));
  await expect(runExport("--format", "csv", "--out", join(dirname(out), "there"), "--force")).rejects.toThrow(
    RecordError,
  );
});

test("a pipe or a device is never replaced by a plain file", async () => {
  await recordRun(folder, makeEvents(1, 2));
  execFileSync("mkfifo", [out]);
  await expect(runExport("--format", "csv", "--out", out, "--force")).rejects.toThrow(/is no plain file/);
  expect(lstatSync(out).isFIFO()).toBe(true);
});

test("a closed run that has lost samples since is refused with the place, --partial takes the rest", async () => {
  await recordRun(folder, makeEvents(3, 50));
  truncateSync(join(folder, "samples-0001.arrows"), 100);
  await expect(runExport("--format", "csv", "--out", out)).rejects.toThrow(
    /samples-0001\.arrows: ends at byte 100 .* 0 of 300 samples and .* are left, --partial takes them$/,
  );
  expect(readdirSync(dirname(out))).toEqual(["run"]);
  await runExport("--format", "csv", "--out", out, "--partial");
  expect(readFileSync(out, "utf8")).toMatch(/^step,time_s,[^\n]*\n$/);
});

test("an unknown format is a usage error that names the allowed ones", async () => {
  const error: unknown = await runExport("--format", "xlsx", "--out", out).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommanderError);
  expect(String(error)).toMatch(/'xlsx' is invalid\. Allowed choices are csv, parquet, hdf5, nwb, abf, atf\./);
});

test("every format is written whole, refuses stdout but for csv, and leaves no temporary file", async () => {
  await recordRun(folder, makeEvents(2, 5));
  for (const format of ["parquet", "hdf5", "nwb"]) {
    await runExport("--format", format, "--out", out, "--force");
    expect(readdirSync(dirname(out)).sort()).toEqual(["run", "table.csv"]);
    await expect(runExport("--format", format, "--out", "-")).rejects.toThrow(/is written into a file only/);
  }
});

test("what is no run, and a folder that cannot take the file, are refused in one line with nothing left behind", async () => {
  await expect(runExport("--format", "csv", "--out", out)).rejects.toThrow(/no such file/);
  await recordRun(folder, makeEvents(1, 2));
  const lost = join(dirname(out), "no", "table.csv");
  await expect(runExport("--format", "csv", "--out", lost)).rejects.toThrow(RecordError);
  await expect(runExport("--format", "csv", "--out", join(folder, "run.json", "x"))).rejects.toThrow(
    /x: a part of the path is not a folder/,
  );
  expect(readdirSync(dirname(out))).toEqual(["run"]);
});

test("a run with a wrong line is refused with its place and leaves no table", async () => {
  await recordRun(folder, makeEvents(2, 5, "wall"));
  const path = join(folder, "events.ndjson");
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, lines.with(1, "{").join("\n"));
  await expect(runExport("--format", "csv", "--out", out)).rejects.toThrow(/events\.ndjson:2:\d+: /);
  expect(readdirSync(dirname(out))).toEqual(["run"]);
});
