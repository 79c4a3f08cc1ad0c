import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** `crosspore lab` as a user starts it, in folders of its own. */
export class RealLab implements AsyncDisposable {
  readonly folder: string;
  readonly runs: string;
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, url: string, child: ChildProcess) {
    this.folder = folder;
    this.runs = join(folder, "runs");
    this.url = url;
    this.#child = child;
  }

  /** @param array text of an experiment file whose array is emulated; absent: the living 16 x 16 array of the first minute */
  static async start(array?: string): Promise<RealLab> {
    const folder = mkdtempSync(join(tmpdir(), "crosspore-window-"));
    const file = join(folder, "array.yaml");
    if (array !== undefined) writeFileSync(file, array);
    const child = spawn(
      process.execPath,
      [
        resolve(import.meta.dirname, "../../bin/crosspore.js"),
        "lab",
        "--port",
        "0",
        "--json",
        "--runs",
        join(folder, "runs"),
        ...(array === undefined ? [] : ["--array", file]),
      ],
      { env: { ...process.env, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder }, stdio: ["ignore", "pipe", "ignore"] },
    );
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { url: string };
      return new RealLab(folder, url, child);
    }
    throw new Error("crosspore lab ended before it listened");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
