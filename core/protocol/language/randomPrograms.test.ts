import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CrossporeError } from "../../errors.ts";
import { planProtocols } from "../../plan.ts";
import { runInMemory } from "../../runInMemory.ts";
import { loadExperiment } from "../experiment.ts";
import { ideal, ResistorArray } from "../testing/resistorArray.ts";

const grid = { rows: 2, columns: 2 };

/** Mostly what is right, so that most of what is put together is too. */
const mostly = <T>(right: readonly T[], wrong: readonly T[]) =>
  fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });

const voltage = mostly(
  ["0.1 V", "= v", "= 2 * v", "= clamp(1 Gohm * current, -1 V, -0.1 V)"],
  ["= 1 Gohm * current", "= t", "0 V"],
);
const condition = mostly(
  ["current > 0.1 nA", "v > 0.3 V", "elapsed > 5 ms", "current / voltage < 3 nS", "true", "n == 1"],
  ["v > 1 s", "1 / (n - 1) > 2"],
);
const count = mostly<string | number>([1, 2, 3, "n"], [0, "1e9", "-1", 1.5]);
const cells = mostly<unknown>(["all", [[0, 1]], { row: 0 }], ["= c", [[2, 0]]]);
const sweep = mostly<object>(
  [{ from: "0.1 V", to: "0.3 V", step: "0.1 V" }],
  [{ from: "1 V", to: "0 V", step: "1 V" }, ["0.1 V", "1 s"]],
);

/** Statements that make sense often enough, and sometimes do not. */
const statement = fc.letrec<{ statement: object }>((tie) => {
  const list = fc.array(tie("statement"), { minLength: 1, maxLength: 3 });
  const width_s = fc.constant("1 ms");
  return {
    statement: fc.oneof(
      { depthSize: "small" },
      fc.record({ let: fc.record({ v: mostly(["0.2 V", "min(v + 0.1 V, 2 V)"], ["3"]) }) }),
      fc.record({ let: fc.record({ n: mostly(["2", "min(n + 1, 4)"], ["1 / (n - n)"]) }) }),
      fc.record({ wait: mostly(["1 ms", "t", "1 ms / n"], ["v", "-1 s"]) }),
      fc.record({ read: fc.record({ cells, voltage_V: voltage, width_s }) }),
      fc.record({ pulse: fc.record({ cells, amplitude_V: voltage, width_s }) }),
      fc.record({ repeat: count, do: list }),
      fc.record({ until: condition, most: count, do: list }),
      fc.record({ if: condition, do: list, else: list }),
      fc.record({ for: fc.record({ c: fc.constant({ cells: "all" }) }), do: list }),
      fc.record({ for: fc.record({ v: sweep }), do: list }),
      fc.record({ limits: fc.record({ voltage_V: mostly(["2 V"], ["0.15 V"]) }), do: list }),
    ),
  };
}).statement;

describe("random programs", () => {
  it("are refused by name or planned, and run no further than their plan", { timeout: 60_000 }, async () => {
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 4 }), async (protocol) => {
        const file = JSON.stringify({
          crosspore: 1,
          name: "random",
          array: { ...grid, junction: { model: "conical-channel" } },
          protocol: [
            { let: { v: "0.1 V", n: 1, t: "2 ms" } },
            { read: { cells: [[0, 0]], voltage_V: "0.1 V", width_s: "1 ms" } },
            ...protocol,
          ],
        });
        try {
          const { protocols, places, limits } = loadExperiment(file, "random.json");
          const options = { grid, protocols, places, limits, seed: 1, mostPulses: 2000 };
          const plan = planProtocols({ ...options, capabilities: ideal(grid) });
          planned++;
          const array = new ResistorArray(grid, 2e-9);
          const run = await runInMemory(array, protocols);
          const steps = run.events.filter(({ kind }) => kind === "step-intended");
          expect(steps.length).toBeLessThanOrEqual(plan.steps);
          for (const step of steps)
            if (step.kind === "step-intended") expect(step.largest_V).toBeLessThanOrEqual(plan.largest_V * (1 + 1e-12));
        } catch (error) {
          if (!(error instanceof CrossporeError)) throw error;
          // what is refused at run time is refused at its place too
          expect(error.message).toMatch(/^random\.json:1:\d+: /);
        }
      }),
      { numRuns: 250 },
    );
    expect(planned).toBeGreaterThan(60);
  });
});
