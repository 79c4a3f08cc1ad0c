import fc from "fast-check";
import { expect, test } from "vitest";
import { makeBlock, makeEvents, makeManifest } from "../../tests/recordedRun.ts";
import { csvRows, numberCell, textCell } from "./csv.ts";
import { MemoryRun } from "./memoryRun.ts";

function collect(steps: number, rows: number): MemoryRun {
  const run = new MemoryRun(makeManifest());
  for (const event of makeEvents(steps, rows)) run.append(event);
  return run;
}

test("the table has a header with units and one record per sample, lost samples as empty cells", () => {
  const lines = [...csvRows(collect(2, 4))];
  expect(lines[0]).toBe("step,time_s,row,column,voltage_V,current_A,overload,protocol,role,label\r\n");
  expect(lines).toHaveLength(1 + 2 * 2 * 4);
  expect(lines[2]).toBe(`0,${1e-3 / 3},1,0,${Math.sin(1)},,0,iv-sweep,sweep,cycle 0\r\n`);
  expect(lines[4]).toContain(",1,iv-sweep,");
  const block = makeBlock(1, 1, 4);
  expect(lines[13]).toBe(`1,0.1,1,1,${Math.sin(1)},${block.current_A[0]},0,iv-sweep,sweep,cycle 1\r\n`);
});

test("a run without samples is a header", () => {
  expect([...csvRows(collect(0, 0))]).toHaveLength(1);
});

test("numbers read back to the same double", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => {
      expect(Number(numberCell(value))).toBe(value);
    }),
  );
  expect(numberCell(Number.NaN)).toBe("");
});

test("text is quoted as RFC 4180 says", () => {
  expect(textCell("plain")).toBe("plain");
  expect(textCell("a,b")).toBe('"a,b"');
  expect(textCell('say "hi"')).toBe('"say ""hi"""');
  expect(textCell("two\nlines")).toBe('"two\nlines"');
});

test("no text cell steers a terminal", () => {
  expect(textCell("a\u001b[31mred\u001b]0;title\u0007\u009b2J\u202eevil\u2066")).toBe("a[31mred]0;title2Jevil");
});

test("no text cell begins like a formula, and nothing else about it changes", () => {
  const formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x","y")'];
  for (const text of [
    ...formulas,
    "  =1",
    "\u00a0=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20A1",
    "\u0000=1",
    "\u202e=1",
  ])
    expect(textCell(text)).toMatch(/^"?'/);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const cell = textCell(text);
      const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      expect(inner).not.toMatch(/^[=+\-@\t\r]/);
      const printed = Array.from(text)
        .filter((character) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(character) || /[\t\n\r]/.test(character))
        .join("");
      expect([printed, `'${printed}`]).toContain(inner);
      if (!cell.startsWith('"')) expect(cell).not.toMatch(/[",\r\n]/);
    }),
  );
});
