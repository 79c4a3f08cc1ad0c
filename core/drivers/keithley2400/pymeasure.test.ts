import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { canRun } from "../../../tests/needs.ts";
import { ohmicJunction } from "../../../tests/ohmicJunction.ts";
import { runClient } from "../../../tests/runClient.ts";
import { Bench } from "../emulation/bench.ts";
import { keithley2400 } from "./index.ts";

const needs = { programs: ["socat"], modules: ["pymeasure", "pyvisa_py", "serial"] };
type Found = Record<string, unknown> & { readonly buffer_A: number[]; readonly sweep: [number, number][] };

/** Debian's PyMeasure: somebody else's client, which knows nothing of us. */
describe.skipIf(!canRun("PyMeasure with an emulated Keithley 2400", needs))("PyMeasure", () => {
  it.each(["pty", "tcp"] as const)(
    "sources, measures, buffers, sweeps and reads errors over a %s",
    async (kind) => {
      const bench = new Bench(ohmicJunction(1e6));
      const found = await runClient<Found>("keithley2400.py", keithley2400, bench, { kind, name: "visa" });
      expect(found["id"]).toMatch(/^KEITHLEY INSTRUMENTS INC\.,MODEL 2400,SIM0001,/);
      expect(found["source_voltage_V"]).toBe(0.5);
      expectClose(found["current_A"] as number, 5e-7, 1e-4);
      expect(found.buffer_A).toHaveLength(5);
      for (const current_A of found.buffer_A) expectClose(current_A, 5e-7, 1e-4);
      expectClose(found["mean_A"] as number, 5e-7, 1e-4);
      expectClose(found["resistance_ohm"] as number, 1e6, 1e-4);
      expectClose(found["voltage_V"] as number, 0.5, 1e-4);
      found.sweep.forEach(([current_A, voltage_V], k) => {
        expectClose(current_A, 5e-8 * k, 1e-9, 1e-15);
        expectClose(voltage_V, 0.05 * k, 1e-3, 1e-6);
      });
      expect(found.sweep).toHaveLength(3);
      expect(found["compliance_V"]).toBe(1);
      expect(found["error"]).toEqual([-222, "Data out of range"]);
      expect(found["output"]).toBe(false);
      expect(found["left"]).toEqual([0, "No error"]);
    },
    90_000,
  );
});
