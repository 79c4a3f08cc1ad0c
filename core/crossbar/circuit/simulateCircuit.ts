import { assemble } from "./assemble.ts";
import { type Circuit, ElementError } from "./circuit.ts";
import type { Device } from "./device.ts";
import { Stepper } from "./stepper.ts";

export interface CircuitRun {
  readonly duration_s: number;
  /** Instants k x period from 0 to the end inclusive are hit exactly and recorded; absent: every step is. */
  readonly samplePeriod_s?: number;
  /** Local error per step, relative to the largest potential so far, default 1e-6. */
  readonly tolerance?: number;
  readonly largestStep_s?: number;
  /**
   * Steps of this size, and none adapted: potentials from the conductances at the start of a step, then every junction moves
   * with its voltage held (first order; the scheme of published network codes). Without capacitors and inductors.
   */
  readonly heldStep_s?: number;
  /** Seed of random junctions. */
  readonly seed?: number;
  /** Records nothing before. */
  readonly recordFrom_s?: number;
  /** Steps after which the run gives up, default 5e6. */
  readonly mostSteps?: number;
}

/** Columns over the recorded instants. */
export interface CircuitRecord {
  readonly time_s: Float64Array;
  /** Per node. */
  readonly voltage_V: Readonly<Record<string, Float64Array>>;
  /** Per element, from `from` to `to`, with what charges it. */
  readonly current_A: Readonly<Record<string, Float64Array>>;
  /** "element.state". */
  readonly state: Readonly<Record<string, Float64Array>>;
  /** Per element: integral of v i dt over the whole run, joule taken in. */
  readonly energy_J: Readonly<Record<string, number>>;
  /** Per element with a store: energy at the end less that at the start. */
  readonly stored_J: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly rejected: number;
}

/** After an edge: two backward Euler steps of this part of the next step take in what jumps. */
const EDGE_PART = 1e-5;
const LEAST_STEP_PART = 1e-13;
/** A threshold is located within this part of the run. */
const TURN_PART = 1e-10;

/**
 * Runs a circuit from its initial conditions (charges, inductor currents, junction states) to the end.
 * @throws ElementError for a circuit that cannot be, RangeError for a run that cannot be
 */
