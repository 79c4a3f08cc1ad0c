import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { makeInstrumentArray, pipeTo } from "../../tests/emulatedLine.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { constant, type Waveform } from "../waveform.ts";
import type { Driver } from "./driver.ts";
import { Bench } from "./emulation/bench.ts";
import { emstat4, emstatPico } from "./methodScript/index.ts";
import { rodeostat } from "./rodeostat/index.ts";
import type { Transport } from "./transport.ts";
import { replay } from "./transports/replay.ts";
import { tap, type TranscriptLine } from "./transports/tap.ts";

/**
 * One dialogue of each driver, byte for byte, so that a change of what is sent is seen. `CROSSPORE_RECORD=1` writes them anew
 * from the emulated instruments.
 */
const RECORDING = process.env.CROSSPORE_RECORD === "1";
const conductance_S = Float64Array.of(1e-5, 2e-5);

const makeDevice = () =>
  new EmulatedArray({ rows: 1, columns: 2, junction: { model: "ohmic" }, conductance_S }, { seed: 1 });

async function speak(driver: Driver, transport: Transport): Promise<number> {
  const array = await makeInstrumentArray(driver, makeDevice(), { transport });
  const floating = driver.unselectedLines === "floating";
  const currentRange_A = array.capabilities.currentRanges_A.find((range_A) => range_A >= 9e-6) ?? "auto";
  const pulse: Waveform = [
    { kind: "hold", voltage_V: 0.4, duration_s: 0.04 },
    { kind: "hold", voltage_V: 0, duration_s: 0.02 },
  ];
  const { windows } = await array.apply(
    {
      duration_s: 0.06,
      rows: [pulse],
      columns: [floating ? "floating" : constant(0), constant(0)],
      targets: [],
      referenceRow: 0,
    },
    { samplePeriod_s: 0.02, columns: [1], currentRange_A, windows: [{ start_s: 0, end_s: 0.04 }] },
    new AbortController().signal,
  );
  await array[Symbol.asyncDispose]();
  return windows[0]?.current_A[0] ?? Number.NaN;
}

describe("the recorded dialogue of", () => {
  it.each([emstatPico, emstat4, rodeostat])(
    "$name is spoken again word for word, and says the same",
    async (driver) => {
      const file = join(import.meta.dirname, "..", "..", "fixtures", "transcripts", `${driver.name}.ndjson`);
      if (RECORDING || !existsSync(file)) {
        const lines: TranscriptLine[] = [];
        const line = tap(
          pipeTo(driver, new Bench(makeDevice(), driver.unselectedLines)),
          () => 0,
          (said) => lines.push(said),
        );
        await speak(driver, line);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, lines.map((said) => `${JSON.stringify(said)}\n`).join(""));
        if (!RECORDING) expect.fail(`${file} was missing and has been written: look at it and commit it`);
      }
      const transcript = readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line): TranscriptLine => JSON.parse(line));
      // 0.4 V on 20 uS, within the steps of the widest range that the instrument takes for 10 uA
      expectClose(await speak(driver, replay(transcript, driver.name)), 8e-6, 1e-2, 2e-8);
    },
  );
});
