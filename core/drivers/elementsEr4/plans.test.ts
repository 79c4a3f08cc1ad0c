import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { UnsupportedError } from "../../errors.ts";
import type { ChannelPlan, ChannelPoint } from "../instrument.ts";
import { encodeFrames, FrameReader, type FrameRun, MessageReader } from "./codec.ts";
import { chooseRate, compilePlan } from "./compilePlan.ts";
import { E4, ENPR, ENPR_HC, FULL_CODE, frameBytes } from "./models.ts";
import { PlanPlayer } from "./planPlayer.ts";
import { ON_BOARD, voltageAt, type WaveformSettings } from "./protocols.ts";

function planOf(points: readonly (readonly [volts: number, seconds: number])[]): ChannelPlan {
  return {
    voltage_V: Float64Array.from(points, ([volts]) => volts),
    duration_s: Float64Array.from(points, ([, seconds]) => seconds),
    measured: new Uint8Array(points.length).fill(1),
    currentRange_A: "auto",
    compliance_A: Infinity,
  };
}

const triangle = (peak_V: number, legs: number, points: number, period_s: number) =>
  planOf(
    // the sample on the end is a point of its own
    Array.from({ length: legs * points + 1 }, (_, k) => {
      const part = (k % points) / points;
      return [peak_V * (Math.floor(k / points) % 2 === 0 ? part : 1 - part), period_s] as const;
    }),
  );

describe("an unbroken acquisition", () => {
  it("of four seconds at 200 kS/s has a current at every sample, each in its place", () => {
    const rate_Hz = 200_000;
    const points = 4 * rate_Hz;
    const plan: ChannelPlan = {
      voltage_V: new Float64Array(points).fill(0.1),
      duration_s: new Float64Array(points).fill(1 / rate_Hz),
      measured: new Uint8Array(points).fill(1),
      currentRange_A: "auto",
      compliance_A: Infinity,
    };
    const jobs = compilePlan(plan, ENPR);
    expect(jobs).toHaveLength(1);
    expectClose(jobs[0]!.end_s, 4, 1e-12);
    let [next, misplaced] = [0, 0];
    const player = new PlanPlayer({
      plan,
      jobs,
      inputs: 1,
      rate_Hz,
      full_A: FULL_CODE,
      wordsPerStep: 16,
      settleSamples: 0,
      start: () => undefined,
      tell: (told) => {
        // codes count the samples: a point that took another's, or none, shows
        for (const { point, current_A } of told) if (point !== next++ || current_A !== point % 10_000) misplaced++;
      },
    });
    const words = new Int16Array(2 * 16 * 1000);
    for (let from = 0; player.state !== "done" && from <= points; from += words.length / 2) {
      for (let n = 0; n < words.length / 2; n++) {
        words[2 * n] = 100 * 16;
        words[2 * n + 1] = (from + n) % 10_000;
      }
      player.take({ lost: 0, frames: 1000, words });
    }
    expect([next, misplaced, player.state]).toEqual([points, 0, "done"]);
  });
});

