import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type { Timer } from "../core/drivers/timer.ts";
import type { EmulatedArrayConfig } from "../core/emulated/config.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import { encodeMessage, CLOSE_CODES, LAB_PROTOCOL } from "../core/labMessages/envelope.ts";
import type { LabError } from "../core/labMessages/errors.ts";
import type { PromptCard } from "../core/labMessages/queue.ts";
import type { ClientCard, News, NewsTopic, Policy } from "../core/labMessages/session.ts";
import { Arming } from "../core/limiter/arming.ts";
import { EMULATED_READINESS } from "../core/limiter/blockers.ts";
import { type ChipLimits, type Limits, NO_LIMITS } from "../core/limits.ts";
import { makePace } from "../recorder/pace.ts";
import { Alarms } from "./alarms.ts";
import { LabArray, type ArrayParts } from "./arrays/labArray.ts";
import { startLiving } from "./arrays/living.ts";
import { type InstrumentChoice, openInstrument } from "./arrays/openInstrument.ts";
import { answerArrays } from "./asks/arrayAsks.ts";
import { answerProtocols } from "./asks/protocolAsks.ts";
import { answerQueue } from "./asks/queueAsks.ts";
import { answerRuns } from "./asks/runAsks.ts";
import { answerSession } from "./asks/sessionAsks.ts";
import { type AskHandlers, ClientSession, type ServiceLink, type SessionHost } from "./clientSession.ts";
import { Desk } from "./desk/desk.ts";
import { LogBook } from "./logBook.ts";
import { JobQueue } from "./queue/jobQueue.ts";
import { describeFailure, labError, Refusal } from "./refusal.ts";
import type { RecordedCalibration } from "../core/record/runData.ts";
import { NoteBook } from "./arrays/noteBook.ts";

export interface LabOptions {
  /** Where runs are made and looked for. */
  readonly runsFolder: string;
  readonly version: string;
  readonly policy?: Policy;
  readonly now?: () => Date;
  /** Lines of the log, for whoever keeps them elsewhere too. */
  readonly onLog?: (line: News<"log">) => void;
  /** Somebody has asked the service to end (`shut-down`). */
  readonly onShutDown?: () => void;
  /** Wraps every port of an instrument, for taps. */
  readonly wrapPort?: InstrumentChoice["wrap"];
  /** What instruments are timed by; default: the wall clock. */
  readonly timer?: Timer;
}

export const DEFAULT_POLICY: Policy = { onSilence: "pause", silence_s: 5 };

/** Junction updates of an emulated array between two looks at instruments and clients, some 1 ms. */
const SLICE = 5e4;
const BEAT_s = 1;
/** Frames are sent so often at most. */
const FLUSH_ms = 33;
/** How often the ports of idle arrays are looked at. */
const PORTS_ms = 2000;
const LOG_AT_FIRST = 200;

interface OpenPrompt {
  readonly card: PromptCard;
  readonly settle: (by: string | undefined) => void;
}

/** What `connect` gives whoever owns the link. */
export interface ConnectedClient {
  take(data: string): void;
  /** @param clean the other side said that it leaves */
  end(clean: boolean): void;
}

/**
 * The lab service without any transport: arrays, queue, runs, log, clients. Whoever has a link to a client hands it to
 * `connect`. Everything that thinks is on threads of its own (`desk/`), and so are recorders; this thread drives.
 */
export class LabService {
  readonly options: LabOptions;
  readonly desk = new Desk();
  /** For what may take long, so that lists and plans do not wait behind it. */
  readonly slowDesk = new Desk();
  readonly log: LogBook;
  readonly alarms: Alarms;
  readonly queue: JobQueue;
  readonly notes: NoteBook;
  readonly started: string;
  policy: Policy;
  readonly #now: () => Date;
  readonly #arrays = new Map<string, LabArray>();
  readonly #living = new Map<LabArray, () => Promise<void>>();
  readonly #sessions = new Set<ClientSession>();
  readonly #prompts = new Map<string, OpenPrompt>();
  readonly #handlers: AskHandlers;
  readonly #timers: NodeJS.Timeout[];
  #arrayCount = 0;
  #promptCount = 0;
  #streamCount = 0;
  #beats = 0;
  #closing: Promise<void> | undefined;

