/**
 * An er4 amplifier streaming over a pseudo-terminal: node dist/bench/er4Stream.js [seconds]
 * The amplifier runs in a process of its own, as on a desk; what is printed is the processor time of the driver's process
 * alone (port, frames, points, blocks), and the frames that it lost.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { e4, enpr } from "../core/drivers/elementsEr4/index.ts";
import { ElementsEr4 } from "../core/drivers/elementsEr4/driver.ts";
import { Bench } from "../core/drivers/emulation/bench.ts";
import { serveInstrument } from "../core/drivers/emulation/serve.ts";
import { type Timer, wallTimer } from "../core/drivers/timer.ts";
import { openSerial } from "../core/drivers/transports/serial.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import type { ChannelPlan } from "../core/drivers/instrument.ts";
import { Limiter, redeemForPlans } from "../core/limiter/limiter.ts";
import { Arming } from "../core/limiter/arming.ts";
import { NO_LIMITS } from "../core/limits.ts";
import { constant } from "../core/waveform.ts";

const drivers = { enpr, e4 } as const;
const [, , first = "60", link, name] = process.argv;

if (link !== undefined && (name === "enpr" || name === "e4")) await serve(name, link);
else
  for (const [model, rate_Hz] of [
    ["enpr", 200_000],
    ["e4", 50_000],
  ] as const)
    await measure(model, rate_Hz, Number(first));

async function serve(model: keyof typeof drivers, path: string): Promise<void> {
  const driver = drivers[model];
  const device = new EmulatedArray(
    { ...driver.largestGrid, junction: { model: "ohmic", parameters: { conductance_S: 1e-9 } } },
    { seed: 1 },
  );
  const bench = new Bench(device, "grounded");
  const served = await serveInstrument({
    make: driver.emulate,
    bench,
    place: { link: path },
    timer: wallTimer,
    paced: true,
  });
  process.send?.("up");
  process.once("disconnect", () => void served[Symbol.asyncDispose]().then(() => process.exit(0)));
}

async function measure(model: keyof typeof drivers, rate_Hz: number, duration_s: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "er4-"));
  const path = join(folder, "port");
  const child = fork(process.argv[1] ?? "", ["0", path, model]);
  await new Promise((resolve) => child.once("message", resolve));
  const driver = drivers[model];
  const transport = await openSerial({ path, ...driver.line });
  // the emulated amplifier may stand still where a machine is busy; a real one does not
  const timer: Timer = {
    now_s: () => wallTimer.now_s(),
    after: (delay_s, act) => wallTimer.after(delay_s >= 0.2 ? 20 * delay_s : delay_s, act),
  };
  const { instrument } = await driver.open(transport, { timer, options: new Map() });
  if (!(instrument instanceof ElementsEr4)) throw new Error("no er4");
  const before = { cpu: process.cpuUsage(), wall: performance.now(), frames: instrument.figures };
  let points = 0;
  let missing = 0;
  const plan = admit(rate_Hz, duration_s);
  await instrument.play(
    plan,
    (told) => {
      points += told.length;
      for (const { current_A } of told) if (Number.isNaN(current_A)) missing++;
    },
    new AbortController().signal,
  );
  const { user, system } = process.cpuUsage(before.cpu);
  const wall_s = (performance.now() - before.wall) / 1000;
  const { frames, lost, resyncs } = instrument.figures;
  const bytes = (frames - before.frames.frames) * (6 + 32 * (1 + driver.largestGrid.columns));
  console.log(
    `${model}, ${rate_Hz / 1000} kS/s x ${driver.largestGrid.columns} over a pty, ${wall_s.toFixed(1)} s: ` +
      `${((user + system) / 1e4 / wall_s).toFixed(1)} % of a core, ${(bytes / 1e6 / wall_s).toFixed(2)} MB/s, ` +
      `${frames - before.frames.frames} frames, ${lost} lost, ${resyncs} resyncs, ${points} points, ${missing} missing, ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB at most; ` +
      `${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`,
  );
  await instrument[Symbol.asyncDispose]();
  child.disconnect();
  await new Promise((resolve) => child.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
}

/** One unbroken acquisition at 0.1 V with every sample of the amplifier a point. */
function admit(rate_Hz: number, duration_s: number) {
  const points = Math.round(rate_Hz * duration_s);
  const grid = { rows: 1, columns: 1 };
  const array = new EmulatedArray({ ...grid, junction: { model: "ohmic" } }, { seed: 1 });
  const arming = new Arming();
  const token = arming.arm([]);
  const stimulus = { duration_s, rows: [constant(0.1)], columns: [constant(0)], targets: [], referenceRow: 0 };
  const readout = { samplePeriod_s: 0.1, columns: [0], currentRange_A: "auto" as const, windows: [] };
  const step = { kind: "apply" as const, role: "bench", label: "", tags: {}, stimulus, readout };
  const { step: admitted } = new Limiter(grid, array.capabilities, NO_LIMITS, arming).admit(step, token, "bench");
  if (admitted.kind !== "apply") throw new TypeError("an apply stays one");
  const plan: ChannelPlan = {
    voltage_V: new Float64Array(points).fill(0.1),
    duration_s: new Float64Array(points).fill(1 / rate_Hz),
    measured: new Uint8Array(points).fill(1),
    currentRange_A: "auto",
    compliance_A: Infinity,
  };
  return redeemForPlans(admitted.stimulus, 0.1)(plan, "bench");
}
