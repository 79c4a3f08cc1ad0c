import type { Environment } from "./crossbar/environment.ts";
import type { JunctionKernel } from "./crossbar/model.ts";
import type { Surroundings } from "./surroundings.ts";

/** A step of a varying voltage above this part of the fastest time constant is split. */
const LARGEST_STEP_TAU = 0.25;
/** Then its pieces are this long: the mid-step rule errs in the lag by (dt/tau)^2 / 12, here 2e-4. */
const PIECE_TAU = 0.05;
/**
 * A step over which the voltage moves by more than this part of its largest value is split too: where g_inf is curved
 * the mid-step rule errs by (dV)^2 / 24 times its curvature, here below 1e-4 of a change over the whole range.
 */
const LARGEST_STEP_V = 0.04;
/** exp(-40) = 4e-18: what lies further back than this many of the slowest time constant is forgotten. */
const MEMORY_TAU = 40;
/**
 * Most pieces of one step. States faster than a piece follow the voltage with a lag of half a piece: an error of 1/8000
 * of the change over the step, whatever their time constant.
 */
const MOST_PIECES = 4000;
/** Voltages of a step at which time constants are compared. */
const LOOKS = [0, 0.25, 0.5, 0.75, 1] as const;

/**
 * Copies of one junction (realisations) behind an ideal voltage source, in surroundings that may change. They differ in
 * their random numbers alone.
 */
export class JunctionProbe {
  readonly kernel: JunctionKernel;
  /** Largest number of pieces that a step was split into. */
  pieces = 1;
  /** Integral of the optical power, joule. */
  opticalEnergy_J = 0;
  readonly #surroundings: Surroundings;
  readonly #largest_V: number;
  readonly #state;
  readonly #voltage: Float64Array;
  readonly #current: Float64Array;
  readonly #charge: Float64Array;
  readonly #lastCharge: Float64Array;
  #lastTime = Number.NaN;

  /** @param largest_V largest |V| of the whole drive: the scale on which a step of the voltage is large or small */
  constructor(
    kernel: JunctionKernel,
    surroundings: Surroundings,
    realisations: number,
    seed: number,
    largest_V: number,
  ) {
    this.kernel = kernel;
    this.#largest_V = largest_V;
    this.#surroundings = surroundings;
    this.#state = kernel.allocate({ rows: realisations, columns: 1 }, seed);
    this.#voltage = new Float64Array(realisations);
    this.#current = new Float64Array(realisations);
    this.#charge = new Float64Array(realisations);
    this.#lastCharge = new Float64Array(realisations);
  }

  /** Voltage held over the step. */
  hold(from_s: number, dt_s: number, voltage_V: number): void {
    this.#travel(from_s, dt_s, () => voltage_V, true);
  }

  /** Voltage that varies over the step; `voltageAt(part)` with part from 0 to 1. */
  advance(from_s: number, dt_s: number, voltageAt: (part: number) => number): void {
    this.#travel(from_s, dt_s, voltageAt, false);
  }

  /**
   * Current of every realisation at this instant. The part that charges the junction is its mean since the last call, so
   * that no charge is lost; there is none at the first.
   */
  read(time_s: number, voltage_V: number): Float64Array {
    this.#voltage.fill(voltage_V);
    const environment = this.#environment(time_s);
    this.kernel.current(this.#state, this.#voltage, this.#current, environment);
    if (this.kernel.charge) {
      this.kernel.charge(this.#state, this.#voltage, this.#charge, environment);
      const dt_s = time_s - this.#lastTime;
      // NaN before the first sample
      if (dt_s > 0)
        for (let n = 0; n < this.#current.length; n++)
          this.#current[n] = (this.#current[n] ?? 0) + ((this.#charge[n] ?? 0) - (this.#lastCharge[n] ?? 0)) / dt_s;
      this.#lastCharge.set(this.#charge);
      this.#lastTime = time_s;
    }
    return this.#current;
  }

  /** A state of every realisation. */
  state(name: string): Float64Array {
    return this.#state.field(name);
  }

  #environment(time_s: number): Environment | undefined {
    return this.#surroundings.varies ? this.#surroundings.at(time_s) : undefined;
  }

  /** Cuts at the edges of the environment. */
  #travel(from_s: number, dt_s: number, voltageAt: (part: number) => number, held: boolean): void {
    if (!this.#surroundings.varies) {
      this.#countLight(this.#surroundings.before, dt_s);
      return this.#cross(from_s, dt_s, voltageAt, held);
    }
    const to_s = from_s + dt_s;
    for (let start_s = from_s; start_s < to_s; ) {
      const end_s = this.#surroundings.nextEdge(start_s, to_s);
      const [first, part] = [(start_s - from_s) / dt_s, (end_s - start_s) / dt_s];
      const still = held && this.#surroundings.isConstant(0.5 * (start_s + end_s));
      this.#cross(start_s, end_s - start_s, (at) => voltageAt(first + part * at), still);
      start_s = end_s;
    }
  }

  /** A stretch without edges: one exact step where nothing changes, pieces where something does. */
  #cross(from_s: number, dt_s: number, voltageAt: (part: number) => number, still: boolean): void {
    if (still) return this.#step(from_s, dt_s, voltageAt(0.5));
    const { min_s, max_s } = this.#times(from_s, dt_s, voltageAt);
    const swing_V = Math.abs(voltageAt(1) - voltageAt(0));
    const short = dt_s <= LARGEST_STEP_TAU * min_s;
    if (short && swing_V <= LARGEST_STEP_V * this.#largest_V) return this.#step(from_s, dt_s, voltageAt(0.5));
    // only the last stretch is remembered; what came before is one step that it forgets
    const remembered = Math.min(1, (MEMORY_TAU * max_s) / dt_s);
    const forgotten = 1 - remembered;
    if (forgotten > 0) this.#step(from_s, dt_s * forgotten, voltageAt(forgotten / 2));
    const byTime = short ? 1 : Math.ceil((dt_s * remembered) / (PIECE_TAU * min_s));
    const byVoltage = Math.ceil(swing_V / (LARGEST_STEP_V * this.#largest_V || 1));
    const pieces = Math.min(MOST_PIECES, Math.max(byTime, byVoltage));
    this.pieces = Math.max(this.pieces, pieces);
    const width = remembered / pieces;
    for (let k = 0; k < pieces; k++)
      this.#step(from_s + dt_s * (forgotten + k * width), dt_s * width, voltageAt(forgotten + (k + 0.5) * width));
  }

  #step(from_s: number, dt_s: number, voltage_V: number): void {
    if (dt_s === 0) return;
    this.#voltage.fill(voltage_V);
    const environment = this.#environment(from_s + 0.5 * dt_s);
    if (environment) this.#countLight(environment, dt_s);
    this.kernel.step(this.#state, this.#voltage, dt_s, environment);
  }

  #countLight({ opticalPower_W = 0 }: Environment, dt_s: number): void {
    this.opticalEnergy_J += opticalPower_W * dt_s;
  }

  /** Fastest and slowest time constant that the step meets. */
  #times(from_s: number, dt_s: number, voltageAt: (part: number) => number): { min_s: number; max_s: number } {
    let [min_s, max_s] = [Infinity, 0];
    for (const part of LOOKS) {
      this.#voltage.fill(voltageAt(part));
      const times = this.kernel.timescales(this.#state, this.#voltage, this.#environment(from_s + part * dt_s));
      min_s = Math.min(min_s, times.min_s);
      max_s = Math.max(max_s, times.max_s);
    }
    return { min_s, max_s };
  }
}