describe("a plan for an er4 amplifier", () => {
  it("times long levels by the computer and merges equal neighbours", () => {
    const jobs = compilePlan(
      planOf([
        [0.1, 0.01],
        [0.1, 0.01],
        [-0.2, 0.03],
      ]),
      ENPR,
    );
    expect(jobs.map(({ settings, start_s, end_s }) => [settings.protocol, settings.hold, start_s, end_s])).toEqual([
      [ON_BOARD.constant, 100, 0, 0.02],
      [ON_BOARD.constant, -200, 0.02, 0.05],
    ]);
  });

  it("plays pulses of 2 ms with pauses of 50 ms as one train of its own, sent a pause before the first pulse", () => {
    const train = Array.from(
      { length: 4 },
      () =>
        [
          [0.3, 0.002],
          [0, 0.05],
        ] as const,
    ).flat();
    const [rest, pulses, ...others] = compilePlan(planOf([[0, 0.1], ...train]), ENPR_HC);
    expect(others).toEqual([]);
    expect(rest?.settings).toEqual({ protocol: ON_BOARD.constant, hold: 0 });
    expect(pulses?.settings).toMatchObject({ pulse: 4800, pulseTime_ms: 2, holdTime_ms: 50, count: 4, repetitions: 1 });
    expectClose(pulses?.sent_s ?? 0, 0.05, 1e-9);
    expectClose(pulses?.end_s ?? 0, 0.1 + 4 * 0.052, 1e-9);
  });

  it("plays a fast triangle as cyclic voltammetry: two cycles there and back", () => {
    const jobs = compilePlan(triangle(0.2, 4, 100, 1e-3), E4);
    expect(jobs.map(({ settings }) => settings)).toEqual([
      {
        protocol: ON_BOARD.cyclicVoltammetry,
        hold: 0,
        initial: 0,
        final: 200,
        holdTime_ms: 1,
        rampTime_ms: 100,
        count: 2,
        repetitions: 1,
      },
    ]);
  });

  it("refuses what the amplifier cannot play, with the time and what it can", () => {
    expect(() =>
      compilePlan(
        planOf([
          [0.1, 0.005],
          [0.2, 0.02],
        ]),
        ENPR,
      ),
    ).toThrow(/level at 0 s lasts 5 ms.*pulses from one level/);
    expect(() =>
      compilePlan(
        planOf([
          [0.1, 0.0025],
          [0, 0.02],
        ]),
        ENPR,
      ),
    ).toThrow(UnsupportedError);
    const sine = planOf(Array.from({ length: 50 }, (_, k) => [0.1 * Math.sin(k / 5), 1e-3] as const));
    expect(() => compilePlan(sine, ENPR)).toThrow(/straight ramps/);
  });

  it("takes the slowest rate that has samples of its own in every point", () => {
    expect(chooseRate(planOf([[0, 0.02]]), ENPR).name).toBe("1.25k");
    expect(chooseRate(planOf([[0, 1e-3]]), ENPR).name).toBe("5k");
    expect(chooseRate(planOf([[0, 1 / 50_000]]), ENPR).name).toBe("50k");
    expect(chooseRate(planOf([[0, 5e-6]]), ENPR).name).toBe("200k");
    expect(() => chooseRate(planOf([[0, 4e-6]]), ENPR)).toThrow(/of 4 µs refused, allowed is 5 µs/);
  });
});

