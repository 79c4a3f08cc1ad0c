import { AbortedError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import type { Address } from "../../stimulus.ts";
import { formatSI } from "../../units.ts";
import type { OpenInstrument } from "../driver.ts";
import type {
  ChannelCapabilities,
  ChannelPlan,
  ChannelPoint,
  Identity,
  Potentiostat,
  Selector,
} from "../instrument.ts";
import { Playing } from "../playing.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { currentOf, encodeAddress, isEnd, JOB, LARGEST_V, LINES, OUTPUT_STEP_V, type Scheme } from "./codec.ts";
import { compilePlan, durationOf, LONGEST_JOB_S, type PlanJob } from "./compilePlan.ts";
import { findCorner, groupReads, type JunctionRead } from "./groupReads.ts";
import { ArcLink } from "./link.ts";

/** How long one conversion of a reading takes: a guess of ours, written down nowhere. */
const CONVERSION_S = 1e-5;
/** The instrument's own switches. */
const SELECT_SETTLE_S = 1e-3;

export async function open(transport: Transport, timer: Timer, scheme: Scheme): Promise<OpenInstrument> {
  const link = new ArcLink(transport, timer, scheme);
  await link.hello();
  const device = new ArcOne(link, timer);
  return { instrument: device, selector: device.selector() };
}

export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  const link = new ArcLink(transport, timer, "V/3");
  await link.hello();
  return link.identity;
}

/** A channel and its 32 x 32 selector. */
class ArcOne implements Potentiostat {
  readonly identity: Identity;
  readonly port: string;
  readonly channel: ChannelCapabilities = {
    voltageRange_V: [-LARGEST_V, LARGEST_V],
    span_V: Infinity,
    voltageStep_V: OUTPUT_STEP_V,
    currentRanges_A: [],
    compliance: false,
    shortestMeasured_s: 2e-3,
    shortestHeld_s: 2e-3,
    mostPoints: 1_000_000,
    // no job holds its output for longer than 0.4 s, and none starts the next
    safeOnSilence: true,
  };
  readonly #link: ArcLink;
  readonly #timer: Timer;
  #selected: Address = { row: 0, column: 0 };
  readonly #playing = new Playing();

  constructor(link: ArcLink, timer: Timer) {
    this.#link = link;
    this.#timer = timer;
    this.identity = link.identity;
    this.port = link.port;
  }

  selector(): Selector {
    return {
      grid: { rows: LINES, columns: LINES },
      unselectedLines: this.#link.scheme === "float" ? "floating" : "grounded",
      select: (address) => this.#select(address),
      open: () => this.#link.reset(),
      readJunctions: (cells, signal) => this.#track(signal, (stop) => this.#readJunctions(cells, stop)),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  play(
    admitted: Admitted<ChannelPlan>,
    tell: (points: readonly ChannelPoint[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const plan = redeem(admitted);
    return this.#track(signal, (stop) => this.#run(plan, tell, stop));
  }

  /** No byte ends a job: after at most 0.4 s it has ended, and the next one does not start. */
  async makeSafe(): Promise<void> {
    await this.#playing.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      await this.#link.line.close();
    }
  }

  /** So that makeSafe can stop what is under way, and what failed leaves no number behind. */
  async #track<T>(signal: AbortSignal, start: (stop: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await this.#playing.run(signal, start);
    } catch (error) {
      // a stop comes between two jobs, anything else in the midst of one
      if (!(error instanceof AbortedError)) this.#link.distrust();
      throw error;
    }
  }

  async #select(address: Address): Promise<void> {
    checkAddress(address);
    await this.#link.ready();
    await this.#link.job(JOB.select, ...encodeAddress(address));
    this.#selected = address;
    await sleep(this.#timer, SELECT_SETTLE_S);
  }

