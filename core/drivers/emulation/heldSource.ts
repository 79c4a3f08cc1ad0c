import { sleep, type Timer } from "../timer.ts";
import type { Bench } from "./bench.ts";

/** What a source-measure unit holds between its terminals. */
export type SourceLevel =
  | { readonly kind: "off" }
  /** A voltage, as long as |I| stays below the limit. */
  | { readonly kind: "voltage"; readonly level: number; readonly limit: number }
  /** A current, as long as |V| stays below the limit. */
  | { readonly kind: "current"; readonly level: number; readonly limit: number };

export interface HeldReading {
  readonly voltage_V: number;
  readonly current_A: number;
  /** The limit holds, not the level. */
  readonly limited: boolean;
}

/** What the loop of a source-measure unit needs to correct its output, s. */
const LOOP_S = 20e-6;
/** Corrections before it is taken for settled, and how often a limited output is corrected during a hold. */
const MOST_CORRECTIONS = 8;
/** Where the loop starts when it knows nothing of the device, V. */
const FIRST_V = 0.01;
/** A limit that is further away than this factor needs no watching. */
const FAR = 2;

/**
 * The output stage of a source-measure unit on a bench: it goes on holding its level while the host thinks, and a limit
 * overrules the level as fast as its control loop. Time passes on the instrument's own timer.
 */
export class HeldSource {
  readonly #bench: Bench;
  readonly #timer: Timer;
  #level: SourceLevel = { kind: "off" };
  /** Magnitude that the loop has arrived at, V. */
  #magnitude_V = 0;
  /** |I / V| when it was last seen, and of which junction. */
  #seen: { readonly of: string; readonly conductance_S: number } | undefined;
  /** When the device under test was last up to date. */
  #reached_s: number;

  constructor(bench: Bench, timer: Timer) {
    this.#bench = bench;
    this.#timer = timer;
    this.#reached_s = timer.now_s();
  }

  get level(): SourceLevel {
    return this.#level;
  }

  /** The old level has been there until now, the new one holds from now on. */
  async set(level: SourceLevel): Promise<void> {
    await this.#catchUp();
    this.#level = level;
    if (level.kind === "off") this.#magnitude_V = 0;
    else await this.#settle(level);
  }

