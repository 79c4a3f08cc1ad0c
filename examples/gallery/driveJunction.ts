import { type Environment, type JunctionKernel, makeGrid } from "crosspore/crossbar";

/** Columns of one record. */
export interface GalleryRecord {
  readonly time_s: Float64Array;
  readonly voltage_V: Float64Array;
  /** With displacement where the junction stores charge (NaN at the start, where it is unknown). */
  readonly current_A: Float64Array;
  /** Without displacement. */
  readonly carried_A: Float64Array;
  /** Carried current at the read voltage over it: the chord conductance there. */
  readonly conductance_S: Float64Array;
  readonly charge_C: Float64Array;
}

/** What is applied at a time: a voltage, and what surrounds the junction. */
export interface Applied {
  readonly voltage_V: number;
  readonly environment?: Environment;
}

/**
 * One junction under a drive, in equal steps: states move with the drive at mid-step (second order), voltage and current
 * are those at the end of a step.
 */
export class DrivenJunction {
  readonly kernel: JunctionKernel;
  readonly #state;
  readonly #voltage = new Float64Array(1);
  readonly #out = new Float64Array(1);
  readonly #least: number[] = [];
  readonly #most: number[] = [];
  #charge_C = 0;

  constructor(kernel: JunctionKernel) {
    this.kernel = kernel;
    this.#state = kernel.allocate(makeGrid(1, 1));
  }

  /** The dynamic states, for telling whether a cycle came back to its start. */
  states(): number[] {
    return this.kernel.model.states.map(({ name }) => this.#state.field(name)[0] ?? Number.NaN);
  }

  /** How far each state went during the last record. */
  swings(): number[] {
    return this.#most.map((most, k) => most - (this.#least[k] ?? 0));
  }

  state(name: string): number {
    return this.#state.field(name)[0] ?? Number.NaN;
  }

  hold({ voltage_V, environment = this.kernel.environment }: Applied, dt_s: number): void {
    this.#voltage[0] = voltage_V;
    this.kernel.step(this.#state, this.#voltage, dt_s, environment);
  }

  conductance({ voltage_V, environment = this.kernel.environment }: Applied): number {
    this.#voltage[0] = voltage_V;
    this.kernel.conductance(this.#state, this.#voltage, this.#out, environment);
    return this.#out[0] ?? Number.NaN;
  }

  charge({ voltage_V, environment = this.kernel.environment }: Applied): number {
    if (this.kernel.charge === undefined) return 0;
    this.#voltage[0] = voltage_V;
    this.kernel.charge(this.#state, this.#voltage, this.#out, environment);
    return this.#out[0] ?? Number.NaN;
  }

  #carried({ voltage_V, environment = this.kernel.environment }: Applied): number {
    this.#voltage[0] = voltage_V;
    this.kernel.current(this.#state, this.#voltage, this.#out, environment);
    return this.#out[0] ?? Number.NaN;
  }

  /** From t = 0 to `duration_s` in `steps` steps; conductance and charge are read at `read_V` where it is given. */
  record(drive: (time_s: number) => Applied, duration_s: number, steps: number, read_V?: number): GalleryRecord {
    const column = () => new Float64Array(steps + 1);
    const record = {
      time_s: column(),
      voltage_V: column(),
      current_A: column(),
      carried_A: column(),
      conductance_S: column(),
      charge_C: column(),
    };
    const dt_s = duration_s / steps;
    this.#charge_C = this.charge(drive(0));
    this.#least.fill(Infinity);
    this.#most.fill(-Infinity);
    for (let k = 0; k <= steps; k++) {
      this.states().forEach((x, n) => {
        this.#least[n] = Math.min(this.#least[n] ?? Infinity, x);
        this.#most[n] = Math.max(this.#most[n] ?? -Infinity, x);
      });
      if (k > 0) this.hold(drive((k - 0.5) * dt_s), dt_s);
      const now = drive(k * dt_s);
      const charge_C = this.charge(now);
      const read = read_V === undefined ? now : { ...now, voltage_V: read_V };
      record.time_s[k] = k * dt_s;
      record.voltage_V[k] = now.voltage_V;
      const carried_A = this.#carried(now);
      const stores = this.kernel.charge !== undefined;
      const displaced_A = k > 0 ? (charge_C - this.#charge_C) / dt_s : Number.NaN;
      record.carried_A[k] = carried_A;
      record.current_A[k] = stores ? carried_A + displaced_A : carried_A;
      record.conductance_S[k] = this.conductance(read);
      record.charge_C[k] = this.charge(read);
      this.#charge_C = charge_C;
    }
    return record;
  }
}

/**
 * The last of as many periods as it takes until the states come back to within `tolerance` of their swing, at most
 * `cycles` before it (0: the first period).
 */
export function recordPeriod(
  kernel: JunctionKernel,
  drive: (phase: number) => Applied,
  frequency_Hz: number,
  { samples = 400, cycles = 60, tolerance = 1e-3 } = {},
): GalleryRecord {
  const junction = new DrivenJunction(kernel);
  const applied = (time_s: number) => drive((time_s * frequency_Hz) % 1);
  for (let cycle = 0; ; cycle++) {
    const before = junction.states();
    const record = junction.record(applied, 1 / frequency_Hz, samples);
    const after = junction.states();
    const swings = junction.swings();
    // a swing below the rounding of a state is none
    const moved = after.some(
      (x, k) => Math.abs(x - (before[k] ?? 0)) > tolerance * (swings[k] ?? 0) + 1e-12 * Math.abs(x),
    );
    if (!moved || cycle >= cycles) return record;
  }
}