  constructor(options: LabOptions) {
    this.options = options;
    this.policy = options.policy ?? DEFAULT_POLICY;
    this.#now = options.now ?? (() => new Date());
    this.started = this.#now().toISOString();
    this.log = new LogBook(this.#now, (line) => {
      options.onLog?.(line);
      this.broadcast("log", line);
    });
    this.alarms = new Alarms(this.#now, (alarm) => this.broadcast("alarm", alarm));
    this.notes = new NoteBook(options.runsFolder, this.#now);
    this.queue = new JobQueue({
      runsFolder: options.runsFolder,
      now: this.#now,
      desk: this.desk,
      quieten: (array) => this.quieten(array),
      resumeLiving: (array) => this.resumeLiving(array),
      tellJob: (job) => this.broadcast("job", { job }),
      tellQueue: () => this.broadcast("queue", { jobs: this.queue.cards(), held: this.queue.held }),
      tellProgress: (job, run, array, progress) => this.broadcast("progress", { job, run, array, progress }),
      tellEvent: (job, run, array, line) => this.broadcast("run-event", { job, run, array, line }),
      tellReads: (array, run, time_s, cells) =>
        this.broadcast("cells-read", {
          array: array.id,
          run,
          source: array.parts.backend.capabilities.source,
          wall: this.#now().toISOString(),
          time_s,
          cells,
        }),
      tellArray: (array) => this.tellArray(array),
      tellRun: (run) => void this.#tellRun(run),
      closeArray: (array) => this.closeArray(array),
      ask: (job, run, array, text, signal) => this.#ask(job, run, array, text, signal),
      log: (level, text, about) => this.log.write(level, "run", text, about),
      alarm: (kind, array, run, { message, remedy }) =>
        this.alarms.raise(`${kind} ${array.id}`, { kind, text: message, remedy, array: array.id, run: run || null }),
    });
    this.#handlers = {
      ...answerArrays(this),
      ...answerProtocols(this),
      ...answerQueue(this),
      ...answerRuns(this),
      ...answerSession(this),
    };
    this.#timers = [
      setInterval(() => this.#beat(), BEAT_s * 1000),
      setInterval(() => this.#flush(), FLUSH_ms),
      setInterval(() => this.#lookAtPorts(), PORTS_ms),
    ];
    // a service without clients and runs keeps no process alive; its listener does
    for (const timer of this.#timers) timer.unref();
  }

  get arrays(): readonly LabArray[] {
    return [...this.#arrays.values()];
  }

  get prompts(): readonly PromptCard[] {
    return [...this.#prompts.values()].map(({ card }) => card);
  }

  get clients(): ClientCard[] {
    return [...this.#sessions].flatMap(({ card }) => (card ? [card] : []));
  }

  /** @throws Refusal */
  findArray(id: string): LabArray {
    const array = this.#arrays.get(id);
    if (!array)
      throw new Refusal("UNKNOWN", `there is no array ${id}`, "it may have been closed; look at the list again");
    return array;
  }

  connect(link: ServiceLink): ConnectedClient {
    if (this.#closing) {
      link.send(encodeMessage({ kind: "goodbye", error: labError("ABORTED", "the service is ending") }));
      link.close(CLOSE_CODES.ending, "ending");
      return { take: () => undefined, end: () => undefined };
    }
    return new ClientSession(link, this.#host());
  }

  broadcast<T extends NewsTopic>(topic: T, body: News<T>): void {
    if (this.#sessions.size === 0) return;
    const text = encodeMessage({ kind: "news", topic, body });
    for (const session of this.#sessions) session.sendText(text);
  }

  tellArray(array: LabArray): void {
    if (this.#arrays.has(array.id)) this.broadcast("array", { array: array.card() });
  }

  nextStream(): number {
    return this.#streamCount++;
  }

  openEmulated(choice: {
    readonly config: EmulatedArrayConfig;
    readonly limits?: Limits;
    readonly chip?: ChipLimits;
    readonly name: string;
    readonly seed: number;
    readonly living: boolean;
    /** Not shown among the arrays: made for one job. */
    readonly hidden?: boolean;
  }): LabArray {
    const { config, limits = NO_LIMITS, chip = {}, name, seed, living, hidden = false } = choice;
    const pace = makePace();
    const emulated = new EmulatedArray(config, { seed, pause: pace.pause, workBetweenPauses: SLICE });
    const array = this.#addArray(
      {
        name,
        backend: emulated,
        emulated,
        arming: new Arming(),
        readiness: EMULATED_READINESS,
        limits,
        chip,
        simulated: true,
        addresses: [],
        pace,
        time_s: () => emulated.time_s,
      },
      hidden,
    );
    array.living = living;
    this.resumeLiving(array);
    return array;
  }

  /** @throws as `openInstrument` */
  async openInstrument(
    choice: Omit<InstrumentChoice, "askOperator" | "calibration" | "wrap" | "timer"> & {
      readonly name: string | undefined;
      readonly calibration: RecordedCalibration | undefined;
    },
  ): Promise<LabArray> {
    let lost: (() => void) | undefined;
    let gone = false;
    const { name, calibration, ...rest } = choice;
    const opened = await openInstrument({
      ...rest,
      calibration: calibration?.content,
      askOperator: (sentence) =>
        this.#ask("", "", undefined, sentence, new AbortController().signal).then(() => undefined),
      ...(this.options.timer && { timer: this.options.timer }),
      wrap: (port) => {
        const tapped = this.options.wrapPort?.(port) ?? port;
        return {
          ...bound(tapped),
          listen: (listener) =>
            tapped.listen({
              bytes: (chunk) => listener.bytes(chunk),
              closed: (error) => {
                gone = error.kind === "disconnected";
                if (gone) lost?.();
                listener.closed(error);
              },
            }),
        };
      },
    });
    const { array: backend, instrument, identity, simulated, arming, readiness } = opened;
    const array = this.#addArray({
      name:
        name ??
        ([identity.manufacturer, identity.model].filter((part) => part !== "").join(" ") ||
          choice.addresses[0] ||
          "instrument"),
      backend,
      arming,
      readiness,
      limits: choice.limits,
      chip: choice.chip,
      identity,
      simulated,
      addresses: choice.addresses,
      ...(calibration && { calibration }),
      pace: makePace(),
      time_s: () => instrument.time_s,
    });
    lost = () => this.#lose(array);
    if (gone) lost();
    return array;
  }

  /** Outputs safe, port free, gone from every list. */
  async closeArray(array: LabArray): Promise<void> {
    this.queue.dropArray(array);
    await this.quieten(array);
    this.#arrays.delete(array.id);
    try {
      await array.close();
    } catch (error) {
      const { message, remedy } = describeFailure(error);
      this.log.write("error", "array", `${array.parts.name}: closing failed: ${message}`, { array: array.id });
      if (!array.vanished)
        this.alarms.raise(`unsafe ${array.id}`, { kind: "unsafe", text: message, remedy, array: array.id });
    }
    if (array.vanished) this.alarms.settle(`vanished ${array.id}`);
    this.broadcast("arrays", { arrays: this.arrays.map((other) => other.card()) });
  }

  /** Ends what an array does by itself. */
  async quieten(array: LabArray): Promise<void> {
    const stop = this.#living.get(array);
    this.#living.delete(array);
    await stop?.();
  }

  resumeLiving(array: LabArray): void {
    const { emulated, arming, limits, chip } = array.parts;
    if (!emulated || !array.living || this.#living.has(array) || this.#closing || array.state !== "idle") return;
    const wait = (delay_s: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", settle);
          resolve();
        };
        const timer = setTimeout(settle, delay_s * 1000);
        timer.unref();
        signal.addEventListener("abort", settle);
        if (signal.aborted) settle();
      });
    const follow = (event: Parameters<LabArray["takeEvent"]>[0]) => void array.takeEvent(event, "background");
    this.#living.set(array, startLiving({ emulated, arming, limits, chip, wait, follow }));
  }

  /** Idles the outputs of an array, or of all, at once. Resolves with those of which nobody knows. */
  async panic(
    only: LabArray | undefined,
    by: string,
  ): Promise<readonly { readonly array: LabArray; readonly error: LabError }[]> {
    const hit = only ? [only] : this.arrays;
    // outputs first, words afterwards
    const runs = this.queue.panic(only, by);
    const others = hit
      .filter((array) => array.run === undefined && !array.parts.emulated)
      .map(async (array) => {
        try {
          await array.parts.backend.makeSafe("immediate");
          return [];
        } catch (error) {
          return array.vanished ? [] : [{ array, error: describeFailure(error) }];
        }
      });
    this.log.write("warning", "client", `PANIC by ${by}: outputs idle at once, the queue is held`);
    this.alarms.raise("panic", {
      kind: "panic",
      text: `PANIC by ${by}: every output idles, every run has ended, the queue is held`,
      remedy: "look at the arrays, then let the queue go on",
      ...(only && { array: only.id }),
    });
    const unsafe = [...(await runs), ...(await Promise.all(others)).flat()];
    for (const { array, error } of unsafe)
      this.alarms.raise(`unsafe ${array.id}`, {
        kind: "unsafe",
        text: error.message,
        remedy: error.remedy,
        array: array.id,
      });
    return unsafe;
  }

  /** @returns false when nobody asks that any more */
  answerPrompt(id: string, confirmed: boolean, by: string): boolean {
    const prompt = this.#prompts.get(id);
    if (!prompt) return false;
    this.#prompts.delete(id);
    this.broadcast("prompt-over", { prompt: id, by, confirmed });
    prompt.settle(confirmed ? by : undefined);
    return true;
  }

  /** Runs abort, outputs are safe, clients hear why, everything is released. */
  close(why: string): Promise<void> {
    this.#closing ??= this.#close(why);
    return this.#closing;
  }

  async #close(why: string): Promise<void> {
    this.broadcast("shutting-down", { why, seconds: 2 });
    for (const timer of this.#timers) clearInterval(timer);
    await this.queue.close(why);
    for (const array of this.arrays) await this.closeArray(array);
    for (const session of this.#sessions)
      session.dismiss(
        CLOSE_CODES.ending,
        labError("ABORTED", `the service has ended: ${why}`, "start crosspore lab again"),
      );
    this.desk[Symbol.dispose]();
    this.slowDesk[Symbol.dispose]();
  }

  #addArray(parts: ArrayParts, hidden = false): LabArray {
    const handle = ++this.#arrayCount;
    const array = new LabArray(`array-${handle}`, handle, parts, this.#now);
    if (hidden) return array;
    this.#arrays.set(array.id, array);
    this.log.write("info", "array", `${parts.name}: open`, { array: array.id });
    this.broadcast("arrays", { arrays: this.arrays.map((other) => other.card()) });
    return array;
  }

  #lose(array: LabArray): void {
    if (array.vanished || !this.#arrays.has(array.id)) return;
    array.vanished = true;
    const text = `${array.parts.name} has vanished: ${array.parts.addresses.join(" and ")} is gone`;
    this.log.write("error", "array", text, { array: array.id });
    const remedy = "check cable and power, then close the array and open it again; what was recorded is safe";
    this.alarms.raise(`vanished ${array.id}`, { kind: "vanished", text, remedy, array: array.id });
    this.tellArray(array);
  }

  /** An instrument that nobody talks to does not notice that its cable was pulled; its port does. */
  #lookAtPorts(): void {
    for (const array of this.arrays)
      for (const address of array.parts.addresses) {
        const path = /^serial:([^?]+)/.exec(address)?.[1];
        if (path !== undefined && !existsSync(path)) this.#lose(array);
      }
  }

  #ask(job: string, run: string, array: LabArray | undefined, text: string, signal: AbortSignal): Promise<string> {
    const prompt = `prompt-${++this.#promptCount}`;
    const card: PromptCard = {
      prompt,
      job: job || "none",
      run: run || "none",
      array: array?.id ?? "none",
      text: text.slice(0, 20_000),
      since: this.#now().toISOString(),
    };
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!this.#prompts.delete(prompt)) return;
        this.broadcast("prompt-over", { prompt, by: "the end of the run", confirmed: false });
        reject(new Refusal("ABORTED", "the run was stopped"));
      };
      this.#prompts.set(prompt, {
        card,
        settle: (by) => {
          signal.removeEventListener("abort", onAbort);
          if (by !== undefined) return resolve(by);
          const live = this.queue.live.find((one) => one.array === array);
          void live?.stops.abort("an operator who did not confirm");
          reject(new Refusal("ABORTED", "an operator did not confirm"));
        },
      });
      signal.addEventListener("abort", onAbort);
      this.broadcast("prompt", card);
    });
  }

