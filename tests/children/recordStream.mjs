// A process that records a stream of samples as a wall-clock array would deliver it, and says on stdout what was
// acknowledged. It is meant to be killed, starved and lied to. Sample n has the current n and the voltage -n.
//   parameters (JSON): folder, rate_Hz, duration_s, step_s, period_ms, reserveBytes
//   lines: "sent STEP" when an intent is acknowledged; "made N" samples so far; "ack EVENTS ROWS" what is durable;
//          "failed REASON", "closed" and at the end "done JSON"
import { readFileSync, writeSync } from "node:fs";
import { createRunInWorker } from "../../dist/recorder/createRunInWorker.js";

const { folder, rate_Hz, duration_s, step_s = 0.1, period_ms = 5, reserveBytes } = JSON.parse(process.argv[2]);
const say = (line) => writeSync(1, `${line}\n`);
let total = Math.round(rate_Hz * duration_s);
const rowsPerStep = Math.round(rate_Hz * step_s);
let acked = 0;
// two streams are two runs
const manifest = { ...JSON.parse(readFileSync(process.argv[3], "utf8")), notes: folder };
const recorder = await createRunInWorker(folder, manifest, {
  ...(reserveBytes === undefined ? {} : { reserveBytes }),
  onDurable: ({ events, rows }) => {
    acked = rows;
    say(`ack ${events} ${rows}`);
  },
});

const unacked_ms = [];
const lags_ms = [];
const rss_MB = [];
let [made, step, largestLag_ms] = [0, -1, 0];
const begin = performance.now();
// asked to end, it ends with its step
process.once("SIGTERM", () => (total = Math.min(total, (step + 1) * rowsPerStep)));
const cpu = process.cpuUsage();
let stop = { kind: "run-stopped", time_s: duration_s, status: "success", reason: "", overloads: 0, lost: 0 };
try {
  await recorder.append(startOfRun());
  await stream();
} catch (error) {
  say(`failed ${error.message}`);
  stop = { ...stop, status: "fail", reason: error.message };
}
const elapsed_s = (performance.now() - begin) / 1000;
const used = process.cpuUsage(cpu);
try {
  await recorder.close({ ...stop, steps: step + 1, samples: made });
  say("closed");
} catch (error) {
  say(`failed ${error.message}`);
}
const picker = (values) => {
  values.sort((a, b) => a - b);
  return (share) => values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
};
const pick = picker(unacked_ms);
const pickLag = picker(lags_ms);
const figures = {
  made,
  elapsed_s,
  cores: (used.user + used.system) / 1e6 / elapsed_s,
  // after the first fifth of the run, when buffers and code have settled
  growth_MB: Math.max(...rss_MB.slice(Math.floor(rss_MB.length / 5))) - (rss_MB[Math.floor(rss_MB.length / 5)] ?? 0),
  rss_MB: Math.max(0, ...rss_MB),
  unacked_ms: { p50: pick(0.5), p99: pick(0.99), max: pick(1) },
  largestLag_ms,
  lag_ms: { p50: pickLag(0.5), p99: pickLag(0.99) },
};
say(`done ${JSON.stringify(figures)}`);

async function stream() {
  while (made < total) {
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, period_ms));
    const now = performance.now();
    largestLag_ms = Math.max(largestLag_ms, now - before - period_ms);
    lags_ms.push(now - before - period_ms);
    const due = Math.min(Math.floor(((now - begin) / 1000) * rate_Hz), total);
    while (made < due) {
      const current = Math.floor(made / rowsPerStep);
      if (current !== step) await beginStep(current);
      const end = Math.min(due, (current + 1) * rowsPerStep);
      await recorder.append({ kind: "samples", step, block: makeBlock(made, end - made) });
      made = end;
      say(`made ${made}`);
      if (made % rowsPerStep === 0) await recorder.append(outcome());
    }
    unacked_ms.push(((made - acked) / rate_Hz) * 1000);
    rss_MB.push(process.memoryUsage.rss() / 1e6);
  }
}

function makeBlock(from, rows) {
  const current_A = new Float64Array(rows);
  const voltage_V = new Float64Array(rows);
  for (let n = 0; n < rows; n++) {
    current_A[n] = from + n;
    voltage_V[n] = -(from + n);
  }
  const overload = new Uint8Array(rows);
  return {
    channel: 0,
    startTime_s: from / rate_Hz,
    samplePeriod_s: 1 / rate_Hz,
    current_A,
    voltage_V,
    overload,
    lost: 0,
  };
}

async function beginStep(number) {
  step = number;
  await recorder.append({
    kind: "step-intended",
    step,
    time_s: step * step_s,
    protocol: 0,
    protocolName: "stream",
    action: "apply",
    role: "sweep",
    label: "",
    targets: [{ row: 0, column: 0 }],
    duration_s: step_s,
    largest_V: 1,
    tags: {},
    windows: [],
  });
  say(`sent ${step}`);
}

function outcome() {
  const [startTime_s, endTime_s] = [step * step_s, (step + 1) * step_s];
  const reading = { startTime_s, endTime_s, columns: [0], windows: [], samples: rowsPerStep, lost: 0, overloads: 0 };
  return { kind: "step-finished", step, time_s: endTime_s, reading };
}

function startOfRun() {
  const none = Number.POSITIVE_INFINITY;
  return {
    kind: "run-started",
    time_s: 0,
    grid: { rows: 1, columns: 1 },
    capabilities: {
      name: "emulated stream",
      source: "emulated",
      voltageRange_V: [-1, 1],
      currentRanges_A: [],
      fastestSampling_Hz: rate_Hz,
      slewLimit_V_s: none,
      rowsDrivenAtOnce: 1,
      columnsSensedAtOnce: 1,
      unselectedLines: "grounded",
      products: "none",
      clock: "wall",
      safeOnSilence: true,
      environmentInputs: [],
    },
    limits: { voltage_V: none, current_A: none, slew_V_s: none, dwell_s: none, dwellAbove_V: none },
    protocols: ["stream"],
    plannedDuration_s: duration_s,
    plannedSteps: Math.ceil(duration_s / step_s),
  };
}
