import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRun } from "../../../tests/needs.ts";
import { BoardOnPty, judgeTrace } from "../../../tests/simulatedBoard.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { InstrumentError } from "../../errors.ts";
import { identify, openBoard, type SelectorBoard } from "./driver.ts";
import { decodeReply, encodeRequest, FrameReader } from "./frames.ts";
import { BoardLink, RefusedError } from "./link.ts";
import { COMMAND, encodeSetup, encodeU32, REFUSALS, type Setup, setupCrc } from "./messages.ts";
import { readSetup } from "./options.ts";
import { findFirmwareBridge } from "./simulator.ts";

const here = canRun("the selector board's firmware", { programs: ["avr-gcc", "simavr", "make", "flock"] });
// a loaded machine is late with its heartbeats; what the dead-man does is tested in safety.test.ts
const calm = (more: Readonly<Record<string, string>> = {}): Setup =>
  readSetup(new Map(Object.entries({ deadman: "1.5s", ...more })), "test");
const timer = patientTimer(5);

describe.skipIf(!here)("the firmware", () => {
  it("fits: less than 24 KB of flash and 1.5 KB of RAM", async () => {
    const board = await BoardOnPty.start();
    const text = execFileSync("avr-size", [board.files.image], { encoding: "utf8" });
    const [code = Number.NaN, data = Number.NaN, zeroed = Number.NaN] = (text.split("\n")[1] ?? "")
      .trim()
      .split(/\s+/)
      .map(Number);
    await board.stop();
    expect(code + data).toBeLessThan(24 * 1024);
    expect(data + zeroed).toBeLessThan(1536);
    expect(code).toBeGreaterThan(1000);
  });

  it("is compiled with warnings as errors", () => {
    const makefile = join(findFirmwareBridge(), "firmware", "Makefile");
    expect(execFileSync("grep", ["-c", "-e", "-Wall -Wextra -Werror", makefile], { encoding: "utf8" }).trim()).toBe(
      "1",
    );
  });
});

