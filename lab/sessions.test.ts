import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASKS, type AskName, CLOSE_CODES, decodeServiceMessage, encodeMessage } from "../core/labMessages/envelope.ts";
import type { SampleFrame } from "../core/labMessages/frames.ts";
import { type Served, serveInstrument } from "../core/drivers/emulation/serve.ts";
import { Bench } from "../core/drivers/emulation/bench.ts";
import { findDriver } from "../core/drivers/registry.ts";
import { wallTimer } from "../core/drivers/timer.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import { openRun } from "../recorder/openRun.ts";
import { SMALL_RUN, TestLab, untilNews } from "./testing/openTestLab.ts";

let test: TestLab;

beforeAll(() => {
  test = new TestLab({ policy: { onSilence: "abort", silence_s: 1 } });
  test.openArray();
});
afterAll(() => test[Symbol.asyncDispose]());

/** A client that says what it likes. */
function rawClient() {
  const said: string[] = [];
  const closed: number[] = [];
  const end = test.lab.connect({
    send: (data) => void (typeof data === "string" && said.push(data)),
    backlog_bytes: 0,
    close: (code) => void closed.push(code),
  });
  return { said, closed, take: (text: string) => end.take(text), end: () => end.end(true) };
}

const HELLO = encodeMessage({ kind: "hello", protocol: 1, client: { kind: "other", name: "fuzz" }, role: "operator" });

describe("what no client should say", () => {
  it("ends the connection with a reason, and nothing else ends", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const client = rawClient();
          client.take(text);
          expect(client.closed).toEqual([CLOSE_CODES.message]);
          expect(decodeServiceMessage(client.said[0] ?? "")).toMatchObject({
            kind: "goodbye",
            error: { code: "MESSAGE" },
          });
        },
      ),
      { numRuns: 200 },
    );
    expect(test.lab.clients).toEqual([]);
  });

  it("is refused in every question, with the field, and drives nothing", async () => {
    const client = rawClient();
    client.take(HELLO);
    let id = 0;
    const dangerous: ReadonlySet<AskName> = new Set<AskName>(["shut-down", "panic"]);
    for (const name of Object.keys(ASKS) as AskName[])
      fc.assert(
        fc.property(fc.jsonValue(), (body) => {
          fc.pre(!ASKS[name].body.safeParse(body).success || dangerous.has(name));
          if (dangerous.has(name) && ASKS[name].body.safeParse(body).success) return;
          client.take(JSON.stringify({ kind: "ask", id: id++, name, body }));
        }),
        { numRuns: 10 },
      );
    await new Promise((resolve) => setImmediate(resolve));
    const answers = client.said.map(decodeServiceMessage).filter((message) => "id" in message);
    expect(answers).toHaveLength(id);
    for (const answer of answers) expect(answer).toMatchObject({ kind: "refusal" });
    expect(client.closed).toEqual([]);
    expect(test.lab.queue.cards()).toEqual([]);
    client.end();
  });

  it("of another version or twice is answered in words", () => {
    const old = rawClient();
    old.take(HELLO.replace('"protocol":1', '"protocol":2'));
    expect(old.closed).toEqual([CLOSE_CODES.version]);
    const twice = rawClient();
    twice.take(HELLO);
    twice.take(HELLO);
    expect(twice.closed).toEqual([CLOSE_CODES.message]);
    const early = rawClient();
    early.take('{"kind":"beat","beat":1,"late_ms":0}');
    expect(early.closed).toEqual([CLOSE_CODES.message]);
  });

  it("too often is told to wait, but for a panic", async () => {
    const client = rawClient();
    client.take(HELLO);
    for (let k = 0; k < 1500; k++) client.take(JSON.stringify({ kind: "ask", id: k, name: "list-arrays", body: {} }));
    client.take(JSON.stringify({ kind: "ask", id: 9999, name: "panic", body: {} }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const of = (id: number) =>
      client.said.map(decodeServiceMessage).find((message) => "id" in message && message.id === id);
    expect(of(1499)).toMatchObject({ kind: "refusal", error: { code: "BUSY" } });
    expect(of(9999)).toMatchObject({ kind: "answer", body: { unsafe: [] } });
    test.lab.queue.hold(false);
    client.end();
  });
});

describe("runs that cannot be read", () => {
  it("of a newer version are in the list, with the reason, and the others open", async () => {
    const window = await test.connect();
    const { job } = await window.client.ask("submit", {
      text: SMALL_RUN,
      file: "small.yaml",
      array: null,
      run: "whole",
    });
    await untilNews(window, "job", (body) => body.job.job === job.job && body.job.state === "success");
    const runs = test.lab.options.runsFolder;
    cpSync(join(runs, "whole"), join(runs, "newer"), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(runs, "newer", "run.json"), "utf8")) as object;
    writeFileSync(join(runs, "newer", "run.json"), JSON.stringify({ ...manifest, schema: 99 }));
    mkdirSync(join(runs, "not-a-run"));
    const listed = (await window.client.ask("list-runs", {})).runs;
    expect(listed.map(({ run, status }) => [run, status]).sort((a, b) => String(a).localeCompare(String(b)))).toEqual([
      ["newer", "unreadable"],
      ["whole", "success"],
    ]);
    expect(listed.find(({ run }) => run === "newer")?.reason).toMatch(/99/);
    await expect(window.client.ask("open-run", { run: "newer" })).rejects.toMatchObject({ error: { code: "RECORD" } });
    await expect(window.client.ask("open-run", { run: "nothing" })).rejects.toThrow(/no such run/);
    const card = await window.client.ask("open-run", { run: "whole" });
    expect(card.grid).toEqual({ rows: 3, columns: 4 });
    const { traces } = await window.client.ask("read-trace", {
      run: "whole",
      columns: [2],
      from_s: 0,
      to_s: card.end_s,
      pixels: 12,
    });
    // twelve reads of 1 ms one after the other, the third of each row is of column 2; its last sample is the next pixel's
    const seen = (pixel: number) => traces[0]?.largestVoltage_V[pixel];
    for (const pixel of [2, 6, 10]) expect(seen(pixel)).toBe(0.5);
    for (const pixel of [0, 1, 4, 5, 8, 9]) expect(seen(pixel)).toBeNaN();
    const replay = await window.client.ask("replay-map", {
      run: "whole",
      time_s: card.end_s / 2,
      quantity: "voltage_V",
    });
    expect(replay.values.filter(Number.isFinite)).toHaveLength(6);
    window.client.close();
  });
});

