import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const BIN = join(import.meta.dirname, "../../bin/crosspore.js");

function inFolder(): { cwd: string; crosspore: (...args: string[]) => ReturnType<typeof spawnSync> } {
  const cwd = mkdtempSync(join(tmpdir(), "crosspore-import-"));
  return { cwd, crosspore: (...args) => spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8" }) };
}

describe("crosspore import", () => {
  it("makes a run that report, export and verify take", () => {
    const { cwd, crosspore } = inFolder();
    writeFileSync(join(cwd, "pore.csv"), "time (ms);Voltage (V);Current (nA)\n0;0;0\n10;0,1;2,5\n20;0,2;5\n");
    const { stdout, status } = crosspore("import", "pore.csv", "--out", "run", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(String(stdout))).toMatchObject({ run: "run", roles: { trace: 1 }, samples: 3, cut: false });
    expect(crosspore("verify", "run").status).toBe(0);
    expect(crosspore("report", "run").status).toBe(0);
    const csv = execFileSync(process.execPath, [BIN, "export", "run", "--format", "csv", "--out", "-"], {
      cwd,
      encoding: "utf8",
    });
    expect(csv).toContain("0,0.01,0,0,0.1,2.5e-9,0,table,trace,trace");
  });

  it("refuses with the place in the file and leaves nothing behind", () => {
    const { cwd, crosspore } = inFolder();
    writeFileSync(join(cwd, "bad.csv"), "t/s,V/V,I/A\n0,1,2\n1,1,2\n2,1,x\n");
    const { stderr, status } = crosspore("import", "bad.csv", "--out", "run");
    expect(status).toBe(2);
    expect(stderr).toMatch(/bad\.csv:4:5: current: "x" is no number/u);
    expect(existsSync(join(cwd, "run"))).toBe(false);
  });
});
