import type { Capabilities } from "../../core/arrayBackend.ts";
import type { Grid } from "../../core/crossbar/grid.ts";
import { type Limits, NO_LIMITS } from "../../core/limits.ts";
import {
  ivSweep,
  pairedPulse,
  pulseTrain,
  readMap,
  reservoirTrain,
  vectorProduct,
} from "../../core/protocol/library/index.ts";
import type { ApplyStep, MultiplyStep, Protocol, Step } from "../../core/protocol/protocol.ts";
import { ideal } from "../../core/protocol/testing/resistorArray.ts";
import type { LineDrive } from "../../core/stimulus.ts";
import type { Segment, Waveform } from "../../core/waveform.ts";

/** Numbers that depend on (seed, how many were drawn) alone: run number 123456 is the same for everybody. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0;
  }

  /** From 0 to 1 (Mulberry32, Tommy Ettinger, public domain). */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(count: number): number {
    return Math.floor(this.share() * count);
  }

  chance(share: number): boolean {
    return this.share() < share;
  }

  one<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.share();
  }
}

export interface RandomRun {
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly limits: Limits;
  readonly steps: readonly (ApplyStep | MultiplyStep)[];
  /** Of the junctions, for lines that float; 1 stands for the largest. */
  conductance(row: number, column: number): number;
  /** Holds something of which the limiter only knows a bound: it may refuse although the oracle sees nothing. */
  readonly bounded: boolean;
}

/** A run whose voltages lie around its limits. */
export function makeRandomRun(seed: number): RandomRun {
  const draw = new Draw(seed);
  const grid = draw.one(
    { rows: 1, columns: 1 },
    { rows: 2, columns: 1 },
    { rows: 2, columns: 2 },
    { rows: 3, columns: 2 },
  );
  const limits = drawLimits(draw);
  const range_V = draw.one(2, 5, 1.2);
  const capabilities: Capabilities = { ...ideal(grid), voltageRange_V: [-range_V, range_V] };
  // with a slew limit only what is continuous has a chance
  const smooth = limits.slew_V_s !== Infinity && draw.chance(0.9);
  const makers = new Maker(draw, limits, smooth);
  const steps = draw.chance(0.15)
    ? libraryRun(draw, grid, capabilities, limits)
    : Array.from({ length: 1 + draw.below(3) }, () =>
        draw.chance(smooth ? 0.05 : 0.2) ? makers.product(grid) : makers.stimulus(grid),
      );
  const weights = Array.from({ length: grid.rows * grid.columns }, () => draw.one(1, 0.1, 0.01));
  return {
    grid,
    capabilities,
    limits,
    steps,
    conductance: (row, column) => weights[row * grid.columns + column] ?? 1,
    // to touch 0 V for an instant is no interruption for the limiter, and one for the oracle
    bounded:
      (limits.dwellAbove_V === 0 && limits.dwell_s !== Infinity) || steps.some((step) => isBounded(step, limits)),
  };
}

function drawLimits(draw: Draw): Limits {
  const some = (share: number, value: () => number) => (draw.chance(share) ? value() : Infinity);
  const timed = draw.chance(0.6);
  const dosed = timed && draw.chance(0.4);
  const duty = timed && draw.chance(0.3) ? draw.one(0.2, 0.5, 0.8) : 1;
  return {
    ...NO_LIMITS,
    voltage_V: draw.one(1, 1, 0.5, Infinity),
    slew_V_s: some(0.15, () => draw.one(2, 20, 100)),
    dwell_s: timed ? some(0.5, () => draw.one(0.3, 1, 2)) : Infinity,
    dwellAbove_V: draw.one(0, 0.3, 0.5),
    duty,
    dutyWindow_s: duty < 1 ? draw.one(0.2, 1) : Infinity,
    charge_C: dosed ? some(0.7, () => draw.one(3e-10, 1e-9, 3e-9)) : Infinity,
    energy_J: dosed ? some(0.5, () => draw.one(1e-10, 1e-9)) : Infinity,
    current_A: dosed ? some(0.5, () => draw.one(8e-10, 1.01e-9)) : Infinity,
    largestConductance_S: dosed ? 1e-9 : Infinity,
  };
}

