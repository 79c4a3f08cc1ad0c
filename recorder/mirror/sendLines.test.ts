import fc from "fast-check";
import { expect, test } from "vitest";
import { AbortedError } from "../../core/errors.ts";
import { type Answer, judgeAnswer } from "./answer.ts";
import { MirrorError } from "./mirrorError.ts";
import { type SendOptions, sendLines } from "./sendLines.ts";

/** A server that plays along, a clock that only moves when somebody waits, and what was said. */
function makeBench(answer: (lines: readonly string[], request: number) => Answer, patience_s = Infinity) {
  const bench = {
    requests: [] as (readonly string[])[],
    stored: new Set<string>(),
    refused: [] as string[],
    delays: [] as number[],
    news: [] as string[],
    now_s: 0,
  };
  const options: SendOptions = {
    patience_s,
    clock: {
      sleep: async (delay_s, signal) => {
        if (signal.aborted) throw new AbortedError("aborted");
        bench.delays.push(delay_s);
        bench.now_s += delay_s;
      },
      random: () => 1,
      elapsed_s: () => bench.now_s,
    },
    post: async (lines) => {
      bench.requests.push(lines);
      const said = answer(lines, bench.requests.length);
      if (said.kind === "taken") for (const line of lines) bench.stored.add(line);
      return said;
    },
    onRefused: (line) => bench.refused.push(line),
    onWaiting: (waiting) => bench.news.push(waiting ? waiting.reason : "back"),
  };
  return { bench, options };
}

const never = new AbortController().signal;

test("bad lines anywhere are found, told and passed over, every other line is stored", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 200 }), async (bad) => {
      const lines = bad.map((isBad, n) => `${isBad ? "bad" : "good"} ${n}`);
      const { bench, options } = makeBench((sent) =>
        sent.some((line) => line.startsWith("bad")) ? { kind: "refused", reason: "partial write" } : { kind: "taken" },
      );
      const taken = await sendLines(lines, options, never);
      expect(bench.refused).toEqual(lines.filter((line) => line.startsWith("bad")));
      expect([...bench.stored]).toEqual(lines.filter((line) => line.startsWith("good")));
      expect(taken).toBe(bench.stored.size);
    }),
  );
});

test("one bad line of 5000 costs 2 log2 5000 requests, and 5000 that the server counts as bad cost one", async () => {
  const lines = Array.from({ length: 5000 }, (_, n) => `${n}`);
  const one = makeBench((sent) => (sent.includes("3210") ? { kind: "refused", reason: "" } : { kind: "taken" }));
  expect(await sendLines(lines, one.options, never)).toBe(4999);
  expect(one.bench.requests.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(5000)) + 1);
  const all = makeBench((sent) => ({ kind: "refused", reason: "beyond retention policy", dropped: sent.length }));
  expect(await sendLines(lines, all.options, never)).toBe(0);
  expect(all.bench.requests).toHaveLength(1);
  expect(all.bench.refused).toHaveLength(5000);
});

test("what is too large is halved until it fits, a single line that is too large is refused", async () => {
  const lines = ["a", "b", "cccccccccc", "d", "e"];
  const { bench, options } = makeBench((sent) =>
    sent.join("\n").length > 4 ? { kind: "too-large" } : { kind: "taken" },
  );
  expect(await sendLines(lines, options, never)).toBe(4);
  expect([...bench.stored]).toEqual(["a", "b", "d", "e"]);
  expect(bench.refused).toEqual(["cccccccccc"]);
});

test("a server that is away is waited for, twice as long each time up to 30 s, and told of once it is back", async () => {
  const { bench, options } = makeBench((_, request) =>
    request <= 10 ? { kind: "later", reason: "nothing listens there" } : { kind: "taken" },
  );
  expect(await sendLines(["a", "b"], options, never)).toBe(2);
  expect(bench.delays).toEqual([0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
  expect(bench.news.at(-1)).toBe("back");
  expect(bench.requests.every((lines) => lines.length === 2)).toBe(true);
});

test("half of each wait is left to chance, and a server that says how long is believed", async () => {
  const { bench, options } = makeBench((_, request) => {
    if (request === 1) return { kind: "later", reason: "" };
    return request === 2 ? { kind: "later", reason: "", wait_s: 7 } : { kind: "taken" };
  });
  await sendLines(["a"], { ...options, clock: { ...options.clock, random: () => 0 } }, never);
  expect(bench.delays).toEqual([0.125, 7]);
});

test("patience ends, a refusal of us ends at once, and an abort ends the wait", async () => {
  const away = makeBench(() => ({ kind: "later", reason: "HTTP 503" }), 10);
  await expect(sendLines(["a"], away.options, never)).rejects.toThrow(
    /HTTP 503; given up after 10 s, the cursor is kept/,
  );
  expect(away.bench.now_s).toBeLessThanOrEqual(10);
  const closed = makeBench(() => ({ kind: "never", reason: "HTTP 401" }));
  await expect(sendLines(["a"], closed.options, never)).rejects.toBeInstanceOf(MirrorError);
  expect(closed.bench.requests).toHaveLength(1);
  const stopper = new AbortController();
  stopper.abort();
  const aborted = makeBench(() => ({ kind: "later", reason: "" }));
  await expect(sendLines(["a"], aborted.options, stopper.signal)).rejects.toBeInstanceOf(AbortedError);
});

test.each([
  [204, undefined, "", { kind: "taken" }],
  [200, undefined, "", { kind: "taken" }],
  // captured from InfluxDB 1.6.7
  [
    400,
    undefined,
    '{"error":"partial write: field type conflict: input field \\"v\\" on measurement \\"m\\" is type string, already exists as type float dropped=1"}\n',
    { kind: "refused", dropped: 1 },
  ],
  [400, undefined, `{"error":"unable to parse 'm v=NaN 1': invalid number"}\n`, { kind: "refused" }],
  [
    400,
    undefined,
    '{"error":"partial write: points beyond retention policy dropped=3"}\n',
    { kind: "refused", dropped: 3 },
  ],
  // of a proxy: says nothing about a point, and costs none
  [400, undefined, "<html><h1>400 Bad Request</h1></html>", { kind: "later" }],
  [400, undefined, "", { kind: "later" }],
  [413, undefined, '{"error":"Request Entity Too Large"}\n', { kind: "too-large" }],
  [429, "3", "", { kind: "later", wait_s: 3 }],
  [503, "100000", "", { kind: "later", wait_s: 60 }],
  [503, "Wed, 21 Oct 2026 07:28:00 GMT", "", { kind: "later" }],
  [500, undefined, '{"error":"timeout"}', { kind: "later" }],
  [401, undefined, '{"error":"authorization failed"}\n', { kind: "never" }],
  [403, undefined, "", { kind: "never" }],
  [404, undefined, '{"error":"database not found: \\"x\\""}\n', { kind: "never" }],
  [301, undefined, "", { kind: "never" }],
] as const)("HTTP %i, Retry-After %s, %s", (status, retryAfter, body, expected) => {
  const { kind, dropped, wait_s } = { dropped: undefined, wait_s: undefined, ...judgeAnswer(status, retryAfter, body) };
  expect({ kind, dropped, wait_s }).toEqual({ dropped: undefined, wait_s: undefined, ...expected });
});

test("an answer is told in one line of bounded length without control characters", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.string({ unit: "binary", maxLength: 400 }), (status, body) => {
      const answer = judgeAnswer(status, undefined, body);
      if (!("reason" in answer)) return;
      expect(answer.reason.length).toBeLessThan(500);
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(answer.reason).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});
