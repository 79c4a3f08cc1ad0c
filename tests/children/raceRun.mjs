// A process that wants a run folder at the moment it is told to. Parameter: the folder. stdin: "go", then "end".
// stdout: "ready"; "won" or "lost REASON".
import { writeSync } from "node:fs";
import { createRunInWorker } from "../../dist/recorder/createRunInWorker.js";

const [, , folder] = process.argv;
const manifest = {
  schema: 2,
  name: String(process.pid),
  created: "2026-11-20T19:05:33.000Z",
  crosspore: "0.1.0",
  platform: "test",
  operator: "",
  notes: "",
  seed: 1,
  experiment: { file: "", text: "", sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
  resolved: {},
};
writeSync(1, "ready\n");
const recorders = [];
for await (const data of process.stdin)
  for (const word of data.toString().trim().split("\n")) {
    if (word === "end") process.exit(0);
    try {
      recorders.push(await createRunInWorker(folder, manifest));
      writeSync(1, "won\n");
    } catch (error) {
      writeSync(1, `lost ${error.message}\n`);
    }
  }