/** Values that break what they are put into; 1e308 is a number like any other, and beyond every limit. */
const HOSTILE = [Number.NaN, Infinity, -Infinity, 1e308, -1e308, -0, 5e-324] as const;

class Maker {
  readonly #draw: Draw;
  readonly #limits: Limits;
  readonly #smooth: boolean;

  constructor(draw: Draw, limits: Limits, smooth: boolean) {
    this.#draw = draw;
    this.#limits = limits;
    this.#smooth = smooth;
  }

  /** Near a limit, or anywhere below, now and then above. */
  voltage(): number {
    const draw = this.#draw;
    const limit_V = this.#limits.voltage_V === Infinity ? 1 : this.#limits.voltage_V;
    const kind = draw.share();
    const sign = draw.one(1, -1);
    if (kind < 0.1) return 0;
    if (kind < 0.25) return sign * limit_V * draw.one(1, 1 - 1e-6, 1 - 1e-12);
    if (kind < 0.28) return sign * limit_V * draw.one(1 + 1e-6, 1.01, 2);
    if (kind < 0.282) return draw.one(...HOSTILE);
    return sign * limit_V * draw.between(0.05, 0.95);
  }

  duration(): number {
    if (this.#draw.chance(0.002)) return this.#draw.one(Number.NaN, 0, -1, Infinity, 5e-324);
    return this.#draw.one(0.01, 0.05, 0.1, 0.25, 0.3, 1);
  }

  waveform(): Waveform {
    return this.#smooth ? this.#smoothWaveform() : this.#anyWaveform();
  }

  #anyWaveform(): Waveform {
    const draw = this.#draw;
    const segments = Array.from({ length: 1 + draw.below(4) }, (): Segment => {
      const duration_s = this.duration();
      const kind = draw.share();
      if (kind < 0.5) return { kind: "hold", voltage_V: this.voltage(), duration_s };
      if (kind < 0.7) return { kind: "ramp", from_V: this.voltage(), to_V: this.voltage(), duration_s };
      if (kind < 0.85) {
        const frequency_Hz = (draw.one(0.25, 0.5, 1, 2.7) / duration_s) * draw.one(1, 1, -1);
        const offset_V = draw.chance(0.7) ? 0 : this.voltage() * 0.3;
        return {
          kind: "sine",
          amplitude_V: this.voltage() * 0.9,
          offset_V,
          frequency_Hz,
          phase_rad: draw.between(-7, 7),
          duration_s,
        };
      }
      const length = 2 + draw.below(4);
      return {
        kind: "samples",
        time_s: Array.from({ length }, (_, k) => (k * duration_s) / (length - 1)),
        voltage_V: Array.from({ length }, () => this.voltage()),
      };
    });
    if (draw.chance(0.1)) segments.push({ kind: "hold", voltage_V: this.voltage(), duration_s: Infinity });
    return segments;
  }

  /** From 0 V to 0 V without steps. */
  #smoothWaveform(): Waveform {
    const draw = this.#draw;
    if (draw.chance(0.3)) {
      const duration_s = draw.one(0.5, 1, 2);
      const frequency_Hz = draw.one(1, 2, -1) / duration_s;
      return [{ kind: "sine", amplitude_V: this.voltage(), offset_V: 0, frequency_Hz, phase_rad: 0, duration_s }];
    }
    const levels = [0, ...Array.from({ length: 1 + draw.below(3) }, () => this.voltage()), 0];
    const slowest_s = 1 / Math.min(this.#limits.slew_V_s, 100);
    return levels.slice(1).map((to_V, k): Segment => {
      const from_V = levels[k] ?? 0;
      const duration_s = Math.max(0.01, Math.abs(to_V - from_V) * slowest_s * draw.one(1.0001, 1.5, 4, 0.99));
      return { kind: "ramp", from_V, to_V, duration_s: Number.isFinite(duration_s) ? duration_s : 1 };
    });
  }

