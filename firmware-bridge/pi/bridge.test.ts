import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  BridgeOnFakeGpio,
  type FakeGpioOptions,
  judgeWrites,
  now_s,
  ONE_SHOT_S,
  openSince_s,
  TOKEN,
} from "../../tests/fakeGpio/fakeGpio.ts";
import { HoldingHost } from "../../tests/holdingHost.ts";
import { canRun } from "../../tests/needs.ts";
import { patientTimer } from "../../tests/patientTimer.ts";
import { SOAK, soakOr } from "../../tests/soak.ts";
import { uniform } from "../../core/crossbar/random.ts";
import { openBoard, type SelectorBoard } from "../../core/drivers/selectorBoard/driver.ts";
import type { Setup } from "../../core/drivers/selectorBoard/messages.ts";
import { readSetup } from "../../core/drivers/selectorBoard/options.ts";
import { Bench } from "../../core/drivers/emulation/bench.ts";
import { BridgeDevice } from "../../core/drivers/piBridge/device.ts";
import { GpioSwitches } from "../../core/drivers/piBridge/gpioSwitches.ts";
import { rodeostat } from "../../core/drivers/rodeostat/index.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { pipeTo } from "../../tests/emulatedLine.ts";
import { serveBridge } from "./serveBridge.ts";
import { enterBridge } from "../../core/drivers/piBridge/handshake.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import { openTcp } from "../../core/drivers/transports/tcp.ts";
import { GUIDE_WIRING, readWiring } from "./wiring.ts";

const root = join(import.meta.dirname, "..", "..");
const built = existsSync(join(root, "node_modules/epoll/build/Release/epoll.node"));
if (!built) console.warn("\n!!! NOT TESTED HERE: the bridge's GPIO: epoll is not compiled (npm run gpio)\n");
const here =
  built &&
  canRun("the Raspberry Pi bridge on a fake /sys/class/gpio", {
    root: true,
    programs: ["unshare", "mount", "gcc", "pkg-config", "fusermount3"],
  });
const BASE = 512;
const LONGEST_S = 0.5;
const setupOf = (more: Readonly<Record<string, string>> = {}): Setup =>
  readSetup(new Map(Object.entries({ wiring: "4067", rows: "32", columns: "32", ...more })), "test");

async function call(port: number, what: string, token: string) {
  const line = await openTcp("127.0.0.1", port);
  try {
    return await enterBridge(line, patientTimer(5), what, token);
  } catch (error) {
    await line.close();
    throw error;
  }
}

async function openAgain(port: number, setup: Setup): Promise<SelectorBoard> {
  for (let tries = 0; ; tries++)
    try {
      const line = await call(port, "selector", TOKEN);
      try {
        return await openBoard(line, wallTimer, setup, "bridge");
      } catch (error) {
        await line.close();
        throw error;
      }
    } catch (error) {
      if (tries > 20) throw error;
    }
}

