import { currentOf, JOB } from "./codec.ts";
import type { Firmware } from "./firmware.ts";
import { branches, levels, widths } from "./sweeps.ts";

type Job = (firmware: Firmware) => Promise<void>;

/** Beside the step width that a client asks for, a step of a curve lasts this much longer: the reading. */
const CURVE_READ_S = 2e-3;
/** Devices and points of one argument list, whatever a client that is out of step sends. */
const MOST_DEVICES = 32 * 32;
/** ConvergeToState gives up after so many changes of polarity. */
const MOST_FAILURES = 5;
const MOST_POINTS = 100_000;

/** `ndev`, then word and bit of one device after the other, each done before the next is read. */
async function forEachDevice(firmware: Firmware, run: (word: number, bit: number) => Promise<void>): Promise<void> {
  const count = Math.min(MOST_DEVICES, await firmware.integer());
  for (let k = 0; k < count; k++) {
    const word = await firmware.integer();
    const bit = await firmware.integer();
    firmware.select(word, bit);
    await run(word, bit);
  }
}

const end = (firmware: Firmware) => {
  firmware.triple([0, 0, 0]);
};

async function train(
  firmware: Firmware,
  voltage_V: number,
  width_s: number,
  count: number,
  interpulse_s: number,
): Promise<void> {
  for (let k = 0; k < Math.min(MOST_POINTS, count); k++) {
    await firmware.pulse(voltage_V, width_s);
    await firmware.idle(interpulse_s);
  }
}

async function readSettings(firmware: Firmware): Promise<void> {
  const readMode = await firmware.integer();
  firmware.settings = { ...firmware.settings, readMode, read_V: await firmware.number() };
}

async function cyclesAndScheme(firmware: Firmware): Promise<void> {
  const cycles = await firmware.integer();
  firmware.settings = { ...firmware.settings, cycles, scheme: await firmware.integer() };
}

async function select(firmware: Firmware): Promise<void> {
  const word = await firmware.integer();
  firmware.select(word, await firmware.integer());
}

async function pulse(firmware: Firmware): Promise<void> {
  const voltage_V = await firmware.number();
  await firmware.pulse(voltage_V, await firmware.number());
}

async function read(firmware: Firmware): Promise<void> {
  await select(firmware);
  firmware.floats(await firmware.read());
}

async function pulseRead(firmware: Firmware): Promise<void> {
  await select(firmware);
  await pulse(firmware);
  firmware.floats(await firmware.read());
}

/** 1: all words by all bits; 2: a list of addresses, each read as soon as it is there. */
async function readMany(firmware: Firmware): Promise<void> {
  const [kind = 0, words = 0, bits = 0] = await firmware.numbers(3);
  if (kind === 2) {
    await forEachDevice(firmware, async () => firmware.floats(await firmware.read()));
    return;
  }
  for (let word = 1; word <= Math.min(32, words); word++)
    for (let bit = 1; bit <= Math.min(32, bits); bit++) {
      firmware.select(word, bit);
      firmware.floats(await firmware.read());
    }
}

/** Trains of rising amplitude, each with rising widths, until the resistance is low enough or has changed enough. */
function formFinder(withModes: boolean): Job {
  return async (firmware) => {
    const [least_V = 0, step_V = 0, most_V = 0, shortest_s = 0, step = 0, longest_s = 0, interpulse_s = 0] =
      await firmware.numbers(7);
    const [threshold_ohm = 0, threshold_percent = 0] = await firmware.numbers(2);
    const linear = withModes && (await firmware.integer()) === 1;
    await firmware.integer();
    const pulses = await firmware.integer();
    await forEachDevice(firmware, async () => {
      const before_ohm = await firmware.read();
      firmware.triple([before_ohm, firmware.settings.read_V, 0]);
      search: for (const voltage_V of levels(least_V, step_V, most_V))
        for (const width_s of widths(shortest_s, step, longest_s, linear)) {
          await train(firmware, voltage_V, width_s, pulses, interpulse_s);
          const after_ohm = await firmware.read();
          firmware.triple([after_ohm, voltage_V, width_s]);
          const formed =
            threshold_percent === 0
              ? after_ohm < threshold_ohm
              : Math.abs(after_ohm - before_ohm) >= (threshold_percent / 100) * before_ohm;
          if (formed) break search;
        }
      end(firmware);
    });
  };
}

