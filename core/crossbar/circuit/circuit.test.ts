import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { C, E, I, J, L, meanPeriod, P, R, V } from "../../../tests/circuitElements.ts";
import { expectClose } from "../../../tests/close.ts";
import { type Circuit, type CircuitElement, GROUND } from "./circuit.ts";
import { simulateCircuit } from "./simulateCircuit.ts";

const oracle = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../fixtures/physics/circuits.json"), "utf8"),
);

describe("a circuit's transient", () => {
  it("charges a capacitor as exp(-t / RC) says", () => {
    const run = { duration_s: 5e-3, samplePeriod_s: 1e-3, tolerance: 1e-8 };
    const { time_s, voltage_V, current_A } = simulateCircuit(
      { elements: [E("E", "s", GROUND, 1), R("R", "s", "a", 1e3), C("C", "a", GROUND, 1e-6)] },
      run,
    );
    expect([...time_s]).toEqual([0, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3]);
    time_s.forEach((t, k) => {
      expectClose(voltage_V.a[k], -Math.expm1(-t / 1e-3), 1e-5, 1e-6);
      expectClose(current_A.C[k], 1e-3 * Math.exp(-t / 1e-3), 1e-4, 1e-9);
      expectClose(current_A.R[k], current_A.C[k], 1e-6, 1e-12);
    });
  });

  it("rings an LC circuit at 1 / 2 pi sqrt(LC) and keeps its energy to 1e-5 over ten periods", () => {
    const { time_s, voltage_V, stored_J } = simulateCircuit(
      { elements: [C("C", "a", GROUND, 1e-6, 1), L("L", "a", GROUND, 1e-3)] },
      { duration_s: 20 * Math.PI * Math.sqrt(1e-9), tolerance: 1e-8 },
    );
    expectClose(meanPeriod(time_s, voltage_V.a, 0), 2 * Math.PI * Math.sqrt(1e-9), 1e-5);
    expect(Math.abs(stored_J.C + stored_J.L)).toBeLessThan(1e-5 * 0.5e-6);
  });

  it("converges with the second order or faster: a hundredth of the tolerance, a tenth of the error or less", () => {
    const error = (tolerance: number) => {
      const { voltage_V } = simulateCircuit(
        { elements: [C("C", "a", GROUND, 1, 1), J("G", "a", GROUND, "ohmic", { conductance_S: 1 })] },
        { duration_s: 1, tolerance, samplePeriod_s: 1 },
      );
      return Math.abs(voltage_V.a[1] - Math.exp(-1));
    };
    expect(error(1e-9)).toBeLessThan(0.1 * error(1e-7));
  });

  it("test 23: periods of van der Pol's oscillator", () => {
    for (const [mu, period] of Object.entries<number>(oracle.vdp_period)) {
      const { time_s, voltage_V } = simulateCircuit(
        {
          elements: [
            P("N", "a", GROUND, 0, -Number(mu), 0, Number(mu) / 3),
            C("C", "a", GROUND, 1, 2),
            L("L", "a", GROUND, 1),
          ],
        },
        { duration_s: 120, tolerance: 1e-7 },
      );
      expectClose(meanPeriod(time_s, voltage_V.a, 0, 5), period, 1e-4);
    }
  });

  it("test 23: FitzHugh and Nagumo's neuron is silent at 0.3 and fires with the known periods above", () => {
    for (const [current, { period }] of Object.entries<{ period: number | null }>(oracle.fhn)) {
      const { time_s, voltage_V } = simulateCircuit(
        {
          elements: [
            P("N", "a", GROUND, 0, -1, 0, 1 / 3),
            C("C", "a", GROUND, 1, -1),
            L("L", "a", "b", 1 / 0.08, -0.6),
            R("R", "b", "c", 0.8),
            E("E", GROUND, "c", 0.7),
            I("I", GROUND, "a", Number(current)),
          ],
        },
        { duration_s: 600, tolerance: 1e-7 },
      );
      const found = meanPeriod(time_s, voltage_V.a, 0, 3);
      if (period === null) expect(found).toBeNaN();
      else expectClose(found, period, 1e-4);
    }
  });

  it("test 31: the relaxation oscillator's period is the closed form to 1e-4", () => {
    const { time_s, voltage_V } = simulateCircuit(
      {
        elements: [
          E("E", "s", GROUND, oracle.lif.params.Vs),
          R("R", "s", "a", oracle.lif.params.Rs),
          C("C", "a", GROUND, oracle.lif.params.C),
          {
            kind: "threshold-switch",
            name: "S",
            from: "a",
            to: GROUND,
            on_S: oracle.lif.params.Gon,
            off_S: oracle.lif.params.Goff,
            on_V: oracle.lif.params.Von,
            off_V: oracle.lif.params.Voff,
          },
        ],
      },
      { duration_s: 1, tolerance: 1e-7 },
    );
    const { T_charge, T_discharge } = oracle.lif;
    expectClose(meanPeriod(time_s, voltage_V.a, 0.4, 2), T_charge + T_discharge, 1e-4);
  });

  it("a passive volatile memristor beside a capacitor settles, whatever the current: no oscillation without a battery", () => {
    for (const current of [1e-12, -3e-12]) {
      const { voltage_V } = simulateCircuit(
        {
          elements: [I("I", GROUND, "a", current), J("M", "a", GROUND, "conical-channel"), C("C", "a", GROUND, 5e-15)],
        },
        { duration_s: 0.2, samplePeriod_s: 1e-3 },
      );
      const late = voltage_V.a.slice(150);
      expect(Math.max(...late) - Math.min(...late)).toBeLessThan(1e-5 * Math.abs(late[0]));
    }
  });

  it("agrees with the exact exponential of a junction behind an ideal source", () => {
    // ncnm: dg/dt = (g_inf(v) - g) / tau with v held: g(t) = g_inf + (g0 - g_inf) exp(-t / tau)
    const source = { at: (t: number) => (t < 1 ? 5 : 0), edges_s: [1] };
    const { time_s, state } = simulateCircuit(
      { elements: [V("V", "a", source), J("M", "a", GROUND, "ncnm")] },
      { duration_s: 2, samplePeriod_s: 0.5 },
    );
    const [g0, tau] = [100e-9, 1.62];
    const top = 1 + 0.7286671351558165 * 5;
    const atOne = top + (1 - top) * Math.exp(-1 / tau);
    const expected = [1, top + (1 - top) * Math.exp(-0.5 / tau), atOne, 1 + (atOne - 1) * Math.exp(-0.5 / tau)];
    expected.forEach((ratio, k) => {
      expect(time_s[k]).toBe(0.5 * k);
      expectClose(state["M.conductance_S"][k] / g0, ratio, 1e-5);
    });
  });

  it("gives the same bits twice, random junctions included, and others for another seed", () => {
    const circuit: Circuit = {
      elements: [
        E("E", "s", GROUND, 0.2),
        R("R", "s", "a", 1e8),
        C("C", "a", GROUND, 1e-12),
        J("M", "a", GROUND, "hydrophobic-gate", { stochastic: 1 }),
      ],
    };
    const run = (seed: number) =>
      simulateCircuit(circuit, { duration_s: 1, largestStep_s: 1e-3, samplePeriod_s: 0.01, seed }).voltage_V.a;
    expect([...run(1)]).toEqual([...run(1)]);
    expect([...run(1)]).not.toEqual([...run(2)]);
  });
});