describe.skipIf(!here)("the selector board in simavr", () => {
  let board: BoardOnPty;
  beforeAll(async () => {
    board = await BoardOnPty.start();
  });
  afterAll(() => board.stop());

  it("says who it is, and that it is simulated", async () => {
    const transport = await board.open();
    expect(await identify(transport, timer, "selector board")).toEqual({
      manufacturer: "Crosspore",
      model: "selector board",
      serial: "SIM0001",
      firmware: "1.0",
    });
    await transport.close();
  });

  it.each([
    ["4067", 32, 32, 20e-6],
    ["adg1408", 32, 32, 20e-6],
    ["relays", 20, 32, 2e-3],
  ])("%s: connects each junction that is asked, alone, broken before made", async (wiring, rows, columns, dead_s) => {
    const setup = calm({ wiring, rows: String(rows), columns: String(columns) });
    // wired otherwise: another board, judged from its first instruction on
    const board = await BoardOnPty.start();
    const selector = await openOn(board, setup);
    const asked = Array.from({ length: 70 }, (_, k) => ({ row: (k * 7) % rows, column: (k * 11) % columns }));
    for (const address of asked) {
      await selector.select(address);
      await selector.confirm(address);
    }
    await selector.open();
    await expect(selector.confirm({ row: 0, column: 0 })).rejects.toThrow(/that it is armed; its switches are open/);
    await selector[Symbol.asyncDispose]();
    const { makes, mostRows, mostColumns, shortestDead_s, closedNow } = judgeTrace(await board.trace(), setup);
    await board.stop();
    expect(makes.map(({ row, column }) => ({ row, column }))).toEqual(asked);
    expect([mostRows, mostColumns, closedNow]).toEqual([1, 1, false]);
    expect(shortestDead_s).toBeGreaterThanOrEqual(dead_s);
    expect(setup.dead_us * 1e-6).toBeCloseTo(dead_s, 9);
  });

  it("keeps the dead time that is set, to a tick", async () => {
    const setup = calm({ dead: "3ms", rows: "8", columns: "8" });
    const started_s = (await board.trace()).at(-1)?.time_s ?? 0;
    await using selector = await openOn(board, setup);
    for (let k = 0; k < 10; k++) await selector.select({ row: k % 8, column: 0 });
    const trace = (await board.trace()).filter(({ time_s }) => time_s > started_s);
    const { shortestDead_s } = judgeTrace(trace, setup);
    expect(shortestDead_s).toBeGreaterThanOrEqual(3e-3);
    // 10 us for the addresses and the turns of its loop
    expect(shortestDead_s).toBeLessThan(3.2e-3);
  });

  it("gives a trigger, tells when by its own clock, and times the edges that it gets", async () => {
    const setup = calm();
    const selector = await openOn(board, setup);
    const edge_s = [];
    for (let k = 0; k < 5; k++) {
      const before_s = timer.now_s();
      edge_s.push(await selector.trigger(200));
      expect(edge_s[k]).toBeGreaterThan(before_s - 0.05);
      expect(edge_s[k]).toBeLessThan(timer.now_s() + 0.05);
    }
    const { triggers: before } = await selector.status();
    board.tell("trigger");
    await board.trace();
    const { triggers, triggerTick } = await selector.status();
    await selector[Symbol.asyncDispose]();
    expect(triggers).toBe(before + 1);
    const trace = await board.trace();
    const { triggers_s } = judgeTrace(trace, setup);
    expect(triggers_s.length).toBe(5);
    // the board's clock starts with its timer, the trace's with the processor; both differences are that
    const came_s = trace.findLast(({ event }) => event.kind === "trigger")?.time_s ?? Number.NaN;
    const start_s = came_s - Number(triggerTick) * 0.5e-6;
    expect(start_s).toBeGreaterThan(0);
    expect(start_s).toBeLessThan(1e-3);
  });

  it("refuses what it should, with reason and remedy, and executes nothing of it", async () => {
    const setup = calm({ rows: "4", columns: "4" });
    const selector = await openOn(board, setup);
    const { link } = selector;
    const started = (await board.trace()).length;
    await expect(selector.select({ row: 4, column: 0 })).rejects.toBeInstanceOf(RangeError);
    // and the board itself, when a host does not look
    const refusal = (type: number, payload: Uint8Array) =>
      link.command(type, "do it", payload).then(
        () => 0,
        (error: unknown) => (error instanceof RefusedError ? error.why : -1),
      );
    expect(await refusal(COMMAND.select, Uint8Array.of(4, 0))).toBe(REFUSALS.outsideGrid);
    expect(await refusal(COMMAND.select, Uint8Array.of(0, 255))).toBe(REFUSALS.outsideGrid);
    expect(await refusal(COMMAND.select, Uint8Array.of(1))).toBe(REFUSALS.badArgument);
    expect(await refusal(COMMAND.configure, encodeSetup(setup))).toBe(REFUSALS.notNow);
    expect(await refusal(COMMAND.arm, encodeU32(setupCrc(setup)))).toBe(REFUSALS.notNow);
    expect(await refusal(COMMAND.trigger, encodeU32(0))).toBe(REFUSALS.badArgument);
    expect(await refusal(0x55, new Uint8Array())).toBe(REFUSALS.unknownCommand);
    await link.command(COMMAND.disarm, "disarm");
    expect(await refusal(COMMAND.select, Uint8Array.of(0, 0))).toBe(REFUSALS.notNow);
    expect(await refusal(COMMAND.trigger, encodeU32(100))).toBe(REFUSALS.notNow);
    await expect(link.command(COMMAND.arm, "arm", encodeU32(1))).rejects.toThrow(
      /asked to arm.*other CRC.*configure it again, then arm; its switches are open/,
    );
    // other limits: the dead-man that was shown was another
    await link.command(COMMAND.configure, "configure", encodeSetup({ ...setup, deadman_ms: 300 }));
    expect(await refusal(COMMAND.arm, encodeU32(setupCrc({ ...setup, deadman_ms: 300 })))).toBe(REFUSALS.notProved);
    expect(await refusal(COMMAND.configure, encodeSetup({ ...setup, rows: 33 }))).toBe(REFUSALS.badArgument);
    expect(await refusal(COMMAND.configure, encodeSetup({ ...setup, dead_us: 9 }))).toBe(REFUSALS.badArgument);
    const pins = (await board.trace()).slice(started).flatMap(({ event }) => ("pins" in event ? [event] : []));
    await selector[Symbol.asyncDispose]();
    expect(
      judgeTrace(
        pins.map((event) => ({ time_s: 0, event })),
        setup,
      ).makes,
    ).toEqual([]);
  });

  it("keeps a second host out while the first is alive, and says so", async () => {
    const first = await openOn(board, calm({ rows: "4", columns: "4" }));
    await first.select({ row: 1, column: 2 });
    const answer = await askRaw(
      first,
      encodeRequest({ type: COMMAND.hello, nonce: 0xabc, sequence: 1, payload: none }),
    );
    expect(answer?.payload.subarray(0, 2)).toEqual(Buffer.of(COMMAND.hello, REFUSALS.owned));
    // nor can it speak in the first one's name with a nonce of its own
    const stranger = encodeRequest({ type: COMMAND.open, nonce: 0xabc, sequence: 9, payload: none });
    expect((await askRaw(first, stranger))?.payload.subarray(0, 2)).toEqual(
      Buffer.of(COMMAND.open, REFUSALS.noSession),
    );
    await first.confirm({ row: 1, column: 2 });
    await first[Symbol.asyncDispose]();
  });

  it("executes nothing of an old session that is played again", async () => {
    const setup = calm({ rows: "4", columns: "4", deadman: "300ms" });
    const old = await openOn(board, { ...setup, deadman_ms: 1500 });
    const sent: Uint8Array[] = [];
    const write = old.link.transport.write.bind(old.link.transport);
    old.link.transport.write = (bytes) => (sent.push(bytes), write(bytes));
    for (let k = 0; k < 10; k++) await old.select({ row: k % 4, column: k % 3 });
    await old[Symbol.asyncDispose]();
    // its owner must have been silent for the time that was set, by the board's clock
    const patience_s = (await board.trace()).at(-1)?.time_s ?? 0;
    let fresh: SelectorBoard | undefined;
    while (!fresh) {
      const transport = await board.open();
      fresh = await openBoard(transport, timer, calm({ rows: "4", columns: "4" }), "board").catch(async () => {
        await transport.close();
        return undefined;
      });
    }
    expect((await board.trace()).at(-1)?.time_s).toBeGreaterThan(patience_s);
    await fresh.select({ row: 3, column: 3 });
    const makes = judgeTrace(await board.trace(), setup).makes.length;
    for (const bytes of sent) await fresh.link.transport.write(bytes);
    await fresh.confirm({ row: 3, column: 3 });
    await fresh[Symbol.asyncDispose]();
    expect(judgeTrace(await board.trace(), setup).makes.length).toBe(makes);
    expect(sent.length).toBeGreaterThan(10);
  }, 90_000);

  it("lets go of a junction that is connected for longer than its limit", async () => {
    const setup = calm({ rows: "4", columns: "4", longest: "60ms" });
    const selector = await openOn(board, setup);
    const started_s = (await board.trace()).at(-1)?.time_s ?? 0;
    await selector.select({ row: 0, column: 0 });
    expect((await selector.link.nextTrip(1))?.cause).toBe("too-long");
    await expect(selector.confirm({ row: 0, column: 0 })).rejects.toThrow(
      /keep row 0 and column 0 connected.*connected for longer than its limit/,
    );
    await expect(selector.select({ row: 0, column: 1 })).rejects.toBeInstanceOf(InstrumentError);
    await selector[Symbol.asyncDispose]();
    const trace = (await board.trace()).filter(({ time_s }) => time_s > started_s);
    const { makes, opens_s } = judgeTrace(trace, setup);
    const held_s = (opens_s[0] ?? Number.NaN) - (makes[0]?.time_s ?? Number.NaN);
    expect(held_s).toBeGreaterThan(0.058);
    expect(held_s).toBeLessThan(0.0621);
  });
});

