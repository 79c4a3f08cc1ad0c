import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

/** What takes only admitted commands refuses, when it is compiled, everything else that a driver's author may try. */
const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "crosspore-admitted-"));

writeFileSync(join(folder, "package.json"), '{"type":"module"}');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PRELUDE = `
import { type Admitted, type AdmittedStep, Limiter, redeem } from "${root}/dist/core/limiter/limiter.js";
import type { ArmToken } from "${root}/dist/core/limiter/arming.js";
import type { ApplyStep, MultiplyStep } from "${root}/dist/core/protocol/protocol.js";
import type { Stimulus } from "${root}/dist/core/stimulus.js";
declare const limiter: Limiter;
declare const token: ArmToken;
declare const step: ApplyStep;
declare const product: MultiplyStep;
declare const raw: Stimulus;
/** A driver, as they will be. */
declare function play(stimulus: Admitted<Stimulus>): void;
declare function load(inputs_V: Admitted<Float64Array>): void;
const { step: admitted } = limiter.admit(step, token, "here");
`;

function compile(source: string): string {
  writeFileSync(
    join(folder, "offender.ts"),
    `${PRELUDE}${source}\nexport { admitted, load, play, product, raw, redeem, step, type AdmittedStep };\n`,
  );
  const config = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      composite: false,
      incremental: false,
      declaration: false,
      declarationMap: false,
      noEmit: true,
      rootDir: "/",
      typeRoots: [join(root, "node_modules/@types")],
      types: ["node"],
      skipLibCheck: true,
    },
    files: ["offender.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  try {
    return execFileSync("node", [join(root, "node_modules/typescript/bin/tsc"), "-p", folder, "--pretty", "false"], {
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe("a driver's command", () => {
  it("may be what a limiter has admitted", () => {
    expect(
      compile(
        'if (admitted.kind === "apply") play(admitted.stimulus); else if (admitted.kind === "multiply") load(admitted.inputs_V);',
      ),
    ).toBe("");
  });

  it.each([
    ["a stimulus of one's own", "play(raw);"],
    ["the stimulus of a step that nobody admitted", "play(step.stimulus);"],
    ["numbers", "load(product.inputs_V);"],
    ["a literal", "play({ duration_s: 1, rows: [], columns: [], targets: [], referenceRow: 0 });"],
    [
      "a changed copy of an admitted one",
      'if (admitted.kind === "apply") play({ ...admitted.stimulus, duration_s: 2, rows: [[{ kind: "hold", voltage_V: 9, duration_s: 2 }]] } satisfies Stimulus);',
    ],
    ["what redeem gave back", 'if (admitted.kind === "apply") play(redeem(admitted.stimulus));'],
    [
      "something branded by hand",
      'declare const admittedBrand: unique symbol; play({ ...raw, [admittedBrand]: "by a limiter" });',
    ],
    ["a command admitted with a token of one's own", 'const own: ArmToken = {}; limiter.admit(step, own, "here");'],
  ])("may not be %s", (_, source) => {
    expect(compile(source)).toMatch(/offender\.ts\(\d+,\d+\): error TS(2345|2353|2379|2741|2739|2322)/);
  });

  it("is stamped in one place alone, and what the room keeps to itself nobody imports", () => {
    const sources = ["core", "cli", "recorder", "runtime"].flatMap((layer) =>
      readdirSync(join(root, layer), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
        .map((file) => ({ file: `${layer}/${file}`, text: readFileSync(join(root, layer, file), "utf8") })),
    );
    const found = (pattern: RegExp) =>
      sources
        .filter(({ text }) => pattern.test(text))
        .map(({ file }) => file)
        .sort();
    expect(found(/as Admitted</)).toEqual(["core/limiter/limiter.ts"]);
    expect(found(/issued\.set/)).toEqual(["core/limiter/limiter.ts"]);
    // whoever drives an array sends what was admitted, or is an array: the engine alone calls apply and multiply of a run
    expect(found(/\.admit\(/)).toEqual(["core/drivers/instrumentArray.ts", "core/engine.ts"]);
  });
});
