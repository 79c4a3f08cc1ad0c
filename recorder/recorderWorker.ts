import { parentPort } from "node:worker_threads";
import { serveRecorder } from "./serveRecorder.ts";

// the entry of the recorder's thread
if (parentPort) serveRecorder(parentPort);
