import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canRun } from "../tests/needs.ts";
import { SOAK, soakOr } from "../tests/soak.ts";
import { expectNothingLost, startStream } from "../tests/streamChild.ts";
import { openRun } from "./openRun.ts";
import { verifyRun } from "./verifyRun.ts";

// real disks that fill up, fail, stall and lose power; tests/faultyFs.ts does the same to every single operation

const withMounts = canRun("a full disk and a power cut", {
  root: true,
  programs: ["mount", "mkfs.ext4", "losetup", "perl"],
});
const withStrace = canRun("a disk that fails or stalls", { programs: ["strace"] });

let base: string;
let mounted: string[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "crosspore-disk-"));
});

afterEach(() => {
  for (const folder of mounted) spawnSync("umount", ["-l", folder]);
  mounted = [];
  rmSync(base, { recursive: true, force: true });
});

function mount(name: string, ...parameters: string[]): string {
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", [...parameters, folder]);
  mounted.push(folder);
  return folder;
}

function unmount(folder: string): void {
  execFileSync("umount", [folder]);
  mounted = mounted.filter((name) => name !== folder);
}

test.skipIf(!withMounts)(
  "T10: at the reserve of a small disk the run ends by itself, closed as failed with all its data; after that a new run",
  async () => {
    const disk = mount("small", "-t", "tmpfs", "-o", "size=6m", "none");
    const folder = join(disk, "run");
    const reserveBytes = 1_000_000;
    const stream = startStream({ folder, rate_Hz: 100_000, duration_s: 60, reserveBytes });
    await stream.ended;
    expect(stream.said.failures).toHaveLength(1);
    expect(stream.said.failures[0]).toMatch(
      /the disk has 0 MB left and a run ends at 1 MB; what was taken before is kept/,
    );
    expect(stream.said.closed).toBe(true);
    const rows = expectNothingLost(folder, stream.said);
    // 5 MB of 31 bytes; the reserve was never used up
    expect(rows).toBeGreaterThan(100_000);
    const { bavail, bsize } = statfsSync(disk);
    expect(bavail * bsize).toBeGreaterThan(reserveBytes / 2);
    const run = openRun(folder);
    expect(run.stop).toMatchObject({ status: "fail", reason: stream.said.failures[0] });
    expect(run.warnings.filter((warning) => !warning.includes("has no outcome"))).toEqual([]);

    const refused = startStream({ folder: join(disk, "next"), rate_Hz: 100_000, duration_s: 1, reserveBytes });
    await refused.ended;
    expect(refused.said.failures.join("\n")).toMatch(/MB left and a run ends at 1 MB/);
    expect(readdirSync(disk)).toEqual(["run"]);

    execFileSync("mount", ["-o", "remount,size=64m", disk]);
    const next = startStream({ folder: join(disk, "next"), rate_Hz: 100_000, duration_s: 1, reserveBytes });
    await next.ended;
    expect(next.said).toMatchObject({ failures: [], closed: true, rows: 100_000 });
    expect(verifyRun(join(disk, "next")).whole).toBe(true);
  },
);

test.skipIf(!withMounts)(
  "T10: a disk that somebody else fills to the last byte loses nothing acknowledged, and says so",
  async () => {
    for (const size of ["1m", "2m", "3m", "4m"]) {
      const disk = mount(`full-${size}`, "-t", "tmpfs", "-o", `size=${size}`, "none");
      const folder = join(disk, "run");
      const stream = startStream({ folder, rate_Hz: 100_000, duration_s: 60, reserveBytes: 0 });
      await stream.ended;
      expect(stream.said.failures.join("\n")).toContain("no space left on the disk");
      expect(stream.said.closed).toBe(false);
      expectNothingLost(folder, stream.said);
      expect(stream.said.rows).toBeGreaterThan(10_000);
      expect(verifyRun(folder)).toMatchObject({ status: "interrupted", whole: false });
    }
  },
);

/** Runs a program whose calls of fdatasync are tampered with. */
function straceWith(tampering: string): string[] {
  const inject = `inject=fdatasync:${tampering}`;
  return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject];
}

