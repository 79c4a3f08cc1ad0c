import { describe, expect, it } from "vitest";
import type { MapFrame, SampleFrame } from "../core/labMessages/frames.ts";
import { openRun } from "../recorder/openRun.ts";
import { verifyRun } from "../recorder/verifyRun.ts";
import { SMALL_RUN, TestLab, untilNews } from "./testing/openTestLab.ts";

const submission = { text: SMALL_RUN, file: "small.yaml" };

describe("the lab service", () => {
  it("runs an experiment on its array, records it whole, and tells everybody alike", async () => {
    await using test = new TestLab();
    const array = test.openArray();
    const [first, second] = [await test.connect("first"), await test.connect("second")];
    expect((await second.client.welcome).others.map(({ name }) => name)).toEqual(["first"]);
    await untilNews(first, "clients", ({ clients }) => clients.length === 2);

    const { job } = await first.client.ask("submit", { ...submission, array: array.id });
    const [a, b] = await Promise.all(
      [first, second].map((window) =>
        untilNews(window, "job", (body) => body.job.job === job.job && body.job.state === "success"),
      ),
    );
    expect(a).toEqual(b);
    const folder = `${test.lab.options.runsFolder}/${a?.job.run}`;
    expect(verifyRun(folder)).toMatchObject({ whole: true, status: "success" });
    // 1 nS behind nothing: the map is known
    const { maps } = await second.client.ask("read-map", {
      array: array.id,
      quantities: ["conductance_S", "current_A"],
    });
    expect(maps["conductance_S"]).toEqual(Array.from({ length: 12 }, () => 1e-9));
    for (const current_A of maps["current_A"] ?? [Number.NaN]) expect(current_A / 0.5e-9).toBeCloseTo(1, 12);
  });

  it("starts the clock of every run at 0, and the array's own goes on", async () => {
    await using test = new TestLab();
    const array = test.openArray();
    const window = await test.connect();
    const folders: string[] = [];
    for (let k = 0; k < 2; k++) {
      const { job } = await window.client.ask("submit", { ...submission, array: array.id, run: `run-${k}` });
      await untilNews(window, "job", (body) => body.job.job === job.job && body.job.state === "success");
      folders.push(`${test.lab.options.runsFolder}/run-${k}`);
    }
    const [one, two] = folders.map((folder) => openRun(folder));
    expect(two?.stop?.time_s).toBe(one?.stop?.time_s);
    expect([...(two?.blocks() ?? [])][0]?.block.startTime_s).toBe(0);
    expect(array.parts.time_s()).toBeGreaterThan(1.9 * (one?.stop?.time_s ?? 0));
  });

  it("shows maps and samples as frames, whole where they are read, the latest where they are not", async () => {
    await using test = new TestLab();
    const array = test.openArray();
    const window = await test.connect();
    const { stream } = await window.client.ask("watch-map", { array: array.id, quantity: "current_A" });
    const { stream: traces } = await window.client.ask("watch-samples", {
      array: array.id,
      columns: [1],
      window_s: 0.02,
      pixels: 100,
    });
    const [maps, samples]: [MapFrame[], SampleFrame[]] = [[], []];
    window.client.watch(stream, (frame, acknowledge) => {
      maps.push(frame as MapFrame);
      acknowledge();
    });
    window.client.watch(traces, (frame, acknowledge) => {
      samples.push(frame as SampleFrame);
      acknowledge();
    });
    const { job } = await window.client.ask("submit", { ...submission, array: array.id });
    await untilNews(window, "job", (body) => body.job.job === job.job && body.job.state === "success");
    while (Number.isNaN(maps.at(-1)?.values[11] ?? Number.NaN) || samples.length < 3)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(maps[0]?.values.every(Number.isNaN)).toBe(true);
    expect(samples.every(({ column }) => column === 1)).toBe(true);
    const most = Math.max(...samples.flatMap(({ largestCurrent_A }) => [...largestCurrent_A]));
    expect(most / 0.5e-9).toBeCloseTo(1, 6);
  });

  it("refuses a wrong text in its place, and nothing is queued", async () => {
    await using test = new TestLab();
    const array = test.openArray();
    const { client } = await test.connect();
    const wrong = {
      text: SMALL_RUN.replace("voltage_V: 0.5 V", "voltage_V: 3 V"),
      file: "small.yaml",
      array: array.id,
    };
    await expect(client.ask("submit", wrong)).rejects.toMatchObject({
      error: { code: "LIMIT", file: "small.yaml", line: 8, column: 5 },
    });
    const typo = { text: SMALL_RUN.replace("read-map", "raed-map"), file: "small.yaml", array: array.id };
    await expect(client.ask("submit", typo)).rejects.toMatchObject({ error: { code: "PROTOCOL", line: 8 } });
    const large = { text: SMALL_RUN.replace("rows: 3", "rows: 5"), file: "small.yaml", array: array.id };
    await expect(client.ask("submit", large)).rejects.toMatchObject({ error: { line: 4, field: "array.rows" } });
    expect((await client.ask("queue", {})).jobs).toEqual([]);
    expect((await client.ask("list-runs", {})).runs).toEqual([]);
  });

  it("lets an observer look and panic, and nothing else", async () => {
    await using test = new TestLab();
    const array = test.openArray();
    const { client } = await test.connect("a wall", "observer");
    await expect(client.ask("submit", { ...submission, array: array.id })).rejects.toMatchObject({
      error: { code: "OBSERVER" },
    });
    expect((await client.ask("list-arrays", {})).arrays).toHaveLength(1);
    expect(await client.ask("panic", {})).toEqual({ unsafe: [] });
    expect((await client.ask("queue", {})).held).toBe(true);
  });
});