describe.skipIf(!here)("crosspore bridge with the real onoff", () => {
  it("connects each junction alone, enables off before an address moves, at the chip's base", async () => {
    const bridge = await BridgeOnFakeGpio.start({ base: BASE });
    const setup = setupOf({ dead: "300us", deadman: "2s" });
    const selector = await openAgain(bridge.port, setup);
    expect(selector.identity).toMatchObject({ model: "bridge", serial: "SIM0001" });
    const asked = Array.from({ length: 60 }, (_, k) => ({ row: (k * 7) % 32, column: (k * 11) % 32 }));
    for (const address of asked) {
      await selector.select(address);
      await selector.confirm(address);
    }
    const before_s = now_s();
    await selector.trigger(2000);
    const after_s = now_s();
    await expect(selector.select({ row: 32, column: 0 })).rejects.toBeInstanceOf(RangeError);
    await selector[Symbol.asyncDispose]();
    const judged = judgeWrites(bridge.writes(), GUIDE_WIRING, BASE);
    await bridge.stop();
    expect(judged.makes.map(({ row, column }) => ({ row, column }))).toEqual(asked);
    expect([judged.mostRows, judged.mostColumns, judged.hotAddresses]).toEqual([1, 1, 0]);
    expect(judged.shortestDead_s).toBeGreaterThanOrEqual(300e-6);
    expect(judged.closed.at(-1)?.to_s).toBeLessThan(Infinity);
    expect(judged.triggers_s.length).toBe(1);
    expect(judged.triggers_s[0]).toBeGreaterThan(before_s);
    expect(judged.triggers_s[0]).toBeLessThan(after_s);
  });

  it("an enable that is off when high is high from its first moment on", async () => {
    const bridge = await BridgeOnFakeGpio.start({ base: BASE });
    const writes = bridge.writes();
    await bridge.stop();
    const enables = [...GUIDE_WIRING.rows.enables, ...GUIDE_WIRING.columns.enables].map((line) => BASE + line);
    for (const enable of enables) {
      const own = writes.filter(({ line }) => line === enable);
      expect(own.length).toBeGreaterThan(0);
      expect(own.every(({ level }) => level === 1)).toBe(true);
    }
    // and they are the first of all
    expect(new Set(writes.slice(0, enables.length).map(({ line }) => line))).toEqual(new Set(enables));
  });

  it.each<[FakeGpioOptions, number]>([
    [{ base: 0, label: "pinctrl-bcm2835" }, 0],
    [{ base: 512, label: "pinctrl-bcm2711" }, 512],
    [{ base: 571, label: "pinctrl-rp1" }, 571],
  ])("finds the header of %o", async (options, base) => {
    const bridge = await BridgeOnFakeGpio.start(options);
    const lines = bridge.writes().map(({ line }) => line);
    await bridge.stop();
    expect(lines).toContain(base + GUIDE_WIRING.rows.enables[0]!);
    expect(lines.every((line) => line >= base && line < base + 54)).toBe(true);
  });

  it("says what is wrong and what to do: not permitted, another chip, no GPIO at all", async () => {
    await expect(BridgeOnFakeGpio.start({ denied: true })).rejects.toThrow(
      /gpio.export cannot be written: not permitted; add the user to the group gpio/,
    );
    await expect(BridgeOnFakeGpio.start({ label: "gpio-mockup" })).rejects.toThrow(
      /no chip of a Raspberry Pi's header, only gpio-mockup: name its base with gpio_base/,
    );
    const { status, stderr } = spawnSync(process.execPath, [join(root, "bin/crosspore.js"), "bridge", "--port", "0"], {
      encoding: "utf8",
    });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/no GPIO chip: this is no Raspberry Pi.*use the selector board/);
  });

  it("lets nobody in without the token, one host at a time, and only to what it has", async () => {
    const bridge = await BridgeOnFakeGpio.start();
    await expect(call(bridge.port, "selector", "another-token-altogether")).rejects.toThrow(
      /the token is not the bridge's: copy its token file/,
    );
    await expect(call(bridge.port, "emstat", TOKEN)).rejects.toThrow(/there is no emstat here, only selector/);
    const first = await openAgain(bridge.port, setupOf({ deadman: "2s" }));
    await first.select({ row: 1, column: 1 });
    await expect(call(bridge.port, "selector", TOKEN)).rejects.toThrow(/another host .*has the selector and is alive/);
    await first.confirm({ row: 1, column: 1 });
    await first[Symbol.asyncDispose]();
    const second = await openAgain(bridge.port, setupOf({ deadman: "2s" }));
    await expect(second.select({ row: 0, column: 0 })).resolves.toBeUndefined();
    await second[Symbol.asyncDispose]();
    await expect(
      openBoard(await call(bridge.port, "selector", TOKEN), wallTimer, setupOf({ wiring: "relays" }), "b"),
    ).rejects.toThrow(/take its geometry and limits.*out of range/);
    await bridge.stop();
  });
});

type Death = "SIGKILL" | "SIGSTOP" | "hang up" | "stall" | "daemon SIGKILL" | "daemon SIGSTOP";

