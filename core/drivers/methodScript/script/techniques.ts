import type { Argument, Command } from "./parseScript.ts";
import { type Potentiostat, RunError } from "./runtime.ts";

interface Value {
  readonly value: number;
  readonly integer: boolean;
  readonly type: string;
  readonly status?: number;
  readonly range?: number;
}

interface Point {
  /** Number of the scan, where the technique has several. */
  readonly scan?: number;
  /** Drives the point and returns one value per output variable, a list where the output is an array. */
  measure(device: Potentiostat, signal: AbortSignal): Promise<readonly (Value | readonly Value[])[]>;
}

export interface Measurement {
  /** Technique id of the `M` line. */
  readonly technique: number;
  /** Variables that each point fills. */
  readonly outputs: readonly string[];
  readonly points: Iterable<Point>;
}

/** The last part of a point over which the current is averaged. */
const APERTURE = 0.5;

const potential = (value: number): Value => ({ value, integer: false, type: "da" });

/** The points of a measurement loop. @throws RunError for arguments that make none */
export function measurementPoints(
  { name, args }: Command,
  number: (argument: Argument | undefined) => number,
): Measurement {
  const given = args.filter(({ text }) => !text.includes("("));
  const optional = args.filter(({ text }) => text.includes("("));
  const n = (k: number) => number(given[k]);
  const two = [given[0]?.text ?? "", given[1]?.text ?? ""];
  switch (name) {
    case "meas_loop_ca": {
      const [E, interval_s, run_s] = [n(2), positive(n(3)), n(4)];
      const count = Math.floor(run_s / interval_s + 1e-9);
      return { technique: 0x0007, outputs: two, points: repeat(count, () => staircase(E, interval_s)) };
    }
    case "meas_loop_lsv": {
      const levels = ramp(n(2), n(3), n(4));
      return { technique: 0x0000, outputs: two, points: levels.map((E) => staircase(E, positive(n(4) / n(5)))) };
    }
    case "meas_loop_cv": {
      const [begin, v1, v2, step, rate] = [n(2), n(3), n(4), n(5), n(6)];
      const scans = countOf(optional, "nscans", number);
      const path = [...ramp(begin, v1, step), ...ramp(v1, v2, step).slice(1), ...ramp(v2, begin, step).slice(1)];
      const points = Array.from({ length: scans }, (_, scan) =>
        path.map((E) => ({ ...staircase(E, positive(step / rate)), ...(scans > 1 ? { scan } : {}) })),
      ).flat();
      return { technique: 0x0005, outputs: two, points };
    }
    case "meas_loop_dpv": {
      const [begin, end, step, pulse_V, pulse_s, rate] = [n(2), n(3), n(4), n(5), n(6), n(7)];
      const interval_s = positive(step / rate);
      const points = ramp(begin, end, step).map((E) => differential(E, E + pulse_V, interval_s - pulse_s, pulse_s));
      return { technique: 0x0001, outputs: two, points };
    }
    case "meas_loop_npv": {
      const [begin, end, step, pulse_s, rate] = [n(2), n(3), n(4), n(5), n(6)];
      const interval_s = positive(step / rate);
      const points = ramp(begin, end, step).map((E) => pulsed(begin, E, interval_s - pulse_s, pulse_s));
      return { technique: 0x0003, outputs: two, points };
    }
    case "meas_loop_swv": {
      const [begin, end, step, amplitude, frequency] = [n(4), n(5), n(6), n(7), n(8)];
      const outputs = [0, 1, 2, 3].map((k) => given[k]?.text ?? "");
      const half_s = positive(1 / (2 * frequency));
      return {
        technique: 0x0002,
        outputs,
        points: ramp(begin, end, step).map((E) => squareWave(E, amplitude, half_s)),
      };
    }
    case "meas_loop_ocp": {
      const [interval_s, run_s] = [positive(n(1)), n(2)];
      const points = repeat(Math.floor(run_s / interval_s + 1e-9), () => openCircuit(interval_s));
      return { technique: 0x000b, outputs: [given[0]?.text ?? ""], points };
    }
    case "meas_loop_eis": {
      const [amplitude, from, to, count, bias] = [n(3), positive(n(4)), positive(n(5)), n(6), n(7)];
      // eis_tdd(potentials currents count rate 0)
      const traces = optional
        .find(({ text }) => text.startsWith("eis_tdd("))
        ?.text.slice(8, -1)
        .trim()
        .split(/\s+/);
      const outputs = [...[0, 1, 2].map((k) => given[k]?.text ?? ""), ...(traces ?? []).slice(0, 4)];
      const points = Array.from({ length: Math.max(1, Math.trunc(count)) }, (_, k) =>
        impedance(from * (to / from) ** (count > 1 ? k / (count - 1) : 0), amplitude, bias),
      );
      return { technique: 0x000d, outputs, points };
    }
    case "meas_loop_acv": {
      const [begin, end, step, rate, amplitude, frequency] = [n(6), n(7), n(8), n(9), n(10), positive(n(11))];
      const interval_s = positive(step / rate);
      return {
        technique: 0x0004,
        outputs: [0, 1, 2, 3, 4, 5].map((k) => given[k]?.text ?? ""),
        points: ramp(begin, end, step).map((E) => alternating(E, interval_s, amplitude, frequency)),
      };
    }
    case "meas_loop_pad": {
      const [E, pulse, pulse_s, interval_s, run_s, mode] = [n(2), n(3), n(4), positive(n(5)), n(6), n(7)];
      if (![1, 2, 3].includes(mode)) throw new RunError("0025");
      if (!(pulse_s > 0 && pulse_s < interval_s)) throw new RunError("0007");
      const count = Math.floor(run_s / interval_s + 1e-9);
      const points = repeat(count, () => detection(E, pulse, interval_s, pulse_s, mode));
      return { technique: 0x0008, outputs: two, points };
    }
    default:
      throw new RunError("001B");
  }
}