describe("books of any circuit", () => {
  const ladder = fc.record({
    sections: fc.array(
      fc.record({
        series_ohm: fc.double({ min: 1e6, max: 1e9, noNaN: true }),
        shunt: fc.constantFrom("capacitor", "junction", "inductor"),
        size: fc.double({ min: 0.1, max: 10, noNaN: true }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    amplitude_V: fc.double({ min: 0.1, max: 1, noNaN: true }),
    frequency_Hz: fc.double({ min: 1, max: 50, noNaN: true }),
  });

  it("charge: the currents into every node sum to zero; energy: what sources give is stored or dissipated", () => {
    fc.assert(
      fc.property(ladder, ({ sections, amplitude_V, frequency_Hz }) => {
        const at = (t: number) => amplitude_V * Math.sin(2 * Math.PI * frequency_Hz * t);
        const elements: CircuitElement[] = [V("V", "n0", { at, edges_s: [] })];
        sections.forEach(({ series_ohm, shunt, size }, k) => {
          elements.push(R(`R${k}`, `n${k}`, `n${k + 1}`, series_ohm));
          const node = `n${k + 1}`;
          if (shunt === "capacitor") elements.push(C(`S${k}`, node, GROUND, size * 1e-12));
          else if (shunt === "inductor") elements.push(L(`S${k}`, node, GROUND, size * 1e5));
          else elements.push(J(`S${k}`, node, GROUND, "conical-channel", { length_m: size * 1e-5 }));
        });
        const record = simulateCircuit({ elements }, { duration_s: 2 / frequency_Hz, tolerance: 1e-7 });
        // of conductances times potentials: nearly all of it may cancel
        const rounding = 1e-9 * (amplitude_V / Math.min(...sections.map(({ series_ohm }) => series_ohm)));
        const largest = Math.max(...Object.values(record.current_A).map((i) => Math.max(...i.map(Math.abs))));
        for (let node = 0; node <= sections.length; node++)
          for (let k = 0; k < record.time_s.length; k++) {
            let sum = 0;
            for (const { name, from, to } of elements)
              sum += (from === `n${node}` ? 1 : to === `n${node}` ? -1 : 0) * record.current_A[name][k];
            expect(Math.abs(sum)).toBeLessThan(1e-6 * largest + rounding);
          }
        let balance = 0;
        for (const { name, kind } of elements)
          balance += kind === "capacitor" || kind === "inductor" ? record.stored_J[name] : record.energy_J[name];
        // beside what goes to and fro
        expect(Math.abs(balance)).toBeLessThan((1e-3 * largest * amplitude_V * 2) / frequency_Hz);
        for (const { name, kind } of elements)
          if (kind === "resistor" || kind === "junction") expect(record.energy_J[name]).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a circuit that cannot be is refused with the element's name", () => {
  const ok = [E("E", "s", GROUND, 1), R("R", "s", GROUND, 1)];
  const cases: [string, CircuitElement[], RegExp][] = [
    ["a dangling node", [...ok, R("Rx", "s", "loose", 1)], /^Rx: node "loose" is connected to nothing else/],
    ["an island", [...ok, R("R2", "a", "b", 1), C("C2", "a", "b", 1)], /^R2: node "a" is not connected to ground/],
    ["a loop of sources", [...ok, E("E2", "s", GROUND, 2)], /^E2: closes a loop of ideal sources with E/],
    [
      "a loop of three sources",
      [...ok, E("E2", "s", "t", 2), E("E3", "t", GROUND, 2), R("Rt", "t", GROUND, 1)],
      /^E3: closes a loop of ideal sources with E, E2/,
    ],
    [
      "a cut of current sources",
      [...ok, I("I1", GROUND, "a", 1), I("I2", "s", "a", 1)],
      /^I1: node "a" is reached through current sources alone \(I1, I2\)/,
    ],
    ["both ends at one node", [...ok, R("R2", "s", "s", 1)], /^R2: both ends are at node "s"/],
    ["a name twice", [...ok, R("R", "s", GROUND, 1)], /^R: this name is taken/],
    ["no ground", [E("E", "a", "b", 1), R("R", "a", "b", 1)], /^E: no element reaches the node "ground"/],
    ["a negative resistance", [...ok, R("R2", "s", GROUND, -1)], /^R2: resistance_ohm is -1, allowed are finite/],
    ["an unknown model", [...ok, J("M", "s", GROUND, "conicalchanel")], /^M: .*conical/],
    ["an unknown parameter", [...ok, J("M", "s", GROUND, "cone", { lenght_m: 1 })], /^M: .*lenght_m.*length_m/],
  ];
  it.each(cases)("%s", (_name, elements, message) => {
    expect(() => simulateCircuit({ elements }, { duration_s: 1 })).toThrow(message);
  });

  it("and a voltage that has to jump says where and what helps; with a capacitance it passes", () => {
    // v_s = a + 9 a - 12 a^2 + 4.2 a^3 folds where 10 - 24 a + 12.6 a^2 = 0: a = (24 - sqrt 72) / 25.2, v_s = 2.58826 = 3 t
    const source = V("V", "s", { at: (t) => 3 * t, edges_s: [] });
    const elements = [source, R("R", "s", "a", 1), P("N", "a", GROUND, 0, 9, -12, 4.2)];
    const attempt = (): number => {
      try {
        simulateCircuit({ elements }, { duration_s: 1 });
      } catch (error) {
        expect(String(error)).toMatch(/negative resistance without a capacitance/);
        return Number(/at ([\d.]+) s/.exec(String(error))?.[1]);
      }
      return Number.NaN;
    };
    expectClose(attempt(), 2.58826 / 3, 1e-4);
    expect(() =>
      simulateCircuit({ elements: [...elements, C("C", "a", GROUND, 1e-4)] }, { duration_s: 1 }),
    ).not.toThrow();
  });
});
