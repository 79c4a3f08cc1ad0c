import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { makeMatrixArray } from "../../../tests/matrixArray.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { InstrumentError, UnsupportedError } from "../../errors.ts";
import { constant, type Waveform } from "../../waveform.ts";
import type { Driver } from "../driver.ts";
import { Bench } from "../emulation/bench.ts";
import { keithley2400 } from "../keithley2400/index.ts";
import { keithley2600 } from "../keithley2600/index.ts";
import { LinePort } from "../linePort.ts";
import { replay } from "../transports/replay.ts";
import { tap, type TranscriptLine } from "../transports/tap.ts";
import type { Transport } from "../transport.ts";
import { decodeClosed } from "./channelList.ts";
import { switch2700, switch34970a } from "./index.ts";

const makeDevice = (rows = 8, columns = 8) =>
  new EmulatedArray({ rows, columns, junction: { model: "ohmic" }, unselectedLines: "biased" }, { seed: 1 });
const timer = patientTimer(40);
const options = new Map<string, string>();

async function openMatrix(driver: Driver, bench: Bench) {
  const { selector } = await driver.open(pipeTo(driver, bench), { timer, options });
  if (!selector) throw new Error("no selector");
  return selector;
}

describe.each([switch34970a, switch2700])("$name", (driver) => {
  it("connects each of 8 x 8 junctions and no other, and opens all of them", async () => {
    const bench = new Bench(makeDevice());
    await using selector = await openMatrix(driver, bench);
    for (let row = 0; row < 8; row++)
      for (let column = 0; column < 8; column += row % 2 === 0 ? 7 : 3) {
        await selector.select({ row, column });
        expect(bench.selected).toEqual({ row, column });
      }
    await selector.open();
    expect(bench.selected).toBeUndefined();
    await expect(selector.select({ row: 8, column: 0 })).rejects.toBeInstanceOf(RangeError);
  });

  it("breaks before it makes: between two junctions nothing is connected", async () => {
    const bench = new Bench(makeDevice());
    const seen: (string | undefined)[] = [];
    const select = bench.select.bind(bench);
    bench.select = (address) => {
      select(address);
      const now = address && `${address.row},${address.column}`;
      if (seen.at(-1) !== now || seen.length === 0) seen.push(now);
    };
    await using selector = await openMatrix(driver, bench);
    await selector.select({ row: 0, column: 0 });
    await selector.select({ row: 0, column: 1 });
    expect(seen).toEqual([undefined, "0,0", undefined, "0,1"]);
  });

  it("refuses what is not it, and slots that cannot be", async () => {
    const other = { ...driver, emulate: keithley2400.emulate };
    await expect(openMatrix(other, new Bench(makeDevice()))).rejects.toThrow(/be a .*MODEL 2400.*nothing was switched/);
    const wrong = driver.open(pipeTo(driver, new Bench(makeDevice())), { timer, options: new Map([["rows", "2"]]) });
    await expect(wrong).rejects.toBeInstanceOf(UnsupportedError);
    await expect(wrong).rejects.toThrow(/both in slot 2/);
  });

  it("an error of the mainframe is told with code and meaning", async () => {
    // a card that is not there
    const opened = driver.open(pipeTo(driver, new Bench(makeDevice())), {
      timer,
      options: new Map([["columns", "3"]]),
    });
    const used = opened.then(({ selector }) => selector?.select({ row: 0, column: 0 }));
    await expect(used).rejects.toBeInstanceOf(InstrumentError);
    await expect(used).rejects.toThrow(/-222, Data out of range.*switches may be closed/);
  });
});

