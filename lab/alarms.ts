import { cleanText } from "../core/cleanText.ts";
import type { Alarm } from "../core/labMessages/session.ts";

/** What somebody must know of now, until it has passed. */
export class Alarms {
  readonly #open = new Map<string, Alarm>();
  readonly #now: () => Date;
  readonly #tell: (alarm: Alarm) => void;
  #count = 0;

  constructor(now: () => Date, tell: (alarm: Alarm) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  get open(): readonly Alarm[] {
    return [...this.#open.values()];
  }

  /** @param key whoever raises the same again replaces it; `settle` ends it */
  raise(key: string, alarm: Pick<Alarm, "kind" | "text" | "remedy"> & Partial<Pick<Alarm, "array" | "run">>): void {
    const known = this.#open.get(key);
    const raised: Alarm = {
      alarm: known?.alarm ?? `alarm-${++this.#count}`,
      kind: alarm.kind,
      text: cleanText(alarm.text).slice(0, 20_000),
      remedy: cleanText(alarm.remedy).slice(0, 20_000),
      array: alarm.array ?? null,
      run: alarm.run ?? null,
      since: known?.since ?? this.#now().toISOString(),
      over: false,
    };
    if (known?.text === raised.text) return;
    this.#open.set(key, raised);
    this.#tell(raised);
  }

  settle(key: string): void {
    const known = this.#open.get(key);
    if (!known) return;
    this.#open.delete(key);
    this.#tell({ ...known, over: true });
  }
}