describe("the player against the amplifier's own sample clock", () => {
  /** An ideal amplifier on a conductor of 1 uS: what the job's message makes of the output, `latency` samples later. */
  function perform(plan: ChannelPlan, { latency = 7, dropped = new Set<number>() } = {}) {
    const model = ENPR;
    const rate = chooseRate(plan, model).rate_Hz;
    const jobs = compilePlan(plan, model);
    const points: ChannelPoint[] = [];
    let sample = 0;
    let [playing, since] = [{ protocol: 0, hold: 0 } as WaveformSettings, 0];
    const pending: { at: number; settings: WaveformSettings }[] = [];
    const levels: number[] = [];
    const player = new PlanPlayer({
      plan,
      jobs,
      inputs: 1,
      rate_Hz: rate,
      full_A: 2e-6,
      wordsPerStep: 16,
      settleSamples: 40,
      start: (job) => pending.push({ at: sample + latency, settings: jobs[job]?.settings as WaveformSettings }),
      tell: (told) => points.push(...told),
    });
    let lost = 0;
    for (let frame = 0; player.state !== "done" && frame < 1e5; frame++) {
      const words = new Int16Array(32);
      for (let k = 0; k < 16; k++, sample++) {
        while (pending[0] && pending[0].at <= sample) [playing, since] = [pending.shift()!.settings, sample];
        const level = voltageAt(playing, 1000, ((sample - since) / rate) * 1000);
        levels.push(level);
        words[2 * k] = level * 16;
        words[2 * k + 1] = Math.round(((level * 1e-9) / 2e-6) * 32_767);
      }
      if (dropped.has(frame)) lost++;
      else {
        player.take({ frames: 1, words, lost } satisfies FrameRun);
        lost = 0;
      }
      if (player.late) throw new Error("late");
    }
    return { points, levels, rate };
  }

  it("gives every point its own level, however late messages are", () => {
    const plan = planOf([
      [0, 0.02],
      [0.1, 0.02],
      [0.25, 0.02],
      [-0.1, 0.03],
      [-0.1, 0.03],
    ]);
    for (const latency of [0, 5, 300]) {
      const { points } = perform(plan, { latency });
      expect(points.map(({ point }) => point)).toEqual([0, 1, 2, 3, 4]);
      for (const { point, current_A, voltage_V } of points) {
        expectClose(voltage_V ?? Number.NaN, plan.voltage_V[point] ?? 0, 0, 1e-12);
        expectClose(current_A, (plan.voltage_V[point] ?? 0) * 1e-6, 1e-3, 1e-11);
      }
    }
  });

  it("makes pulses exactly as long as asked and measures inside them", () => {
    const train = Array.from(
      { length: 5 },
      () =>
        [
          [0.3, 0.003],
          [0, 0.007],
        ] as const,
    ).flat();
    const { points, levels, rate } = perform(planOf([[0, 0.05], ...train]));
    const widths: number[] = [];
    for (let k = 1, from = 0; k < levels.length; k++)
      if (levels[k] !== levels[k - 1]) {
        if (levels[k - 1] === 300) widths.push((k - from) / rate);
        from = k;
      }
    expect(widths.length).toBe(5);
    for (const width of widths) expectClose(width, 0.003, 0, 1 / rate);
    expect(
      points.filter(({ point }) => point % 2 === 1).every(({ voltage_V }) => Math.abs((voltage_V ?? 0) - 0.3) < 1e-12),
    ).toBe(true);
    expect(points.length).toBe(11);
  });

  it("samples a ramp at its times: the voltage of a point is that of the middle of what was averaged", () => {
    const { points } = perform(triangle(0.2, 2, 100, 1e-3));
    expect(points.length).toBe(201);
    for (const { point, voltage_V = Number.NaN } of points) {
      const part = Math.min(2, (point + 0.75) / 100);
      expectClose(voltage_V, 0.2 * (part < 1 ? part : 2 - part), 0, 1.1e-3);
    }
  });

  it("keeps lost frames in their place: points that had only them have no number", () => {
    // 4882.8 Hz, 3.3 ms a frame, 1 ms a point
    const plan = planOf(Array.from({ length: 60 }, () => [0.1, 1e-3] as const));
    const whole = perform(plan, { latency: 0 }).points;
    const { points } = perform(plan, { latency: 0, dropped: new Set([8, 9]) });
    expect(points.map(({ point }) => point)).toEqual(whole.map(({ point }) => point));
    const gaps = points.filter(({ current_A }) => Number.isNaN(current_A)).length;
    // 32 samples of 4.88 a point
    expect(gaps).toBeGreaterThanOrEqual(5);
    expect(gaps).toBeLessThanOrEqual(7);
  });
});

describe("on-board protocols", () => {
  const base: WaveformSettings = {
    protocol: 0,
    hold: 0,
    pulse: 100,
    step: 20,
    initial: -100,
    final: 100,
    amplitude: 2,
    holdTime_ms: 10,
    pulseTime_ms: 5,
    stepTime_ms: 3,
    rampTime_ms: 50,
    period_ms: 40,
    count: 2,
    repetitions: 1,
  };
  const at = (protocol: number, times: readonly number[], changes: Partial<WaveformSettings> = {}) =>
    times.map((time_ms) => voltageAt({ ...base, ...changes, protocol }, 1000, time_ms));

  it("cyclic voltammetry peaks at Vinit and Vfinal exactly and ends at Vhold", () => {
    expect(at(ON_BOARD.cyclicVoltammetry, [0, 10, 60, 110, 160, 210, 1000], { hold: 7 })).toEqual([
      7, -100, 100, -100, 100, 7, 7,
    ]);
  });

  it("a triangle goes from Vhold by Vamp, both ways", () => {
    expect(at(ON_BOARD.triangle, [0, 10, 20, 30, 40])).toEqual([0, 50, 0, -50, 0]);
    expect(at(ON_BOARD.triangle, [10], { amplitude: 0 })).toEqual([100]);
  });

  it("pulses grow by Vstep or Tstep and are relative to Vhold; no repetitions means forever", () => {
    expect(at(ON_BOARD.variableAmplitude, [9, 10, 14, 15, 25, 30], { hold: 5 })).toEqual([5, 105, 105, 5, 125, 5]);
    expect(at(ON_BOARD.variableDuration, [10, 15, 25, 32, 33])).toEqual([100, 0, 100, 100, 0]);
    expect(at(ON_BOARD.conductance, [10, 25, 40, 55])).toEqual([100, -100, 120, -120]);
    expect(at(ON_BOARD.square, [0, 4, 5, 10], { hold: 5 })).toEqual([105, 105, -95, 105]);
    expect(at(ON_BOARD.variableAmplitude, [3000 + 10], { repetitions: 0 })).toEqual([100]);
    expect(at(ON_BOARD.ramp, [10, 35, 60, 64, 65])).toEqual([-100, 0, 100, 100, 0]);
  });
});