/** Positive trains, then negative ones, a reading after every pulse. */
async function endurance(firmware: Firmware): Promise<void> {
  const [up_V = 0, up_s = 0, upStop_A = 0, down_V = 0, down_s = 0, downStop_A = 0, interpulse_s = 0] =
    await firmware.numbers(7);
  const [ups = 0, downs = 0, cycles = 0] = await firmware.numbers(3);
  const half = async (voltage_V: number, width_s: number, stop_A: number, count: number) => {
    for (let k = 0; k < Math.min(MOST_POINTS, count); k++) {
      let current_A = 0;
      if (stop_A === 0) await firmware.pulse(voltage_V, width_s);
      else await firmware.hold(voltage_V, width_s, 2, (ohm) => (current_A = currentOf(ohm, voltage_V)));
      firmware.triple([await firmware.read(), voltage_V, width_s]);
      await firmware.idle(interpulse_s);
      if (stop_A !== 0 && Math.abs(current_A) > Math.abs(stop_A)) return;
    }
  };
  await forEachDevice(firmware, async () => {
    for (let cycle = 0; cycle < Math.min(MOST_POINTS, cycles); cycle++) {
      await half(up_V, up_s, upStop_A, ups);
      await half(down_V, down_s, downStop_A, downs);
    }
    end(firmware);
  });
}

/**
 * Out and back on both sides (or one), a reading under bias at the end of every step. A current beyond its cut-off ends
 * the way out; with the return flag the way back is gone nevertheless.
 */
async function curveTracer(firmware: Firmware): Promise<void> {
  const [positive_V = 0, negative_V = 0, start_V = 0, step_V = 0, width_s = 0, interpulse_s = 0] =
    await firmware.numbers(6);
  const [positiveStop_A = 0, negativeStop_A = 0, cycles = 0, kind = 0, span = 0, returns = 0] =
    await firmware.numbers(6);
  const pulsed = kind === 1;
  const step = async (voltage_V: number): Promise<number> => {
    let resistance_ohm = Number.NaN;
    await firmware.hold(voltage_V, width_s + CURVE_READ_S, 2, (ohm) => (resistance_ohm = ohm));
    firmware.triple([resistance_ohm, voltage_V, 0]);
    if (pulsed) await firmware.idle(interpulse_s);
    return currentOf(resistance_ohm, voltage_V);
  };
  await forEachDevice(firmware, async () => {
    for (let cycle = 0; cycle < Math.min(MOST_POINTS, cycles); cycle++) {
      for (const { sign, out, back } of branches(start_V, step_V, positive_V, negative_V, span)) {
        const stop_A = Math.abs(sign > 0 ? positiveStop_A : negativeStop_A);
        let reached = 0;
        let beyond = false;
        for (const voltage_V of out) {
          const current_A = await step(voltage_V);
          reached++;
          beyond = stop_A > 0 && Math.abs(current_A) > stop_A;
          if (beyond) break;
        }
        if (beyond && returns === 0) continue;
        for (const voltage_V of back.slice(out.length - reached)) await step(voltage_V);
      }
      end(firmware);
      if (!pulsed) await firmware.idle(interpulse_s);
    }
  });
}

/** Trains that grow until the target is reached, turned round when the resistance runs away from it. */
async function convergeToState(firmware: Firmware): Promise<void> {
  const [least_V = 0, step_V = 0, most_V = 0, shortest_s = 0, step = 0, longest_s = 0, interpulse_s = 0] =
    await firmware.numbers(7);
  const [target_ohm = 0, tolerance_percent = 0, initial_percent = 0, pulses = 0, first = 1] = await firmware.numbers(5);
  await forEachDevice(firmware, async () => {
    let resistance_ohm = await firmware.read();
    let start_ohm = resistance_ohm;
    let sign = first < 0 ? -1 : 1;
    firmware.triple([resistance_ohm, firmware.settings.read_V, 0]);
    const reached = () => Math.abs(resistance_ohm - target_ohm) <= (tolerance_percent / 100) * target_ohm;
    const astray = () =>
      Math.abs(resistance_ohm - start_ohm) > (initial_percent / 100) * start_ohm &&
      Math.abs(resistance_ohm - target_ohm) > Math.abs(start_ohm - target_ohm);
    for (let failures = 0; failures < MOST_FAILURES && !reached(); failures++) {
      search: for (const voltage_V of levels(least_V, step_V, most_V))
        for (const width_s of widths(shortest_s, step, longest_s, false)) {
          await train(firmware, sign * voltage_V, width_s, pulses, interpulse_s);
          resistance_ohm = await firmware.read();
          firmware.triple([resistance_ohm, sign * voltage_V, width_s]);
          if (reached() || astray()) break search;
        }
      sign = -sign;
      start_ohm = resistance_ohm;
    }
    end(firmware);
  });
}

async function chronoAmp(firmware: Firmware): Promise<void> {
  const [voltage_V = 0, width_s = 0, reads = 0] = await firmware.numbers(3);
  await forEachDevice(firmware, async () => {
    await firmware.hold(voltage_V, width_s, Math.min(MOST_POINTS, reads), (ohm) => {
      firmware.triple([ohm, voltage_V, width_s]);
    });
    end(firmware);
  });
}

