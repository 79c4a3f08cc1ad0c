import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two joined pseudo-terminals; `kill` pulls the plug on both. */
export async function makePtyPair(): Promise<{ readonly a: string; readonly b: string; kill(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "pty-"));
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  const child = spawn("socat", ["-d", "-d", "-b65536", `PTY,raw,echo=0,link=${a}`, `PTY,raw,echo=0,link=${b}`]);
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      // both links are there when the transfer loop starts
      if (said.includes("starting data transfer loop")) resolve();
    });
    child.once("exit", () => {
      reject(new Error(`socat ended: ${said}`));
    });
  });
  return {
    a,
    b,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
