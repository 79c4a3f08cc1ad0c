import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { analyseRun } from "../../core/analysis/summary.ts";
import { collectSteps } from "../../core/analysis/runSteps.ts";
import type { ImportOptions } from "../../core/record/imports/importReader.ts";
import { openRun } from "../openRun.ts";
import { verifyRun } from "../verifyRun.ts";
import { readForeign, writeImported } from "./importFile.ts";
import { openSource } from "./openSource.ts";

const ROOT = join(import.meta.dirname, "../..");
const SAMPLES = join(ROOT, "../shared/instruments/samples");
const STORE = join(ROOT, "fixtures/imports/arc-two.h5");
const CONTEXT = { crosspore: "test", platform: "test", operator: "somebody", now: new Date(0) };

function folder(): string {
  return mkdtempSync(join(tmpdir(), "crosspore-import-"));
}

function write(name: string, content: string | Uint8Array): string {
  const file = join(folder(), name);
  writeFileSync(file, content);
  return file;
}

async function importInto(file: string, options: Partial<ImportOptions> = {}) {
  const imported = await readForeign(
    { file, options: { as: "auto", row: 0, column: 0, partial: false, ...options } },
    CONTEXT,
  );
  const target = join(folder(), "run");
  await writeImported(target, imported);
  return openRun(target);
}

describe("a store of ArC TWO", () => {
  it("written by h5py becomes a run of its events", async () => {
    const run = await importInto(STORE);
    const steps = collectSteps(run).flatMap((group) => group.steps);
    expect(steps.map(({ intended }) => `${intended.role} ${intended.tags.row} ${intended.tags.column}`)).toEqual([
      "read 0 0",
      "pulse 0 0",
      "read 0 0",
      "pulse 0 0",
      "read 0 0",
      "read 3 17",
    ]);
    // single precision in the file
    expectClose(steps[2]?.reading?.windows[0]?.current_A[0] ?? 0, 3e-6, 1e-7);
    expectClose(Number(steps[2]?.intended.tags.after_V), 1.5, 1e-7);
    expect(analyseRun(run)).toMatchObject({
      source: "measured",
      grid: { rows: 32, columns: 32 },
      backend: "ArC TWO, imported",
    });
  });

  it("that was cut, or is another HDF5 file, is refused in one line", async () => {
    const bytes = readFileSync(STORE);
    for (const length of [8, 100, 2000, 8000]) {
      const file = write("cut.h5", bytes.subarray(0, length));
      await expect(importInto(file)).rejects.toThrow(
        new RegExp(`cut\\.h5: is an HDF5 file that was damaged or cut, ${length} bytes are there`, "u"),
      );
    }
    const other = write(
      "noise.h5",
      Uint8Array.from({ length: 300 }, (_, k) => (k * 89 + 7) % 256),
    );
    await expect(importInto(other)).rejects.toThrow(/noise\.h5: is of no format that is known here/u);
  });
});

describe("an imported run", () => {
  const text = `t/s,V/V,I/nA\n${Array.from({ length: 30 }, (_, k) => `${k / 100},0.1,${k}`).join("\n")}\n`;

  it("is whole, says where it came from, and holds the hash of the contents", async () => {
    const run = await importInto(write("trace.csv", text));
    expect(verifyRun(run.folder).problems).toEqual([]);
    const { imported } = run.manifest.resolved as { imported: Record<string, unknown> };
    expect(imported).toMatchObject({
      file: "trace.csv",
      reader: "table",
      readerVersion: 1,
      sha256: createHash("sha256").update(text).digest("hex"),
      options: { as: "auto" },
    });
    expect(run.manifest.operator).toBe("somebody");
    const current = [...run.blocks()].flatMap(({ block }) => [...block.current_A]);
    expectClose(current[29] ?? 0, 29e-9, 1e-12);
  });

  it("is the same from a packed file", async () => {
    const run = await importInto(write("trace.csv.gz", gzipSync(text)));
    expect(run.rows).toBe(30);
    expect(run.manifest.name).toBe("trace");
  });
});

describe("files that are no measurement", () => {
  it("are refused: empty, foreign, packed and cut, larger than allowed, a folder, not there", async () => {
    await expect(importInto(write("empty.csv", ""))).rejects.toThrow(/empty.csv:1:1: the file is empty/u);
    await expect(
      importInto(
        write(
          "x.bin",
          Uint8Array.from({ length: 500 }, (_, k) => k % 256),
        ),
      ),
    ).rejects.toThrow(/no format/u);
    await expect(importInto(write("cut.csv.gz", gzipSync("t/s,V/V,I/A\n").subarray(0, 20)))).rejects.toThrow(
      /was cut/u,
    );
    await expect(importInto(folder())).rejects.toThrow(/no plain file/u);
    await expect(importInto("/nowhere/at/all.csv")).rejects.toThrow(/all.csv: /u);
    // 10 MB of zeros in 10 kB
    const bomb = write("bomb.csv.gz", gzipSync(new Uint8Array(10_000_000)));
    expect(() => openSource(bomb, false, 1_000_000)).toThrow(/more than 1000000 bytes when unpacked/u);
    const wide = Buffer.from("\ufefft/s,V/V,I/A\n0,1,2\n", "utf16le");
    await expect(importInto(write("wide.csv", wide), {})).rejects.toThrow(/no format|UTF-16/u);
  });
});

const there = existsSync(SAMPLES);
if (!there) console.warn(`skipped: recordings of a Rodeostat, it needs ${SAMPLES}`);

describe.skipIf(!there)("recordings of a Rodeostat", () => {
  const columns = ["t/s", "V/V", "I/uA"];

  it("of a cyclic sweep become a hold and two cycles of 2 s between -0.1 V and 1.1 V", async () => {
    const analysis = analyseRun(await importInto(join(SAMPLES, "cyclic_test_data.txt"), { columns }));
    const [section] = analysis.sections;
    if (section?.kind !== "loops") throw new Error("no loops");
    const [loop] = section.loops;
    expectClose(loop?.frequency_Hz ?? 0, 0.5, 1e-9);
    expectClose(loop?.largest_V ?? 0, 1.1, 1e-9);
    expectClose(loop?.smallest_V ?? 0, -0.1, 1e-9);
  });

  it("of a constant potential and of a ramp become traces with every sample", async () => {
    for (const name of ["const_test_data.txt", "linear_sweep_data.txt"]) {
      const run = await importInto(join(SAMPLES, name), { columns });
      expect(run.rows).toBe(2000);
      expect(collectSteps(run)[0]?.steps.map(({ intended }) => intended.role)).toEqual(["trace"]);
    }
  });
});