/** A pulse, then readings with their time in milliseconds as text, batch by batch as long as the host says 0. */
async function volatility(firmware: Firmware): Promise<void> {
  const [voltage_V = 0, width_s = 0, batch = 0, cycles = 1] = await firmware.numbers(4);
  const reading_V = () => firmware.settings.read_V;
  await forEachDevice(firmware, async () => {
    await firmware.pulse(voltage_V, width_s);
    firmware.floats(await firmware.read());
    const each_s = Math.max(1, cycles) * 1e-5;
    let time_s = 0;
    do {
      for (let k = 0; k < Math.min(MOST_POINTS, batch); k++) {
        const resistance_ohm = await firmware.read(reading_V(), cycles);
        time_s += each_s;
        firmware.text(String(Math.round(time_s * 1000)));
        firmware.floats(resistance_ohm);
      }
    } while ((await firmware.integer()) === 0);
    firmware.floats(await firmware.read());
  });
}

/** The host sends the voltage of a pair of spikes point by point; a reading before and after. */
async function stdp(firmware: Firmware): Promise<void> {
  await forEachDevice(firmware, async () => {
    const tell = async (): Promise<void> => {
      firmware.triple([await firmware.read(), firmware.settings.read_V, 0]);
    };
    await tell();
    const pairs = Math.min(MOST_POINTS, await firmware.integer());
    for (let pair = 0; pair < pairs; pair++) {
      const count = Math.min(MOST_POINTS, await firmware.integer());
      const points: [number, number][] = [];
      for (let k = 0; k < count; k++) points.push([await firmware.number(), await firmware.number()]);
      await tell();
      await firmware.ramp(points);
      await tell();
    }
    await tell();
  });
}

/** One bit line and several words at once: their summed current, or a write with the other lines at one half. */
async function multiBias(firmware: Firmware): Promise<void> {
  const [write_V = 0, width_s = 0, read_V = 0, count = 0, bit = 0, action = 0] = await firmware.numbers(6);
  const chosen = await firmware.numbers(Math.min(32, count));
  if (action === 1) {
    firmware.triple([await firmware.readWords(chosen, bit, read_V), read_V, 0]);
    return;
  }
  const { words } = firmware.settings;
  const readAll = async () => {
    for (let word = 1; word <= Math.min(32, words); word++) {
      firmware.select(word, bit);
      firmware.triple([await firmware.read(), firmware.settings.read_V, 0]);
    }
  };
  await readAll();
  const [first = 0] = chosen;
  firmware.select(first, bit);
  const otherRows = Array.from({ length: firmware.lines.rows }, (_, row) => (chosen.includes(row + 1) ? 1 : 0.5));
  await firmware.pulse(write_V, width_s, { selectedRow: 1, selectedColumn: 0, otherRows, otherColumns: 0.5 });
  await readAll();
}

/** Takes the arguments of a job whose inner workings nobody wrote down, and says for every device that nothing was done. */
function refused(values: number): Job {
  return async (firmware) => {
    await firmware.numbers(values);
    await forEachDevice(firmware, async () => {
      end(firmware);
    });
  };
}

/** Multi-state seeker, phases 1 and 3, whose inner workings nobody wrote down: a negative width and the status "failed". */
function seekerRefused(values: number): Job {
  return async (firmware) => {
    await firmware.numbers(values);
    // the count is that of the whole session, one device comes
    await firmware.integer();
    await select(firmware);
    firmware.triple([await firmware.read(), firmware.settings.read_V, -1]);
    firmware.text("1");
  };
}

/** Multi-state seeker, phase 2: a pulse and a reading, again and again as long as the host says 0. */
async function seekStability(firmware: Firmware): Promise<void> {
  const [voltage_V = 0, width_s = 0] = await firmware.numbers(2);
  await firmware.integer();
  await select(firmware);
  do {
    await firmware.pulse(voltage_V, width_s);
    firmware.floats(await firmware.read());
  } while ((await firmware.integer()) === 0);
}

export const JOBS: ReadonlyMap<string, Job> = new Map<string, Job>([
  [JOB.readSettings, readSettings],
  [JOB.cyclesAndScheme, cyclesAndScheme],
  [JOB.select, select],
  [JOB.pulse, pulse],
  [JOB.read, read],
  [JOB.readMany, readMany],
  [JOB.pulseRead, pulseRead],
  [JOB.formFinder, formFinder(false)],
  [JOB.formFinderModes, formFinder(true)],
  [JOB.switchSeeker, refused(12)],
  [JOB.switchSeekerSlow, refused(12)],
  [JOB.endurance, endurance],
  [JOB.curveTracer, curveTracer],
  [JOB.convergeToState, convergeToState],
  [JOB.chronoAmp, chronoAmp],
  [JOB.volatility, volatility],
  [JOB.stdp, stdp],
  [JOB.multiBias, multiBias],
  [JOB.seekPolarity, seekerRefused(9)],
  [JOB.seekStability, seekStability],
  [JOB.seekStatesByVoltage, seekerRefused(11)],
  [JOB.seekStatesByWidth, seekerRefused(11)],
  [JOB.seekStatesByCount, seekerRefused(11)],
]);
