import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as electron from "electron";
import { builtPage } from "../lab/startLab.ts";
import { startDesktop } from "./desktop.ts";

/** Entry of the desktop app: the only file, beside the preload, that imports Electron. */
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const desktop = await startDesktop({
  electron,
  pageFolder: builtPage(),
  preload: here("./preload.cjs"),
  labEntry: here("./labProcessMain.js"),
  runsFolder: process.env["CROSSPORE_RUNS"] ?? join(homedir(), "crosspore-runs"),
});

// `npm run test:electron`: a page that has asked for the lab is one that runs
if (desktop && process.env["CROSSPORE_TRY"] === "1") {
  const { url } = await desktop.lab.ready;
  await desktop.untilPage();
  process.stdout.write(`crosspore: the window is connected to ${url.split("#")[0]}\n`);
  electron.app.quit();
}
