import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { newFolder } from "./recordedRun.ts";

const root = join(import.meta.dirname, "..");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process whose output a test can wait for: by what it says, never by the clock. */
export class Spoken {
  readonly child: ChildProcess;
  readonly ended: Promise<Finished>;
  #stdout = "";
  #stderr = "";
  #look: (() => void)[] = [];
  #over = false;

  constructor(command: string, parameters: readonly string[], cwd?: string) {
    this.child = spawn(command, parameters, { stdio: ["pipe", "pipe", "pipe"], ...(cwd === undefined ? {} : { cwd }) });
    this.child.stdin?.on("error", () => undefined);
    this.child.stdout?.on("data", (data: Buffer) => this.#take(() => (this.#stdout += data.toString())));
    this.child.stderr?.on("data", (data: Buffer) => this.#take(() => (this.#stderr += data.toString())));
    this.ended = new Promise((resolve) =>
      this.child.on("close", (code) => {
        this.#take(() => (this.#over = true));
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      }),
    );
  }

  /** Resolves when it has said so, on stdout or stderr. */
  async says(text: string): Promise<void> {
    const found = () => this.#stdout.includes(text) || this.#stderr.includes(text);
    while (!found()) {
      if (this.#over) throw new Error(`it never said "${text}", but:\n${this.#stdout}\n${this.#stderr}`);
      await new Promise<void>((resolve) => this.#look.push(resolve));
    }
  }

  tell(word: string): void {
    this.child.stdin?.write(`${word}\n`);
  }

  #take(change: () => void): void {
    change();
    for (const look of this.#look.splice(0)) look();
  }
}

export interface WallRunOptions {
  readonly folder?: string;
  readonly ramp?: "done" | "wait" | "fail";
  /** Whether the time that a quit may take ever passes. */
  readonly budget?: "never" | "real";
  readonly immediate?: "done" | "wait" | "fail";
}

/** A run on a wall-clock array in a process of its own, under way in its first step. */
export async function startWallRun(options: WallRunOptions = {}): Promise<{ folder: string; run: Spoken }> {
  const folder = options.folder ?? newFolder();
  const run = new Spoken(process.execPath, [
    join(root, "tests/children/wallRun.mjs"),
    JSON.stringify({ ...options, folder }),
  ]);
  await run.says("apply 0");
  return { folder, run };
}

/** The `crosspore` command. */
export function crosspore(...parameters: string[]): Spoken {
  return new Spoken(process.execPath, [join(root, "bin/crosspore.js"), ...parameters]);
}
