/** Lets an emulated array run no faster than its events are taken: a virtual clock would fill the memory with samples. */
export interface Pace {
  /** Remembers what has to be taken first. */
  follow(taken: Promise<void>): Promise<void>;
  /** Lets other tasks run, and resolves when everything that was emitted has been taken. */
  pause(): Promise<void>;
}

export function makePace(): Pace {
  let latest: Promise<void> = Promise.resolve();
  return {
    follow(taken) {
      latest = taken;
      return taken;
    },
    async pause() {
      for (let seen: Promise<void> | undefined; seen !== latest; ) {
        seen = latest;
        // a failure is told to whoever emitted
        await seen.catch(() => undefined);
        // what was emitted meanwhile takes its turn
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