export function simulateCircuit(circuit: Circuit, run: CircuitRun): CircuitRecord {
  const { duration_s, samplePeriod_s, tolerance = 1e-6, recordFrom_s = 0, mostSteps = 5e6 } = run;
  positive("duration_s", duration_s);
  positive("tolerance", tolerance);
  if (samplePeriod_s !== undefined) positive("samplePeriod_s", samplePeriod_s);
  const assembly = assemble(circuit, run.seed ?? 0);
  const stepper = new Stepper(assembly, tolerance);
  const recorder = new Recorder(assembly.nodes, assembly.devices, stepper);
  if (run.heldStep_s !== undefined) return runHeld(circuit, run, run.heldStep_s, stepper, recorder);

  const { devices } = assembly;
  const fastest_s = Math.min(...devices.map((device) => device.fastest_s));
  const largest_s = Math.min(run.largestStep_s ?? duration_s / 50, duration_s);
  const stops = mergeStops(devices, duration_s);
  const least_s = LEAST_STEP_PART * duration_s;
  const turn_s = TURN_PART * duration_s;
  const turning = devices.filter((device) => device.margin !== undefined);
  let time_s = 0;
  let h_s = Math.min(largest_s, fastest_s / 10, duration_s * 1e-4);
  let [steps, rejected, nextStop, nextSample] = [0, 0, 0, 0];

  const settle = (): void => {
    // sources show their value after the edge; the last tiny step of the run would pass its end otherwise
    let tiny_s = Math.min(EDGE_PART * h_s, EDGE_PART * largest_s);
    for (let done = 0; done < 2; ) {
      if (stepper.stepEuler(time_s, tiny_s)) done++;
      else if ((tiny_s /= 10) < least_s * 1e-12) throw unsolved(time_s);
    }
  };
  settle();
  recorder.start();
  const sampleAt = () => (samplePeriod_s === undefined ? Infinity : nextSample * samplePeriod_s);
  const record = (): void => {
    if (samplePeriod_s === undefined) {
      if (time_s >= recordFrom_s) recorder.put(time_s);
      return;
    }
    if (time_s < sampleAt() * (1 - 1e-12)) return;
    if (time_s >= recordFrom_s) recorder.put(time_s);
    nextSample++;
  };
  record();
  while (time_s < duration_s * (1 - 1e-12)) {
    if (++steps > mostSteps)
      throw new RangeError(
        `${mostSteps} steps reached ${time_s} s of ${duration_s} s, the circuit is too stiff for this run`,
      );
    const stop_s = Math.min(stops[nextStop] ?? duration_s, sampleAt(), duration_s);
    const room_s = stop_s - time_s;
    // two equal steps rather than one and a crumb
    let trial_s = h_s >= room_s * (1 - 1e-9) ? room_s : h_s > room_s / 2 ? room_s / 2 : h_s;
    const reaches = trial_s === room_s;
    let error = stepper.step(time_s, trial_s);
    if (!(error <= 1)) {
      stepper.reject();
      rejected++;
      h_s = error === Infinity ? trial_s / 8 : trial_s * Math.max(0.2, 0.9 * error ** (-1 / 3));
      if (h_s < least_s) throw unsolved(time_s);
      continue;
    }
    const passed = turning.filter((device) => (device.margin?.(stepper.y) ?? 0) < 0);
    let end_s = reaches ? stop_s : time_s + trial_s;
    if (passed.length > 0) {
      trial_s = locateTurn(stepper, passed, time_s, trial_s, turn_s);
      end_s = time_s + trial_s;
    }
    stepper.accept();
    recorder.integrate(trial_s);
    time_s = end_s;
    h_s = Math.min(largest_s, trial_s * Math.min(4, Math.max(1, 0.9 * Math.max(error, 1e-6) ** (-1 / 3))), h_s * 4);
    if (reaches && passed.length === 0 && trial_s < h_s / 4) h_s = Math.max(h_s, trial_s);
    record();
    if (passed.length > 0 || (nextStop < stops.length && time_s >= stops[nextStop] * (1 - 1e-12))) {
      for (const device of passed) device.turn?.();
      while (nextStop < stops.length && time_s >= stops[nextStop] * (1 - 1e-12)) nextStop++;
      h_s = Math.min(h_s, largest_s / 20);
      if (time_s < duration_s * (1 - 1e-12)) {
        settle();
        recorder.resume();
        if (samplePeriod_s === undefined && time_s >= recordFrom_s) recorder.put(time_s);
      }
    }
  }
  return recorder.finish(steps, rejected);
}

/** The step that ends just past the first threshold, by halving: the stepper holds it on return. */
function locateTurn(stepper: Stepper, passed: Device[], time_s: number, whole_s: number, within_s: number): number {
  let [low, high] = [0, whole_s];
  const past = () => passed.filter((device) => (device.margin?.(stepper.y) ?? 0) < 0);
  let [lowMargin, highMargin] = [Number.NaN, Math.min(...passed.map((device) => device.margin?.(stepper.y) ?? 0))];
  while (high - low > within_s) {
    stepper.reject();
    const part = Number.isNaN(lowMargin) ? 0.5 : Math.min(0.95, Math.max(0.05, lowMargin / (lowMargin - highMargin)));
    const middle = low + (high - low) * part;
    if (stepper.step(time_s, middle) === Infinity) throw unsolved(time_s);
    const margin = Math.min(...passed.map((device) => device.margin?.(stepper.y) ?? 0));
    if (margin < 0) [high, highMargin] = [middle, margin];
    else [low, lowMargin] = [middle, margin];
    if (margin < 0 && -margin < 1e-12) break;
  }
  stepper.reject();
  stepper.step(time_s, high);
  passed.splice(0, passed.length, ...past());
  return high;
}

function runHeld(
  circuit: Circuit,
  run: CircuitRun,
  step_s: number,
  stepper: Stepper,
  recorder: Recorder,
): CircuitRecord {
  positive("heldStep_s", step_s);
  const store = circuit.elements.find(({ kind }) => kind === "capacitor" || kind === "inductor");
  if (store) throw new ElementError(store.name, `a run with held steps has no ${store.kind}s, leave out heldStep_s`);
  const every = Math.max(1, Math.round((run.samplePeriod_s ?? step_s) / step_s));
  const count = Math.round(run.duration_s / step_s);
  for (let k = 0; k < count; k++) {
    const time_s = k * step_s;
    if (!stepper.solveNow(time_s)) throw unsolved(time_s);
    if (k === 0) recorder.start();
    // recorded: what the terminals show before the junctions move
    if (k % every === 0 && time_s >= (run.recordFrom_s ?? 0)) recorder.put(time_s);
    recorder.take(step_s);
    stepper.moveJunctions(step_s);
  }
  return recorder.finish(count, 0);
}

