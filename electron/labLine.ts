import type { MessagePortMain, UtilityProcess } from "electron";
import type { Job } from "../core/labMessages/queue.ts";
import { LabClient, transportError } from "../core/labMessages/labClient.ts";
import type { ElectronApi } from "./api.ts";
import { readReport, type ServiceCommand } from "./labProcess.ts";

export interface LabLineOptions {
  readonly electron: Pick<ElectronApi, "utilityProcess" | "MessageChannelMain">;
  readonly labEntry: string;
  readonly runsFolder: string;
  readonly pageFolder: string;
  /** The jobs that run have changed. */
  readonly onRunning: (running: readonly Job[]) => void;
  /** The process has ended by itself. */
  readonly onExit: (code: number) => void;
}

/** The main process's own line to the lab service: its stops need no window. */
export class LabLine {
  readonly #electron: LabLineOptions["electron"];
  readonly #process: UtilityProcess;
  readonly #running = new Map<string, Job>();
  readonly #options: LabLineOptions;
  #client: LabClient | undefined;
  #stopping = false;
  /** Where the service listens, or why it does not. */
  readonly ready: Promise<{ readonly url: string; readonly runsFolder: string }>;

  constructor(options: LabLineOptions) {
    this.#options = options;
    this.#electron = options.electron;
    this.#process = this.#electron.utilityProcess.fork(options.labEntry, [], { serviceName: "Crosspore lab service" });
    this.ready = new Promise((resolve, reject) => {
      this.#process.on("message", (message: unknown) => {
        const report = readReport(message);
        if (report?.kind === "ready") resolve({ url: report.url, runsFolder: report.runsFolder });
        if (report?.kind === "failed") reject(new Error(report.message));
      });
      this.#process.on("exit", (code) => {
        reject(new Error(`the lab service has ended (${code})`));
        this.#client?.end(transportError("the lab service has ended"));
        if (!this.#stopping) options.onExit(code);
      });
    });
    this.#say({ kind: "start", runsFolder: options.runsFolder, pageFolder: options.pageFolder });
    this.ready.then(
      () => this.#attach(),
      () => undefined,
    );
  }

  get running(): readonly Job[] {
    return [...this.#running.values()];
  }

  /** A new channel: one end goes to the service, the other to a page. */
  openChannel(): MessagePortMain {
    const { port1, port2 } = new this.#electron.MessageChannelMain();
    this.#say({ kind: "connect" }, [port1]);
    return port2;
  }

  /** Idles every output at once; rejects when the service does not answer. */
  async panic(): Promise<readonly string[]> {
    const { unsafe } = await this.#need().ask("panic", {});
    return unsafe.map(({ error }) => error.message);
  }

  /** For every job that runs; failures are the service's to tell. */
  async control(command: "pause" | "resume" | "stop" | "abort"): Promise<void> {
    const client = this.#need();
    await Promise.allSettled(this.running.map(({ job }) => client.ask("control-run", { job, command })));
  }

  /** Resolves when nothing runs any more. */
  async untilIdle(): Promise<void> {
    while (this.#running.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Outputs safe, then gone; killed when it takes longer than the budget. */
  async stop(budget_s: number): Promise<void> {
    this.#stopping = true;
    const stopped = new Promise<void>((resolve) => {
      this.#process.on("message", (message: unknown) => {
        if (readReport(message)?.kind === "stopped") resolve();
      });
      this.#process.on("exit", () => resolve());
    });
    this.#say({ kind: "stop" });
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([stopped, new Promise((resolve) => (timer = setTimeout(resolve, budget_s * 1000)))]);
    clearTimeout(timer);
    this.#process.kill();
  }

  #attach(): void {
    const port = this.openChannel();
    const client = new LabClient({
      link: { send: (text) => port.postMessage(text), close: () => port.close() },
      client: { kind: "other", name: "the desktop app's menu" },
    });
    this.#client = client;
    client.listen((news) => {
      if (news.topic !== "job" && news.topic !== "queue") return;
      for (const job of news.topic === "job" ? [news.body.job] : news.body.jobs) {
        if (job.state === "running") this.#running.set(job.job, job);
        else this.#running.delete(job.job);
      }
      this.#options.onRunning(this.running);
    });
    port.on("message", ({ data }) => client.take(data as string | ArrayBuffer));
    port.on("close", () => client.end(transportError("the lab service has ended")));
    port.start();
  }

  #need(): LabClient {
    if (!this.#client) throw new Error("the lab service has not begun");
    return this.#client;
  }

  #say(command: ServiceCommand, ports: MessagePortMain[] = []): void {
    this.#process.postMessage(command, ports);
  }
}
