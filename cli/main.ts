import { Command, CommanderError } from "commander";
import { describeError, EXIT, exitCodeOf } from "./exit.ts";
import { log, surviveLostTerminal } from "./terminal.ts";
import { readVersion } from "../runtime/readVersion.ts";

/** Every command with its loader; a command's module is loaded only when it is asked for. */
const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<{ add(program: Command): void }> }>> = {
  run: { summary: "run an experiment file", load: () => import("./commands/run.ts") },
  lab: { summary: "start the lab: arrays, runs and a page to watch them", load: () => import("./commands/lab.ts") },
  protocol: {
    summary: "write, check, plan and explain experiment files",
    load: () => import("./commands/protocol.ts"),
  },
  report: { summary: "write the report of a run", load: () => import("./commands/report.ts") },
  export: { summary: "write the samples of a run as a table", load: () => import("./commands/export.ts") },
  import: { summary: "make a run of a file of another instrument", load: () => import("./commands/import.ts") },
  show: { summary: "say what a recording holds, and draw it", load: () => import("./commands/show.ts") },
  events: { summary: "find blockades in the current of a pore", load: () => import("./commands/events.ts") },
  compare: { summary: "replay a recording into a junction model", load: () => import("./commands/compare.ts") },
  datasheet: { summary: "measure or collect the datasheet of a device", load: () => import("./commands/datasheet.ts") },
  verify: { summary: "check every byte of a run", load: () => import("./commands/verify.ts") },
  mirror: { summary: "copy runs into an InfluxDB", load: () => import("./commands/mirror.ts") },
  runs: { summary: "list the runs of a folder", load: () => import("./commands/runs.ts") },
  calibrate: { summary: "make a calibration from known resistors", load: () => import("./commands/calibrate.ts") },
  status: { summary: "say how a run stands", load: () => import("./commands/control.ts") },
  pause: { summary: "hold a live run between two steps", load: () => import("./commands/control.ts") },
  resume: { summary: "go on with a paused run", load: () => import("./commands/control.ts") },
  stop: { summary: "end a live run after its current cell", load: () => import("./commands/control.ts") },
  abort: { summary: "ramp a live run to 0 V and end it", load: () => import("./commands/control.ts") },
  panic: { summary: "idle the outputs of a live run at once", load: () => import("./commands/control.ts") },
  rearm: { summary: "clear the latch of an instrument that tripped", load: () => import("./commands/rearm.ts") },
  ports: { summary: "list serial ports and what may be on them", load: () => import("./commands/ports.ts") },
  identify: { summary: "ask the instrument on a port who it is", load: () => import("./commands/identify.ts") },
  emulate: { summary: "put an emulated instrument on a port", load: () => import("./commands/emulate.ts") },
  bridge: { summary: "offer a Raspberry Pi's GPIO as a selector", load: () => import("./commands/bridge.ts") },
  patch: {
    summary: "membrane test, telegraphs, noise, mode, offsets and zap of a voltage clamp",
    load: () => import("./commands/patch.ts"),
  },
  conform: { summary: "check an instrument against the array contract", load: () => import("./commands/conform.ts") },
  transcript: { summary: "record the hello of an instrument", load: () => import("./commands/transcript.ts") },
  models: { summary: "list junction models and their parameters", load: () => import("./commands/models.ts") },
  simulate: { summary: "drive one junction by an ideal voltage source", load: () => import("./commands/simulate.ts") },
  circuit: { summary: "run a circuit of junctions", load: () => import("./commands/circuit.ts") },
  design: { summary: "what an array of a given geometry can do", load: () => import("./commands/design.ts") },
  solve: { summary: "solve a resistive crossbar", load: () => import("./commands/solve.ts") },
};

/** Runs the command line; resolves to the exit code and never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("crosspore")
    .description("Emulate crossbar arrays of nanofluidic memristive junctions, and drive real ones.")
    .version(await readVersion())
    .showHelpAfterError("(crosspore --help lists the commands)")
    .exitOverride();
  surviveLostTerminal();
  try {
    // help is the command's own, with its options
    const [first, second] = argv;
    if (first === "help" && second !== undefined && Object.hasOwn(COMMANDS, second)) argv = [second, "--help"];
    const asked = argv.find((argument) => !argument.startsWith("-"));
    const command = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
    if (command) (await command.load()).add(program);
    else
      for (const [name, { summary }] of Object.entries(COMMANDS))
        program.command(name).summary(summary).description(summary);
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    for (const child of program.commands) child.exitOverride();
    await program.parseAsync([...argv], { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    log(`crosspore: ${describeError(error)}`);
    return exitCodeOf(error);
  }
}
