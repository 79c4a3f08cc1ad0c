import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Which process, for certain: a pid alone is given to somebody else after a while. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process, and which boot; absent where the system does not tell (not Linux). */
  readonly startTicks?: number;
  readonly bootId?: string;
  readonly host: string;
}

/** This process, or another one of this machine; without `startTicks` where there is none with that pid. */
export function identifyProcess(pid = process.pid): ProcessIdentity {
  const startTicks = readStartTicks(pid);
  const bootId = readText("/proc/sys/kernel/random/boot_id")?.trim();
  return {
    pid,
    host: hostname(),
    ...(startTicks === undefined ? {} : { startTicks }),
    ...(bootId === undefined ? {} : { bootId }),
  };
}

/**
 * Whether the process still runs. "elsewhere": it belongs to another machine (a shared folder), nobody here can tell.
 * A pid that was given to a younger process counts as gone.
 */
export function findProcess(identity: ProcessIdentity): "alive" | "gone" | "elsewhere" {
  if (identity.host !== hostname()) return "elsewhere";
  const now = identifyProcess(identity.pid);
  if (identity.bootId !== undefined && identity.bootId !== now.bootId) return "gone";
  if (identity.startTicks !== undefined) return identity.startTicks === now.startTicks ? "alive" : "gone";
  try {
    process.kill(identity.pid, 0);
    return "alive";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM" ? "alive" : "gone";
  }
}

/** proc(5), /proc/PID/stat: field 22 is starttime, field 3 the state; field 2 is a name that may hold blanks and parentheses. */
function readStartTicks(pid: number): number | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  // a zombie has ended, only nobody has asked how
  if (!fields || fields[0] === "Z" || fields[0] === "X") return undefined;
  return Number(fields[22 - 3]);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
