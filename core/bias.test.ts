import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BIAS_SCHEMES, driveCell, driveRow } from "./bias.ts";
import { junctionDrive } from "./limiter/junctionDrive.ts";
import type { LineDrive } from "./stimulus.ts";
import { valueAt, type Waveform } from "./waveform.ts";

const grid = { rows: 3, columns: 4 };
const pulse: Waveform = [
  { kind: "hold", voltage_V: 6, duration_s: 1 },
  { kind: "ramp", from_V: 6, to_V: -3, duration_s: 2 },
];
const at = (drive: LineDrive | undefined, time_s: number) =>
  drive === undefined || drive === "floating" ? Number.NaN : valueAt(drive, time_s);

describe("driveCell", () => {
  it("gives the selected junction the waveform under every scheme", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BIAS_SCHEMES),
        fc.nat(2),
        fc.nat(3),
        fc.double({ min: 0, max: 4, noNaN: true }),
        (scheme, row, column, time_s) => {
          const { rows, columns } = driveCell(grid, { row, column }, pulse, scheme);
          const seen_V = at(rows[row], time_s) - at(columns[column], time_s);
          expect(Math.abs(seen_V - valueAt(pulse, time_s))).toBeLessThanOrEqual(1e-15);
        },
      ),
    );
  });

  it.each([
    ["ground", 6, 0, 0],
    ["V/2", 3, 3, 0],
    ["V/3", 2, 2, -2],
  ] as const)(
    "%s: the neighbours in the row, in the column and elsewhere see what the scheme says",
    (scheme, inRow, inColumn, elsewhere) => {
      const { rows, columns } = driveCell(grid, { row: 1, column: 2 }, pulse, scheme);
      expect(at(rows[1], 0) - at(columns[0], 0)).toBeCloseTo(inRow, 14);
      expect(at(rows[0], 0) - at(columns[2], 0)).toBeCloseTo(inColumn, 14);
      expect(at(rows[0], 0) - at(columns[0], 0)).toBeCloseTo(elsewhere, 14);
    },
  );

  it("lets unselected lines float", () => {
    const { rows, columns } = driveCell(grid, { row: 1, column: 2 }, pulse, "float");
    expect(rows).toEqual(["floating", pulse, "floating"]);
    expect(columns[2]).not.toBe("floating");
    expect(columns.filter((drive) => drive === "floating")).toHaveLength(3);
  });

  it("shares waveforms by reference from cell to cell", () => {
    const first = driveCell(grid, { row: 0, column: 0 }, pulse, "V/2");
    const second = driveCell(grid, { row: 1, column: 1 }, pulse, "V/2");
    expect(second.rows[1]).toBe(first.rows[0]);
    expect(second.columns[1]).toBe(first.columns[0]);
    expect(new Set(second.rows).size).toBe(2);
  });

  it("refuses an address outside the grid", () => {
    expect(() => driveCell(grid, { row: 3, column: 0 }, pulse, "ground")).toThrow("Row 3 is outside the grid");
  });

  it("drives a row for all columns", () => {
    const { rows, columns } = driveRow(grid, 2, pulse);
    expect(rows[2]).toBe(pulse);
    expect([at(rows[0], 0), at(rows[1], 0), ...columns.map((drive) => at(drive, 0))]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("junctionDrive", () => {
  const hold = (voltage_V: number, duration_s: number) => ({ kind: "hold", voltage_V, duration_s }) as const;
  const sine = (amplitude_V: number, frequency_Hz: number, duration_s: number, phase_rad = 0) =>
    [{ kind: "sine", amplitude_V, offset_V: 0, frequency_Hz, phase_rad, duration_s }] as const;

  it("finds the largest difference also where neither line is at its own largest", () => {
    const row = [hold(1, 1), hold(3, 1), hold(0, 1)];
    const column = [hold(-2.5, 0.5), hold(0, 2.5)];
    expect(junctionDrive(row, column, 3, 0).largest_V).toBe(3.5);
  });

  it("integrates |v| exactly for lines that cross zero", () => {
    const ramp = [{ kind: "ramp", from_V: -1, to_V: 3, duration_s: 4 }] as const;
    // triangles of 1 V x 1 s and 3 V x 3 s
    expect(junctionDrive(ramp, [hold(0, 1)], 4, 0).dose_Vs).toBeCloseTo(0.5 + 4.5, 12);
  });

  it("combines sines of one frequency: +V/2 against -V/2 is V, in phase they cancel", () => {
    expect(junctionDrive(sine(0.5, 40, 0.1), sine(-0.5, 40, 0.1), 0.1, 0).largest_V).toBeCloseTo(1, 14);
    expect(junctionDrive(sine(0.5, 40, 0.1), sine(0.5, 40, 0.1), 0.1, 0).largest_V).toBe(0);
    // mean of |sin| is 2/pi
    expect(junctionDrive(sine(1, 40, 0.1), [hold(0, 1)], 0.1, 0).dose_Vs / (0.2 / Math.PI)).toBeCloseTo(1, 3);
  });

  it("never understates a difference of any two waveforms", () => {
    const segment = fc.oneof(
      fc.record({
        kind: fc.constant("hold" as const),
        voltage_V: fc.integer({ min: -5, max: 5 }),
        duration_s: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        kind: fc.constant("ramp" as const),
        from_V: fc.integer({ min: -5, max: 5 }),
        to_V: fc.integer({ min: -5, max: 5 }),
        duration_s: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        kind: fc.constant("sine" as const),
        amplitude_V: fc.integer({ min: -5, max: 5 }),
        offset_V: fc.integer({ min: -2, max: 2 }),
        frequency_Hz: fc.constantFrom(0.1, 0.3, 1),
        phase_rad: fc.double({ min: 0, max: 6, noNaN: true }),
        duration_s: fc.integer({ min: 1, max: 4 }),
      }),
    );
    const waveform = fc.array(segment, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(waveform, waveform, fc.double({ min: 0, max: 12, noNaN: true }), (row, column, time_s) => {
        const seen_V = Math.abs(valueAt(row, time_s) - valueAt(column, time_s));
        expect(junctionDrive(row, column, 12.5, 1).largest_V).toBeGreaterThanOrEqual(seen_V - 1e-9);
      }),
      { numRuns: 2000 },
    );
  });

  it("measures dwell as uninterrupted time above a threshold", () => {
    const row = [hold(0, 1), hold(5, 2), hold(3, 1), hold(0.5, 1), hold(5, 3)];
    const drive = junctionDrive(row, [hold(0, 1)], 8, 1);
    expect([drive.leading_s, drive.longest_s, drive.trailing_s]).toEqual([0, 3, 3]);
    // a triangle to 2 V within 4 s is above 1 V for the 2 s in its middle
    const triangle = [
      { kind: "ramp", from_V: 0, to_V: 2, duration_s: 2 },
      { kind: "ramp", from_V: 2, to_V: 0, duration_s: 2 },
    ] as const;
    expect(junctionDrive(triangle, [hold(0, 1)], 4, 1).longest_s).toBeCloseTo(2, 12);
    // |sin| > 1/2 for a third of the period at a time
    expect(junctionDrive(sine(1, 1, 3), [hold(0, 1)], 3, 0.5).longest_s).toBeCloseTo(1 / 3, 12);
  });
});
