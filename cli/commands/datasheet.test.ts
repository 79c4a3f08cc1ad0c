import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const BIN = join(import.meta.dirname, "../../bin/crosspore.js");

function inFolder() {
  const cwd = mkdtempSync(join(tmpdir(), "crosspore-datasheet-"));
  return {
    cwd,
    crosspore: (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8" }),
  };
}

describe("crosspore datasheet", () => {
  it("takes an imported measurement, calls it measured, and compares it with an emulated experiment", () => {
    const { cwd, crosspore } = inFolder();
    const rows = Array.from({ length: 81 }, (_, k) => {
      const v = Math.sin((2 * Math.PI * k) / 40);
      return `${k / 100},${v},${v / 1000}`;
    });
    writeFileSync(join(cwd, "r.csv"), `t/s,V/V,I/mA\n${rows.join("\n")}\n`);
    expect(crosspore("import", "r.csv", "--out", "run").status).toBe(0);
    expect(crosspore("datasheet", "run", "--out", "device.html", "--no-pdf").status).toBe(0);
    writeFileSync(
      join(cwd, "e.yaml"),
      "crosspore: 1\nname: model\narray: { rows: 1, columns: 1, junction: { model: ohmic } }\nprotocol:\n  - iv-sweep: { frequency_Hz: 2.5 Hz }\n",
    );
    expect(crosspore("datasheet", "e.yaml", "--out", "model.html", "--no-pdf").status).toBe(0);
    const [device, model] = ["device", "model"].map((name) =>
      JSON.parse(readFileSync(join(cwd, `${name}.json`), "utf8")),
    );
    expect([device.source, model.source]).toEqual(["measured", "emulated"]);
    // V^2 / (2 R) T of a sine: 1 / (2 x 1 Mohm) x 0.4 s, as the file says mA per kV
    const energy = device.metrics.find(({ name }: { name: string }) => name === "loopEnergy_J").value;
    expect(Math.abs(energy / 2e-7 - 1)).toBeLessThan(1e-3);
    expect(crosspore("datasheet", "device.json", "model.json", "--out", "both.html", "--no-pdf").status).toBe(0);
    expect(existsSync(join(cwd, "both.html"))).toBe(true);
  });

  it("refuses what is neither, replaces nothing unasked, and names what is allowed", () => {
    const { cwd, crosspore } = inFolder();
    const unknown = crosspore("datasheet", "no-such-model");
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toMatch(/no-such-model: is no run folder, no experiment file and no model/u);
    expect(crosspore("datasheet", "ohmic").stderr).toMatch(/no time constants/u);
    writeFileSync(join(cwd, "a.json"), "{}");
    expect(crosspore("datasheet", "a.json", "a.json").stderr).toMatch(/a\.json:1:1: /u);
    writeFileSync(join(cwd, "x.html"), "mine");
    const taken = crosspore("datasheet", "conical-channel", "--out", "x.html", "--no-pdf");
    expect([taken.status, taken.stderr]).toEqual([1, expect.stringContaining("--force")]);
    expect(readFileSync(join(cwd, "x.html"), "utf8")).toBe("mine");
  });
});
