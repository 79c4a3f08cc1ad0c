import { parentPort } from "node:worker_threads";
import { encodeBatch } from "./sampleTable.ts";
import { serveRecorder } from "./serveRecorder.ts";

// the first batch of a run must not wait for the compiler: 10 ms the first time, 1 ms once warm
const none = new Float64Array(64);
const warmUp = { channel: 0, startTime_s: 0, samplePeriod_s: 1, current_A: none, voltage_V: none, lost: 0 };
for (let round = 0; round < 5; round++)
  encodeBatch([{ step: 0, block: { ...warmUp, overload: new Uint8Array(none.length) } }]);

// the entry of the recorder's thread
if (parentPort) serveRecorder(parentPort);
