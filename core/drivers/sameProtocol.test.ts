import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pipeTo } from "../../tests/emulatedLine.ts";
import { patientTimer } from "../../tests/patientTimer.ts";
import type { ArrayBackend } from "../arrayBackend.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { runProtocols } from "../engine.ts";
import { EMULATED_READINESS } from "../limiter/blockers.ts";
import { NO_LIMITS } from "../limits.ts";
import { loadExperiment } from "../protocol/experiment.ts";
import type { RunEvent } from "../runEvent.ts";
import type { Driver } from "./driver.ts";
import { enpr } from "./elementsEr4/index.ts";
import { Bench } from "./emulation/bench.ts";
import { InstrumentArray } from "./instrumentArray.ts";
import { emstatPico } from "./methodScript/index.ts";

const file = join(import.meta.dirname, "..", "..", "examples", "patch-clamp.yaml");
const experiment = loadExperiment(readFileSync(file, "utf8"), file);
const makeDevice = () => new EmulatedArray({ ...experiment.array, unselectedLines: "biased" }, { seed: 1 });
const timer = patientTimer(40);

async function behind(driver: Driver): Promise<ArrayBackend> {
  const bench = new Bench(makeDevice(), "floating");
  const { instrument } = await driver.open(pipeTo(driver, bench), {
    timer,
    options: new Map(driver === emstatPico ? [["selector", "none"]] : []),
  });
  if (!instrument) throw new Error("no channel");
  const free = { select: async () => {}, open: async () => {}, [Symbol.asyncDispose]: async () => {} };
  return new InstrumentArray({
    instrument,
    timer,
    selector: { grid: { rows: 1, columns: 1 }, unselectedLines: "floating", ...free },
  });
}

async function perform(array: ArrayBackend): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const { protocols, seed, limits } = experiment;
  const stopped = await runProtocols({
    protocols,
    array,
    limits: { ...NO_LIMITS, ...limits },
    seed,
    readiness: EMULATED_READINESS,
    signal: new AbortController().signal,
    emit: (event) => void events.push(event),
  });
  expect(stopped.status).toBe("success");
  await array[Symbol.asyncDispose]();
  return events;
}

const currentsOf = (events: readonly RunEvent[], role: string) => {
  const steps = new Set(
    events.flatMap((event) => (event.kind === "step-intended" && event.role === role ? [event.step] : [])),
  );
  return events.flatMap((event) =>
    event.kind === "samples" && steps.has(event.step) ? [...event.block.current_A] : [],
  );
};

describe("one experiment file", () => {
  it("runs on an emulated array, an emulated EmStat and an emulated nanopore reader, and sees the same loop", async () => {
    const [ideal, potentiostat, reader] = [
      await perform(makeDevice()),
      await perform(await behind(emstatPico)),
      await perform(await behind(enpr)),
    ];
    const loop_A = currentsOf(ideal, "sweep");
    const peak_A = Math.max(...loop_A);
    expect(loop_A.length).toBeGreaterThan(80);
    for (const events of [potentiostat, reader]) {
      const found_A = currentsOf(events, "sweep");
      expect(found_A.length).toBe(loop_A.length);
      const squares = found_A.reduce((sum, current, k) => sum + (current - (loop_A[k] ?? Number.NaN)) ** 2, 0);
      // samples are taken late in stairs of 1/40 cycle, against the instant of the ideal ones
      expect(Math.sqrt(squares / loop_A.length) / peak_A).toBeLessThan(0.05);
    }
    // range, rate and mode of the reader stand in its record with a time
    const states = reader.flatMap((event) => (event.kind === "instrument-state" ? [event] : []));
    expect(states.length).toBeGreaterThanOrEqual(2);
    expect(states.at(-1)).toMatchObject({
      instrument: expect.stringContaining("eNPR"),
      state: { mode: "VC", currentRange_A: 200e-9 },
    });
    expect(states.map(({ time_s }) => time_s)).toEqual(states.map(({ time_s }) => time_s).toSorted((a, b) => a - b));
  });
});
