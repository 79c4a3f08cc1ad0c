import { describe, expect, it } from "vitest";
import { makePtyPair } from "../../tests/ptyPair.ts";
import { canRun } from "../../tests/needs.ts";
import { soakOr } from "../../tests/soak.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { TransportError } from "../errors.ts";
import { constant } from "../waveform.ts";
import { Bench } from "./emulation/bench.ts";
import { InstrumentArray } from "./instrumentArray.ts";
import { limitSelector } from "./limitSelector.ts";
import { emstatPico } from "./methodScript/index.ts";
import { wallTimer } from "./timer.ts";
import { openSerial } from "./transports/serial.ts";

/** An emulated EmStat in real time at the far end of a pair of pseudo-terminals, streaming a point every 5 ms. */
async function stream() {
  const pty = await makePtyPair();
  const device = new EmulatedArray(
    { rows: 1, columns: 1, junction: { model: "ohmic", parameters: { conductance_S: 1e-6 } } },
    { seed: 1 },
  );
  const far = await openSerial({ path: pty.b, baudRate: 230_400 });
  let muted = false;
  const instrument = emstatPico.emulate({
    bench: new Bench(device),
    timer: wallTimer,
    send: (bytes) => {
      if (!muted) void far.write(bytes).catch(() => {});
    },
  });
  far.listen({
    bytes: (chunk) => {
      instrument.receive(chunk);
    },
    closed: () => {
      instrument.close();
    },
  });
  const near = await openSerial({ path: pty.a, baudRate: 230_400 });
  const { instrument: channel, selector } = await emstatPico.open(near, { timer: wallTimer, options: new Map() });
  if (!channel || !selector) throw new Error("no channel");
  const array = new InstrumentArray({
    instrument: channel,
    selector: limitSelector(selector, device.grid),
    timer: wallTimer,
  });
  const begun = new Promise<void>((resolve) => {
    array.samples.subscribe(() => resolve());
  });
  const stimulus = { duration_s: 60, rows: [constant(0.1)], columns: [constant(0)], targets: [], referenceRow: 0 };
  const readout = { samplePeriod_s: 5e-3, columns: [0], currentRange_A: "auto" as const, windows: [] };
  const failed = array.apply(stimulus, readout, new AbortController().signal).then(
    () => new Error("it went on"),
    (error: unknown) => ({ error, at_s: wallTimer.now_s() }),
  );
  await begun;
  return {
    failed,
    kill: () => pty.kill(),
    mute: () => {
      muted = true;
    },
    async close() {
      await array[Symbol.asyncDispose]().catch(() => {});
      instrument.close();
      await far.close();
      await pty.kill();
    },
  };
}

const TIMES = soakOr(100, 3);

/** Half and all of them, ms. */
function describeTimes(times_ms: readonly number[]): string {
  const sorted = times_ms.toSorted((a, b) => a - b);
  return `p50 ${sorted[sorted.length >> 1]?.toFixed(1)} ms, max ${sorted.at(-1)?.toFixed(1)} ms`;
}

describe.skipIf(!canRun("unplugged instruments", { programs: ["socat"] }))(
  "an instrument that goes away while it streams",
  () => {
    it.each([
      ["hang-up", 50, "disconnected"],
      ["silence", 500, "timeout"],
    ] as const)(
      `T4: a %s is noticed ${TIMES} times of ${TIMES} and the port is named`,
      async (how, most_ms, kind) => {
        const times_ms: number[] = [];
        for (let k = 0; k < TIMES; k++) {
          const line = await stream();
          const from_s = wallTimer.now_s();
          if (how === "hang-up") await line.kill();
          else line.mute();
          const end = await line.failed;
          await line.close();
          if (end instanceof Error) throw end;
          expect(end.error).toBeInstanceOf(TransportError);
          expect(end.error).toMatchObject({ kind });
          expect(String(end.error)).toMatch(/serial:.*\/a/);
          times_ms.push((end.at_s - from_s) * 1000);
        }
        console.log(`${how} x ${TIMES}: noticed in ${describeTimes(times_ms)}`);
        // times are judged where nothing else runs
        if (soakOr(true, false)) expect(Math.max(...times_ms)).toBeLessThanOrEqual(most_ms);
      },
      soakOr(600_000, 60_000),
    );
  },
);
