import { driveCell, driveRow, groundAll } from "../../core/bias.ts";
import { streamOf, uniform } from "../../core/crossbar/random.ts";
import type { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { runProtocols } from "../../core/engine.ts";
import type { Arming } from "../../core/limiter/arming.ts";
import type { ChipLimits, Limits } from "../../core/limits.ts";
import type { ApplyStep, Protocol } from "../../core/protocol/protocol.ts";
import type { RunEvent } from "../../core/runEvent.ts";
import type { Waveform } from "../../core/waveform.ts";

export interface LivingOptions {
  readonly emulated: EmulatedArray;
  readonly arming: Arming;
  readonly limits: Limits;
  readonly chip: ChipLimits;
  /** Resolves after so many seconds on the wall, or when the signal aborts. */
  readonly wait: (delay_s: number, signal: AbortSignal) => Promise<void>;
  readonly follow: (event: RunEvent) => void;
}

/** Array time of one step, which takes as long on the wall. */
const STEP_s = 0.25;
const READ_V = 0.1;
const SAMPLES = 25;
/** Filters of the amplifier forget the last pulse: what runs next begins at 0 A. */
const SETTLE_s = 0.05;
/** Every so many steps one junction is driven instead of a row being read. */
const PULSE_EVERY = 3;

/**
 * What an emulated array does while nobody asks anything of it, so that one can see that its junctions live: rows are read
 * one after the other at 0.1 V, and now and then one junction gets a pulse of half of what the array takes, which fades.
 * In step with the clock on the wall, through engine and limiter like any run, recorded nowhere.
 * @returns ends it; resolves when the array is at rest
 */
export function startLiving(options: LivingOptions): () => Promise<void> {
  const { emulated, arming, limits, chip, wait, follow } = options;
  const stop = new AbortController();
  const done = runProtocols({
    protocols: [background(emulated)],
    array: emulated,
    arming,
    limits,
    chip,
    seed: 0,
    signal: stop.signal,
    emit: (event) => {
      follow(event);
      if (event.kind === "progressed") return wait(STEP_s, stop.signal);
    },
  }).then(
    () => undefined,
    () => undefined,
  );
  let settled: Promise<void> | undefined;
  return () => {
    stop.abort();
    return (settled ??= done.then(() => settle(emulated)));
  };
}

async function settle(emulated: EmulatedArray): Promise<void> {
  const stimulus = { duration_s: SETTLE_s, ...groundAll(emulated.grid), targets: [], referenceRow: 0 };
  const readout = { samplePeriod_s: SETTLE_s, columns: [], currentRange_A: "auto" as const, windows: [] };
  // a latched or disposed array needs no rest
  await emulated.apply(stimulus, readout, new AbortController().signal).catch(() => undefined);
}

/** Steps without an end; a plan looks at the first few, and every step is checked when it comes. */
function background({ grid, capabilities, seed }: EmulatedArray): Protocol {
  const largest_V = Math.min(-capabilities.voltageRange_V[0], capabilities.voltageRange_V[1]) / 2;
  const columns = Array.from({ length: grid.columns }, (_, column) => column);
  const pick = (name: string, k: number, count: number) => Math.floor(uniform(seed, streamOf(name), k) * count);
  return {
    name: "background",
    parameters: {},
    *steps({ planning }) {
      const most = planning ? PULSE_EVERY : Infinity;
      for (let k = 0; k < most; k++) {
        const pulsed = k % PULSE_EVERY === PULSE_EVERY - 1;
        const row = pulsed ? pick("living row", k, grid.rows) : k % grid.rows;
        const column = pick("living column", k, grid.columns);
        const sign = uniform(seed, streamOf("living sign"), k) < 0.75 ? -1 : 1;
        const level_V = pulsed ? sign * largest_V : READ_V;
        const waveform: Waveform = [{ kind: "hold", voltage_V: level_V, duration_s: STEP_s }];
        const drives = pulsed ? driveCell(grid, { row, column }, waveform, "V/2") : driveRow(grid, row, waveform);
        const targets = pulsed ? [{ row, column }] : columns.map((of) => ({ row, column: of }));
        const step: ApplyStep = {
          kind: "apply",
          role: pulsed ? "pulse" : "read",
          label: pulsed ? `r${row} c${column}` : `r${row}`,
          stimulus: { duration_s: STEP_s, ...drives, targets, referenceRow: row },
          readout: {
            samplePeriod_s: STEP_s / SAMPLES,
            columns,
            currentRange_A: "auto",
            windows: [{ start_s: STEP_s / 2, end_s: STEP_s, label: pulsed ? "pulse" : "read" }],
          },
          tags: pulsed ? { row, column, voltage_V: level_V } : { row, voltage_V: level_V },
        };
        yield step;
      }
    },
  };
}