test.skipIf(!withStrace)(
  "T2: EIO of the k-th fdatasync and all after it is told, and nothing acknowledged is lost",
  async () => {
    for (let k = 1; k <= soakOr(100, 8); k++) {
      const folder = join(base, `run-${k}`);
      const stream = startStream(
        { folder, rate_Hz: 20_000, duration_s: 30, step_s: 0.05 },
        straceWith(`error=EIO:when=${k}+`),
      );
      await stream.ended;
      expect(stream.said.failures.join("\n"), `fdatasync ${k}`).toContain("the disk reports an input/output error");
      expect(stream.said.closed, `fdatasync ${k}`).toBe(false);
      expectNothingLost(folder, stream.said);
      // the first one is that of run.json: then there is no run
      if (k === 1) expect(readdirSync(base)).toEqual([]);
    }
  },
  soakOr(600_000, 120_000),
);

test.skipIf(!withStrace)(
  "a disk that takes 200 ms for each fdatasync loses no sample of 100 kS/s, and memory stays bounded",
  async () => {
    const folder = join(base, "slow");
    const duration_s = soakOr(30, 4);
    const stream = startStream(
      { folder, rate_Hz: 100_000, duration_s, step_s: duration_s },
      straceWith("delay_enter=200000"),
    );
    await stream.ended;
    expect(stream.said).toMatchObject({ failures: [], closed: true, rows: duration_s * 100_000 });
    expect(verifyRun(folder).problems).toEqual([]);
    const { unacked_ms, growth_MB } = stream.said.figures ?? expect.fail("no figures");
    console.log(
      `fdatasync of 200 ms: unacknowledged at most ${unacked_ms.max.toFixed(0)} ms, +${growth_MB.toFixed(0)} MB`,
    );
    // two groups of two syncs each at most are on their way
    expect(unacked_ms.p50).toBeGreaterThan(200);
    if (SOAK) expect(unacked_ms.max).toBeLessThan(2000);
    expect(growth_MB).toBeLessThan(100);
  },
  120_000,
);

/** FS_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing that is not on the disk yet will ever be. */
const CUT = 'open(my $f, "<", $ARGV[0]) or die; my $how = pack("I", 2); ioctl($f, 0x8004587d, $how) or die "ioctl: $!"';

test.skipIf(!withMounts)(
  `T2: a power cut x ${soakOr(100, 6)} loses nothing that was acknowledged before it`,
  async () => {
    let acknowledged = 0;
    let torn = 0;
    for (let cut = 0; cut < soakOr(100, 6); cut++) {
      const image = join(base, `disk-${cut}.img`);
      execFileSync("truncate", ["-s", "256M", image]);
      execFileSync("mkfs.ext4", ["-q", image]);
      const disk = mount(`disk-${cut}`, "-o", "loop", image);
      const folder = join(disk, "run");
      const stream = startStream({ folder, rate_Hz: 50_000, duration_s: 60, step_s: 0.3, reserveBytes: 0 });
      await stream.recording;
      await new Promise((resolve) => setTimeout(resolve, (cut * 0.618034 * 500) % 500));
      // an fdatasync under way may answer 0 and be lost: only what was acknowledged before the ioctl counts
      const before = { ...stream.said, sent: [...stream.said.sent] };
      execFileSync("perl", ["-e", CUT, disk]);
      stream.child.kill("SIGKILL");
      await stream.ended;
      unmount(disk);
      const again = mount(`disk-${cut}`, "-o", "loop", image);
      expectNothingLost(join(again, "run"), before);
      acknowledged += before.rows;
      torn += verifyRun(join(again, "run")).problems.filter((problem) =>
        /torn|never committed|ends at byte/.test(problem),
      ).length;
      unmount(again);
      rmSync(image);
    }
    console.log(`power cuts: 0 of ${acknowledged} acknowledged samples lost, ${torn} torn tails left out`);
    expect(acknowledged).toBeGreaterThan(0);
  },
  soakOr(600_000, 120_000),
);
