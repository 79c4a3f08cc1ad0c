import { execFileSync } from "node:child_process";

/**
 * Whether a test that needs a super-user or a program can run here; when not it says so loudly. .ci/run runs them all.
 * @param what the test, for the message
 */
export function canRun(
  what: string,
  needs: { readonly root?: boolean; readonly programs?: readonly string[] },
): boolean {
  const missing = (needs.programs ?? []).filter((program) => !isThere(program));
  const reasons = [
    ...(process.platform === "linux" ? [] : ["it needs Linux"]),
    ...(needs.root && process.getuid?.() !== 0 ? ["it needs root"] : []),
    ...(missing.length > 0 ? [`it needs ${missing.join(", ")}`] : []),
  ];
  if (reasons.length === 0) return true;
  console.warn(`\n!!! NOT TESTED HERE: ${what}: ${reasons.join(" and ")}\n`);
  return false;
}

function isThere(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
