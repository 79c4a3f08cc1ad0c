import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { pipeTo, serveOn } from "../../../tests/emulatedLine.ts";
import { canRun } from "../../../tests/needs.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { BoardOnPty, judgeTrace } from "../../../tests/simulatedBoard.ts";
import { SOAK, soakOr } from "../../../tests/soak.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import { driveCell } from "../../bias.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { InstrumentError, UnsupportedError } from "../../errors.ts";
import type { Grid } from "../../crossbar/grid.ts";
import { constant } from "../../waveform.ts";
import type { Driver } from "../driver.ts";
import { Bench } from "../emulation/bench.ts";
import { InstrumentArray } from "../instrumentArray.ts";
import type { Potentiostat, Selector } from "../instrument.ts";
import { enpr } from "../elementsEr4/index.ts";
import { keithley2400 } from "../keithley2400/index.ts";
import { limitSelector } from "../limitSelector.ts";
import { emstatPico } from "../methodScript/index.ts";
import { piBridge } from "../piBridge/index.ts";
import { openBoard, type SelectorBoard } from "./driver.ts";
import { followPins } from "./emulated.ts";
import { readSetup } from "./options.ts";

const here = canRun("an array of an emulated EmStat and the simulated selector board", {
  programs: ["avr-gcc", "simavr", "make", "flock", "socat"],
});
const conductance_S = Float64Array.from([2, 3, 4, 5], (k) => k * 1e-6);
const makeDevice = (scale = 1) =>
  new EmulatedArray(
    {
      rows: 2,
      columns: 2,
      junction: { model: "ohmic" },
      conductance_S: conductance_S.map((g) => scale * g),
      unselectedLines: "biased",
    },
    { seed: 1 },
  );
const timer = patientTimer(40);
const setup = readSetup(new Map([["deadman", "5s"]]), "test");

// 0.54 mV steps of an EmStat's potential, 3.5 nA of its 32 uA range; neighbours give sneak currents
const options = { safe_V: 0.4, relative: 3e-3, absolute_A: 2e-8, samplePeriod_s: 0.02, longSamples: 100, linear: true };

/** One simulated board for all, opened once: showing its dead-man takes five seconds each time. */
let opened: Promise<{ readonly board: BoardOnPty; readonly selector: SelectorBoard }> | undefined;
async function openOnce() {
  const board = await BoardOnPty.start();
  return { board, selector: await openBoard(await board.open(), timer, setup, "board") };
}
afterAll(async () => {
  const { board, selector } = (await opened) ?? {};
  await selector?.[Symbol.asyncDispose]().catch(() => {});
  await board?.stop();
});

/** The array goes, the selector stays, open. */
function lend(selector: SelectorBoard): Selector {
  return {
    grid: selector.grid,
    unselectedLines: selector.unselectedLines,
    select: (address) => selector.select(address),
    open: () => selector.open(),
    trigger: () => selector.trigger(),
    confirm: (address) => selector.confirm(address),
    [Symbol.asyncDispose]: () => selector.open(),
  };
}

function makeArray(instrument: Potentiostat, selector: Selector, grid: Grid, after: () => Promise<void>) {
  const array = new InstrumentArray({ instrument, selector: limitSelector(selector, grid), timer });
  const dispose = array[Symbol.asyncDispose].bind(array);
  let gone: Promise<void> | undefined;
  const leave = async () => {
    try {
      await dispose();
    } finally {
      await after();
    }
  };
  array[Symbol.asyncDispose] = () => (gone ??= leave());
  return array;
}

async function makeBoardArray(driver: Driver): Promise<InstrumentArray> {
  const device = makeDevice();
  const bench = new Bench(device);
  const { board, selector } = await (opened ??= openOnce());
  const leave = followPins(bench, board.pinsFile, setup);
  const line = await serveOn("pty", driver, bench);
  const { instrument } = await driver.open(await line.open(), { timer, options: new Map() });
  if (!instrument) throw new Error("no channel");
  return makeArray(instrument, lend(selector), device.grid, () => line.stop().finally(leave));
}

if (here)
  describeArrayBackend(
    "an emulated EmStat Pico and the selector board in simavr, both on pseudo-terminals, around one device",
    () => makeBoardArray(emstatPico),
    options,
  );

