import { ScpiError } from "../../scpi/language/scpiError.ts";
import { sleep, type Timer, until } from "../../timer.ts";
import type { Meter, MeterReading } from "./meter.ts";
import type { Settings } from "./settings.ts";
import type { SourceMemory } from "./sourceMemory.ts";
import { sweepPoints } from "./sweep.ts";

/** Arm and trigger layers together run at most so often. */
export const MOST_READINGS = 2500;

/** Idle, arm layer, trigger layer: takes readings until the counts are done or somebody aborts. */
export class TriggerModel {
  readonly #meter: Meter;
  readonly #settings: () => Settings;
  readonly #timer: Timer;
  readonly #memory: SourceMemory;
  readonly #tell: (reading: MeterReading) => void;
  #running: AbortController | undefined;
  #onTrigger: (() => void) | undefined;

  constructor(
    meter: Meter,
    settings: () => Settings,
    memory: SourceMemory,
    timer: Timer,
    tell: (reading: MeterReading) => void,
  ) {
    this.#meter = meter;
    this.#settings = settings;
    this.#memory = memory;
    this.#timer = timer;
    this.#tell = tell;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** *TRG, or a key */
  trigger(): void {
    this.#onTrigger?.();
  }

  abort(): void {
    this.#running?.abort();
  }

  /** @throws ScpiError 803, 801, -222, -213 before anything is driven */
  async run(): Promise<void> {
    const settings = this.#settings();
    if (this.#running) throw new ScpiError(-213);
    if (!settings.output && !settings.clearAuto && !isAutoOhms(settings)) throw new ScpiError(803);
    const points = sweepPoints(settings, this.#memory);
    const { source } = settings;
    const stop = new AbortController();
    this.#running = stop;
    if (settings.clearAuto || isAutoOhms(settings)) settings.output = true;
    try {
      await this.#armLayer(points, stop.signal);
    } finally {
      this.#running = undefined;
      // a memory sweep leaves the last location's setup, and is one again when it is initiated anew
      settings.source = source;
      if (settings.clearAuto) {
        settings.output = false;
        await this.#meter.apply();
      }
    }
  }

  async #armLayer(points: ReturnType<typeof sweepPoints>, stop: AbortSignal): Promise<void> {
    const settings = this.#settings();
    const { arm, trigger } = settings;
    const start_s = this.#timer.now_s();
    let taken = 0;
    for (let armed = 0; armed < arm.count && !stop.aborted; armed++) {
      if (arm.source === "TIM") await sleep(this.#timer, start_s + armed * arm.timer_s - this.#timer.now_s(), stop);
      else if (arm.source !== "IMM") await this.#triggered(stop);
      for (let count = 0; count < trigger.count && !stop.aborted; count++) {
        if (trigger.source !== "IMM") await this.#triggered(stop);
        if (stop.aborted) return;
        const point = points?.[taken++ % points.length];
        if (point && "location" in point) {
          this.#memory.recall(point.location, settings);
          await this.#meter.apply();
        } else await this.#meter.apply(point?.level, point?.range);
        const reading = await this.#meter.measure(settings.delay_s + trigger.delay_s, stop);
        if (stop.aborted) return;
        this.#tell(reading);
        if (points && reading.limited && settings.sweep.abort !== "NEV") return;
      }
    }
  }

  #triggered(stop: AbortSignal): Promise<void> {
    return until((done) => {
      this.#onTrigger = done;
      return () => {
        this.#onTrigger = undefined;
      };
    }, stop);
  }
}

export function isAutoOhms({ functions, resistance }: Settings): boolean {
  return functions.has("RES") && resistance.mode === "AUTO";
}
