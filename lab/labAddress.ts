import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { RecordError, TransportError } from "../core/errors.ts";
import { findProcess, identifyProcess } from "../runtime/processIdentity.ts";
import { describeSystemError } from "../runtime/systemError.ts";

const addressSchema = z.strictObject({
  lab: z.literal(1),
  port: z.int().min(1).max(65_535),
  token: z.string().min(16),
  runsFolder: z.string(),
  process: z.strictObject({
    pid: z.int().min(1),
    startTicks: z.int().exactOptional(),
    bootId: z.string().exactOptional(),
    host: z.string(),
  }),
});

/** Where the running lab listens and what it wants to hear. Readable by its user alone. */
export type LabAddress = z.output<typeof addressSchema>;

/** The user's runtime folder, of the XDG base directory specification; the state folder where there is none. */
export function labAddressFile(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_RUNTIME_DIR: runtime = "", XDG_STATE_HOME: state = "" } = environment;
  if (runtime.startsWith("/")) return join(runtime, "crosspore", "lab.json");
  return join(state.startsWith("/") ? state : join(homedir(), ".local", "state"), "crosspore", "lab.json");
}

/** @throws RecordError when it cannot be written */
export function announceLab(address: Pick<LabAddress, "port" | "token" | "runsFolder">, file = labAddressFile()): void {
  const content: LabAddress = { lab: 1, ...address, process: identifyProcess() };
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}.tmp`;
    rmSync(temporary, { force: true });
    writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(temporary, file);
  } catch (error) {
    throw new RecordError(`${file}: ${describeSystemError(error)}`, { cause: error });
  }
}

/** Takes the announcement away, if it is this process's. */
export function withdrawLab(file = labAddressFile()): void {
  const found = readAddress(file);
  if (typeof found === "object" && found.process.pid === process.pid) rmSync(file, { force: true });
}

/**
 * The lab that runs on this machine.
 * @returns why there is none: nobody announced one, or whoever did is gone (a stale file is taken away)
 */
export function findLab(file = labAddressFile()): LabAddress | "none" | "stale" {
  const found = readAddress(file);
  if (typeof found !== "object") return found;
  if (findProcess(found.process) !== "gone") return found;
  rmSync(file, { force: true });
  return "stale";
}

/** @throws TransportError in one line that says what to do */
export function requireLab(file = labAddressFile()): LabAddress {
  const found = findLab(file);
  if (typeof found === "object") return found;
  const why = found === "none" ? "no lab is running" : "the lab that was running has ended without saying so";
  throw new TransportError("disconnected", `${why}: start one with crosspore lab, or run without --lab`);
}

function readAddress(file: string): LabAddress | "none" | "stale" {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return "none";
  }
  try {
    return addressSchema.parse(JSON.parse(text));
  } catch {
    // torn, or of another version: whoever wrote it is none that we can talk to
    return "stale";
  }
}