describe("a stream that nobody draws", () => {
  it("costs the record nothing: 100 kS/s are kept whole while the window gets what it can take, the oldest dropped", async () => {
    const window = await test.connect();
    const array = test.openArray(
      "array: { rows: 1, columns: 1, junction: { model: ohmic, parameters: { conductance_S: 1 nS } } }",
      "fast",
    );
    const text = `crosspore: 1
name: fast
array: { rows: 1, columns: 1, junction: { model: ohmic } }
protocol:
  - noise: { cells: [[0, 0]], biases_V: [0.1 V], sampling_Hz: 100 kHz, duration_s: 4 s }
`;
    const { stream } = await window.client.ask("watch-samples", {
      array: array.id,
      columns: "all",
      window_s: 0.01,
      pixels: 100,
    });
    const held: (() => void)[] = [];
    const frames: SampleFrame[] = [];
    window.client.watch(stream, (frame, acknowledge) => {
      frames.push(frame as SampleFrame);
      held.push(acknowledge);
    });
    const { job } = await window.client.ask("submit", { text, file: "fast.yaml", array: array.id });
    const { job: ended } = await untilNews(
      window,
      "job",
      (body) => body.job.job === job.job && !["waiting", "running"].includes(body.job.state),
    );
    expect(ended).toMatchObject({ state: "success", progress: { lost: 0, overloads: 0 } });
    const run = openRun(`${test.lab.options.runsFolder}/${ended.run}`);
    expect(run.warnings).toEqual([]);
    expect(run.rows).toBeGreaterThanOrEqual(400_000);
    expect(run.rows).toBe(run.stop?.samples);
    // two bursts are on their way and no more, whatever has been sampled since
    const unread = frames.length;
    expect(unread).toBeGreaterThan(0);
    expect(new Set(frames.map(({ sequence }) => sequence)).size).toBe(unread);
    for (const release of held.splice(0)) release();
    while (!frames.some(({ dropped }) => dropped > 0)) await new Promise((resolve) => setTimeout(resolve, 20));
    const late = frames.slice(unread);
    expect(late.reduce((sum, { overload }) => sum + overload.length, 0)).toBeLessThanOrEqual(100);
    window.client.close();
  });
});

describe("an instrument behind the lab", () => {
  const driver = findDriver("emstat-pico");
  let served: Served;

  async function serve(identity?: { manufacturer: string; model: string; serial: string; firmware: string }) {
    if (!driver) throw new Error("no driver");
    const device = new EmulatedArray(
      {
        rows: 1,
        columns: 1,
        junction: { model: "ohmic", parameters: { conductance_S: 1e-6 } },
        unselectedLines: "biased",
      },
      { seed: 1 },
    );
    served = await serveInstrument({
      make: driver.emulate,
      bench: new Bench(device, "floating"),
      place: { tcp: 0 },
      timer: wallTimer,
      paced: false,
      ...(identity && { faults: [{ kind: "wrong-identity", identity } as never] }),
    });
    return `${served.address}?driver=emstat-pico`;
  }

  it("runs, is frozen out by a silent window as the policy says, and comes to rest", async () => {
    const address = await serve();
    const window = await test.connect("the only window");
    const { array } = await window.client.ask("open-instrument", { addresses: [address] });
    expect(array).toMatchObject({ simulated: true, state: "idle", outputs: "safe" });
    const text = `crosspore: 1
name: long hold
array: { rows: 1, columns: 1, junction: { model: ohmic } }
limits: { voltage_V: 0.5 V }
protocol:
  - repeat: 500
    do:
      - read: { cells: [[0, 0]], voltage_V: 0.1 V, width_s: 200 ms }
`;
    const { job } = await window.client.ask("submit", { text, file: "hold.yaml", array: array.array });
    await untilNews(window, "progress", (body) => body.job === job.job && body.progress.outputs === "driven");
    // the link is cut without a goodbye: nobody watches
    window.lose();
    const other = await test.connect("a later window", "observer");
    const ended = await untilNews(other, "job", (body) => body.job.job === job.job && body.job.state === "abort");
    expect(ended.job.reason).toMatch(/policy/);
    await untilNews(other, "alarm", ({ kind }) => kind === "silence");
    expect(openRun(`${test.lab.options.runsFolder}/${ended.job.run}`).stop?.status).toBe("abort");
    await served[Symbol.asyncDispose]();
    // and then it is gone: the card says so and what to do
    const gone = await untilNews(other, "alarm", ({ kind }) => kind === "vanished");
    expect(gone.remedy).toMatch(/close the array and open it again/);
    expect((await other.client.ask("list-arrays", {})).arrays.find(({ name }) => name === array.name)).toMatchObject({
      state: "vanished",
    });
    other.client.close();
  });
});
