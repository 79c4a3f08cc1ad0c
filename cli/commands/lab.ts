import { spawn } from "node:child_process";
import { basename } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { ProtocolError, RecordError, TransportError } from "../../core/errors.ts";
import { announceLab, findLab, withdrawLab } from "../../lab/labAddress.ts";
import { startLab, type StartOptions } from "../../lab/startLab.ts";
import { readText } from "../files.ts";
import { log, printJson, printText } from "../terminal.ts";

/** Where the lab listens if nobody says and nobody else does. */
const USUAL_PORT = 8377;

interface LabFlags {
  readonly port?: number;
  readonly open?: boolean;
  readonly array?: readonly string[];
  readonly on?: readonly string[];
  readonly calibration?: string;
  readonly uncalibrated?: boolean;
  readonly runs: string;
  readonly onSilence: "continue" | "pause" | "abort";
  readonly json?: boolean;
}

export function add(program: Command): void {
  program
    .command("lab")
    .description("Start the lab: arrays, runs and their record in one place, with a page to watch and stop them.")
    .option("--port <number>", `port on this machine (default: ${USUAL_PORT}, or any free one)`, parsePort)
    .option("--open", "open the page in the browser")
    .option("--array <file...>", "experiment file whose array is emulated (default: a living 16 x 16 array)")
    .option("--on <address...>", "instrument (and its selector) to open, e.g. serial:/dev/ttyUSB0?driver=emstat-pico")
    .option("--calibration <file>", "calibration of that instrument")
    .option("--uncalibrated", "drive a real instrument without a calibration")
    .option("--runs <folder>", "folder of the runs", "runs")
    .option(
      "--on-silence <policy>",
      "what runs on real arrays do when every window is frozen: continue, pause or abort",
      parsePolicy,
      "pause",
    )
    .option("--json", "where it listens, as JSON on stdout")
    .action(labCommand);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("allowed are 0 to 65535.");
  return port;
}

function parsePolicy(text: string): LabFlags["onSilence"] {
  if (text === "continue" || text === "pause" || text === "abort") return text;
  throw new InvalidArgumentError("allowed are continue, pause and abort.");
}

async function labCommand(flags: LabFlags): Promise<void> {
  const running = findLab();
  if (typeof running === "object")
    throw new RecordError(
      `a lab runs already (process ${running.process.pid}): http://127.0.0.1:${running.port}/#token=${running.token}`,
    );
  if (flags.uncalibrated && !flags.on)
    throw new ProtocolError(
      { file: "lab", line: 0, column: 0, path: "--uncalibrated" },
      "is for an instrument; name one with --on",
    );
  const ended = waitForEnd();
  const options: Omit<StartOptions, "port"> = {
    runsFolder: flags.runs,
    arrays: (flags.array ?? []).map((file) => ({ text: readText(file), file: basename(file) })),
    on: flags.on ?? [],
    ...(flags.calibration !== undefined && {
      calibration: { text: readText(flags.calibration), file: flags.calibration },
    }),
    uncalibrated: flags.uncalibrated ?? false,
    policy: { onSilence: flags.onSilence, silence_s: 5 },
    onLog: ({ level, from, text }) => log(`${level === "info" ? "" : `${level.toUpperCase()}: `}${from}: ${text}`),
    onShutDown: () => ended.end("somebody asked it to end"),
  };
  await using lab = await start(options, flags.port);
  const { port, token, url, hasPage } = lab.server;
  announceLab({ port, token, runsFolder: lab.lab.options.runsFolder });
  try {
    if (flags.json) printJson({ url, port, pid: process.pid, runs: lab.lab.options.runsFolder });
    else printText(`${url}\n`);
    if (!hasPage) log("this build has no page; scripts can still attach with crosspore run --lab");
    else log("open this address in a browser of this machine; Ctrl-C ends the lab, safely");
    if (flags.open && hasPage) openBrowser(url);
    const why = await ended.promise;
    log(`${why}: runs abort, outputs go to 0 V`);
  } finally {
    withdrawLab();
  }
}

/** On the usual port, or on any where nobody asked for a certain one. */
async function start(options: Omit<StartOptions, "port">, port: number | undefined) {
  if (port !== undefined) return startLab({ ...options, port });
  try {
    return await startLab({ ...options, port: USUAL_PORT });
  } catch (error) {
    if (!(error instanceof TransportError) || !error.message.includes("is taken")) throw error;
    return startLab({ ...options, port: 0 });
  }
}

/** A second Ctrl-C leaves at once. */
function waitForEnd(): { readonly promise: Promise<string>; readonly end: (why: string) => void } {
  let end: (why: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => (end = resolve));
  let asked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (asked) process.exit(130);
      asked = true;
      end(signal);
    });
  return { promise, end };
}

function openBrowser(url: string): void {
  const [command, ...parameters] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command, parameters, { detached: true, stdio: "ignore" });
  child.on("error", () => log("there is no browser to open; copy the address into one"));
  child.unref();
}
