import { InstrumentError, TransportError } from "../../errors.ts";
import { BytePort } from "../bytePort.ts";
import type { Identity } from "../instrument.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import {
  decodeFloats,
  decodeTriple,
  decodeVersion,
  encodeJob,
  FLOAT_BYTES,
  JOB,
  LINES,
  LOCAL_SESSION,
  READ_MODE,
  type Scheme,
  SCHEMES,
  SIMULATED_MINOR,
  type Triple,
  TRIPLE_BYTES,
  type Version,
} from "./codec.ts";
import { LONGEST_JOB_S } from "./compilePlan.ts";

/** Conversions behind a reading: the vendor's default. */
const CYCLES = 50;
/** Before the first read says another one. */
const READ_V = 0.1;
/** The vendor's software waits a second after a reset; we ask for the version until it is answered, so long at most. */
const BOOT_POLLS = 10;
const BOOT_POLL_S = 0.1;
const BOOT_S = 0.02;
/** Whoever spoke before may have left the instrument waiting for arguments. */
const RESETS = 16;
const QUIET_S = 0.03;
/** Silence for so many times as long: no job is under way any more. */
const QUIET_JOB_S = 0.1;
const QUIET_TIMES = Math.ceil(LONGEST_JOB_S / QUIET_JOB_S) + 1;
/** Answers come later than their time by so much at most. */
const LATE_S = 0.4;
const SAFE = `the job under way ends by itself within ${LONGEST_JOB_S} s, the output is at 0 V then`;

/** The dialogue with an ArC ONE: jobs out, numbers back. */
export class ArcLink {
  readonly line: BytePort;
  readonly scheme: Scheme;
  readonly #timer: Timer;
  #version: Version | undefined;
  #configured = false;
  #outOfStep = false;

  constructor(transport: Transport, timer: Timer, scheme: Scheme) {
    this.line = new BytePort(transport, timer);
    this.#timer = timer;
    this.scheme = scheme;
  }

  get port(): string {
    return this.line.transport.name;
  }

  get identity(): Identity {
    const version = this.#version;
    const minor = version?.minor === SIMULATED_MINOR ? "simulated" : version?.minor;
    return {
      manufacturer: "ArC Instruments",
      model: "ArC ONE",
      // it has none that it tells
      serial: "none",
      firmware: version ? `${version.major}.${minor}` : "without a version",
    };
  }

  /**
   * Resets the instrument and configures it; nothing that it still said to somebody else survives. To one that waits for
   * arguments a reset is a harmless 0, so it is sent more often than any job has arguments.
   * @throws InstrumentError when something else answers, TransportError when nobody does
   */
  async hello(): Promise<void> {
    this.#version = undefined;
    for (let k = 0; k < (this.#outOfStep ? QUIET_TIMES : 0); k++) await this.line.settle(QUIET_JOB_S);
    this.#outOfStep = false;
    await this.line.settle(QUIET_S);
    await this.line.send(`${JOB.reset}\n`.repeat(RESETS));
    await sleep(this.#timer, BOOT_S);
    for (let poll = 0; poll < BOOT_POLLS && !this.#version; poll++) {
      await this.job(JOB.version);
      await sleep(this.#timer, BOOT_POLL_S / 5);
      if (this.line.unread < FLOAT_BYTES) await sleep(this.#timer, (4 * BOOT_POLL_S) / 5);
      if (this.line.unread >= FLOAT_BYTES) this.#version = decodeVersion(await this.line.bytes(FLOAT_BYTES));
    }
    await this.line.settle(QUIET_S);
    await this.#configure();
  }

  /** After a reset the instrument must be told everything again. */
  async ready(): Promise<void> {
    if (!this.#configured) await this.hello();
  }

  /** There is no job that opens a crosspoint: a reset does. */
  async reset(): Promise<void> {
    if (this.line.closed || !this.#configured) return;
    this.#configured = false;
    await this.job(JOB.reset);
  }

  job(code: string, ...values: readonly number[]): Promise<void> {
    return this.line.send(encodeJob(code, ...values));
  }

  /** How the next readings are made. */
  async setReading(voltage_V: number, cycles: number): Promise<void> {
    const mode = voltage_V < 0 ? READ_MODE.fourPointNegative : READ_MODE.fourPoint;
    await this.job(JOB.readSettings, mode, voltage_V);
    await this.job(JOB.cyclesAndScheme, cycles, SCHEMES.indexOf(this.scheme));
  }

  /** A job that answers nothing is over when the next one is answered; an old firmware tells no version, so we wait. */
  async wait(duration_s: number): Promise<void> {
    const known = this.#version;
    if (!known) {
      await sleep(this.#timer, duration_s + BOOT_S);
      return;
    }
    await this.job(JOB.version);
    const { major, minor } = decodeVersion(await this.line.bytes(FLOAT_BYTES, duration_s + LATE_S));
    if (major !== known.major || minor !== known.minor)
      throw this.refuse("say that a pulse is over", `version ${major}.${minor}`);
  }

  /** @param duration_s that the instrument needs before it answers */
  async floats(count: number, duration_s: number): Promise<Float32Array> {
    return decodeFloats(await this.line.bytes(count * FLOAT_BYTES, duration_s + LATE_S));
  }

  async triple(duration_s: number): Promise<Triple> {
    return decodeTriple(await this.line.bytes(TRIPLE_BYTES, duration_s + LATE_S));
  }

  /** A byte that is lost on the line turns every number after it into another one: nothing that still comes means anything. */
  distrust(): void {
    this.#configured = false;
    this.#outOfStep = true;
  }

  refuse(asked: string, said: string): InstrumentError {
    return new InstrumentError(this.port, asked, said, SAFE);
  }

  async #configure(): Promise<void> {
    const scheme = SCHEMES.indexOf(this.scheme);
    await this.job(JOB.configure, CYCLES, LINES, LINES, READ_MODE.fourPoint, LOCAL_SESSION, scheme, READ_V);
    let said: string;
    try {
      said = await this.line.line(LATE_S);
    } catch (error) {
      // an instrument that answers, but in no line, is another one
      if (!(error instanceof TransportError) || error.kind !== "timeout" || this.line.unread === 0) throw error;
      said = `${this.line.unread} bytes without an end`;
    }
    if (said.trim() !== "1")
      throw new InstrumentError(this.port, "be an ArC ONE", JSON.stringify(said), "nothing was driven");
    await this.job(JOB.readSettings, READ_MODE.fourPoint, READ_V);
    this.#configured = true;
  }
}
