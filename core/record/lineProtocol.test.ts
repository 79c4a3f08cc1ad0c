import fc from "fast-check";
import { expect, test } from "vitest";
import { encodePoint, type FieldValue, type Point } from "./lineProtocol.ts";

interface Parsed {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, unknown>;
  time_ns: bigint;
}

/**
 * A reader of line protocol of our own, character by character from the reference of InfluxDB 1.x, that shares nothing
 * with the writer. It takes any number of lines, skips comments, and complains about what the reference does not allow.
 */
function parseLines(text: string): Parsed[] {
  const found: Parsed[] = [];
  let at = 0;
  const word = (stops: string): string => {
    let word = "";
    while (at < text.length && !stops.includes(text.charAt(at))) {
      if (text.charAt(at) === "\\" && ", =".includes(text.charAt(at + 1)) && at + 1 < text.length) at++;
      if (text.charAt(at) === "\n") throw new Error(`a line ends inside a word at ${at}`);
      word += text.charAt(at++);
    }
    return word;
  };
  const take = (character: string): void => {
    if (text.charAt(at) !== character) throw new Error(`expected ${JSON.stringify(character)} at ${at} of ${text}`);
    at++;
  };
  const value = (): unknown => {
    if (text.charAt(at) !== '"') {
      const bare = word(", \n");
      if (bare === "true" || bare === "false") return bare === "true";
      if (/^-?\d+i$/.test(bare)) return BigInt(bare.slice(0, -1));
      if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(bare)) return Number(bare);
      throw new Error(`no value: ${bare}`);
    }
    at++;
    let string = "";
    while (text.charAt(at) !== '"') {
      if (at >= text.length) throw new Error("a text has no end");
      if (text.charAt(at) === "\\" && '"\\'.includes(text.charAt(at + 1))) at++;
      string += text.charAt(at++);
    }
    at++;
    return string;
  };
  while (at < text.length) {
    if (text.charAt(at) === "#") {
      while (at < text.length && text.charAt(at) !== "\n") at++;
      at++;
      continue;
    }
    const point: Parsed = { measurement: word(", "), tags: {}, fields: {}, time_ns: 0n };
    if (point.measurement === "") throw new Error("no measurement");
    while (text.charAt(at) === ",") {
      at++;
      const key = word("=, ");
      take("=");
      const content = word(", ");
      if (key === "" || content === "") throw new Error("an empty tag");
      if (Object.hasOwn(point.tags, key)) throw new Error(`tag ${key} twice`);
      Object.defineProperty(point.tags, key, { value: content, enumerable: true });
    }
    do {
      at++;
      const key = word("=, ");
      take("=");
      Object.defineProperty(point.fields, key, { value: value(), enumerable: true, configurable: true });
    } while (text.charAt(at) === ",");
    take(" ");
    point.time_ns = BigInt(word("\n"));
    found.push(point);
    at++;
  }
  return found;
}

/** What the table at the head of lineProtocol.ts says a text becomes, said a second time, by code points. */
function expectedText(text: string, longest: number, word: boolean): string {
  let units = text;
  if (text.length > longest) {
    units = text.slice(0, longest - 1);
    if (/[\ud800-\udbff]$/.test(units)) units = units.slice(0, -1);
    units += "…";
  }
  return Array.from(units, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 32) return String.fromCodePoint(0x2400 + code);
    if (code === 127) return "\u2421";
    if (code < 160 && code > 127) return "\ufffd";
    if (code === 0x200e || code === 0x200f || (code >= 0x2028 && code <= 0x202e)) return "\ufffd";
    if ((code >= 0x2066 && code <= 0x2069) || (code >= 0xd800 && code <= 0xdfff)) return "\ufffd";
    return word && character === "\\" ? "\u29f5" : character;
  }).join("");
}

