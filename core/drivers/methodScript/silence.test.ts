import { describe, expect, it } from "vitest";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { constant } from "../../waveform.ts";
import { Bench } from "../emulation/bench.ts";
import { InstrumentArray } from "../instrumentArray.ts";
import { limitSelector } from "../limitSelector.ts";
import type { Transport, TransportListener } from "../transport.ts";
import { emstatPico } from "./index.ts";

/** A line that carries nothing to the host from the first package on, until the host says `Z`: then all of it comes at once. */
function stalling(line: Transport): Transport {
  let held: Uint8Array[] | undefined;
  let stalled = false;
  let listener: TransportListener | undefined;
  return {
    name: line.name,
    bitsPerSecond: line.bitsPerSecond,
    write: async (bytes) => {
      if (Buffer.from(bytes).toString("latin1") === "Z\n" && held) {
        for (const chunk of held) listener?.bytes(chunk);
        held = undefined;
      }
      await line.write(bytes);
    },
    listen: (one) => {
      listener = one;
      line.listen({
        bytes: (chunk) => {
          if (!stalled && Buffer.from(chunk).toString("latin1").includes("P")) {
            stalled = true;
            held = [];
          }
          if (held) held.push(chunk);
          else one.bytes(chunk);
        },
        closed: (error) => one.closed(error),
      });
    },
    discardInput: () => line.discardInput(),
    close: () => line.close(),
  };
}

describe("an EmStat that falls silent in the middle of a plan", () => {
  it("is told to end its script, and what it says late is no answer to the next command", async () => {
    const device = new EmulatedArray(
      {
        rows: 2,
        columns: 2,
        junction: { model: "ohmic", parameters: { conductance_S: 1e-5 } },
        unselectedLines: "floating",
      },
      { seed: 1 },
    );
    // a time-out is waited for here: less patience than elsewhere
    const timer = patientTimer(4);
    const transport = stalling(pipeTo(emstatPico, new Bench(device)));
    const { instrument, selector } = await emstatPico.open(transport, { timer, options: new Map() });
    if (!instrument || !selector) throw new Error("an EmStat Pico has both");
    await using array = new InstrumentArray({ instrument, selector: limitSelector(selector, device.grid), timer });
    const apply = (row: number) =>
      array.apply(
        {
          duration_s: 0.2,
          rows: [0, 1].map((k) => (k === row ? constant(0.1) : "floating")),
          columns: [constant(0), "floating"],
          targets: [],
          referenceRow: row,
        },
        { samplePeriod_s: 0.02, columns: [0], currentRange_A: "auto", windows: [] },
        new AbortController().signal,
      );
    const silent = apply(0);
    await expect(silent).rejects.toMatchObject({ name: "TransportError", kind: "timeout" });
    await expect(silent).rejects.toThrow(
      /did not answer .* while it was to play its plan; .*\(Z\), which switches the cell off/,
    );
    // the multiplexer is switched by a script of its own, the next thing that is said
    expect(await apply(1)).toMatchObject({ lost: 0 });
  }, 60_000);
});