describe("frames", () => {
  const random = (frames: number, inputs: number) =>
    // 0x7FFF is no code of the converter, so that the sync word is none of the data
    Int16Array.from({ length: frames * 16 * (1 + inputs) }, (_, k) => ((k * 40_503) % 65_535) - 32_768).map((word) =>
      word === 0x7fff ? 0 : word,
    );

  it("come out the same in any chunks", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 4, 16),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (inputs, cuts) => {
          const words = random(9, inputs);
          const bytes = encodeFrames(inputs, words);
          const reader = new FrameReader(inputs);
          const found: number[] = [];
          for (let at = 0, k = 0; at < bytes.length; k++) {
            const size = cuts[k % cuts.length] ?? 1;
            for (const run of reader.append(bytes.subarray(at, at + size))) found.push(...run.words);
            at += size;
          }
          // the last frame is sure when nothing contradicts it
          expect(found).toEqual([...words]);
        },
      ),
    );
  });

  it("are total under garbage, in any chunks alike", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 999 }), (garbage, size) => {
        const good = encodeFrames(1, random(4, 1));
        const bytes = Buffer.concat([good, garbage, good]);
        const read = (chunk: number) => {
          const reader = new FrameReader(1);
          const runs: FrameRun[] = [];
          for (let at = 0; at < bytes.length; at += chunk) runs.push(...reader.append(bytes.subarray(at, at + chunk)));
          return [runs.reduce((sum, { frames }) => sum + frames, 0), runs.reduce((sum, { lost }) => sum + lost, 0)];
        };
        expect(read(size)).toEqual(read(bytes.length));
      }),
    );
  });

  it("are found again after lost bytes, and the gap is counted in frames", () => {
    const words = random(6, 1);
    const bytes = encodeFrames(1, words);
    const size = frameBytes(1);
    const reader = new FrameReader(1);
    // 10 bytes of frame 2 are missing
    const runs = reader.append(Buffer.concat([bytes.subarray(0, 2 * size + 5), bytes.subarray(2 * size + 15)]));
    expect(runs.reduce((sum, { frames }) => sum + frames, 0)).toBe(5);
    expect(runs.reduce((sum, { lost }) => sum + lost, 0)).toBe(1);
    expect(reader.resyncs).toBe(1);
  });

  it("a sync word inside data is none, because none follows it", () => {
    const words = random(4, 1);
    words.set([0x7fff, -0x8000], 6);
    const bytes = Buffer.from(encodeFrames(1, words));
    // cut into the first frame: what comes next looks like a sync word
    const runs = new FrameReader(1).append(bytes.subarray(10));
    expect(runs.reduce((sum, { frames }) => sum + frames, 0)).toBe(3);
  });

  it("stay linear where everything looks like a sync word", () => {
    const bytes = Buffer.alloc(1 << 20, Buffer.of(0x7f, 0xff, 0x80, 0x00));
    const reader = new FrameReader(16);
    for (let at = 0; at < bytes.length; at += 4096) reader.append(bytes.subarray(at, at + 4096));
    expect(reader.append(new Uint8Array(0))).toEqual([]);
  });
});

describe("messages to the amplifier", () => {
  it("begin anew at every byte with bit 7, in any chunks", () => {
    const reader = new MessageReader(5);
    const message = [0x80, 1, 2, 3, 4];
    const bytes = Uint8Array.from([9, ...message, 0x80, 1, 2, ...message, 0x80, 1, 0xff, 7, ...message]);
    const found = Array.from(bytes, (byte) => reader.append(Uint8Array.of(byte))).flat();
    expect(found.map((one) => [...one])).toEqual([message, message, message]);
    expect(reader.broken).toBe(2);
  });
});