  stimulus({ rows, columns }: Grid): ApplyStep {
    const draw = this.#draw;
    const wave = this.waveform();
    const scaled = (factor: number) => scale(wave, factor);
    const zero: Waveform = [{ kind: "hold", voltage_V: draw.one(0, -0), duration_s: Infinity }];
    const [row, column] = [draw.below(rows), draw.below(columns)];
    const fill = (count: number, at: number, own: LineDrive, other: LineDrive) =>
      Array.from({ length: count }, (_, k) => (k === at ? own : other));
    const scheme = draw.share();
    let drives: [LineDrive[], LineDrive[]];
    if (scheme < 0.3) drives = [fill(rows, row, wave, zero), fill(columns, column, zero, zero)];
    else if (scheme < 0.5) drives = [fill(rows, row, scaled(0.5), zero), fill(columns, column, scaled(-0.5), zero)];
    else if (scheme < 0.6) drives = [fill(rows, row, wave, scaled(1 / 3)), fill(columns, column, zero, scaled(2 / 3))];
    else if (scheme < 0.7) drives = [fill(rows, row, wave, "floating"), fill(columns, column, zero, "floating")];
    else {
      const pool: readonly [LineDrive, ...LineDrive[]] = [
        zero,
        wave,
        scaled(-0.5),
        this.waveform(),
        draw.chance(0.3) ? "floating" : zero,
      ];
      drives = [
        Array.from({ length: rows }, () => draw.one(...pool)),
        Array.from({ length: columns }, () => draw.one(...pool)),
      ];
    }
    const length_s = Math.max(0, ...[...drives[0], ...drives[1]].map(lengthOf));
    const duration_s = draw.chance(0.01) ? this.duration() : (length_s || 0.1) * draw.one(1, 1, 1, 0.4, 1.5);
    return {
      kind: "apply",
      role: "pulse",
      label: "",
      stimulus: { duration_s, rows: drives[0], columns: drives[1], targets: [{ row, column }], referenceRow: row },
      readout: { samplePeriod_s: duration_s / 4, columns: [column], currentRange_A: "auto", windows: [] },
      tags: {},
    };
  }

  product({ rows, columns }: Grid): MultiplyStep {
    const draw = this.#draw;
    const inputs_V = Float64Array.from({ length: rows * (1 + draw.below(4)) }, () => this.voltage());
    const readout = {
      integration_s: this.duration(),
      rest_s: draw.one(0, 0, 0.1, 1),
      columns: Array.from({ length: columns }, (_, k) => k),
      currentRange_A: "auto" as const,
    };
    return { kind: "multiply", role: "product", label: "", inputs_V, readout, tags: {} };
  }
}

