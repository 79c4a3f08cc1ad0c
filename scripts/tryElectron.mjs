/**
 * Starts the real desktop window where Electron's binary is present: it must show the page, connect to its lab service, run
 * an experiment, and quit by itself. `npm install` fetches no binary; `npx electron --version` does, once, where that is allowed.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const electronFolder = dirname(createRequire(import.meta.url).resolve("electron/package.json"));
const pathFile = join(electronFolder, "path.txt");
const binary = existsSync(pathFile) ? join(electronFolder, "dist", readFileSync(pathFile, "utf8")) : undefined;
if (binary === undefined || !existsSync(binary)) {
  console.log("the Electron binary is not present, the real window was not tried (npx electron --version fetches it)");
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "crosspore-electron-"));
const headless = process.platform === "linux" && !process.env.DISPLAY;
if (headless && spawnSync("which", ["xvfb-run"]).status !== 0) {
  console.log("there is no display and no xvfb-run, the real window was not tried");
  process.exit(0);
}
const parameters = [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "dist/electron/main.js"];
const [command, ...rest] = headless ? ["xvfb-run", "-a", binary, ...parameters] : [binary, ...parameters];
const child = spawn(command, rest, {
  stdio: ["ignore", "pipe", "inherit"],
  env: { ...process.env, CROSSPORE_RUNS: join(folder, "runs"), XDG_RUNTIME_DIR: folder, CROSSPORE_TRY: "1" },
});
let said = "";
child.stdout.on("data", (chunk) => (said += chunk));
const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
child.on("exit", (code) => {
  clearTimeout(timer);
  rmSync(folder, { recursive: true, force: true });
  const fine = code === 0 && said.includes("crosspore: the window is connected");
  console.log(fine ? "the real window opened, connected and quit" : `the real window failed (exit ${code}): ${said}`);
  process.exit(fine ? 0 : 1);
});
