// A process that runs six steps on an array with a wall clock that does only what it is told, so that a test can stop it
// at any moment without a timer. Parameters (JSON): folder, ramp and immediate ("done", "wait" or "fail"), budget of a quit
// ("never" or "real").
//   stdin:  "go" ends the step under way, "safe" ends a ramp that waits
//   stdout: "apply N" a step is under way; "safe HOW begins", "safe HOW"; "event KIND" for paused, resumed, quality-flagged
import { writeSync } from "node:fs";
import { exitCodeOf } from "../../dist/cli/exit.js";
import { superviseRun } from "../../dist/cli/superviseRun.js";
import { surviveLostTerminal } from "../../dist/cli/terminal.js";
import { EMULATED_READINESS } from "../../dist/core/limiter/blockers.js";
import { NO_LIMITS } from "../../dist/core/limits.js";
import { readMap } from "../../dist/core/protocol/library/index.js";
import { ResistorArray } from "../../dist/core/protocol/testing/resistorArray.js";
import { AbortedError } from "../../dist/core/errors.js";
import { createRunInWorker } from "../../dist/recorder/createRunInWorker.js";

const { folder, ramp = "done", immediate = "done", budget = "never" } = JSON.parse(process.argv[2]);
const behaviour = { ramp, immediate };
const say = (line) => {
  try {
    writeSync(1, `${line}\n`);
  } catch {
    // the terminal may be gone
  }
};

const told = [];
let wake = () => {};
process.stdin.on("data", (data) => {
  told.push(...data.toString().trim().split("\n"));
  wake();
});
process.stdin.on("error", () => {});

/** Resolves when the word has been told, once per word, or when the signal aborts. */
function until(word, signal) {
  return new Promise((resolve) => {
    const look = () => {
      const at = told.indexOf(word);
      if (at < 0 && !signal?.aborted) return;
      if (at >= 0) told.splice(at, 1);
      resolve();
    };
    wake = look;
    signal?.addEventListener("abort", look);
    look();
  });
}

class ToldArray extends ResistorArray {
  #step = 0;

  async apply(stimulus, readout, signal) {
    say(`apply ${this.#step++}`);
    await until("go", signal);
    if (signal.aborted) throw new AbortedError("stopped");
    return super.apply(stimulus, readout, signal);
  }

  async makeSafe(how) {
    say(`safe ${how} begins`);
    if (behaviour[how] === "fail") throw new Error("the line is broken");
    if (behaviour[how] === "wait") await until("safe");
    say(`safe ${how}`);
  }
}

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
surviveLostTerminal();
try {
  const stopped = await superviseRun({
    name: "told",
    protocols: [readMap()],
    array: new ToldArray({ rows: 3, columns: 2 }, 1e-9, { clock: "wall", source: "measured", name: "told array" }),
    limits: NO_LIMITS,
    // nothing stands in the way of arming it
    readiness: EMULATED_READINESS,
    seed: 1,
    ...(budget === "never" && { schedule: () => () => {} }),
    record: async () => {
      const recorder = await createRunInWorker(folder, {
        schema: 2,
        name: "told",
        created: "2026-11-20T19:05:33.000Z",
        crosspore: "0.1.0",
        platform: "test",
        operator: "",
        notes: "",
        seed: 1,
        experiment: { file: "", text: "", sha256: EMPTY_SHA256 },
        resolved: {},
      });
      const { append } = recorder;
      recorder.append = async (event) => {
        await append.call(recorder, event);
        if (["paused", "resumed", "quality-flagged"].includes(event.kind)) say(`event ${event.kind}`);
      };
      return recorder;
    },
  });
  process.exitCode = stopped.status === "success" ? 0 : 130;
} catch (error) {
  say(`failed ${error.message}`);
  process.exitCode = exitCodeOf(error);
}
process.stdin.destroy();