function unsolved(time_s: number): RangeError {
  return new RangeError(
    `the circuit has no solution that continues at ${time_s} s: a voltage jumps there (negative resistance without a capacitance beside it), add the capacitance`,
  );
}

function mergeStops(devices: readonly Device[], duration_s: number): number[] {
  const all = new Set(devices.flatMap(({ edges_s }) => edges_s.filter((edge) => edge > 0 && edge < duration_s)));
  return [...all].sort((a, b) => a - b);
}

function positive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new RangeError(`${name} is ${value}, allowed are finite values above 0`);
}

/** Growing columns, and the energy books. */
class Recorder {
  readonly #nodes: readonly string[];
  readonly #devices: readonly Device[];
  readonly #stepper: Stepper;
  readonly #rows: number[][] = [];
  readonly #energy: Float64Array;
  readonly #power: Float64Array;
  readonly #stored: Float64Array;
  #time_s = 0;

  constructor(nodes: readonly string[], devices: readonly Device[], stepper: Stepper) {
    this.#nodes = nodes;
    this.#devices = devices;
    this.#stepper = stepper;
    this.#energy = new Float64Array(devices.length);
    this.#power = new Float64Array(devices.length);
    this.#stored = new Float64Array(devices.length);
  }

  start(): void {
    this.#devices.forEach((device, k) => {
      this.#stored[k] = device.energy?.(this.#stepper.y) ?? 0;
      this.#power[k] = this.#current(k) * device.voltage(this.#stepper.y);
    });
  }

  /** After an edge: powers jump. */
  resume(): void {
    this.#devices.forEach((device, k) => {
      this.#power[k] = this.#current(k) * device.voltage(this.#stepper.y);
    });
  }

  #current(k: number): number {
    return this.#devices[k].current(this.#stepper.y, this.#time_s) + this.#stepper.chargeRate_A[k];
  }

  put(time_s: number): void {
    this.#time_s = time_s;
    const { y } = this.#stepper;
    const row = [time_s];
    for (let k = 0; k < this.#nodes.length; k++) row.push(y[k]);
    this.#devices.forEach((device, k) => {
      row.push(this.#current(k));
      for (const name of device.states) row.push(device.state(name));
    });
    this.#rows.push(row);
  }

  /** Trapezoidal over a step that ended now. */
  integrate(h_s: number): void {
    this.#time_s += h_s;
    this.#devices.forEach((device, k) => {
      const power = this.#current(k) * device.voltage(this.#stepper.y);
      this.#energy[k] += (h_s * (power + this.#power[k])) / 2;
      this.#power[k] = power;
    });
  }

  /** Held over a step that starts now. */
  take(h_s: number): void {
    this.#devices.forEach((device, k) => {
      this.#energy[k] += h_s * this.#current(k) * device.voltage(this.#stepper.y);
    });
    this.#time_s += h_s;
  }

  finish(steps: number, rejected: number): CircuitRecord {
    let column = 0;
    const next = () => {
      const at = column++;
      return Float64Array.from(this.#rows, (row) => row[at]);
    };
    const time_s = next();
    const voltage_V = Object.fromEntries(this.#nodes.map((node) => [node, next()]));
    const current_A: Record<string, Float64Array> = {};
    const state: Record<string, Float64Array> = {};
    for (const device of this.#devices) {
      current_A[device.name] = next();
      for (const name of device.states) state[`${device.name}.${name}`] = next();
    }
    return {
      time_s,
      voltage_V,
      current_A,
      state,
      energy_J: Object.fromEntries(this.#devices.map(({ name }, k) => [name, this.#energy[k]])),
      stored_J: Object.fromEntries(
        this.#devices.flatMap((device, k) =>
          device.energy ? [[device.name, device.energy(this.#stepper.y) - this.#stored[k]] as const] : [],
        ),
      ),
      steps,
      rejected,
    };
  }
}