function expectedKey(key: string): string {
  const word = expectedText(key, 256, true);
  if (word === "time") return "a_time";
  return word.startsWith("_") ? `a${word}` : word;
}

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom("\n", "\r", "\0", "\\", ",", " ", "=", '"', "#", "a", "\ud800", "é", "😀"),
    maxLength: 12,
  }),
  fc.constantFrom(
    "time",
    "_field",
    "",
    "\\",
    "a\\",
    "# comment",
    "__proto__",
    "A1\nevil,x=y v=666 1",
    "x".repeat(70_000),
  ),
  fc.constant("😀".repeat(200)),
);
const anyValue: fc.Arbitrary<FieldValue> = fc.oneof(
  fc.double(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  nasty,
  fc.boolean(),
  fc.constant(undefined),
);
const anyPoint: fc.Arbitrary<Point> = fc.record({
  measurement: nasty,
  tags: fc.dictionary(nasty, fc.option(nasty, { nil: undefined }), { maxKeys: 5 }),
  fields: fc.dictionary(nasty, anyValue, { maxKeys: 5 }),
  time_ns: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
});

test("whatever the point, one line comes out that an independent reader takes for exactly that point", () => {
  let [written, left] = [0, 0];
  fc.assert(
    fc.property(anyPoint, (point) => {
      const line = encodePoint(point);
      const fields = new Map<string, unknown>();
      for (const [name, value] of Object.entries(point.fields)) {
        const key = expectedKey(name);
        const fits =
          typeof value === "number"
            ? Number.isFinite(value)
            : typeof value === "bigint"
              ? value < 2n ** 63n && value > -(2n ** 63n)
              : value !== undefined;
        if (key === "" || !fits || fields.has(key)) continue;
        fields.set(key, typeof value === "string" ? expectedText(value, 16_384, false) : value);
      }
      const inRange = point.time_ns >= -(2n ** 63n) + 2n && point.time_ns <= 2n ** 63n - 2n;
      if (fields.size === 0 || !inRange) {
        left += 1;
        expect(line).toBeUndefined();
        return;
      }
      written += 1;
      const [parsed, ...others] = parseLines(line ?? "");
      expect(others).toEqual([]);
      const name = expectedText(point.measurement, 256, true).replace(/^#/, "＃");
      expect(parsed.measurement).toBe(name === "" ? "unnamed" : name);
      expect(parsed.time_ns).toBe(point.time_ns);
      expect(new Map(Object.entries(parsed.fields))).toEqual(fields);
      const tags = new Map<string, string>();
      for (const [key, value] of Object.entries(point.tags).sort(([a], [b]) => (a < b ? -1 : 1))) {
        const text = expectedText(value ?? "", 256, true);
        if (expectedKey(key) !== "" && text !== "" && !tags.has(expectedKey(key))) tags.set(expectedKey(key), text);
      }
      expect(new Map(Object.entries(parsed.tags))).toEqual(tags);
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(written, left)).toBeGreaterThan(100);
});

test("no line holds a newline, a return or a NUL, and measurement and tags stay below what a server takes", () => {
  fc.assert(
    fc.property(
      anyPoint,
      fc.dictionary(fc.string(), fc.string({ minLength: 300 }), { maxKeys: 300 }),
      (point, tags) => {
        const line = encodePoint({ ...point, tags: { ...point.tags, ...tags }, fields: { v: 1 }, time_ns: 1n }) ?? "";
        // oxlint-disable-next-line no-control-regex -- these are what must not be there
        expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
        expect(Buffer.byteLength(line)).toBeLessThan(65_535);
      },
    ),
    { numRuns: 200 },
  );
});

test("the forged line of an instrument's serial number stays inside its tag", () => {
  const line = encodePoint({
    measurement: "m",
    tags: { serial: "A1\nevil,x=y v=666 1" },
    fields: { v: 1 },
    time_ns: 5n,
  });
  expect(line).toBe("m,serial=A1␊evil\\,x\\=y\\ v\\=666\\ 1 v=1 5");
});
