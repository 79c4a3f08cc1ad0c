import { describe, expect, it } from "vitest";
import { z } from "zod";
import { errorAt, nearest, quantity, quantityIn, readDocument } from "./document.ts";
import { ProtocolError } from "./errors.ts";

const schema = z.strictObject({
  amplitude_V: quantityIn("V", -5, 5),
  cells: z.array(z.tuple([z.number().int(), z.number().int()])).optional(),
  wave: z.enum(["sine", "triangle"]).optional(),
  nested: z.strictObject({ width_s: quantity("s") }).optional(),
});

function complaint(text: string, file = "x.yaml"): string {
  try {
    readDocument(text, file, schema);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return (error as Error).message;
  }
  return "accepted";
}

describe("readDocument", () => {
  it("reads YAML and JSON alike", () => {
    const expected = { amplitude_V: -0.2, nested: { width_s: 1e-4 } };
    expect(readDocument("amplitude_V: -0.2 V\nnested:\n  width_s: 100us\n", "x.yaml", schema)).toEqual(expected);
    expect(readDocument('{"amplitude_V": "-0.2 V", "nested": {"width_s": 1e-4}}', "x.json", schema)).toEqual(expected);
  });

  it.each([
    ["amplitude_V: 1 V\nspeed: 3\n", 'x.yaml:2:1: speed: unknown key "speed"'],
    ["amplitude_V: 1 V\nnested:\n  width_s: 3 V\n", 'x.yaml:3:3: nested.width_s: unit "V" does not fit, expected s'],
    ["amplitude_V: 1 V\nnested:\n  width_s: .nan\n", "x.yaml:3:3: nested.width_s:"],
    ["amplitude_V: 9 V\n", "x.yaml:1:1: amplitude_V: 9 V is outside the range, allowed are -5 to 5 V"],
    ["wave: sine\n", "x.yaml:1:1: amplitude_V:"],
    ["amplitude_V: 1 V\ncells:\n  - [0, 1]\n  - [0, a]\n", "x.yaml:4:9: cells[1][1]:"],
    ["amplitude_V: 1 V\nwave: square\n", "x.yaml:2:1: wave:"],
    ["amplitude_V: [1\n", "x.yaml:2:1: "],
    ["amplitude_V: 1 V\namplitude_V: 2 V\n", "x.yaml:2:1: "],
    ["a: &x 1\namplitude_V: *x\n", "x.yaml:2:14: aliases"],
    ["", "x.yaml:1:1: "],
  ])("points at the place of the mistake: %j", (text, message) => {
    expect(complaint(text)).toContain(message);
  });

  it.each([
    ["cells: 5", "x.yaml:1:1: cells: 5 is refused, allowed is a list"],
    ["cells: [[0, 1.5]]", "x.yaml:1:13: cells[0][1]: 1.5 is refused, allowed is a whole number"],
    ["cells: [[0, zero]]", 'x.yaml:1:13: cells[0][1]: "zero" is refused, allowed is a finite number'],
    ["wave: square", 'x.yaml:1:1: wave: "square" is refused, allowed are sine, triangle'],
    ["nested: 3", "x.yaml:1:1: nested: 3 is refused, allowed is a map"],
    ["amplitude_V: 1\n---\nwave: sine", "x.yaml:2:1: a second document starts here, allowed is one in a file"],
  ])("says of %j what is allowed", (text, sentence) => {
    expect(complaint(text)).toBe(sentence);
  });

  it("says of a key that is not there that it is missing, and what may stand there", () => {
    const versioned = z.strictObject({ crosspore: z.literal(1), kind: z.enum(["a", "b"]) });
    expect(() => readDocument("kind: a", "x.yaml", versioned)).toThrow("x.yaml:1:1: crosspore: missing, allowed is 1");
    expect(() => readDocument("crosspore: 1", "x.yaml", versioned)).toThrow(
      "x.yaml:1:1: kind: missing, allowed are a, b",
    );
  });

  it("refuses a tag that means nothing here", () => {
    expect(complaint("wave: !!js/function sine")).toMatch(/^x\.yaml:1:7: .*js\/function/);
  });

  it("points into broken JSON", () => {
    expect(complaint('{"amplitude_V": 1,\n  "wave": }', "x.json")).toContain("x.json:2:3: wave: ");
    expect(complaint('{"amplitude_V": NaN}', "x.json")).toContain("x.json:1:2: amplitude_V: ");
    expect(complaint('{"amplitude_V": 1,\n "wave": "sine"', "x.json")).toContain("x.json:2:16: ");
  });

  it("refuses a file above the size cap", () => {
    expect(complaint(`amplitude_V: 1 V\n# ${"x".repeat(17 * 1024 * 1024)}`)).toContain("allowed are 16777216");
  });

  it("survives deep nesting with an error instead of a crash", () => {
    expect(complaint("[".repeat(100_000))).toContain("x.yaml:1:33: lists and maps are nested too deeply");
    expect(complaint(`${"{a: ".repeat(5000)}1${"}".repeat(5000)}`)).toContain("nested too deeply");
    expect(complaint(`a:\n${"- ".repeat(5000)}1`)).toContain("x.yaml:2:1: lists and maps are nested too deeply");
    const json = (depth: number) => `{"amplitude_V": 1,\n"wave": ${"[".repeat(depth)}${"]".repeat(depth)}}`;
    for (const depth of [32, 5000, 100_000])
      expect(complaint(json(depth), "x.json")).toContain("x.json:2:40: lists and maps are nested too deeply");
    expect(complaint(json(31), "x.json")).not.toContain("nested");
    const text = `"${"[".repeat(100)}\\\\\\"${"{".repeat(100)}"`;
    expect(readDocument(`[${text}]`, "x.json", z.unknown())).toHaveLength(1);
    expect(complaint(Array.from({ length: 400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"))).toContain("too deeply");
  });

  it("finds the place of a problem that the schema cannot see", () => {
    const error = errorAt("a:\n  - 1\n  - 2\n", "x.yaml", ["a", 1], "too large");
    expect(error.message).toBe("x.yaml:3:5: a[1]: too large");
  });
});

describe("nearest", () => {
  it("suggests the word that was probably meant, or nothing", () => {
    expect(nearest("conical-chanel", ["conical-channel", "ohmic"])).toBe("conical-channel");
    expect(nearest("zzz", ["conical-channel", "ohmic"])).toBeUndefined();
  });
});