describe.skipIf(!here)("when host or daemon die, every switch is open within 500 ms", () => {
  it.concurrent.each<Death>(["SIGKILL", "SIGSTOP", "hang up", "stall", "daemon SIGKILL", "daemon SIGSTOP"])(
    "%s",
    async (death) => {
      const rounds = soakOr(100, 5);
      const held_s: number[] = [];
      const ofDaemon = death.startsWith("daemon");
      let bridge = await BridgeOnFakeGpio.start({ base: BASE });
      for (let round = 0; held_s.length < rounds && round < 3 * rounds; round++) {
        const host = new HoldingHost({ bridge: { port: bridge.port, token: TOKEN }, setup: setupOf() });
        if (!(await host.reach(2 + (round % 5)))) {
          await host.end();
          continue;
        }
        const died_s = now_s();
        if (ofDaemon) bridge.kill(death === "daemon SIGKILL" ? "SIGKILL" : "SIGSTOP");
        else if (death === "stall") host.stall();
        else if (death === "hang up") host.hangUp();
        else host.kill(death as NodeJS.Signals);
        // the write log is read until nothing can come any more
        while (now_s() < died_s + 2 * LONGEST_S) await new Promise((resolve) => setTimeout(resolve, 50));
        const before = bridge.writes().filter(({ time_s }) => time_s < died_s + 2 * LONGEST_S);
        held_s.push(openSince_s(judgeWrites(before, GUIDE_WIRING, BASE)) - died_s);
        await host.end();
        if (ofDaemon) {
          bridge.kill("SIGKILL");
          await bridge.stop();
          bridge = await BridgeOnFakeGpio.start({ base: BASE });
        }
      }
      await bridge.stop();
      expect(held_s.length).toBe(rounds);
      expect(Math.max(...held_s)).toBeLessThan(LONGEST_S);
      if (ofDaemon) expect(Math.max(...held_s)).toBeLessThan(ONE_SHOT_S + 0.1);
      if (SOAK) console.info(`${death}: longest ${(1e3 * Math.max(...held_s)).toFixed(1)} ms of ${rounds}`);
    },
    soakOr(3_600_000, 120_000),
  );
});

describe.skipIf(!here)("random switching with deaths at random steps", () => {
  it(
    "never two rows or two columns, dead time as set, addresses cold, in every sequence",
    async () => {
      const sequences = soakOr(100_000, 1000);
      const deaths = soakOr(500, 4);
      const setup = setupOf({ dead: "100us", settle: "0s" });
      const draw = (stream: number, k: number) => uniform(11, stream, k);
      let bridge = await BridgeOnFakeGpio.start({ base: BASE });
      let selector = await openAgain(bridge.port, setup);
      let [made, dead, makes] = [0, 0, 0];
      let [mostRows, mostColumns, hot, shortest_s] = [0, 0, 0, Infinity];
      const judge = () => {
        const judged = judgeWrites(bridge.writes(), GUIDE_WIRING, BASE);
        [mostRows, mostColumns] = [Math.max(mostRows, judged.mostRows), Math.max(mostColumns, judged.mostColumns)];
        hot += judged.hotAddresses;
        shortest_s = Math.min(shortest_s, judged.shortestDead_s);
        makes += judged.makes.length;
      };
      for (let k = 0; k < sequences; k++) {
        const selecting = selector
          .select({ row: Math.floor(32 * draw(1, k)), column: Math.floor(32 * draw(2, k)) })
          .then(
            () => made++,
            () => {},
          );
        if (draw(3, k) < deaths / sequences) {
          dead++;
          await new Promise((resolve) => setTimeout(resolve, 8 * draw(5, k)));
          const kind = Math.floor(3 * draw(4, k));
          if (kind === 0) {
            bridge.kill("SIGKILL");
            await selecting;
            judge();
            await bridge.stop();
            bridge = await BridgeOnFakeGpio.start({ base: BASE });
          } else if (kind === 1) await selector.link.close();
          else await selector.halt().catch(() => {});
          await selecting;
          await selector.link.close();
          selector = await openAgain(bridge.port, setup);
        }
        await selecting;
        if (selector.link.tripped !== undefined || selector.link.closed) {
          await selector.link.close();
          selector = await openAgain(bridge.port, setup);
        }
      }
      await selector[Symbol.asyncDispose]();
      judge();
      await bridge.stop();
      expect([mostRows, mostColumns, hot]).toEqual([1, 1, 0]);
      expect(shortest_s).toBeGreaterThanOrEqual(100e-6);
      expect(makes).toBeGreaterThanOrEqual(made);
      expect(made).toBeGreaterThan(0.9 * (sequences - dead) - 5);
      if (SOAK) console.info(`${made} of ${sequences} made, ${dead} deaths, dead time ${1e6 * shortest_s} us`);
    },
    soakOr(7_200_000, 180_000),
  );
});