describe("a Raspberry Pi in place of the board", () => {
  const folder = mkdtempSync(join(tmpdir(), "token-"));
  writeFileSync(join(folder, "token"), "a-token-that-tests-know\n");
  process.env.CROSSPORE_BRIDGE_TOKEN_FILE = join(folder, "token");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  let shared: { readonly bench: Bench; readonly selector: SelectorBoard; stop(): Promise<void> } | undefined;
  afterAll(async () => {
    await shared?.selector[Symbol.asyncDispose]();
    await shared?.stop();
  });
  async function openPi() {
    const bench = new Bench(makeDevice());
    const emulate: Driver["emulate"] = (hardware) => piBridge.emulate({ ...hardware, timer });
    const line = await serveOn("tcp", { ...piBridge, emulate }, bench);
    const { selector } = await piBridge.open(await line.open(), { timer, options: new Map([["deadman", "5s"]]) });
    return { bench, selector: selector as SelectorBoard, stop: () => line.stop() };
  }

  async function makePiArray(driver: Driver, scale: number): Promise<InstrumentArray> {
    const { bench, selector } = (shared ??= await openPi());
    // a fresh device behind the same lines
    const device = makeDevice(scale);
    const fresh = new Bench(device);
    fresh.follow(() => bench.selected);
    const { instrument } = await driver.open(pipeTo(driver, fresh), { timer, options: new Map() });
    if (!instrument) throw new Error("no channel");
    return makeArray(instrument, lend(selector), device.grid, async () => {});
  }

  describeArrayBackend(
    "an emulated Keithley 2400 and an emulated bridge around one device",
    () => makePiArray(keithley2400, 1),
    // more than one sweep of a 2400 holds
    { ...options, samplePeriod_s: 0.01, longSamples: 2400 },
  );

  // a nanopore reader sees nanosiemens, in steps of 200 nA / 32767
  describeArrayBackend(
    "an emulated nanopore reader and an emulated bridge around one device",
    () => makePiArray(enpr, 1e-3),
    { ...options, absolute_A: 200e-9 / 32_767 },
  );
});

describe.skipIf(!here)("an array with a selector board", () => {
  const reading = {
    samplePeriod_s: 0.05,
    columns: [1],
    currentRange_A: "auto" as const,
    windows: [{ start_s: 0.05, end_s: 0.1 }],
  };
  const drive = (row: number, column: number) => ({
    duration_s: 0.1,
    rows: [0, 1].map((k) => (k === row ? constant(0.2) : ("floating" as const))),
    columns: [0, 1].map((k) => (k === column ? constant(0) : ("floating" as const))),
    targets: [],
    referenceRow: row,
  });

  it.each(["V/2", "V/3"] as const)(
    "drives one row and one column; %s needs a bias bus and is refused",
    async (scheme) => {
      await using array = await makeBoardArray(emstatPico);
      expect(array.capabilities).toMatchObject({
        rowsDrivenAtOnce: 1,
        columnsSensedAtOnce: 1,
        unselectedLines: "floating",
      });
      const biased = driveCell(array.grid, { row: 0, column: 0 }, constant(0.2), scheme);
      const asked = array.apply({ ...drive(0, 0), ...biased }, reading, new AbortController().signal);
      await expect(asked).rejects.toBeInstanceOf(UnsupportedError);
      await expect(asked).rejects.toThrow(/2 rows are driven, .* drives 1 at once and leaves the others floating/);
    },
  );

  it("a plan during which the board let go is an error, not data; its start is the trigger's", async () => {
    const array = await makeBoardArray(emstatPico);
    const { board } = await (opened ??= openOnce());
    const { startTime_s, windows } = await array.apply(drive(1, 1), reading, new AbortController().signal);
    expectClose(windows[0]?.current_A[0] ?? Number.NaN, 0.2 * (5e-6 + 1 / (1 / 2e-6 + 1 / 3e-6 + 1 / 4e-6)), 5e-3);
    expect(startTime_s).toBeGreaterThan(0);
    const played = array.apply({ ...drive(1, 1), duration_s: 0.1 }, reading, new AbortController().signal);
    board.tell("reset");
    await expect(played).rejects.toBeInstanceOf(InstrumentError);
    await array[Symbol.asyncDispose]().catch(() => {});
  });
});

describe.skipIf(!here)("the board's clock", () => {
  const long_s = soakOr(60, 12);
  it(`is fitted within ${SOAK ? 5 : 50} ppm after ${long_s} s, 200 ppm off`, async () => {
    const boards = await Promise.all([-200, 200].map((ppm) => BoardOnPty.start({ ppm })));
    const selectors = await Promise.all(boards.map(async (one) => openBoard(await one.open(), timer, setup, "board")));
    await new Promise((resolve) => setTimeout(resolve, 1000 * long_s));
    const drifts = selectors.map(({ link }) => link.clock.fit()?.drift ?? Number.NaN);
    for (const selector of selectors) await selector[Symbol.asyncDispose]();
    const traces = await Promise.all(boards.map((one) => one.trace()));
    for (const one of boards) await one.stop();
    expect(Math.abs((drifts[0] ?? Number.NaN) + 200e-6)).toBeLessThan(SOAK ? 5e-6 : 50e-6);
    expect(Math.abs((drifts[1] ?? Number.NaN) - 200e-6)).toBeLessThan(SOAK ? 5e-6 : 50e-6);
    expect(traces.every((trace) => judgeTrace(trace, setup).makes.length === 0)).toBe(true);
    if (SOAK) console.info(`drifts ${drifts.map((drift) => (1e6 * drift).toFixed(2)).join(", ")} ppm`);
  }, 120_000);
});
