import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InfluxProxy } from "../../tests/influxProxy.ts";
import { InfluxServer } from "../../tests/influxServer.ts";
import { expectStreamMirrored } from "../../tests/mirrorChecks.ts";
import { canRun } from "../../tests/needs.ts";
import { SOAK, soakOr } from "../../tests/soak.ts";
import { startStream, type StreamFigures } from "../../tests/streamChild.ts";
import { verifyRun } from "../verifyRun.ts";

const RATE_HZ = soakOr(10_000, 4000);
const KILLS = soakOr(20, 3);
const HUNG_s = soakOr(60, 2);
const DATABASE = "outage";
const bin = resolve(import.meta.dirname, "../../bin/crosspore.js");

interface MirrorChild {
  readonly child: ChildProcess;
  readonly log: () => string;
  /** Resolves when stderr has said so. */
  says(what: RegExp): Promise<void>;
  /** Exit code and stdout. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string }>;
}

/** Another process, as a user would start it. */
function startMirror(folder: string, url: string, ...more: string[]): MirrorChild {
  const parameters = [
    "mirror",
    "--follow",
    folder,
    "--influx",
    url,
    "--database",
    DATABASE,
    "--every",
    "sample",
    ...more,
  ];
  const child = spawn(process.execPath, [bin, ...parameters], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let [stdout, stderr] = ["", ""];
  let waiting: (() => void)[] = [];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  const ended = new Promise<{ code: number | null; stdout: string }>((settle) =>
    child.on("close", (code) => {
      for (const wake of waiting) wake();
      settle({ code, stdout });
    }),
  );
  return {
    child,
    log: () => stderr,
    ended,
    async says(what) {
      while (!what.test(stderr)) {
        if (child.exitCode !== null) throw new Error(`the mirror ended: ${stderr}`);
        await new Promise<void>((wake) => waiting.push(wake));
      }
    },
  };
}

/** Whatever a test ends with, nobody of its stays. */
const children: ChildProcess[] = [];

const pause = (s: number): Promise<void> => new Promise((wake) => setTimeout(wake, s * 1000));

describe.skipIf(!canRun("outages of a real InfluxDB", { programs: ["influxd"] }))("T9: an outage of the server", () => {
  let server: InfluxServer;
  let proxy: InfluxProxy;
  let parent: string;
  beforeAll(async () => {
    server = await InfluxServer.open();
    await server.query("", `CREATE DATABASE ${DATABASE}`);
    proxy = await InfluxProxy.open(server.url);
    parent = join(mkdtempSync(join(tmpdir(), "crosspore-outage-")), "runs");
    mkdirSync(parent);
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await proxy.close();
    await server.close();
    rmSync(join(parent, ".."), { recursive: true, force: true });
  });

  /** Every way to fail, one after another, each after the mirror was seen to send again. */
  async function tortureServer(): Promise<void> {
    for (let kill = 0; kill < KILLS; kill++) {
      await proxy.waitFor("taken", 2);
      await server.kill();
      if (kill % 2 === 1) await pause(0.3);
      await server.start();
    }
    await proxy.waitFor("taken", 2);
    server.signal("SIGSTOP");
    await pause(HUNG_s);
    server.signal("SIGCONT");
    await proxy.waitFor("taken", 2);
    for (const [status, body] of [
      [503, ""],
      [429, ""],
      [400, "<h1>Bad Request</h1>"],
    ] as const) {
      proxy.mode = { kind: "answer", status, body };
      await proxy.waitFor("answered", soakOr(5, 2));
      proxy.mode = { kind: "pass" };
      await proxy.waitFor("taken", 1);
    }
    proxy.mode = { kind: "limit", bytes: 20_000 };
    await proxy.waitFor("answered", soakOr(20, 2));
    proxy.mode = { kind: "pass" };
  }

  it(
    `killed ${KILLS} times, hung for ${HUNG_s} s, answering 400, 413, 429 and 503: the recording goes on, the mirror catches up, both are equal`,
    async () => {
      const folder = join(parent, "stream");
      const mirror = startMirror(parent, proxy.url, "--timeout", "1 s");
      // longer than the torture takes, and then asked to end
      const stream = startStream({ folder, rate_Hz: RATE_HZ, duration_s: 3600, step_s: 0.5 });
      children.push(stream.child);
      await stream.recording;
      await tortureServer();
      stream.child.kill("SIGTERM");
      await stream.ended;
      const { said } = stream;
      expect(said.failures).toEqual([]);
      const verified = verifyRun(folder);
      expect(verified).toMatchObject({ problems: [], whole: true, lost: 0, rows: said.made });
      await mirror.says(/stream@.*: complete/);
      // the cursor beside the run is no file of it
      expect(verifyRun(folder)).toMatchObject({ whole: true, problems: [] });
      mirror.child.kill("SIGINT");
      const { code, stdout } = await mirror.ended;
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ ended: 1, open: 0, rejected: 0 });
      expect(mirror.log()).toMatch(/trying again, the run folder keeps everything/);
      const rows = await expectStreamMirrored(server, DATABASE, folder);
      expect(rows).toBe(said.made);
      console.log(
        `Influx killed x ${KILLS}, hung ${HUNG_s} s, 400, 413, 429, 503: ${said.made} samples durable, 0 lost, ${rows} mirrored and equal; ${describeLag(said.figures)}`,
      );
      if (!SOAK) return;
      // the same recording with nobody beside it, in the same hour
      const alone = startStream({ folder: join(parent, "..", "alone"), rate_Hz: RATE_HZ, duration_s: 60, step_s: 0.5 });
      await alone.ended;
      console.log(`without a mirror: ${describeLag(alone.said.figures)}`);
      const [with_ms, without_ms] = [said.figures?.lag_ms.p99 ?? NaN, alone.said.figures?.lag_ms.p99 ?? NaN];
      expect(with_ms - without_ms).toBeLessThan(20);
    },
    soakOr(900_000, 120_000),
  );

  it(
    "the mirror killed again and again goes on from its cursor, several runs at once, and ends by Ctrl-C",
    async () => {
      const several = join(parent, "..", "several");
      mkdirSync(several);
      const folders = ["a", "b"].map((name) => join(several, name));
      const streams = folders.map((folder) => startStream({ folder, rate_Hz: RATE_HZ, duration_s: 3600, step_s: 0.5 }));
      children.push(...streams.map(({ child }) => child));
      await Promise.all(streams.map(({ recording }) => recording));
      for (let kill = 0; kill < KILLS; kill++) {
        const mirror = startMirror(several, proxy.url);
        await proxy.waitFor("taken", 1 + kill);
        mirror.child.kill("SIGKILL");
        await mirror.ended;
      }
      const mirror = startMirror(several, proxy.url);
      for (const { child } of streams) child.kill("SIGTERM");
      await Promise.all(streams.map(({ ended }) => ended));
      await mirror.says(/a@.*: complete[\s\S]*b@.*: complete|b@.*: complete[\s\S]*a@.*: complete/);
      mirror.child.kill("SIGTERM");
      expect((await mirror.ended).code).toBe(0);
      for (const [k, folder] of folders.entries())
        expect(await expectStreamMirrored(server, DATABASE, folder)).toBe(streams[k]?.said.made);
    },
    soakOr(600_000, 120_000),
  );
});

function describeLag(figures: StreamFigures | undefined): string {
  if (!figures) return "no figures";
  const { lag_ms, largestLag_ms, cores } = figures;
  return `loop lag of the recording process p50 ${lag_ms.p50.toFixed(1)} ms, p99 ${lag_ms.p99.toFixed(1)} ms, max ${largestLag_ms.toFixed(0)} ms, ${(cores * 100).toFixed(1)} % of a core`;
}
