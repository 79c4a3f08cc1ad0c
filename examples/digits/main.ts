import { constants } from "node:fs";
import { access, mkdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CROSSBAR, type CrossbarResult, runCrossbarPart } from "./crossbarPart.ts";
import { CONDITIONS, crossSection, percent } from "./figures.ts";
import { halveImages, loadHandwriting } from "./handwriting.ts";
import { type DigitsResult, makePage } from "./page.ts";
import { NOISES, PUBLISHED, type ReservoirResult, runReservoirPart } from "./reservoirPart.ts";

/**
 * Handwritten digits on emulated nanofluidic arrays: a mapped linear readout behind real lines, and a reservoir.
 *
 *   node dist/examples/digits/main.js [--full] [--out DIR] [--json]
 *
 * Short form: images halved to 14 x 14 for the crossbar, MNIST reservoir at three noises. --full: 28 x 28, all noises.
 */
const USAGE = "usage: main.js [--full] [--out DIR] [--json]";

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`digits: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(args: string[]): Promise<number> {
  let options: { full: boolean; out: string; json: boolean };
  try {
    const { values } = parseArgs({
      args,
      options: {
        full: { type: "boolean", default: false },
        out: { type: "string", default: "runs" },
        json: { type: "boolean", default: false },
      },
    });
    options = values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  const { full, json } = options;
  // an unwritable folder is found out before a minute of work
  const directory = resolve(options.out);
  await makeFolder(directory);

  const start_ms = performance.now();
  const elapsed_s = () => (performance.now() - start_ms) / 1000;
  const tell = (text: string) => process.stderr.write(`${elapsed_s().toFixed(1).padStart(6)} s  ${text}\n`);

  tell("loading 10,000 handwritten digits");
  const { training, test } = await loadHandwriting();
  const shrink = full ? <T>(set: T) => set : halveImages;
  const seen = { training: shrink(training), test: shrink(test) };
  const crossbar = await runCrossbarPart(seen.training, seen.test, tell);
  const reservoir = await runReservoirPart(training, test, full ? NOISES : [0, 0.05, 0.1], tell);
  const result: DigitsResult = { form: full ? "full" : "short", crossbar, reservoir, elapsed_s: elapsed_s() };

  const report = join(directory, full ? "digits-full.html" : "digits.html");
  await writeFile(report, makePage(result, seen.test));
  process.stdout.write(json ? `${JSON.stringify(summarise(result, report))}\n` : describe(result, report));
  return 0;
}

/** One level only: where no folder can be made (/proc), a recursive mkdir of Node 20 never returns. */
async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    });
    await access(directory, constants.W_OK);
    if (!(await stat(directory)).isDirectory()) throw new Error("not a folder");
  } catch (cause) {
    throw new Error(`--out ${directory} is no folder that can be written; its parent must exist`, { cause });
  }
}

/** The figures without the arrays behind them. */
function summarise({ form, crossbar, reservoir, elapsed_s }: DigitsResult, report: string) {
  const { floatLogits: _float, lines, ...rest } = crossbar;
  return {
    form,
    elapsed_s,
    report,
    crossbar: {
      ...rest,
      lines: lines.map(({ logits: _logits, transmission: _transmission, ...line }) => line),
    },
    reservoir: {
      states: Array.from(reservoir.states),
      small: reservoir.small,
      handwriting: reservoir.handwriting,
      pixels: reservoir.pixels,
      channels: reservoir.channels,
      published: PUBLISHED,
    },
  };
}

function describe(result: DigitsResult, report: string): string {
  return [
    "",
    ...describeCrossbar(result.crossbar),
    "",
    ...describeReservoir(result.reservoir),
    "",
    `${result.form} form, ${result.elapsed_s.toFixed(0)} s. Report: ${report}`,
    "",
  ].join("\n");
}

function describeCrossbar(result: CrossbarResult): string[] {
  const row = (label: string, cells: readonly string[]) => label.padEnd(36) + cells.map((c) => c.padStart(16)).join("");
  return [
    `a  Linear readout on ${result.rows} x ${result.columns} emulated junctions, ${result.side} x ${result.side} pixels, ${result.testImages} test images`,
    row("   float readout", [percent(result.float)]),
    row("   no lines, ideal amplifiers", [percent(result.ideal)]),
    row("   no lines, amplifiers", [percent(result.amplified)]),
    row(`   lines in ${CROSSBAR.salt_mM} mM KCl`, result.lines.map(crossSection)),
    ...CONDITIONS.map(([key, label]) =>
      row(
        `     ${label}`,
        result.lines.map((lines) => percent(lines.accuracy[key])),
      ),
    ),
  ];
}

function describeReservoir(result: ReservoirResult): string[] {
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(10)).join("");
  const at = (noise: number) => result.handwriting.find((point) => point.noise === noise);
  return [
    "b  Reservoir of emulated channels, accuracy by noise of a conductance",
    `${"".padEnd(20)}${cells([...result.small.map(({ noise }) => `${(100 * noise).toFixed(0)} %`), "published"])}`,
    `${"   4 x 5 digits".padEnd(20)}${cells([...result.small.map(({ accuracy }) => percent(accuracy)), percent(PUBLISHED.small)])}`,
    `${`   MNIST, ${result.channels} ch.`.padEnd(20)}${cells([
      ...result.small.map(({ noise }) => {
        const point = at(noise);
        return point ? percent(point.accuracy) : "-";
      }),
      percent(PUBLISHED.handwriting),
    ])}`,
    `   (the same readout on the black and white pixels: ${percent(result.pixels)})`,
  ];
}
