import { type Command, InvalidArgumentError, Option } from "commander";
import { AbortedError } from "../../core/errors.ts";
import { parseQuantity } from "../../core/units.ts";
import { compareRun } from "../../recorder/mirror/compareRun.ts";
import { followRuns } from "../../recorder/mirror/followRuns.ts";
import { createDatabase } from "../../recorder/mirror/influxAdmin.ts";
import { MirrorError } from "../../recorder/mirror/mirrorError.ts";
import { type MirrorOptions, RunMirror } from "../../recorder/mirror/mirrorRun.ts";
import { postTo } from "../../recorder/mirror/postLines.ts";
import { type SendClock, sendLines } from "../../recorder/mirror/sendLines.ts";
import { describeTarget, isExposed, parseTarget, type Target } from "../../recorder/mirror/target.ts";
import { openRun } from "../../recorder/openRun.ts";
import { clean, EXIT } from "../exit.ts";
import { log, printJson } from "../terminal.ts";

const DEFAULT_FOLDER = "runs";

interface MirrorFlags {
  readonly influx: string;
  readonly database: string;
  readonly createDatabase?: boolean;
  readonly every: number;
  readonly follow?: boolean;
  readonly check?: boolean;
  readonly timeout: number;
  readonly patience?: number;
}

/** `crosspore mirror RUN`: what a run folder holds, in an InfluxDB beside it. Exit 1 when a point was refused for ever. */
export function add(program: Command): void {
  program
    .command("mirror")
    .summary("copy runs into an InfluxDB and keep it up to date")
    .description(
      "Copy a run, or with --follow every run of a folder while it grows, into an InfluxDB (1.x interface). Credentials come from CROSSPORE_INFLUX_USER and CROSSPORE_INFLUX_PASSWORD, or CROSSPORE_INFLUX_TOKEN.",
    )
    .argument("[folder]", `run folder; with --follow also a folder of runs (default: ${DEFAULT_FOLDER})`)
    .requiredOption("--influx <url>", "address of the server, e.g. http://127.0.0.1:8086")
    .option("--database <name>", "database to write into", "crosspore")
    .option("--create-database", "make the database when it is not there")
    .addOption(
      new Option("--every <time>", "least, greatest and mean of windows this long, or sample for every sample")
        .argParser(parseEvery)
        .default(0.01, "10 ms"),
    )
    .option("--follow", "go on with what is added, until Ctrl-C")
    .option("--check", "compare with the server afterwards")
    .addOption(new Option("--timeout <time>", "longest time for one request").argParser(parseTime).default(10, "10 s"))
    .option(
      "--patience <time>",
      "give up when the server stays away so long (default: 60 s, never with --follow)",
      parseTime,
    )
    .action(mirror);
}

async function mirror(folder: string | undefined, flags: MirrorFlags, command: Command): Promise<void> {
  let target: Target;
  try {
    target = parseTarget(flags.influx, flags.database, process.env);
  } catch (error) {
    if (error instanceof MirrorError) command.error(`crosspore: ${error.message}`, { exitCode: EXIT.usage });
    throw error;
  }
  if (folder === undefined && !flags.follow)
    command.error("crosspore: which run? Only --follow has a folder by default", { exitCode: EXIT.usage });
  if (flags.follow && flags.check)
    command.error("crosspore: --check compares a run that was mirrored, not one that --follow goes on with", {
      exitCode: EXIT.usage,
    });
  if (isExposed(target)) log("crosspore: warning: credentials travel unencrypted, https would protect them");
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of signals) process.once(name, stop);
  try {
    const options = makeOptions(target, flags, stopper.signal);
    if (flags.createDatabase) await makeDatabase(target, flags, stopper.signal);
    if (flags.follow) await follow(folder ?? DEFAULT_FOLDER, options, stopper.signal);
    else await mirrorOnce(folder ?? "", options, target, flags);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}

async function mirrorOnce(folder: string, options: MirrorOptions, target: Target, flags: MirrorFlags): Promise<void> {
  const run = new RunMirror(folder, options);
  await run.drain();
  const { complete, points, rejected, skipped } = run.progress;
  if (skipped > 0) log(`crosspore: warning: ${skipped} points have times that no server can hold, they were left out`);
  const comparison = flags.check
    ? await compareRun(openRun(folder), run.label, flags.every, target, flags.timeout)
    : undefined;
  printJson({
    run: run.label,
    database: target.database,
    every: flags.every === 0 ? "sample" : flags.every,
    complete,
    points,
    rejected,
    skipped,
    ...comparison,
  });
  if (comparison?.equal === false)
    log(`crosspore: the server has not what the folder has; without ${run.cursorPath} everything is sent again`);
  if (rejected > 0 || comparison?.equal === false) process.exitCode = EXIT.error;
}