/** n = floor(|end - begin| / step) + 1 levels. */
function ramp(begin: number, end: number, step: number): number[] {
  const size = positive(Math.abs(step));
  const count = Math.floor(Math.abs(end - begin) / size + 1e-6) + 1;
  if (count > 1e6) throw new RunError("0007");
  return Array.from({ length: count }, (_, k) => begin + Math.sign(end - begin) * k * size);
}

function positive(value: number): number {
  if (!(value > 0)) throw new RunError("0007");
  return value;
}

function* repeat(count: number, make: () => Point): Generator<Point> {
  for (let k = 0; k < count; k++) yield make();
}

function staircase(E: number, interval_s: number): Point {
  return {
    async measure(device, signal) {
      device.setPotential(E);
      const reading = await device.measure(interval_s, APERTURE * interval_s, signal);
      return [potential(device.potential_V), current(reading)];
    },
  };
}

/** The difference of the current at the end of the pulse and before it. */
function differential(base: number, pulse: number, base_s: number, pulse_s: number): Point {
  return {
    async measure(device, signal) {
      device.setPotential(base);
      const before = await device.measure(base_s, APERTURE * base_s, signal);
      const at = device.potential_V;
      device.setPotential(pulse);
      const after = await device.measure(pulse_s, APERTURE * pulse_s, signal);
      return [potential(at), { ...current(after), value: after.current_A - before.current_A }];
    },
  };
}

function pulsed(base: number, pulse: number, base_s: number, pulse_s: number): Point {
  return {
    async measure(device, signal) {
      device.setPotential(base);
      await device.hold(base_s, signal);
      device.setPotential(pulse);
      const reading = await device.measure(pulse_s, APERTURE * pulse_s, signal);
      return [potential(device.potential_V), current(reading)];
    },
  };
}

function squareWave(E: number, amplitude: number, half_s: number): Point {
  return {
    async measure(device, signal) {
      device.setPotential(E + amplitude);
      const forward = await device.measure(half_s, APERTURE * half_s, signal);
      device.setPotential(E - amplitude);
      const reverse = await device.measure(half_s, APERTURE * half_s, signal);
      const net = { ...current(forward), value: forward.current_A - reverse.current_A };
      return [potential(E), net, current(forward), current(reverse)];
    },
  };
}

/** No current flows: a junction without a battery is at 0 V. */
function openCircuit(interval_s: number): Point {
  return {
    async measure(device, signal) {
      await device.hold(interval_s, signal);
      return [{ value: 0, integer: false, type: "ab", status: 0 }];
    },
  };
}

const EIS_STEPS = 32;
const EIS_PERIODS = 3;

interface SineAnswer {
  readonly re_A: number;
  readonly im_A: number;
  readonly peak_V: number;
  readonly voltage_V: readonly number[];
  readonly current_A: Float64Array;
  readonly sampling_Hz: number;
}

