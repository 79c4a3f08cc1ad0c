import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Setup } from "../core/drivers/selectorBoard/messages.ts";

const script = join(import.meta.dirname, "children/holdJunction.mjs");

export interface HoldingHostOptions {
  readonly port?: string;
  readonly bridge?: { readonly port: number; readonly token: string };
  readonly setup: Setup;
}

/** A process that holds a selector and switches all the time, to be killed, frozen and stalled. */
export class HoldingHost {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(options: HoldingHostOptions) {
    this.#process = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
    if (!this.#process.stdout) throw new Error("no pipe");
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Whether it armed and switched so many times; a machine that is too busy for its heartbeats keeps it from that. */
  async reach(selects: number): Promise<boolean> {
    for (let seen = 0; seen < selects; ) {
      const { done, value } = await this.#lines.next();
      if (done || value.startsWith("ended")) return false;
      if (value.startsWith("selected")) seen++;
    }
    return true;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Its event loop stands still for two seconds. */
  stall(): void {
    this.#process.stdin?.write("stall\n");
  }

  /** Its line is cut, it lives on. */
  hangUp(): void {
    this.#process.stdin?.write("hang up\n");
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGCONT");
    this.#process.kill("SIGKILL");
    await gone;
  }
}