describe("the wiring file", () => {
  const text = (more: string) =>
    `crosspore: 1\nrows: { address: [1, 2, 3, 4], enables: [5] }\ncolumns: { address: [6, 7, 8, 9], enables: [10] }\nhold: 11\ntrigger: 12\n${more}`;

  it.each([
    ["hold: 5\n", /hold/],
    ["multiplexer: adg1408\n", /a 4067 has 4 address lines, an adg1408 has 3/],
    ["colour: red\n", /wiring.yaml:6:1/],
    ["gpio_base: -1\n", /wiring.yaml:6:1: gpio_base: -1 is refused, allowed are 0 and more/],
  ])("refuses %j at its line", (more, message) => {
    expect(() => readWiring(text(more), "wiring.yaml")).toThrow(message);
  });

  it("of the examples is the one that is taken without a file", () => {
    const file = join(root, "examples/instruments/raspberry-pi.wiring.yaml");
    expect(readWiring(readFileSync(file, "utf8"), file)).toEqual(GUIDE_WIRING);
  });

  it("refuses a line that is named twice, and takes one that is right", () => {
    expect(() => readWiring(text("").replace("trigger: 12", "trigger: 5"), "w.yaml")).toThrow(/named twice/);
    expect(readWiring(text("gpio_base: 512\n"), "w.yaml")).toMatchObject({
      gpio_base: 512,
      hold: 11,
      multiplexer: "4067",
    });
  });
});

it("offers serial instruments by name to who has the token, one host each", async () => {
  const line = { write: () => {} };
  const side = { address: [line, line, line, line], enables: [line, line] };
  const device = new BridgeDevice({
    switches: new GpioSwitches({ rows: side, columns: side, active: 0, channels: 16 }),
    hold: line,
    trigger: line,
    timer: wallTimer,
    serial: "SIM0001",
    epoch: 1,
  });
  const bench = new Bench(new EmulatedArray({ rows: 1, columns: 7, junction: { model: "ohmic" } }, { seed: 1 }));
  const lines: string[] = [];
  await using bridge = await serveBridge({
    device,
    token: TOKEN,
    host: "127.0.0.1",
    port: 0,
    timer: wallTimer,
    instruments: new Map([["bench-1", async () => pipeTo(rodeostat, bench)]]),
    log: (text) => lines.push(text),
  });
  const first = await call(bridge.port, "bench-1", TOKEN);
  await expect(call(bridge.port, "bench-1", TOKEN)).rejects.toThrow(/another host has bench-1: end that program first/);
  const { instrument } = await rodeostat.open(first, { timer: patientTimer(20), options: new Map() });
  expect(instrument?.identity.model).toMatch(/Rodeostat/i);
  await instrument?.[Symbol.asyncDispose]();
  await expect(call(bridge.port, "bench-2", TOKEN)).rejects.toThrow(/no bench-2 here, only selector, bench-1/);
  await expect(call(bridge.port, "bench-1", "a-token-of-somebody-else")).rejects.toThrow(
    /the token is not the bridge's/,
  );
  expect(lines.some((text) => text.includes("was refused"))).toBe(true);
  expect(lines.join()).not.toContain(TOKEN);
});

it("a caller that says nothing, nonsense or too much gets nothing", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("SSH-2.0-OpenSSH_9.2\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await expect(call(port, "selector", TOKEN)).rejects.toThrow(/no crosspore bridge of this version/);
  server.close();
});
