import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { longAbf1, rawOf } from "../../tests/smallRecordings.ts";
import { memorySource } from "./byteSource.ts";
import { openRecording } from "./openRecording.ts";

function seriesOf(bytes: Uint8Array) {
  return openRecording(memorySource("old.abf", bytes)).series[0]!;
}

function command(bytes: Uint8Array, sweep = 0): number[] {
  const series = seriesOf(bytes);
  const samples = new Float64Array(series.sweep(sweep).points);
  series.command(sweep, 0, 0, samples);
  return [...samples];
}

const times = (count: number, value: number) => Array.from({ length: count }, () => value);

describe("outputs of ABF1 with the long header", () => {
  it("play trains of pulses and triangles with their period and width", () => {
    // 40 samples: the 64th part before the epochs is none
    const pulses = longAbf1({ epochs: [[3, 30, 23, 10, 4]] });
    const one = [...times(4, 30), ...times(6, -70)];
    // two whole periods, then the level before for what is left of the epoch, then holding
    expect(command(pulses)).toEqual([...one, ...one, ...times(20, -70)]);
    expect(seriesOf(pulses).commands[0]!.epochs).toMatchObject([{ type: "pulse", pulsePeriod: 10, pulseWidth: 4 }]);
    // up in 5 samples with both ends, down in 5
    const ramp = [-70, -45, -20, 5, 30];
    const triangles = longAbf1({
      epochs: [
        [1, -70, 5, 0, 0],
        [4, 30, 20, 10, 5],
      ],
    });
    const wave = [...ramp, ...ramp.toReversed()];
    expect(command(triangles)).toEqual([...times(5, -70), ...wave, ...wave, ...times(15, -70)]);
  });

  it("take levels and durations from a user list, whose last value stays or which begins anew", () => {
    const epochs = [[1, 30, 20, 0, 0]] as const;
    const sweepOf = (bytes: Uint8Array, sweep: number) => {
      const into = new Float64Array(40);
      seriesOf(bytes).command(sweep, 0, 0, into);
      return [...into];
    };
    // epoch A is the first behind 1/64 of the sweep, which is none of its 40 samples
    const levels = longAbf1({ epochs, userList: [21, "10,-20"] });
    expect([0, 1].map((k) => sweepOf(levels, k)[5])).toEqual([10, -20]);
    expect(seriesOf(levels).commands[0]!.remark).toBe("a user list gives the level of epoch A");
    const durations = longAbf1({ epochs, userList: [31, "7"] });
    expect([0, 1].map((k) => sweepOf(durations, k).filter((v) => v === 30).length)).toEqual([7, 7]);
    const turns = longAbf1({ epochs, userList: [21, "10", true] });
    expect([0, 1].map((k) => sweepOf(turns, k)[5])).toEqual([10, 10]);
    // a list that is on without values varies nothing
    expect(sweepOf(longAbf1({ epochs, userList: [21, ""] }), 1)[5]).toBe(30);
  });

  it("are not guessed where a user list that is not read varies them", () => {
    const varied = longAbf1({ epochs: [[1, 30, 20, 0, 0]], userList: [45, "1,2"] });
    expect(command(varied).every(Number.isNaN)).toBe(true);
    expect(seriesOf(varied).commands[0]!.remark).toBe("a user list varies parameter 45, which is not read here");
  });

  it("of version 1.5 is the short one", () => {
    const bytes = Buffer.from(longAbf1());
    bytes.writeFloatLE(1.5, 4);
    // the one table of the short header, at other places, has no waveform
    expect(command(bytes)).toEqual(times(40, -70));
    const short = Buffer.concat([bytes.subarray(0, 2048), bytes.subarray(6144)]);
    short.writeInt32LE(4, 40);
    expect(seriesOf(short).sweeps).toBe(2);
  });
});

describe("an event-driven ABF1", () => {
  const bytes = longAbf1({
    mode: 1,
    sweeps: [
      [100, 7],
      [5000, 30],
      [70_000, 43],
    ],
  });

  it("has sweeps of the lengths and at the times of its table", () => {
    const series = seriesOf(bytes);
    expect([series.mode, series.sweeps]).toEqual(["variable-length", 3]);
    expect([0, 1, 2].map((k) => series.sweep(k).points)).toEqual([7, 30, 43]);
    // without a unit of their own times count samples of 1 ms
    [0.1, 5, 70].forEach((start_s, k) => expectClose(series.sweep(k).startTime_s, start_s, 1e-12));
    const last = new Float64Array(43);
    series.read(2, 0, 0, last);
    // 80 samples one behind the other: the third sweep begins with sample 37 of the first half
    last.forEach((value, n) => {
      const at = 37 + n;
      expectClose(value, (rawOf(Math.floor(at / 40), at % 40) * 10) / 2048 / 0.001, 1e-6, 1e-12);
    });
  });

  it("whose table says more than there is is refused with its byte", () => {
    const more = Buffer.from(bytes);
    more.writeInt32LE(44, more.length - 4);
    expect(() => seriesOf(more)).toThrow(
      /byte \d+: sweep 3 has 44 samples of 1 channels, expected a multiple of 1 up to 43/u,
    );
  });
});