async function follow(folder: string, options: MirrorOptions, signal: AbortSignal): Promise<void> {
  let [ended, points, rejected] = [0, 0, 0];
  const seen = new Map<string, RunMirror>();
  await followRuns(
    folder,
    {
      ...options,
      clock: CLOCK,
      onRun: (what, run) => {
        const state = run.progress.complete ? "complete" : "interrupted, what was committed is there";
        log(`crosspore: ${clean(run.label)}: ${what === "begun" ? "mirroring" : state}`);
        if (what === "begun") seen.set(run.folder, run);
        else {
          ended += 1;
          points += run.progress.points;
          rejected += run.progress.rejected;
          seen.delete(run.folder);
        }
      },
    },
    signal,
  );
  for (const { progress } of seen.values()) {
    points += progress.points;
    rejected += progress.rejected;
  }
  printJson({ ended, open: seen.size, points, rejected });
  if (rejected > 0) process.exitCode = EXIT.error;
}

/** Refusals beyond this many are counted and no longer told one by one. */
const REFUSALS_TOLD = 10;

function makeOptions(target: Target, flags: MirrorFlags, signal: AbortSignal): MirrorOptions {
  const patience_s = patienceOf(flags);
  let refusals = 0;
  const send = {
    post: postTo(target, flags.timeout),
    clock: CLOCK,
    patience_s,
    onRefused: (line: string, reason: string) => {
      refusals += 1;
      if (refusals <= REFUSALS_TOLD) log(`crosspore: refused for ever: ${clean(line.slice(0, 200))}: ${clean(reason)}`);
      if (refusals === REFUSALS_TOLD) log("crosspore: further refusals are only counted");
    },
    onWaiting: makeWaitingLog(target),
  };
  return {
    target: describeTarget(target),
    every_s: flags.every,
    send: (lines) => sendLines(lines, send, signal),
    onProblem: (problem) => log(`crosspore: warning: ${clean(problem)}`),
  };
}

/** Says that the server is away, why, and that it is back; not every single try. */
function makeWaitingLog(target: Target): (waiting: { reason: string } | undefined) => void {
  let told: string | undefined;
  return (waiting) => {
    if (waiting && waiting.reason !== told)
      log(
        `crosspore: ${describeTarget(target)}: ${clean(waiting.reason)}; trying again, the run folder keeps everything`,
      );
    if (!waiting) log(`crosspore: ${describeTarget(target)}: takes lines again`);
    told = waiting?.reason;
  };
}

/** Waits for a server that is away, like everything else. */
async function makeDatabase(target: Target, flags: MirrorFlags, signal: AbortSignal): Promise<void> {
  const begin_s = CLOCK.elapsed_s();
  for (let delay_s = 0.5; ; delay_s = Math.min(30, 2 * delay_s)) {
    try {
      return await createDatabase(target, flags.timeout);
    } catch (error) {
      if (!(error instanceof MirrorError) || /^A 4\d\d /.test(error.message)) throw error;
      if (CLOCK.elapsed_s() - begin_s + delay_s > patienceOf(flags)) throw error;
      log(`crosspore: ${describeTarget(target)}: ${clean(error.message)}; trying again`);
      await CLOCK.sleep(delay_s * (0.5 + 0.5 * CLOCK.random()), signal);
    }
  }
}

function patienceOf({ patience, follow }: MirrorFlags): number {
  return patience ?? (follow ? Infinity : 60);
}

const CLOCK: SendClock = {
  sleep: (delay_s, signal) =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        clearTimeout(timer);
        reject(new AbortedError("mirroring ended, the cursor is kept"));
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", abort);
        resolve();
      }, delay_s * 1000);
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
    }),
  random: Math.random,
  elapsed_s: () => performance.now() / 1000,
};

function parseEvery(text: string): number {
  if (text === "sample") return 0;
  const every_s = parseTime(text);
  if (every_s < 1e-9)
    throw new InvalidArgumentError(`${text} is shorter than a nanosecond; sample takes every sample.`);
  return every_s;
}

function parseTime(text: string): number {
  let time_s: number;
  try {
    time_s = parseQuantity(text, "s");
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  if (!(time_s > 0 && time_s <= 86_400))
    throw new InvalidArgumentError(`${text} is not more than 0 and at most a day.`);
  return time_s;
}
