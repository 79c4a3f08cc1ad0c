import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/**
 * The import law is real only if breaking it fails. Each case copies the sources, adds one offending file to a layer,
 * and expects the compiler (across layers) or the linter (npm packages) to refuse it with the layer's own settings.
 */
const root = resolve(import.meta.dirname, "..");
const rooms = ["core", "firmware-bridge", "runtime", "recorder", "lab", "cli", "renderer", "electron"];
const layers = ["core/crossbar", "core/drivers", ...rooms];
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "crosspore-law-"));
  for (const entry of ["package.json", "tsconfig.base.json", ".oxlintrc.json", ...rooms])
    cpSync(join(root, entry), join(copy, entry), { recursive: true, filter: (source) => !source.endsWith(".test.ts") });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What the tool says about `source` standing in `layer`, and whether it refused. */
function judge(tool: "compiler" | "linter", layer: string, source: string): { refused: boolean; output: string } {
  const file = join(copy, layer, "offender.ts");
  writeFileSync(file, source);
  const [command, ...parameters] =
    tool === "compiler"
      ? ["node", join(root, "node_modules/typescript/bin/tsc"), "-b", layer, "--pretty", "false"]
      : ["node", join(root, "node_modules/oxlint/bin/oxlint"), join(layer, "offender.ts")];
  try {
    return {
      refused: false,
      output: execFileSync(command as string, parameters, { cwd: copy, encoding: "utf8", stdio: "pipe" }),
    };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { refused: true, output: stdout + stderr };
  } finally {
    rmSync(file);
  }
}

describe("the import law", () => {
  it.each(layers)("accepts %s as it stands", (layer) => {
    const verdict = judge("compiler", layer, "export const fine = 1;\n");
    expect(verdict.output).toBe("");
    expect(verdict.refused).toBe(false);
  });

  it.each([
    ["core/crossbar", 'import "../errors.ts";', "the crossbar knows nothing of core"],
    ["core/crossbar", 'import "node:fs";', "the crossbar has no platform"],
    ["core", 'import "../cli/exit.ts";', "core does not reach up to the command line"],
    ["core", 'import "../recorder/openRun.ts";', "core does not record"],
    ["core", 'import { readFileSync } from "node:fs"; export const x = readFileSync;', "core has no node"],
    ["core", "export const width = document.body.clientWidth;", "core has no DOM"],
    ["core", "export const cwd = process.cwd();", "core has no process"],
    ["core/drivers", 'import "../../recorder/openRun.ts";', "drivers do not record"],
    ["core/drivers", 'import "../../firmware-bridge/pi/wiring.ts";', "drivers are below the bridge"],
    ["firmware-bridge", 'import "../cli/exit.ts";', "the bridge is below the command line"],
    ["firmware-bridge", 'import "../recorder/openRun.ts";', "the bridge does not record"],
    ["runtime", 'import "../recorder/openRun.ts";', "the runtime is below the recorder"],
    ["recorder", 'import "../cli/exit.ts";', "the recorder is below the command line"],
    ["renderer", 'import "../recorder/openRun.ts";', "the page reaches records by messages only"],
    ["renderer", 'import "../core/drivers/registry.ts";', "the page holds no port"],
    ["renderer", "export const cwd = process.cwd();", "the page has no process"],
    ["recorder", 'import "../lab/labService.ts";', "the recorder is below the lab"],
    ["lab", 'import "../cli/exit.ts";', "the lab is below the command line"],
    ["lab", 'import "../electron/desktop.ts";', "the service knows no desktop"],
    ["electron", 'import "../renderer/store/ui.ts";', "the shell has no page of its own"],
    ["lab", "export const width = document.body.clientWidth;", "the lab has no page"],
  ])("%s refuses %s (%s)", (layer, source) => {
    const verdict = judge("compiler", layer, `${source}\nexport {};\n`);
    expect(verdict.output).toMatch(/offender\.ts/);
    expect(verdict.output).toMatch(/TS6307|TS2307|TS2591|TS2584|TS2304|TS2580|TS2882/);
    expect(verdict.refused).toBe(true);
  });

  it.each([
    ["core/crossbar", "zod"],
    ["core/crossbar", "rxjs"],
    ["core", "serialport"],
    ["core", "apache-arrow"],
    ["core", "react"],
    ["core/drivers", "influx"],
    ["core/drivers", "onoff"],
    ["firmware-bridge", "serialport"],
    ["runtime", "apache-arrow"],
    ["recorder", "commander"],
    ["lab", "serialport"],
    ["lab", "react"],
    ["lab", "electron"],
    ["cli", "apache-arrow"],
    ["renderer", "ws"],
    ["renderer", "serialport"],
    ["renderer", "electron"],
    ["electron", "react"],
    ["electron", "ws"],
    ["cli", "ws"],
  ])("%s refuses the package %s", (layer, name) => {
    const verdict = judge("linter", layer, `import * as offender from "${name}";\nexport const use = offender;\n`);
    expect(verdict.output).toMatch(/import law/);
    expect(verdict.refused).toBe(true);
  });

  it.each([
    ["core", "rxjs"],
    ["core", "zod"],
    ["recorder", "apache-arrow"],
    ["lab", "ws"],
    ["firmware-bridge", "onoff"],
    ["cli", "commander"],
    ["renderer", "react"],
    ["electron", "electron"],
  ])("%s may use the package %s", (layer, name) => {
    const verdict = judge("linter", layer, `import * as used from "${name}";\nexport const use = used;\n`);
    expect(verdict.output).not.toMatch(/import law/);
    expect(verdict.refused).toBe(false);
  });

  it("has a README in every room", () => {
    const readmes = [
      ...layers,
      "core/crossbar/models",
      "core/crossbar/solve",
      "core/crossbar/circuit",
      "core/protocol",
      "core/protocol/library",
      "core/emulated",
      "core/analysis",
      "core/report",
      "core/circuit",
      "core/design",
      "core/record",
      "recorder/mirror",
      "core/algorithms",
      "lab",
      "renderer",
      "electron",
      "firmware-bridge",
      "fixtures",
      "bench",
      "examples",
    ];
    for (const room of readmes) {
      expect(readdirSync(join(root, room)), room).toContain("README.md");
      expect(
        readFileSync(join(root, room, "README.md"), "utf8").split("\n").length,
        `${room}/README.md fits a screen`,
      ).toBeLessThan(60);
      expect(statSync(join(root, room, "README.md")).size).toBeGreaterThan(80);
    }
  });
});