describe("the emulated mainframes", () => {
  it("a 34970A answers 1 and 0 per channel, takes ranges, exclusive closing and card types", async () => {
    const port = new LinePort(pipeTo(switch34970a, new Bench(makeDevice())), timer);
    await port.send("ROUT:CLOS (@111,228)");
    expect(await port.ask("ROUT:CLOS? (@111:113,228)")).toBe("1,0,0,1");
    await port.send("ROUT:CLOS:EXCL (@112)");
    expect(await port.ask("ROUT:CLOS? (@111,112);:ROUT:OPEN? (@111,112);:ROUT:DONE?")).toBe("0,1;1,0;1");
    expect(await port.ask("SYST:CTYP? 100")).toBe("HEWLETT-PACKARD,34904A,0,1.0");
    await port.send("ROUT:CLOS (@119)");
    expect(await port.ask("SYST:ERR?")).toBe('-222,"Data out of range"');
    expect(await port.ask("SYST:ERR?")).toBe('+0,"No error"');
    await port.close();
  });

  it("a 2700 lists what is closed, in the words that PyMeasure's 2750 reads", async () => {
    const port = new LinePort(pipeTo(switch2700, new Bench(makeDevice())), timer);
    expect(await port.ask(":ROUTe:CLOSe?")).toBe("(@)");
    await port.send("ROUT:MULT:CLOS (@101)");
    expect(await port.ask("ROUT:CLOS?")).toBe("(@101)");
    await port.send("ROUT:MULT:CLOS (@105,102:104)");
    expect(await port.ask("ROUT:CLOS?")).toBe("(@101,102,103,104,105)");
    await port.send("ROUT:OPEN:ALL");
    expect(await port.ask("ROUT:MULT:CLOS?")).toBe("(@)");
    await port.close();
  });

  it("two junctions at once are none", async () => {
    const bench = new Bench(makeDevice());
    const port = new LinePort(pipeTo(switch34970a, bench), timer);
    await port.ask("ROUT:CLOS (@111,221);*OPC?");
    expect(bench.selected).toEqual({ row: 0, column: 0 });
    await port.ask("ROUT:CLOS (@112);*OPC?");
    expect(bench.selected).toBeUndefined();
    await port.close();
  });

  it("answers of either kind are read, and any other is none", () => {
    expect(decodeClosed("(@101,102.0)", [])).toEqual(new Set([101, 102]));
    expect(decodeClosed("(@)", [])).toEqual(new Set());
    expect(decodeClosed("0,1", [111, 112])).toEqual(new Set([112]));
    expect(decodeClosed("0,1,1", [111, 112])).toBeUndefined();
  });
});

/** `CROSSPORE_RECORD=1` writes the dialogues anew from the emulated instruments. */
const RECORDING = process.env.CROSSPORE_RECORD === "1";
const fileOf = (name: string) =>
  join(import.meta.dirname, "..", "..", "..", "fixtures", "transcripts", `${name}.ndjson`);

function transcriptOf(name: string, record: () => Transport): Transport {
  const file = fileOf(name);
  if (RECORDING) {
    writeFileSync(file, "");
    return tap(
      record(),
      () => 0,
      (line) => appendFileSync(file, `${JSON.stringify(line)}\n`),
    );
  }
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return replay(
    lines.map((line) => JSON.parse(line) as TranscriptLine),
    name,
  );
}

describe.each([
  [keithley2400, switch34970a],
  [keithley2600, switch2700],
])("the recorded dialogues of $name and $name", (driver, matrix) => {
  it("are spoken again word for word", async () => {
    const junction = { model: "ohmic", parameters: { conductance_S: 2e-6 } };
    const device = new EmulatedArray({ rows: 1, columns: 2, junction, unselectedLines: "biased" }, { seed: 1 });
    const array = await makeMatrixArray(driver, matrix, device, {
      open: async (bench) => [
        transcriptOf(driver.name, () => pipeTo(driver, bench)),
        transcriptOf(matrix.name, () => pipeTo(matrix, bench)),
      ],
    });
    const pulse: Waveform = [0, 0.4, 0].map((voltage_V) => ({ kind: "hold", voltage_V, duration_s: 0.05 }));
    const { windows } = await array.apply(
      { duration_s: 0.15, rows: [pulse], columns: ["floating", constant(0)], targets: [], referenceRow: 0 },
      { samplePeriod_s: 0.05, columns: [1], currentRange_A: 1e-5, windows: [{ start_s: 0.05, end_s: 0.1 }] },
      new AbortController().signal,
    );
    expectClose(windows[0]?.current_A[0] ?? Number.NaN, 0.4 * 2e-6, 1e-3);
    await array[Symbol.asyncDispose]();
  });
});