describe.skipIf(!here)("boards that a host must not arm", () => {
  it("one whose dead-man is broken is refused, with the remedy", async () => {
    const board = await BoardOnPty.start({ image: "brokenDeadman" });
    const transport = await board.open();
    const opened = openBoard(transport, timer, readSetup(new Map(), "test"), "board");
    await expect(opened).rejects.toThrow(
      /show that it lets go when this computer is silent.*not armed.*flash it again/,
    );
    await transport.close();
    // nor does it let itself be armed by a host that does not ask
    const link = new BoardLink(await board.open(), timer);
    const setup = readSetup(new Map(), "test");
    for (let refused = true; refused; )
      refused = await link.hello().then(
        () => false,
        () => true,
      );
    await link.command(COMMAND.clear, "clear");
    await link.command(COMMAND.configure, "configure", encodeSetup(setup));
    await expect(link.command(COMMAND.arm, "arm", encodeU32(setupCrc(setup)))).rejects.toThrow(
      /dead-man was not demonstrated.*prove it, then arm/,
    );
    await link.close();
    await board.stop();
  });

  it("one with another protocol is refused, with the remedy", async () => {
    const board = await BoardOnPty.start({ image: "old" });
    const transport = await board.open();
    await expect(openBoard(transport, timer, readSetup(new Map(), "test"), "board")).rejects.toThrow(
      /speaks version 0 of the protocol, this program speaks 1: flash the firmware/,
    );
    await transport.close();
    await board.stop();
  });

  it("one that was reset under the host's hands says that the session is over", async () => {
    const board = await BoardOnPty.start();
    const selector = await openOn(board, calm({ rows: "4", columns: "4" }));
    await selector.select({ row: 1, column: 1 });
    board.tell("reset");
    await expect(selector.confirm({ row: 1, column: 1 })).rejects.toThrow(/no session with this host.*was reset/);
    await selector[Symbol.asyncDispose]();
    await board.stop();
  });
});

/** A port that cannot be used is given back. */
async function openOn(board: BoardOnPty, setup: Setup): Promise<SelectorBoard> {
  const transport = await board.open();
  try {
    return await openBoard(transport, timer, setup, "board");
  } catch (error) {
    await transport.close();
    throw error;
  }
}

const none = new Uint8Array();

/** What the board answers to bytes that somebody else puts on the line. */
async function askRaw(board: SelectorBoard, bytes: Uint8Array) {
  const { transport } = board.link;
  const reader = new FrameReader();
  const answered = new Promise<ReturnType<typeof decodeReply>>((resolve) => {
    transport.listen({
      bytes: (chunk) => {
        for (const event of reader.append(chunk))
          if (event.kind === "frame") {
            const reply = decodeReply(event.content);
            if (reply?.nonce === 0xabc) resolve(reply);
          }
      },
      closed: () => resolve(undefined),
    });
  });
  await transport.write(bytes);
  const answer = await answered;
  board.link.listen();
  return answer;
}
