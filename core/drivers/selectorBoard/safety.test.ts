import { describe, expect, it } from "vitest";
import { HoldingHost } from "../../../tests/holdingHost.ts";
import { LossyLine } from "../../../tests/lossyLine.ts";
import { canRun } from "../../../tests/needs.ts";
import { BoardOnPty, judgeTrace, type TraceEntry } from "../../../tests/simulatedBoard.ts";
import { SOAK, soakOr } from "../../../tests/soak.ts";
import { uniform } from "../../crossbar/random.ts";
import { TransportError } from "../../errors.ts";
import { wallTimer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { openBoard, type SelectorBoard } from "./driver.ts";
import { RefusedError, TICK_S } from "./link.ts";
import { encodeU32, COMMAND, type Setup } from "./messages.ts";
import { readSetup } from "./options.ts";

const here = canRun("what happens to the selector board when its host dies", {
  programs: ["avr-gcc", "simavr", "make", "flock"],
});
const setupOf = (more: Readonly<Record<string, string>> = {}): Setup =>
  readSetup(new Map(Object.entries({ rows: "8", columns: "8", ...more })), "test");

/** A host that is dead, frozen or stalled must have let go of everything after so long, by the board's clock. */
const LONGEST_S = 0.5;

/** Opens until the board has forgotten the host before; a busy machine may trip it meanwhile. */
async function openAgain(open: () => Promise<Transport>, setup: Setup): Promise<SelectorBoard> {
  for (let tries = 0; ; tries++) {
    let transport: Transport | undefined;
    try {
      transport = await open();
      return await openBoard(transport, wallTimer, setup, "board");
    } catch (error) {
      await transport?.close();
      if (tries > 30) throw error;
    }
  }
}

type Death = "SIGKILL" | "SIGSTOP" | "unplug" | "stall";

/** How long something stayed closed after the host died, by the board's clock; NaN when nothing was closed at that moment. */
async function dieOnce(board: BoardOnPty, death: Death, setup: Setup, round: number): Promise<number> {
  const host = new HoldingHost({ port: board.port, setup });
  // any phase of its switching
  if (!(await host.reach(2 + (round % 5)))) {
    await host.end();
    return Number.NaN;
  }
  board.tell(`mark ${death} ${round}`);
  if (death === "unplug") board.tell("unplug");
  else if (death === "stall") host.stall();
  else host.kill(death);
  const named = (entry: TraceEntry) => "name" in entry.event && entry.event.name === `${death} ${round}`;
  let trace = await board.trace();
  const began_s = trace.find(named)?.time_s ?? Number.NaN;
  // by the board's clock: a machine that is busy makes this wait longer, and changes nothing
  for (let end_s = 0; end_s < began_s + 2 * LONGEST_S; ) {
    board.tell("mark wait");
    trace = await board.trace();
    end_s = trace.at(-1)?.time_s ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (death === "unplug") board.tell("plug");
  await host.end();
  const until = (time_s: number) =>
    judgeTrace(
      trace.filter((entry) => entry.time_s <= time_s),
      setup,
    );
  const after = judgeTrace(trace, setup);
  if (after.closedNow && after.makes.every(({ time_s }) => time_s <= began_s + LONGEST_S)) return Infinity;
  const lastOpen_s = after.opens_s.findLast((time_s) => time_s > began_s && time_s < began_s + 2 * LONGEST_S);
  return until(began_s).closedNow || lastOpen_s !== undefined ? (lastOpen_s ?? Infinity) - began_s : Number.NaN;
}

describe.skipIf(!here)("when the host dies, every switch is open within 500 ms of the board's own clock", () => {
  it.concurrent.each<Death>(["SIGKILL", "SIGSTOP", "unplug", "stall"])(
    "%s",
    async (death) => {
      const rounds = soakOr(100, 5);
      const setup = setupOf();
      const board = await BoardOnPty.start();
      const held_s: number[] = [];
      for (let round = 0; held_s.length < rounds && round < 3 * rounds; round++) {
        const one_s = await dieOnce(board, death, setup, round);
        if (!Number.isNaN(one_s)) held_s.push(one_s);
      }
      const { mostRows, mostColumns, shortestDead_s } = judgeTrace(await board.trace(), setup);
      await board.stop();
      expect(held_s.length).toBe(rounds);
      expect(Math.max(...held_s)).toBeLessThan(LONGEST_S);
      expect([mostRows, mostColumns]).toEqual([1, 1]);
      expect(shortestDead_s).toBeGreaterThanOrEqual(20e-6);
      if (SOAK) console.info(`${death}: longest ${(1e3 * Math.max(...held_s)).toFixed(1)} ms of ${rounds}`);
    },
    soakOr(3_600_000, 120_000),
  );

  it("the emergency byte opens in the interrupt, a processor that hangs is reset within 300 ms", async () => {
    const setup = setupOf();
    const board = await BoardOnPty.start();
    const selector = await openAgain(() => board.open(), setup);
    await selector.select({ row: 1, column: 1 });
    board.tell("mark emergency");
    await selector.halt();
    expect(selector.link.tripped).toBe("emergency");
    await expect(selector.select({ row: 0, column: 0 })).rejects.toThrow(/emergency byte came; its switches are open/);
    await selector.start();
    await selector.select({ row: 2, column: 2 });
    board.tell("hang");
    await expect(selector.confirm({ row: 2, column: 2 })).rejects.toThrow();
    await selector.link.close();
    const trace = await board.trace();
    await board.stop();
    const { opens_s } = judgeTrace(trace, setup);
    const at = (kind: string, name: string) =>
      trace.find(({ event }) => event.kind === kind && "name" in event && event.name === name)?.time_s ?? Number.NaN;
    const first = (time_s: number) => (opens_s.find((one_s) => one_s > time_s) ?? Infinity) - time_s;
    // what is left is the way through the pseudo-terminal
    expect(first(at("mark", "emergency"))).toBeLessThan(0.1);
    expect(first(at("hang", ""))).toBeLessThan(0.3);
    expect(at("reset", "") - at("hang", "")).toBeLessThan(0.3);
  });
});

describe.skipIf(!here)("random switching with deaths at random steps", () => {
  it(
    "never two rows or two columns, dead time as set, in every sequence",
    async () => {
      const sequences = soakOr(100_000, 1000);
      const deaths = soakOr(1000, 10);
      const setup = setupOf({ rows: "32", columns: "32", dead: "50us", settle: "10us" });
      const board = await BoardOnPty.start();
      let selector = await openAgain(() => board.open(), setup);
      const draw = (stream: number, k: number) => uniform(10, stream, k);
      let [made, dead] = [0, 0];
      for (let k = 0; k < sequences; k++) {
        const address = { row: Math.floor(32 * draw(1, k)), column: Math.floor(32 * draw(2, k)) };
        const dies = draw(3, k) < deaths / sequences;
        const selecting = selector.select(address).then(
          () => made++,
          () => {},
        );
        if (dies) {
          dead++;
          const kind = ["vanish", "halt", "reset", "hang", "unplug"][Math.floor(5 * draw(4, k))] ?? "";
          // any step of the sequence: bytes under way, breaking, settling, answering
          await new Promise((resolve) => setTimeout(resolve, 12 * draw(5, k)));
          if (kind === "vanish") await selector.link.close();
          else if (kind === "halt") await selector.halt().catch(() => {});
          else board.tell(kind);
          await selecting;
          if (kind === "unplug") board.tell("plug");
          await board.trace();
          await selector.link.close();
          selector = await openAgain(() => board.open(), setup);
          continue;
        }
        await selecting;
        // a machine too busy for heartbeats: that is no failure of the board
        if (selector.link.tripped !== undefined) {
          await selector.link.close();
          selector = await openAgain(() => board.open(), setup);
        }
      }
      await selector[Symbol.asyncDispose]();
      const judged = judgeTrace(await board.trace(), setup);
      await board.stop();
      expect(judged.mostRows).toBe(1);
      expect(judged.mostColumns).toBe(1);
      expect(judged.shortestDead_s).toBeGreaterThanOrEqual(50e-6);
      expect(judged.closedNow).toBe(false);
      expect(judged.makes.length).toBeGreaterThanOrEqual(made);
      expect(made).toBeGreaterThan(0.9 * (sequences - dead) - 5);
      expect(dead).toBeGreaterThan(deaths / 3);
      if (SOAK)
        console.info(`${made} of ${sequences} made, ${dead} deaths, dead time ${1e6 * judged.shortestDead_s} us`);
    },
    soakOr(7_200_000, 180_000),
  );
});

describe.skipIf(!here)("a bad line", () => {
  it.each([
    [0.02, soakOr(2000, 80)],
    [0.2, soakOr(1000, 40)],
  ])(
    "%s garbled, with duplicates and late frames: executed == acknowledged, ambiguous ones are UNKNOWN",
    async (garbled, commands) => {
      const setup = setupOf({ deadman: "1s" });
      const board = await BoardOnPty.start();
      const lines: LossyLine[] = [];
      const open = async () => {
        const line = new LossyLine(await board.open(), { seed: lines.length + 1, garbled, doubled: 0.1, late: 0.05 });
        lines.push(line);
        return line;
      };
      let selector = await openAgain(open, setup);
      const counts = { refused: 0, unknown: 0 };
      const acknowledged_s: number[] = [];
      for (let k = 0; k < commands; k++) {
        // every so often no answer at all for longer than the host's patience
        const line = lines.at(-1);
        if (line) line.deafen = k % 20 === 7;
        let failed = true;
        try {
          const { payload } = await selector.link.command(COMMAND.trigger, "give a trigger", encodeU32(100));
          acknowledged_s.push(Number(Buffer.from(payload).readBigUInt64LE(0)) * TICK_S);
          failed = false;
        } catch (error) {
          if (error instanceof RefusedError) counts.refused++;
          else {
            expect(error).toBeInstanceOf(TransportError);
            expect((error as Error).message).toMatch(/UNKNOWN/);
            counts.unknown++;
          }
        }
        if (line) line.deafen = false;
        if (failed) {
          await selector.link.close();
          selector = await openAgain(open, setup);
        }
      }
      await selector.link.close();
      const { triggers_s } = judgeTrace(await board.trace(), setup);
      await board.stop();
      // every pulse that was acknowledged was given, at the moment that was told; the board's clock starts with its timer
      const start_s = (triggers_s[0] ?? Number.NaN) - (acknowledged_s[0] ?? Number.NaN);
      expect(start_s).toBeGreaterThan(0);
      const near = (time_s: number) => triggers_s.filter((one_s) => Math.abs(one_s - start_s - time_s) < 2e-5);
      for (const time_s of acknowledged_s) expect(near(time_s).length).toBe(1);
      expect(new Set(acknowledged_s).size).toBe(acknowledged_s.length);
      // and every other one is among those of which the host said that it does not know
      expect(triggers_s.length - acknowledged_s.length).toBeLessThanOrEqual(counts.unknown);
      expect(counts.unknown).toBeGreaterThan(0);
      expect(acknowledged_s.length).toBeGreaterThan(commands / 2);
      expect(acknowledged_s.length + counts.refused + counts.unknown).toBe(commands);
      if (SOAK)
        console.info(
          `${garbled}: ${acknowledged_s.length} acknowledged, ${counts.refused} refused, ${counts.unknown} UNKNOWN, ${triggers_s.length} executed`,
        );
    },
    soakOr(3_600_000, 120_000),
  );
});
