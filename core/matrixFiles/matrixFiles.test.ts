import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../errors.ts";
import { readCsv, writeCsv } from "./csv.ts";
import { makeMatrix } from "./matrix.ts";
import { readNpy, writeNpy } from "./npy.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/matrixFiles/${name}`, import.meta.url)));
/** What numpy was given (fixtures/README.md). */
const GIVEN = [1e-6, 2.5e-6, 0.1, -3, 1 / 3, 6.02214076e23];

describe("npy", () => {
  it.each(["c_f8", "fortran_f8", "big_f8", "version2_f8"])("reads %s as numpy wrote it", (name) => {
    expect(readNpy(fixture(`${name}.npy`), name)).toEqual(makeMatrix(2, 3, Float64Array.from(GIVEN)));
  });

  it.each(["c_f4", "big_fortran_f4"])("reads %s, rounded to singles", (name) => {
    expect(readNpy(fixture(`${name}.npy`), name)).toEqual(makeMatrix(2, 3, Float64Array.from(GIVEN, Math.fround)));
  });

  it("reads a vector as one row, and special values", () => {
    expect(readNpy(fixture("vector_f8.npy"), "v")).toEqual(makeMatrix(1, 3, Float64Array.from(GIVEN.slice(0, 3))));
    const { values } = readNpy(fixture("special_f8.npy"), "s");
    expect([...values]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]);
  });

  it("reads a view into a larger buffer", () => {
    const bytes = fixture("c_f8.npy");
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readNpy(shifted.subarray(3), "x").values).toEqual(Float64Array.from(GIVEN));
  });

  it("writes the very bytes that numpy writes", () => {
    const matrix = makeMatrix(2, 3, Float64Array.from(GIVEN));
    expect(writeNpy(matrix)).toEqual(fixture("c_f8.npy"));
    expect(writeNpy(matrix, "f4")).toEqual(fixture("c_f4.npy"));
  });

  it.each([
    ["cube_f8.npy", "it has the shape (1, 2, 2), allowed are vectors (n,) and matrices (rows, columns)"],
    ["empty_f8.npy", "it has the shape (0, 3), allowed are sides of 1 or more"],
    ["int_i8.npy", 'its numbers are of type <i8, allowed are <f8, <f4, >f8 and >f4; convert with .astype("<f8")'],
    ["struct.npy", "its numbers are of type structured, allowed are"],
  ])("refuses %s with the reason", (name, reason) => {
    expect(() => readNpy(fixture(name), name)).toThrow(`${name}: ${reason}`);
  });

  it("refuses every truncation, a foreign file and an unknown version, never crashing", () => {
    const bytes = fixture("c_f8.npy");
    for (let length = 0; length < bytes.length; length++)
      expect(() => readNpy(bytes.subarray(0, length), "cut.npy")).toThrow(ProtocolError);
    expect(() => readNpy(new Uint8Array(200), "zero.npy")).toThrow("zero.npy: this is not a .npy file");
    const newer = bytes.slice();
    newer[6] = 9;
    expect(() => readNpy(newer, "n.npy")).toThrow("version 9.0 of the .npy format, allowed are 1.0 and 2.0");
    const longer = new Uint8Array(bytes.length + 8);
    longer.set(bytes);
    expect(() => readNpy(longer, "l.npy")).toThrow("holds 56 bytes of numbers, expected 48 for 2 x 3 f8");
  });

  it("survives any damage to its header with a matrix or a complaint", () => {
    const bytes = fixture("c_f8.npy");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          expect(readNpy(damaged, "d").values.length).toBe(6);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe("csv", () => {
  it("reads what numpy.savetxt wrote, with commas and with blanks", () => {
    const text = (name: string): string => new TextDecoder().decode(fixture(name));
    for (const name of ["savetxt.csv", "savetxt_space.txt"])
      expect(readCsv(text(name), name)).toEqual({ ...makeMatrix(2, 3, Float64Array.from(GIVEN)), names: [] });
  });

  it.each([
    ["commas", "1,2\n3,4"],
    ["semicolons and blanks", "1 ; 2\n3;4\n"],
    ["tabs", "1\t2\r\n3\t4\r\n"],
    ["blanks", "  1   2\n3 4"],
    ["a byte order mark, comments and empty lines", "\uFEFF# siemens\n\n1,2 # first row\n% more\n  \n3,4\n\n"],
  ])("reads %s", (_, text) => {
    expect(readCsv(text, "m.csv")).toEqual({ ...makeMatrix(2, 2, Float64Array.of(1, 2, 3, 4)), names: [] });
  });

  it("takes a first line without numbers as names", () => {
    expect(readCsv('"column 0","column 1"\n1e-6,.5\n', "m.csv")).toEqual({
      ...makeMatrix(1, 2, Float64Array.of(1e-6, 0.5)),
      names: ["column 0", "column 1"],
    });
  });

  it.each([
    ["1,2\n3,x\n", 'm.csv:2:3: "x" is not a number'],
    ["1;2\n3;  4,5\n", 'm.csv:2:5: "4,5" is not a number; write decimals with a point'],
    ["1,2\n\n3,,4\n", "m.csv:3:4: this row has 3 values, expected 2 as in line 1"],
    ["# no\n1,2,3\n4,5\n", "m.csv:3:3: this row has 2 values, expected 3 as in line 2"],
    ["1,2\n,4\n", "m.csv:2:1: there is no number between two separators"],
    ["1,0x10\n", 'm.csv:1:3: "0x10" is not a number'],
    ["a,b\n1,2,3", "m.csv:2:5: this row has 3 values, expected 2 as in line 1"],
    ["", "m.csv:1:1: holds no numbers"],
    ["# only\n# comments\n", "m.csv:2:1: holds no numbers"],
  ])("refuses %j at its place", (text, message) => {
    let complaint = "";
    try {
      readCsv(text, "m.csv");
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      complaint = (error as ProtocolError).message;
    }
    expect(complaint).toBe(message);
  });

  it("reads back every double it writes", () => {
    const side = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.infiniteStream(fc.double()).map((stream) => () => stream.next().value),
        (rows, columns, next) => {
          const matrix = makeMatrix(rows, columns, Float64Array.from({ length: rows * columns }, next));
          expect(readCsv(writeCsv(matrix, "siemens\nrows x columns"), "m")).toEqual({ ...matrix, names: [] });
          expect(readNpy(writeNpy(matrix), "m")).toEqual(matrix);
        },
      ),
      { numRuns: 300, seed: 2 },
    );
  });
});
