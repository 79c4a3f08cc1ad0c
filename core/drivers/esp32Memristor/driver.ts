import { AbortedError, InstrumentError, TransportError, UnsupportedError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import { formatSI } from "../../units.ts";
import type { ChannelCapabilities, ChannelPlan, ChannelPoint, Identity, Potentiostat } from "../instrument.ts";
import { ANSWER_TIMEOUT_S, LinePort } from "../linePort.ts";
import { Playing } from "../playing.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { BANNER, DAC_STEPS, decodeLine, LARGEST_V, type Line, SMALLEST_LIMIT_A } from "./codec.ts";

/** Beyond the time of a command: it is slow in printing. */
const LATE_S = 1;
const DEFAULT_LIMIT_A = 5e-3;
const LARGEST_LIMIT_A = 0.4;

/** One command, and the points that its lines answer; `wait` is the computer's own pause at 0 V. */
type Job =
  | { readonly kind: "wait"; readonly points: readonly number[]; readonly duration_s: number }
  | { readonly kind: "read"; readonly points: readonly number[]; readonly command: string; readonly duration_s: number }
  | { readonly kind: "pulse"; readonly command: string; readonly duration_s: number };

export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  return new Esp32Memristor(new LinePort(transport, timer), timer).hello();
}

export async function open(transport: Transport, timer: Timer): Promise<Esp32Memristor> {
  const device = new Esp32Memristor(new LinePort(transport, timer), timer);
  await device.hello();
  return device;
}

export class Esp32Memristor implements Potentiostat {
  readonly port: string;
  readonly channel: ChannelCapabilities = {
    voltageRange_V: [0, LARGEST_V],
    span_V: Infinity,
    voltageStep_V: LARGEST_V / DAC_STEPS,
    currentRanges_A: [LARGEST_LIMIT_A],
    compliance: true,
    shortestMeasured_s: 2e-3,
    shortestHeld_s: 1e-3,
    mostPoints: 100_000,
    // a command ends at 0 V by itself, and nothing else leaves it
    safeOnSilence: true,
  };
  readonly #line: LinePort;
  readonly #timer: Timer;
  readonly #playing = new Playing();
  #identity: Identity = { manufacturer: "open hardware", model: BANNER, serial: "", firmware: "" };

  constructor(line: LinePort, timer: Timer) {
    this.#line = line;
    this.#timer = timer;
    this.port = line.transport.name;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** The boot banner and the answer to ID both end with END: everything is read until nothing comes, before and after. */
  async hello(): Promise<Identity> {
    await this.#line.settle(0.05);
    await this.#line.send("ID");
    const said: string[] = [];
    for (;;) {
      let line: string;
      try {
        line = await this.#line.line(said.length === 0 ? ANSWER_TIMEOUT_S : 0.05);
      } catch (error) {
        if (said.length > 0 && error instanceof TransportError && error.kind === "timeout") break;
        throw error;
      }
      said.push(line.trim());
    }
    const banner = said.find((line) => line.startsWith("ESP32_MEMRISTOR_CONTROLLER"));
    if (banner !== BANNER)
      throw new InstrumentError(this.port, "name itself", JSON.stringify(said[0] ?? ""), "its output was not touched");
    const simulated = said.some((line) => /\bSIM/.test(line));
    this.#identity = { ...this.#identity, serial: simulated ? "SIM0001" : "none", firmware: "v1" };
    return this.#identity;
  }

  async play(
    admitted: Admitted<ChannelPlan>,
    tell: (points: readonly ChannelPoint[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const plan = redeem(admitted);
    await this.#playing.run(signal, async (stop) => {
      const jobs = compile(plan);
      const limit_A = Math.min(
        Number.isFinite(plan.compliance_A) ? plan.compliance_A : DEFAULT_LIMIT_A,
        LARGEST_LIMIT_A,
      );
      await this.#setLimit(Math.max(SMALLEST_LIMIT_A, limit_A));
      for (const job of jobs) {
        // the board knows no stop: a command that has begun ends by itself at 0 V
        if (stop.aborted) throw new AbortedError("The plan was stopped, the output is at 0 V");
        if (job.kind === "wait") {
          await sleep(this.#timer, job.duration_s, stop);
          // at 0 V nothing drives a current, and the board cannot measure there
          if (!stop.aborted) tell(job.points.map((point) => ({ point, current_A: 0, overload: false, voltage_V: 0 })));
          continue;
        }
        const lines = await this.#ask(job.command, job.duration_s);
        if (job.kind === "read") this.#tell(job.points, lines, tell);
        if (lines.some(({ kind }) => kind === "trip"))
          throw new InstrumentError(
            this.port,
            `do ${job.command}`,
            `TRIP: more than ${formatSI(limit_A, "A")}`,
            "the board has put its output to 0 V",
          );
      }
      if (stop.aborted) throw new AbortedError("The plan was stopped, the output is at 0 V");
    });
  }

  async makeSafe(): Promise<void> {
    await this.#playing.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      await this.#line.close();
    }
  }

  #tell(points: readonly number[], lines: readonly Line[], tell: (points: readonly ChannelPoint[]) => void): void {
    const found = lines.flatMap((line) => (line.kind === "point" || line.kind === "trip" ? [line] : []));
    tell(
      found.flatMap(({ kind, voltage_V, current_A }, k) => {
        const point = points[k];
        return point === undefined ? [] : [{ point, current_A, voltage_V, overload: kind === "trip" }];
      }),
    );
  }

