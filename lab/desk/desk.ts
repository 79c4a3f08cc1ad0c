import { Worker } from "node:worker_threads";
import { Refusal, labError } from "../refusal.ts";
import type { DeskAnswer, DeskRequest, TaskInput, TaskName, TaskOutput } from "./deskMessages.ts";

/** Node runs no TypeScript: from the sources (tests) the thread runs what the build made of them. */
const ENTRY = import.meta.url.endsWith(".ts") ? "../../dist/lab/desk/deskWorker.js" : "./deskWorker.js";

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (refusal: Refusal) => void;
}

/**
 * A thread for everything that thinks: plans, analyses, figures, records on disk. The service's own thread drives arrays
 * and must hear a panic at any moment. Started with the first task; a thread that dies is replaced.
 */
export class Desk implements Disposable {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #id = 0;
  #closed = false;

  /** @throws Refusal as a rejection, with what the task said */
  run<N extends TaskName>(task: N, input: TaskInput<N>): Promise<TaskOutput<N>> {
    if (this.#closed) return Promise.reject(new Refusal("ABORTED", "the service is ending"));
    const id = this.#id++;
    const request: DeskRequest = { id, task, input };
    return new Promise<TaskOutput<N>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const worker = (this.#worker ??= this.#start());
      worker.ref();
      worker.postMessage(request, []);
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    void this.#worker?.terminate();
    this.#fail("the service is ending");
  }

  #start(): Worker {
    const worker = new Worker(new URL(ENTRY, import.meta.url));
    worker.on("message", (answer: DeskAnswer) => this.#take(answer));
    const end = (reason: string) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#fail(reason);
    };
    worker.once("error", (error) => end(`a task broke its thread: ${String(error).replace(/\s+/g, " ")}`));
    worker.once("exit", () => end("a task ended its thread"));
    return worker;
  }

  #take(answer: DeskAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (!waiting) return;
    if ("error" in answer) {
      const { code, message, remedy, ...more } = answer.error;
      waiting.reject(new Refusal(code, message, remedy, more));
    } else waiting.resolve(answer.output as never);
  }

  #fail(reason: string): void {
    const { code, message } = labError("INTERNAL", reason);
    for (const { reject } of this.#waiting.values()) reject(new Refusal(code, message, "try again"));
    this.#waiting.clear();
  }
}
