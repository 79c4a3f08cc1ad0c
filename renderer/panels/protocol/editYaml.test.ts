import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { insertInYaml, moveInYaml, removeInYaml, setInYaml, sourceAt, type YamlPath } from "./editYaml.ts";

const TEXT = `crosspore: 1
name: first loop     # shown in the list
array:
  rows: 4                         # driven lines
  columns: 4
  junction: { model: conical-channel }   # see models

limits: {}   # none of our own

protocol:
  # a map before
  - read-map
  - iv-sweep:
      amplitude_V: 1 V    # both lobes
      cells: [[0, 0],[1, 2]]
  # the staircase
  - pulse-train: { potentiation: { count: 10 } }
`;

const valueAt = (text: string, path: YamlPath) => parseDocument(text).getIn(path);
const changed = (before: string, after: string) => {
  const [a, b] = [before.split("\n"), after.split("\n")];
  return { gone: a.filter((line) => !b.includes(line)), come: b.filter((line) => !a.includes(line)) };
};

describe("editing a YAML text", () => {
  it.each([
    [["name"], "other", "name: other     # shown in the list"],
    [["array", "rows"], "8", "  rows: 8                         # driven lines"],
    [["array", "junction", "model"], "ohmic", "  junction: { model: ohmic }   # see models"],
    [["protocol", 1, "iv-sweep", "amplitude_V"], "200 mV", "      amplitude_V: 200 mV    # both lobes"],
    [["protocol", 1, "iv-sweep", "cells"], "all", "      cells: all"],
    [["protocol", 2, "pulse-train", "potentiation", "count"], "30", "  - pulse-train: { potentiation: { count: 30 } }"],
  ] as const)("replaces %j and nothing else of the file", (path, source, line) => {
    const after = setInYaml(TEXT, path, source);
    expect(changed(TEXT, after).come).toEqual([line]);
    expect(changed(TEXT, after).gone).toHaveLength(1);
  });

  it.each([
    [["operator"], "Ada", "operator: Ada"],
    [["protocol", 1, "iv-sweep", "cycles"], "2", "      cycles: 2"],
    [["limits", "voltage_V"], "0.8 V", "limits: { voltage_V: 0.8 V }   # none of our own"],
    [["protocol", 0, "read-map", "voltage_V"], "50 mV", "  - read-map: { voltage_V: 50 mV }"],
    [
      ["protocol", 2, "pulse-train", "potentiation", "width_s"],
      "1 ms",
      "  - pulse-train: { potentiation: { count: 10, width_s: 1 ms } }",
    ],
    [["protocol", 1, "iv-sweep", "read", "width_s"], "1 ms", "      read: { width_s: 1 ms }"],
  ] as const)("adds %j where it belongs", (path, source, line) => {
    const after = setInYaml(TEXT, path, source);
    expect(changed(TEXT, after).come).toEqual([line]);
    expect(valueAt(after, path)).toBe(parseDocument(source).toJS());
  });

  it("removes a key with its line, and the last key of a group with the group", () => {
    const after = setInYaml(TEXT, ["protocol", 1, "iv-sweep", "amplitude_V"], undefined);
    expect(changed(TEXT, after)).toEqual({ gone: ["      amplitude_V: 1 V    # both lobes"], come: [] });
    const less = setInYaml(TEXT, ["protocol", 2, "pulse-train", "potentiation", "count"], undefined);
    expect(parseDocument(less).getIn(["protocol", 2, "pulse-train", "potentiation"])).toBeUndefined();
    expect(setInYaml(TEXT, ["nothing", "here"], undefined)).toBe(TEXT);
  });

  it("moves items together with the comments above them", () => {
    const after = moveInYaml(TEXT, ["protocol"], 2, 0);
    expect(after.indexOf("# the staircase")).toBeLessThan(after.indexOf("# a map before"));
    expect(
      parseDocument(after)
        .toJS()
        .protocol.map((item: unknown) => Object.keys(Object(item))[0]),
    ).toEqual(["pulse-train", "0", "iv-sweep"]);
    expect(moveInYaml(after, ["protocol"], 0, 2)).toBe(TEXT);
  });

  it("inserts and removes items", () => {
    const after = insertInYaml(TEXT, ["protocol"], "noise", 1);
    expect(changed(TEXT, after)).toEqual({ gone: [], come: ["  - noise"] });
    expect(removeInYaml(after, ["protocol"], 1)).toBe(TEXT);
    const flow = "protocol: [read-map]\n";
    expect(parseDocument(insertInYaml(flow, ["protocol"], "noise")).toJS()).toEqual({
      protocol: ["read-map", "noise"],
    });
    expect(parseDocument(insertInYaml("name: x\n", ["protocol"], "noise")).toJS().protocol).toEqual(["noise"]);
  });

  it("refuses what is not one value", () => {
    expect(() => setInYaml(TEXT, ["name"], "a: b: c")).toThrow(SyntaxError);
    expect(() => setInYaml(TEXT, ["name"], "[1, 2")).toThrow(SyntaxError);
    expect(() => setInYaml("a: [", ["name"], "x")).toThrow(SyntaxError);
  });

  it("shows a value as it is written", () => {
    const document = parseDocument(TEXT);
    expect(sourceAt(TEXT, document, ["protocol", 1, "iv-sweep", "amplitude_V"])).toBe("1 V");
    expect(sourceAt(TEXT, document, ["protocol", 1, "iv-sweep", "cells"])).toBe("[[0, 0],[1, 2]]");
    expect(sourceAt(TEXT, document, ["protocol", 1, "iv-sweep", "wave"])).toBeUndefined();
  });

  it("means what it was asked to mean on every example file, whatever is edited, and keeps every comment", () => {
    const names = readdirSync("examples").filter((name) => name.endsWith(".yaml"));
    const texts = names.map((name) => readFileSync(`examples/${name}`, "utf8"));
    expect(texts.length).toBeGreaterThan(2);
    const comments = (text: string) => (text.match(/(^|\s)#.*$/gmu) ?? []).length;
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.constantFrom("1 V", "[1, 2]", "x"), (text, pick, source) => {
        const paths = pathsOf(parseDocument(text).toJS());
        const path = paths[pick % paths.length] ?? ["name"];
        const after = setInYaml(text, path, source);
        const [found, expected] = [parseDocument(after), parseDocument(text)];
        expected.setIn(path, parseDocument(source).toJS());
        expect(found.toJS()).toEqual(expected.toJS());
        if (typeof valueAt(text, path) !== "object") expect(comments(after)).toBe(comments(text));
      }),
      { numRuns: 100 },
    );
  });
});

function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  const keys = Array.isArray(value) ? value.map((_, k) => k) : Object.keys(value);
  return keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key]));
}
