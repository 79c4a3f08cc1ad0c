import type { BenchStep } from "../../emulation/bench.ts";
import type { DeviceTime } from "../../emulation/deviceTime.ts";
import { type CurrentRange, type DeviceProfile, rangeFor } from "../devices.ts";

/** A run-time error: the script ends, `on_finished:` is not executed. */
export class RunError extends Error {
  readonly code: string;
  line = 0;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** One reading with what the device says beside it. */
export interface Measured {
  readonly current_A: number;
  readonly status: number;
  readonly range: number;
}

const OVERLOAD = 2;
const UNDERLOAD = 4;
/** Below this part of the nominal range the device says that a finer one would do. */
const UNDERLOAD_PART = 0.123;
/** Shortest time of a measurement; averaging needs some. */
const SHORTEST_S = 1e-3;

/**
 * The analog half of the device: potential output, cell switch, current ranges, GPIO pins. Potentials are steps of the
 * converter in float32, currents are whole steps of the range in use.
 */
export class Potentiostat {
  readonly profile: DeviceProfile;
  readonly #time: DeviceTime;
  readonly #onPins: (pins: number) => void;
  #mode = 0;
  #cellOn = false;
  #potential_V = 0;
  #range: CurrentRange;
  #auto: readonly [CurrentRange, CurrentRange] | undefined;
  #pins = 0;
  #outputs = 0;

  /** @param onPins told of every change of the GPIO outputs (a multiplexer hangs there) */
  constructor(profile: DeviceProfile, time: DeviceTime, onPins: (pins: number) => void) {
    this.profile = profile;
    this.#time = time;
    this.#onPins = onPins;
    this.#range = rangeFor(profile, 0);
  }

  /** The current ranges of the mode. */
  get #table(): { readonly ranges: readonly CurrentRange[] } {
    return this.#mode === this.profile.fastMode ? { ranges: this.profile.fastRanges } : this.profile;
  }

  get pins(): number {
    return this.#pins;
  }

  get potential_V(): number {
    return this.#potential_V;
  }

  setMode(mode: number): void {
    if (![0, 2, 3, 4].includes(mode)) throw new RunError("0021");
    this.#mode = mode;
    this.#range = rangeFor(this.#table, 0);
    this.#auto = undefined;
    if (mode === 0) this.#cellOn = false;
  }

  setPotential(asked_V: number): void {
    const [least, most] = this.profile.potential_V;
    if (!(asked_V >= least - 1e-6 && asked_V <= most + 1e-6)) throw new RunError("000F");
    const step = Math.fround(this.profile.potentialStep_V);
    this.#potential_V = Math.fround(Math.fround(Math.round(asked_V / this.profile.potentialStep_V)) * step);
  }

  /** @throws RunError when the span is more than the window of the mode, or outside the device */
  setSpan(low_V: number, high_V: number): void {
    const [least, most] = this.profile.potential_V;
    if (low_V < least - 1e-6 || high_V > most + 1e-6 || Math.abs(high_V - low_V) > this.profile.window_V + 1e-6)
      throw new RunError("000F");
  }

  setRange(largest_A: number): void {
    this.#range = rangeFor(this.#table, largest_A);
  }

  setAutoranging(low_A: number, high_A: number): void {
    const [low, high] = [rangeFor(this.#table, low_A), rangeFor(this.#table, high_A)];
    this.#auto = low.index === high.index ? undefined : [low, high];
  }

  cell(on: boolean): void {
    if (on && this.#mode === 0) throw new RunError("0023");
    this.#cellOn = on;
  }

  get cellOn(): boolean {
    return this.#cellOn;
  }

  configurePins(mask: number, mode: number): void {
    if (mask >>> this.profile.gpioPins !== 0) throw new RunError("0055");
    if (mode === 1) this.#outputs |= mask;
    else this.#outputs &= ~mask;
  }

  setPins(value: number, mask: number): void {
    if ((mask & ~this.#outputs) !== 0 && mask !== -1) throw new RunError("00BA");
    if (mask === -1 && this.#outputs === 0) throw new RunError("00BA");
    this.#pins = (this.#pins & ~mask) | (value & mask & this.#outputs);
    this.#onPins(this.#pins);
  }

  /** Lets time pass with the cell as it is. */
  async hold(duration_s: number, signal: AbortSignal): Promise<void> {
    if (duration_s > 0) await this.#play([{ duration_s, aperture_s: 0 }], signal);
  }

  /** Waits, then averages the current over the rest of the time. */
  async measure(duration_s: number, aperture_s: number, signal: AbortSignal): Promise<Measured> {
    const length_s = Math.max(SHORTEST_S, duration_s);
    const [current_A = 0] = await this.#play(
      [{ duration_s: length_s, aperture_s: Math.min(aperture_s, length_s) }],
      signal,
    );
    return this.convert(current_A);
  }

  /** A list of potentials, not rounded to steps (sines), and the mean current of each. */
  async sweep(
    steps: readonly { readonly voltage_V: number; readonly duration_s: number }[],
    signal: AbortSignal,
  ): Promise<Float64Array> {
    if (!this.#cellOn) return new Float64Array(steps.length);
    return this.#time.play(
      steps.map((step) => ({ ...step, aperture_s: step.duration_s })),
      signal,
    );
  }

  convert(current_A: number): Measured {
    if (this.#auto) {
      const [low, high] = this.#auto;
      const wanted = rangeFor(this.#table, current_A);
      this.#range = wanted.index < low.index ? low : wanted.index > high.index ? high : wanted;
    }
    const { step_A, largest_A, nominal_A, index } = this.#range;
    const most = Math.round(largest_A / step_A);
    const steps = Math.round(current_A / step_A);
    const clipped = Math.max(-most, Math.min(most, steps));
    let status = 0;
    if (clipped !== steps) status |= OVERLOAD;
    if (Math.abs(current_A) < UNDERLOAD_PART * nominal_A) status |= UNDERLOAD;
    return { current_A: clipped * step_A, status, range: index };
  }

  /** With the cell off nothing flows and the junctions rest. */
  async #play(steps: readonly Omit<BenchStep, "voltage_V">[], signal: AbortSignal): Promise<Float64Array> {
    const voltage_V = this.#cellOn ? this.#potential_V : 0;
    const currents = await this.#time.play(
      steps.map((step) => ({ ...step, voltage_V })),
      signal,
    );
    return this.#cellOn ? currents : currents.map((current) => (Number.isNaN(current) ? current : 0));
  }
}