  async #tellRun(run: string): Promise<void> {
    try {
      this.broadcast("run", {
        summary: await this.desk.run("summarise-run", { parent: this.options.runsFolder, run }),
      });
    } catch (error) {
      this.log.write("warning", "service", describeFailure(error).message, { run });
    }
  }

  #host(): SessionHost {
    return {
      handlers: this.#handlers,
      now: this.#now,
      clock_s: () => performance.now() / 1000,
      makeId: () => `client-${randomUUID().slice(0, 8)}`,
      admit: (session) => {
        const others = this.clients;
        this.#sessions.add(session);
        const you = session.card as ClientCard;
        this.log.write(
          "info",
          "client",
          `${you.name} has connected${others.length > 0 ? `, ${others.length} others are here` : ""}`,
        );
        return {
          kind: "welcome",
          protocol: LAB_PROTOCOL,
          service: {
            version: this.options.version,
            pid: process.pid,
            started: this.started,
            runsFolder: this.options.runsFolder,
          },
          you,
          others,
          policy: this.policy,
          beat_s: BEAT_s,
        };
      },
      introduce: (session) => {
        session.tell("arrays", { arrays: this.arrays.map((array) => array.card()) });
        session.tell("queue", { jobs: this.queue.cards(), held: this.queue.held });
        for (const prompt of this.prompts) session.tell("prompt", prompt);
        for (const alarm of this.alarms.open) session.tell("alarm", alarm);
        for (const line of this.log.read(0, LOG_AT_FIRST)) session.tell("log", line);
        this.broadcast("clients", { clients: this.clients });
      },
      leave: (session, how) => {
        this.#sessions.delete(session);
        this.log.write(
          how === "left" ? "info" : "warning",
          "client",
          `${session.name} ${how === "left" ? "has left" : "was lost"}`,
        );
        this.broadcast("clients", { clients: this.clients });
        if (how === "lost") this.#minded(session);
      },
      hear: (session) => {
        if (!session.card?.silent) return;
        session.silent = false;
        this.log.write("info", "client", `${session.name} answers again`);
        this.alarms.settle(`silence ${session.id}`);
        if (this.#isWatched()) this.alarms.settle("silence");
        this.broadcast("clients", { clients: this.clients });
      },
      log: (level, text) => this.log.write(level, "service", text),
    };
  }

  #beat(): void {
    this.#beats++;
    const now_s = performance.now() / 1000;
    for (const session of this.#sessions) {
      session.beat(this.#beats);
      const silent_s = now_s - session.heard_s;
      if (silent_s <= this.policy.silence_s || !session.card || session.card.silent) continue;
      session.silent = true;
      this.log.write("warning", "client", `${session.name} has not answered for ${silent_s.toFixed(1)} s`);
      this.broadcast("clients", { clients: this.clients });
      this.#minded(session);
    }
  }

  #isWatched(): boolean {
    return this.clients.some((client) => watches(client) && !client.silent);
  }

  /** An operator who watched is frozen or lost: if it was the last one, the policy decides what runs do. */
  #minded(session: ClientSession): void {
    if (!session.card || !watches(session.card) || this.#isWatched()) return;
    const { onSilence } = this.policy;
    const live = this.queue.live.filter(({ array }) => array.parts.backend.capabilities.clock === "wall");
    const by = `the policy: nobody watches, ${session.name} is silent`;
    for (const { stops } of live)
      if (onSilence === "pause") stops.control.pause(by);
      else if (onSilence === "abort") void stops.abort(by);
    const done = live.length === 0 ? "no run of a real array is live" : `${live.length} live: ${onSilence}`;
    this.alarms.raise("silence", {
      kind: "silence",
      text: `${session.name} does not answer and nobody else watches (${done})`,
      remedy: "look at the window; crosspore panic and every other window stop runs too",
    });
    this.log.write("warning", "service", `nobody watches: ${done}`);
  }

  #flush(): void {
    for (const session of this.#sessions) session.flush();
  }
}

/** Somebody who would see what happens; a menu of the desktop app stops runs and watches none. */
function watches({ role, kind }: ClientCard): boolean {
  return role === "operator" && kind !== "other";
}

function bound<T extends { readonly name: string; readonly bitsPerSecond: number }>(
  port: T & PortCalls,
): T & PortCalls {
  return {
    ...port,
    name: port.name,
    bitsPerSecond: port.bitsPerSecond,
    write: (bytes: Uint8Array) => port.write(bytes),
    discardInput: () => port.discardInput(),
    close: () => port.close(),
  };
}

interface PortCalls {
  write(bytes: Uint8Array): Promise<void>;
  discardInput(): Promise<void>;
  close(): Promise<void>;
}
