import { uptime } from "node:os";

/** Clocks that go apart by more than this while the machine sleeps; reading them one after another costs far less. */
const SLEEP_s = 1;
const BEAT_ms = 250;

/** Readings of one moment: seconds of any origin. */
export interface ClockReadings {
  /** Stands still while the machine sleeps (CLOCK_MONOTONIC). */
  readonly awake_s: number;
  /** Goes on while it sleeps (CLOCK_BOOTTIME). Setting the date moves neither. */
  readonly boot_s: number;
}

/** Notices that the machine slept, from clocks, or that the process stood still, from the signal that continues it. */
export class SuspendDetector {
  #last: ClockReadings | undefined;

  /** A regular look at the clocks. @returns how long the machine slept since the last one, seconds; 0 for not at all */
  beat(now: ClockReadings): number {
    const last = this.#last;
    this.#last = now;
    if (!last) return 0;
    const slept_s = now.boot_s - last.boot_s - (now.awake_s - last.awake_s);
    return slept_s > SLEEP_s ? slept_s : 0;
  }

  /** The process was continued after a stop (SIGSTOP, Ctrl-Z). @returns since when nobody can have looked, seconds */
  continued(now: ClockReadings): number {
    const last = this.#last;
    this.#last = now;
    return last ? Math.max(0, now.boot_s - last.boot_s) : 0;
  }
}

/**
 * Calls back after every sleep of the machine and every stop of this process, with their length. Holds the process alive
 * until it is closed: a paused run waits for nothing else.
 */
export function watchSuspension(onWake: (duration_s: number) => void): { close(): void } {
  const detector = new SuspendDetector();
  const read = (): ClockReadings => ({ awake_s: performance.now() / 1000, boot_s: uptime() });
  detector.beat(read());
  const timer = setInterval(() => {
    const slept_s = detector.beat(read());
    if (slept_s > 0) onWake(slept_s);
  }, BEAT_ms);
  // a terminal that closes sends SIGHUP and SIGCONT together: the reason comes first
  const onContinue = () => {
    const away_s = detector.continued(read());
    setImmediate(() => onWake(away_s));
  };
  if (process.platform !== "win32") process.on("SIGCONT", onContinue);
  return {
    close() {
      clearInterval(timer);
      process.off("SIGCONT", onContinue);
    },
  };
}