/** Steps of the library, its parameters written as people do. */
function libraryRun(draw: Draw, grid: Grid, capabilities: Capabilities, limits: Limits) {
  const limit_V = limits.voltage_V === Infinity ? 1 : limits.voltage_V;
  const volts = () => {
    const voltage_V = limit_V * draw.one(1, 0.5, 0.9, 1 - 1e-9, 1 + 1e-6, 1.5) * draw.one(1, -1);
    return draw.one<string | number>(voltage_V, `${voltage_V} V`, `${voltage_V * 1e3} mV`);
  };
  const width_s = () => draw.one<string | number>("10ms", 0.1, "0.25 s", "300 ms");
  const bias = draw.one("ground", "V/2", "V/3", "float");
  const cells = [[draw.below(grid.rows), draw.below(grid.columns)]] as const;
  const read = { voltage_V: volts(), width_s: width_s() };
  const magnitude = () => {
    const asked = volts();
    return typeof asked === "number" ? Math.abs(asked) : asked.replace("-", "");
  };
  const protocol: Protocol = draw.one<() => Protocol>(
    () =>
      ivSweep({
        cells,
        amplitude_V: magnitude(),
        frequency_Hz: draw.one("1 Hz", "4 Hz"),
        cycles: 2,
        samplesPerCycle: 100,
        wave: draw.one("sine", "triangle"),
        bias,
      }),
    () =>
      pulseTrain({
        cells,
        bias,
        read,
        potentiation: { amplitude_V: volts(), width_s: width_s(), gap_s: "1 s", count: 2 },
        depression: { amplitude_V: volts(), width_s: width_s(), gap_s: "1 s", count: 1 },
      }),
    () =>
      pairedPulse({
        cells,
        bias,
        amplitude_V: volts(),
        width_s: width_s(),
        gaps_s: ["20 ms", 0.2],
        recovery_s: "0.1 s",
      }),
    () => readMap({ voltage_V: volts(), width_s: width_s(), bias }),
    () =>
      reservoirTrain({
        cells,
        bias,
        amplitude_V: volts(),
        width_s: width_s(),
        gap_s: width_s(),
        patterns: ["01", "11"],
        assignment: "all-on-each-cell",
      }),
    () => vectorProduct({ random: { count: 2, amplitude_V: magnitude() }, integration_s: width_s() }),
  )();
  const steps: (ApplyStep | MultiplyStep)[] = [];
  for (const step of protocol.steps({ grid, capabilities, limits, seed: 1 }) as Iterable<Step>)
    if (step.kind !== "mark") steps.push(step);
  return steps;
}

function scale(waveform: Waveform, factor: number): Waveform {
  return waveform.map((segment): Segment => {
    if (segment.kind === "hold") return { ...segment, voltage_V: segment.voltage_V * factor };
    if (segment.kind === "ramp") return { ...segment, from_V: segment.from_V * factor, to_V: segment.to_V * factor };
    if (segment.kind === "sine")
      return { ...segment, amplitude_V: segment.amplitude_V * factor, offset_V: segment.offset_V * factor };
    return { ...segment, voltage_V: segment.voltage_V.map((v) => v * factor) };
  });
}

function lengthOf(drive: LineDrive): number {
  if (drive === "floating") return 0;
  return drive.reduce((sum, segment) => {
    const length_s = segment.kind === "samples" ? (segment.time_s.at(-1) ?? 0) : segment.duration_s;
    return length_s === Infinity ? sum : sum + length_s;
  }, 0);
}

function goesOn(drive: Waveform, duration_s: number): boolean {
  return lengthOf(drive) > duration_s * (1 + 1e-9) || (drive.length > 1 && endless(drive));
}

function endless(drive: Waveform): boolean {
  const last = drive.at(-1);
  return last?.kind === "hold" && last.duration_s === Infinity;
}

/**
 * Floating lines, sines that meet other sines or ramps, how long a sine is above a threshold, waveforms that go on
 * after the end: of these the limiter knows bounds.
 */
function isBounded(step: ApplyStep | MultiplyStep, { dwell_s, duty }: Limits): boolean {
  if (step.kind === "multiply") return false;
  const { rows, columns, duration_s } = step.stimulus;
  const driven = [...new Set([...rows, ...columns])].filter((drive): drive is Waveform => drive !== "floating");
  const floats = rows.includes("floating") || columns.includes("floating");
  const sines = driven.some((drive) => drive.some(({ kind }) => kind === "sine"));
  return (
    (floats && driven.length > 1) ||
    (sines && (driven.length > 1 || dwell_s !== Infinity || duty < 1)) ||
    driven.some((drive) => lengthOf(drive) > duration_s * (1 - 1e-9) && goesOn(drive, duration_s))
  );
}