  /** Holds for a while and averages over the last `aperture_s` of it; resolves when that time has passed. */
  async hold(duration_s: number, aperture_s: number, signal?: AbortSignal): Promise<HeldReading> {
    await this.#catchUp();
    const level = this.#level;
    if (level.kind === "off") {
      await this.#bench.rest(duration_s);
      this.#reached_s += duration_s;
      await this.#wait(signal);
      return { voltage_V: 0, current_A: 0, limited: false };
    }
    const sign = level.level < 0 ? -1 : 1;
    const [most_V, most_A] = bounds(level);
    let current_A = Number.NaN;
    // a device that changes under a limit is followed in steps
    const watched = !this.#isFar(most_V, most_A);
    const measured_s = Math.min(duration_s, aperture_s);
    const parts = duration_s <= measured_s ? 0 : watched ? MOST_CORRECTIONS : 1;
    const before_s = (duration_s - measured_s) / parts;
    for (let part = 0; part < parts; part++) {
      if (watched) await this.#correct(before_s, sign, most_V, most_A);
      else await this.#drive(sign * this.#magnitude_V, before_s, 0);
    }
    if (measured_s > 0) {
      current_A = await this.#drive(sign * this.#magnitude_V, measured_s, measured_s);
      this.#look(this.#magnitude_V, current_A);
    }
    await this.#wait(signal);
    const limited =
      level.kind === "voltage"
        ? Math.abs(current_A) >= most_A * 0.999 || this.#magnitude_V < most_V * 0.999
        : Math.abs(current_A) < most_A * 0.99 && this.#magnitude_V >= most_V * 0.999;
    const held_A = Math.abs(current_A) > most_A ? Math.sign(current_A) * most_A : current_A;
    return { voltage_V: sign * this.#magnitude_V, current_A: held_A, limited };
  }

  /** The time since the last step has passed with the level on. */
  async #catchUp(): Promise<void> {
    const idle_s = this.#timer.now_s() - this.#reached_s;
    if (idle_s <= 0) return;
    this.#reached_s += idle_s;
    if (this.#level.kind === "off") await this.#bench.rest(idle_s);
    else {
      this.#reached_s -= idle_s;
      await this.#drive((this.#level.level < 0 ? -1 : 1) * this.#magnitude_V, idle_s, 0);
    }
  }

  async #settle(level: Exclude<SourceLevel, { kind: "off" }>): Promise<void> {
    const [most_V, most_A] = bounds(level);
    if (this.#isFar(most_V, most_A)) {
      this.#magnitude_V = most_V;
      return;
    }
    const known = this.#conductance_S;
    this.#magnitude_V = Math.min(most_V, known === undefined ? FIRST_V : divide(most_A, known));
    const sign = level.level < 0 ? -1 : 1;
    for (let k = 0; k < MOST_CORRECTIONS; k++) {
      const before_V = this.#magnitude_V;
      await this.#correct(LOOP_S, sign, most_V, most_A);
      if (Math.abs(this.#magnitude_V - before_V) <= 1e-6 * before_V) break;
    }
  }

  /** One turn of the loop: as much voltage as neither bound forbids, judged by the current that flows. */
  async #correct(duration_s: number, sign: number, most_V: number, most_A: number): Promise<void> {
    const aperture_s = Math.min(duration_s, LOOP_S);
    if (duration_s > aperture_s) await this.#drive(sign * this.#magnitude_V, duration_s - aperture_s, 0);
    const current_A = await this.#drive(sign * this.#magnitude_V, aperture_s, aperture_s);
    this.#look(this.#magnitude_V, current_A);
    this.#magnitude_V = Math.min(most_V, divide(most_A, this.#conductance_S ?? 0));
  }

  get #conductance_S(): number | undefined {
    return this.#seen?.of === this.#junction ? this.#seen.conductance_S : undefined;
  }

  get #junction(): string {
    const { selected } = this.#bench;
    return selected ? `${selected.row},${selected.column}` : "open";
  }

  #isFar(most_V: number, most_A: number): boolean {
    const known = this.#conductance_S;
    return most_V === 0 || (known !== undefined && most_V * known * FAR < most_A);
  }

  #look(voltage_V: number, current_A: number): void {
    if (voltage_V > 0 && Number.isFinite(current_A))
      this.#seen = { of: this.#junction, conductance_S: Math.abs(current_A) / voltage_V };
  }

  /** Beyond the voltages that the model of the device is made for it is a resistor. */
  async #drive(voltage_V: number, duration_s: number, aperture_s: number): Promise<number> {
    const [least_V, most_V] = this.#bench.array.capabilities.voltageRange_V;
    const held_V = Math.min(most_V, Math.max(least_V, voltage_V));
    const [current_A = Number.NaN] = await this.#bench.drive([{ voltage_V: held_V, duration_s, aperture_s }]);
    this.#reached_s += duration_s;
    return held_V === voltage_V ? current_A : current_A * (voltage_V / held_V);
  }

  #wait(signal?: AbortSignal): Promise<void> {
    return sleep(this.#timer, this.#reached_s - this.#timer.now_s(), signal);
  }
}

/** Largest |V| and largest |I|. */
function bounds({ kind, level, limit }: Exclude<SourceLevel, { kind: "off" }>): readonly [number, number] {
  return kind === "voltage" ? [Math.abs(level), limit] : [limit, Math.abs(level)];
}

function divide(current_A: number, conductance_S: number): number {
  return conductance_S > 0 ? current_A / conductance_S : Infinity;
}
