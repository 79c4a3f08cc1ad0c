import { execFileSync } from "node:child_process";

/** Debian's own, not one that a version manager puts first in PATH. */
export const PYTHON = "/usr/bin/python3";

/**
 * Whether a test that needs a super-user or a program can run here; when not it says so loudly. .ci/run runs them all.
 * @param what the test, for the message
 */
export function canRun(
  what: string,
  needs: {
    readonly root?: boolean;
    readonly programs?: readonly string[];
    /** Of Debian's Python. */
    readonly modules?: readonly string[];
  },
): boolean {
  const missing = (needs.programs ?? []).filter((program) => !isThere(program));
  const reasons: string[] = [
    ...(process.platform === "linux" ? [] : ["it needs Linux"]),
    ...(needs.root && process.getuid?.() !== 0 ? ["it needs root"] : []),
    ...(missing.length > 0 ? [`it needs ${missing.join(", ")}`] : []),
    ...(needs.modules ?? [])
      .filter((module) => !succeeds(`${PYTHON} -c "import ${module}"`))
      .map((module) => `it needs python3-${module}`),
  ];
  if (reasons.length === 0)
    for (const program of needs.programs ?? [])
      if (!works(program)) reasons.push(`this machine does not let ${program} do its work`);
  if (reasons.length === 0) return true;
  console.warn(`\n!!! NOT TESTED HERE: ${what}: ${reasons.join(" and ")}\n`);
  return false;
}

function isThere(program: string): boolean {
  return succeeds(`command -v ${program}`);
}

/** A container may hold the program and forbid what it does; Debian's Python is here for numpy. */
function works(program: string): boolean {
  if (program === "strace") return succeeds("strace -o /dev/null true");
  if (program === "mount") return succeeds('at=$(mktemp -d); mount -t tmpfs none "$at" && umount "$at" && rmdir "$at"');
  if (program === "/usr/bin/python3") return succeeds('/usr/bin/python3 -c "import numpy"');
  if (program === "losetup") return succeeds("losetup --find");
  return true;
}

function succeeds(script: string): boolean {
  try {
    execFileSync("sh", ["-c", script], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