/** Drives a sine of RMS `amplitude`, waits one period and correlates the current of the others with it. */
async function driveSine(
  device: Potentiostat,
  frequency_Hz: number,
  amplitude: number,
  bias: number,
  signal: AbortSignal,
): Promise<SineAnswer> {
  const phase = (k: number) => (2 * Math.PI * (k + 0.5)) / EIS_STEPS;
  const peak_V = amplitude * Math.SQRT2;
  const sampling_Hz = frequency_Hz * EIS_STEPS;
  const voltage_V = Array.from({ length: EIS_STEPS * EIS_PERIODS }, (_, k) => bias + peak_V * Math.sin(phase(k)));
  const current_A = await device.sweep(
    voltage_V.map((value) => ({ voltage_V: value, duration_s: 1 / sampling_Hz })),
    signal,
  );
  let inPhase = 0;
  let quadrature = 0;
  for (let k = EIS_STEPS; k < current_A.length; k++) {
    inPhase += (current_A[k] ?? 0) * Math.sin(phase(k));
    quadrature += (current_A[k] ?? 0) * Math.cos(phase(k));
  }
  const scale = 2 / (EIS_STEPS * (EIS_PERIODS - 1));
  return { re_A: inPhase * scale, im_A: quadrature * scale, peak_V, voltage_V, current_A, sampling_Hz };
}

/** Frequency, real and imaginary part; with time-domain data also both traces, their length and their rate. */
function impedance(frequency_Hz: number, amplitude: number, bias: number): Point {
  return {
    async measure(device, signal) {
      const { re_A, im_A, peak_V, voltage_V, current_A, sampling_Hz } = await driveSine(
        device,
        frequency_Hz,
        amplitude,
        bias,
        signal,
      );
      const { status, range } = device.convert(Math.hypot(re_A, im_A));
      const square = re_A * re_A + im_A * im_A;
      return [
        plain(frequency_Hz, "dc"),
        { ...plain((peak_V * re_A) / square, "cc"), status, range },
        { ...plain((-peak_V * im_A) / square, "cd"), status },
        voltage_V.map((value) => plain(value, "ce")),
        Array.from(current_A, (value) => plain(value, "cf")),
        { value: voltage_V.length, integer: true, type: "ee" },
        plain(sampling_Hz, "cg"),
      ];
    },
  };
}

/** A staircase with a small sine on every step: direct and alternating parts, and the impedance. */
function alternating(E: number, interval_s: number, amplitude: number, frequency_Hz: number): Point {
  return {
    async measure(device, signal) {
      device.setPotential(E);
      const at_V = device.potential_V;
      const sine_s = EIS_PERIODS / frequency_Hz;
      const direct = await device.measure(Math.max(0, interval_s - sine_s), APERTURE * interval_s, signal);
      const { re_A, im_A, peak_V } = await driveSine(device, frequency_Hz, amplitude, at_V, signal);
      const square = re_A * re_A + im_A * im_A;
      return [
        potential(at_V),
        current(direct),
        plain(amplitude, "ch"),
        plain(Math.sqrt(square / 2), "cj"),
        { ...plain((peak_V * re_A) / square, "cc"), status: direct.status, range: direct.range },
        { ...plain((-peak_V * im_A) / square, "cd"), status: direct.status },
      ];
    },
  };
}

/** Pulsed amperometric detection: 1 the current before the pulse, 2 at its end, 3 the difference. */
function detection(E: number, pulse: number, interval_s: number, pulse_s: number, mode: number): Point {
  return {
    async measure(device, signal) {
      device.setPotential(E);
      const before = await device.measure(interval_s - pulse_s, APERTURE * (interval_s - pulse_s), signal);
      const before_V = device.potential_V;
      device.setPotential(pulse);
      const after = await device.measure(pulse_s, APERTURE * pulse_s, signal);
      if (mode === 1) return [potential(before_V), current(before)];
      const value = mode === 3 ? after.current_A - before.current_A : after.current_A;
      return [potential(device.potential_V), { ...current(after), value }];
    },
  };
}

function plain(value: number, type: string): Value {
  return { value, integer: false, type };
}

function current(reading: { readonly current_A: number; readonly status: number; readonly range: number }): Value {
  return { value: reading.current_A, integer: false, type: "ba", status: reading.status, range: reading.range };
}

function countOf(optional: readonly Argument[], name: string, number: (argument: Argument) => number): number {
  const found = optional.find(({ text }) => text.startsWith(`${name}(`));
  if (!found) return 1;
  const inner = found.text.slice(name.length + 1, -1).trim();
  return Math.max(1, Math.trunc(number({ text: inner, column: found.column })));
}
