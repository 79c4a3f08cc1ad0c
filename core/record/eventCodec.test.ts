import fc from "fast-check";
import { expect, test } from "vitest";
import { RecordError } from "../errors.ts";
import { decodeEvent, encodeEvent } from "./eventCodec.ts";
import { fromJson, toJson } from "./json.ts";
import type { RecordedEvent } from "./runData.ts";

// every double there is: NaN, both infinities, both zeros, subnormals
const number = fc.double();
const count = fc.nat();
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("NaN", "Infinity", "-Infinity", "'NaN", "''Infinity"),
);
const key = fc.string().filter((name) => name !== "__proto__");
const float64 = fc.array(number, { maxLength: 8 }).map((values) => Float64Array.from(values));
const stepFinished: fc.Arbitrary<RecordedEvent> = fc.record({
  kind: fc.constant("step-finished" as const),
  step: count,
  time_s: number,
  reading: fc.record({
    startTime_s: number,
    endTime_s: number,
    columns: fc.array(count),
    windows: fc.array(
      fc.record({ label: text, voltage_V: float64, current_A: float64, samples: count, overload: fc.boolean() }),
    ),
    samples: count,
    lost: count,
    overloads: count,
  }),
});
const productsTaken: fc.Arbitrary<RecordedEvent> = fc.record(
  {
    kind: fc.constant("products-taken" as const),
    step: count,
    time_s: number,
    inputs_V: float64,
    products: fc.record({
      startTime_s: number,
      endTime_s: number,
      columns: fc.array(count),
      current_A: float64,
      overloads: count,
      method: fc.constantFrom("direct" as const, "superposed" as const),
    }),
    expected_A: float64,
  },
  { requiredKeys: ["kind", "step", "time_s", "inputs_V", "products"] },
);
const stepIntended: fc.Arbitrary<RecordedEvent> = fc.record({
  kind: fc.constant("step-intended" as const),
  step: count,
  time_s: number,
  protocol: count,
  protocolName: text,
  action: fc.constantFrom("apply" as const, "multiply" as const),
  role: text,
  label: text,
  targets: fc.array(fc.record({ row: count, column: count })),
  duration_s: number,
  largest_V: number,
  tags: fc.dictionary(key, fc.oneof(number, text)),
  windows: fc.array(fc.record({ start_s: number, end_s: number, label: text }, { requiredKeys: ["start_s", "end_s"] })),
});
const marked: fc.Arbitrary<RecordedEvent> = fc.record({
  kind: fc.constant("marked" as const),
  time_s: number,
  protocol: count,
  protocolName: text,
  label: text,
  data: fc.dictionary(key, fc.oneof(number, text, fc.array(number))),
});
const stopped: fc.Arbitrary<RecordedEvent> = fc.record({
  kind: fc.constant("run-stopped" as const),
  time_s: number,
  status: fc.constantFrom("success" as const, "abort" as const, "fail" as const),
  reason: text,
  steps: count,
  samples: count,
  lost: count,
  overloads: count,
});

const paused = fc.record({
  kind: fc.constant("paused" as const),
  time_s: number,
  steps: count,
  level_V: number,
  by: text,
});

const flagged = fc.record({
  kind: fc.constant("quality-flagged" as const),
  time_s: number,
  flag: fc.constant("suspended" as const),
  offset_s: number,
});

test("every event reads back bit for bit from its line: NaN, infinities, -0 and texts that look like them", () => {
  const asked = {
    protocol: fc.nat(),
    protocolName: fc.string(),
    prompt: fc.string(),
    time_s: fc.double({ noNaN: true }),
  };
  const prompted = fc.record({ kind: fc.constant("prompted" as const), ...asked });
  const confirmed = fc.record({ kind: fc.constant("confirmed" as const), ...asked, by: fc.string() });
  const event = fc.oneof(
    stepFinished,
    productsTaken,
    stepIntended,
    marked,
    prompted,
    confirmed,
    paused,
    flagged,
    stopped,
  );
  fc.assert(
    fc.property(event, count, (value, seq) => {
      const line = encodeEvent(value, seq, "2026-11-20T19:05:33.000Z");
      expect(line).not.toMatch(/[\n\r]/);
      expect(() => JSON.parse(line)).not.toThrow();
      const decoded = decodeEvent(line);
      expect(decoded.seq).toBe(seq);
      expect(Object.entries(decoded.event).length).toBe(Object.entries(value).length);
      // toEqual distinguishes neither dictionaries without prototype nor key order, but -0 and typed arrays
      expect(decoded.event).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

test("the line is plain JSON with documented marks", () => {
  const event: RecordedEvent = {
    kind: "marked",
    time_s: 0.1 + 0.2,
    protocol: 0,
    protocolName: "read-map",
    label: "NaN",
    data: { a: Number.NaN, b: -Infinity, c: [-0, 1e-300, Infinity] },
  };
  expect(encodeEvent(event, 4)).toBe(
    '{"seq":4,"kind":"marked","time_s":0.30000000000000004,"protocol":0,"protocolName":"read-map","label":"\'NaN",' +
      '"data":{"a":null,"b":"-Infinity","c":[-0,1e-300,"Infinity"]}}',
  );
});

test("any JSON value survives with nulls kept where NaN is text", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(fromJson(toJson(value, "text"), "text")).toEqual(value);
    }),
  );
});

test("a line that is cut, has an unknown key or a wrong field is refused with file, line and what is wrong", () => {
  const at = { file: "events.ndjson", line: 12 };
  const stop = {
    kind: "run-stopped",
    time_s: 1,
    status: "success",
    reason: "",
    steps: 1,
    samples: 2,
    lost: 0,
    overloads: 0,
  };
  const line = JSON.stringify({ seq: 0, ...stop });
  expect(decodeEvent(line, at).event).toEqual(stop);
  for (const [bad, message] of [
    [line.slice(0, -1), /^events\.ndjson:12:\d+: not a whole line of JSON$/],
    [line.replace("success", "great"), /^events\.ndjson:12:1: status: /],
    [line.replace('"steps":1', '"steps":-1'), /^events\.ndjson:12:1: steps: /],
    [line.replace('"lost"', '"lots"'), /^events\.ndjson:12:1: /],
    [line.replace("run-stopped", "samples"), /^events\.ndjson:12:1: kind: /],
    ["", /not a whole line/],
    ["7", /^events\.ndjson:12:1: /],
  ] as const) {
    expect(() => decodeEvent(bad, at), bad).toThrow(RecordError);
    expect(() => decodeEvent(bad, at), bad).toThrow(message);
  }
});

test("no line, whatever is in it, throws anything but a RecordError", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      try {
        decodeEvent(line);
      } catch (error) {
        expect(error).toBeInstanceOf(RecordError);
      }
    }),
  );
});