  /** A corner of the array that is whole is read as one job. A reading is the mean of as many conversions as fill its time. */
  async #readJunctions(
    cells: readonly (Address & { readonly plan: Admitted<ChannelPlan> })[],
    stop: AbortSignal,
  ): Promise<readonly ChannelPoint[]> {
    const reads = cells.map(({ row, column, plan }) => {
      checkAddress({ row, column });
      const { voltage_V, duration_s, currentRange_A } = redeem(plan);
      return { row, column, voltage_V: voltage_V[0] ?? 0, integration_s: duration_s[0] ?? 0, currentRange_A };
    });
    await this.#link.ready();
    const points: ChannelPoint[] = [];
    for (const group of groupReads(reads)) {
      checkStop(stop);
      const [{ voltage_V, integration_s }] = group;
      const cycles = Math.max(1, Math.round(integration_s / CONVERSION_S));
      const each_s = cycles * CONVERSION_S;
      await this.#link.setReading(voltage_V, cycles);
      const corner = findCorner(group);
      if (corner && group.length * each_s <= LONGEST_JOB_S) {
        await this.#link.job(JOB.readMany, 1, corner.rows, corner.columns);
        // one by one as they come: silence is noticed in the midst of the job, slowness is none
        for (const read of group) {
          const [ohm] = await this.#link.floats(1, each_s);
          points.push(pointOf(points.length, read, ohm));
        }
      } else
        for (const read of group) {
          checkStop(stop);
          await this.#link.job(JOB.read, ...encodeAddress(read));
          const [ohm] = await this.#link.floats(1, each_s);
          points.push(pointOf(points.length, read, ohm));
        }
    }
    return points;
  }

  async #run(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    const told = (point: number, current_A: number) => {
      tell([{ point, current_A, overload: isOverload(current_A, plan.currentRange_A) }]);
    };
    await this.#link.ready();
    for (const job of compilePlan(plan)) {
      checkStop(stop);
      await this.#playJob(job, told);
    }
  }

  async #playJob(job: PlanJob, tell: (point: number, current_A: number) => void): Promise<void> {
    if (job.kind === "rest") {
      // a pulse of 0 V, so that the time passes on the instrument's clock
      await this.#link.job(JOB.pulse, 0, job.duration_s);
      await this.#link.wait(job.duration_s);
      for (const point of job.points) tell(point, 0);
      return;
    }
    const points = job.kind === "read" ? job.points : [];
    // one reading at the start, which nobody asked for, and one at the end of every part
    const reads = Math.max(2, points.length + 1);
    const width_s = durationOf(job);
    const asked = `hold ${formatSI(job.voltage_V, "V")} and read`;
    await this.#link.job(JOB.chronoAmp, job.voltage_V, width_s, reads, 1, ...encodeAddress(this.#selected));
    for (let k = 0; ; k++) {
      const triple = await this.#link.triple(width_s / (reads - 1));
      const [resistance_ohm, said_V] = triple;
      if (isEnd(triple)) {
        if (k === reads) return;
        throw this.#link.refuse(asked, `${k} readings where ${reads} were asked for`);
      }
      if (k >= reads || !isNear(said_V, job.voltage_V))
        throw this.#link.refuse(asked, `(${triple.join(", ")}) as reading ${k + 1} of ${reads}`);
      const point = points[k - 1];
      if (point !== undefined) tell(point, currentOf(resistance_ohm, said_V));
    }
  }
}

function checkStop(stop: AbortSignal): void {
  if (stop.aborted) throw new AbortedError("The plan was stopped, the output is at 0 V");
}

function pointOf(point: number, { voltage_V, currentRange_A }: JunctionRead, ohm = Number.NaN): ChannelPoint {
  const current_A = currentOf(ohm, voltage_V);
  return { point, current_A, overload: isOverload(current_A, currentRange_A) };
}

/** The instrument takes its range by itself: what was asked for is kept as a mark, as is what is no number. */
function isOverload(current_A: number, currentRange_A: number | "auto"): boolean {
  return !(Math.abs(current_A) <= (currentRange_A === "auto" ? Number.MAX_VALUE : currentRange_A));
}

function checkAddress({ row, column }: Address): void {
  if (!isLine(row) || !isLine(column))
    throw new RangeError(`row ${row}, column ${column}: an ArC ONE has rows and columns 0 to ${LINES - 1}`);
}

function isLine(line: number): boolean {
  return Number.isInteger(line) && line >= 0 && line < LINES;
}

/** The voltage that comes back with a reading went through single precision, perhaps through the output's steps. */
function isNear(said_V: number, asked_V: number): boolean {
  return Math.abs(said_V - asked_V) <= 0.01 + 0.01 * Math.abs(asked_V);
}