  async #setLimit(limit_A: number): Promise<void> {
    const lines = await this.#ask(`SETLIM ${(limit_A * 1000).toFixed(3)}`, 0);
    const told = lines.find((line) => line.kind === "limit");
    if (told?.kind !== "limit" || Math.abs(told.limit_A - limit_A) > 1e-6)
      throw new InstrumentError(
        this.port,
        `hold ${formatSI(limit_A, "A")}`,
        JSON.stringify(told ?? lines),
        "its output is at 0 V",
      );
  }

  async #ask(command: string, duration_s: number): Promise<readonly Line[]> {
    await this.#line.send(command);
    const lines: Line[] = [];
    for (;;) {
      const line = decodeLine(await this.#line.line(duration_s + LATE_S));
      if (line.kind === "end") return lines;
      if (line.kind === "error") {
        await this.#line.settle(0.05);
        throw new InstrumentError(this.port, `do ${command}`, line.reason, "its output is at 0 V");
      }
      lines.push(line);
    }
  }
}

/**
 * Levels at 0 V are waited for, a level that is sampled is a READ, one that is not a PULSE. Between two commands the output is at 0 V.
 * @throws UnsupportedError for two levels in a row, which it would separate
 */
function compile({ voltage_V, duration_s, measured }: ChannelPlan): readonly Job[] {
  const jobs: Job[] = [];
  let last: { level: number; job: number } | undefined;
  for (let k = 0; k < voltage_V.length; ) {
    const level = Math.round(((voltage_V[k] ?? 0) / LARGEST_V) * DAC_STEPS);
    let end = k + 1;
    while (end < voltage_V.length && Math.round(((voltage_V[end] ?? 0) / LARGEST_V) * DAC_STEPS) === level) end++;
    const points = Array.from({ length: end - k }, (_, n) => k + n);
    const sampled = points.filter((point) => measured[point] === 1);
    const length_s = points.reduce((sum, point) => sum + (duration_s[point] ?? 0), 0);
    if (level === 0) jobs.push({ kind: "wait", points: sampled, duration_s: length_s });
    else {
      if (last && last.level !== 0)
        throw new UnsupportedError(
          "levels of a plan",
          `point ${k} goes from one level to another; this board returns to 0 V between two commands, so levels must be separated by 0 V`,
        );
      const volts = (voltage_V[k] ?? 0).toFixed(4);
      const [first = k] = sampled;
      const interval_s = duration_s[first] ?? 0;
      if (sampled.length === 0)
        jobs.push({ kind: "pulse", command: `PULSE ${volts} ${whole(length_s)} 1`, duration_s: length_s });
      else {
        const settle_s = duration_s.subarray(k, first).reduce((sum, one_s) => sum + one_s, 0) + interval_s / 2;
        const command = `READ ${volts} ${whole(settle_s)} ${sampled.length} ${whole(interval_s)}`;
        jobs.push({ kind: "read", points: sampled, command, duration_s: length_s });
      }
    }
    last = { level, job: jobs.length - 1 };
    k = end;
  }
  return jobs;
}

function whole(time_s: number): number {
  return Math.max(1, Math.round(time_s * 1000));
}
