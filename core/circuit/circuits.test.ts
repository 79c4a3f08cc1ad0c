import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { implicationMargin } from "./library/implication.ts";
import { SHIPPED_CIRCUITS } from "./library/index.ts";
import { driveNetwork } from "./library/network15.ts";
import { pulseSpiking } from "./library/spiking.ts";
import { readCircuit } from "./readCircuit.ts";
import { runCircuitFile } from "./runFile.ts";

const root = resolve(import.meta.dirname, "../..");
const files = {
  text: (file: string) => readFileSync(join(root, "examples/circuits", file), "utf8"),
  bytes: (file: string) => readFileSync(join(root, "examples/circuits", file)),
  seed: 0,
};
const oracle = JSON.parse(readFileSync(join(root, "fixtures/physics/circuits.json"), "utf8"));

function run(name: string, more: { current_A?: number; seed?: number } = {}): ReturnType<typeof JSON.parse> {
  const circuit = SHIPPED_CIRCUITS.find((candidate) => candidate.name === name);
  if (circuit === undefined) throw new Error(`${name} is not shipped`);
  // as a user reads it
  return JSON.parse(JSON.stringify(circuit.run({ ...files, ...more }).metrics));
}

interface Quarter {
  readonly rms_V: number;
  readonly output: number;
}

describe("shipped circuits", () => {
  it("test 11: the implication gate keeps its truth table with the oracle's levels, and fails for other resistors", () => {
    const { table, margin } = run("imp");
    for (const { p, q, pAfter, qAfter } of table) {
      const { p_out, q_out } = oracle.imp.best.table[`(${p}, ${q})`];
      // the oracle steps by 5 ms with old states
      expectClose(pAfter, p_out, 0.02, 1e-6);
      expectClose(qAfter, q_out, 0.02, 1e-6);
    }
    expect(margin).toBeGreaterThan(0.9);
    // outside 1 / G_on = 1 MOhm to 1 / G_off = 20 MOhm, and at 5.5 and 2 MOhm inside it
    const text = files.text("imp.yaml");
    for (const gate_ohm of [0.5e6, 2e6, 5.5e6, 40e6]) expect(implicationMargin(text, gate_ohm)).toBeLessThan(0.6);
    for (const gate_ohm of [3.6e6, 4.8e6]) expect(implicationMargin(text, gate_ohm)).toBeGreaterThan(0.9);
  });

  it("test 11: NAND by FALSE and two implications", () => {
    const { table, margin } = run("nand");
    for (const { p, q, s } of table) expect(Math.round(s)).toBe(p === 1 && q === 1 ? 0 : 1);
    expect(margin).toBeGreaterThan(0.9);
  });

  it("test 28: the spiking circuit fires in a window around 1.30 pA only", () => {
    for (const current_A of [1.2e-12, 1.4e-12]) expect(run("spiking", { current_A }).firing).toBe(false);
    const { firing, period_s, peak_V } = run("spiking", { current_A: 1.3e-12 });
    expect(firing).toBe(true);
    expect(peak_V).toBeGreaterThan(0.2);
    // converged: a tolerance ten times coarser moves the period by less than 1 %
    const coarser = files.text("spiking.yaml").replace("tolerance: 1e-6", "tolerance: 1e-5");
    const again = runCircuitFile(coarser, "spiking.yaml").metrics.period_s;
    expectClose(again ?? Number.NaN, period_s, 0.01);
  });

  it("test 28: all or none: +0.05 pA fails at -0.203 V, +0.10 pA fires to +0.275 V, +0.20 pA within 20 %", () => {
    const text = files.text("spiking.yaml");
    const pulse = (extra_A: number) => {
      const { time_s, voltage_V } = pulseSpiking(text, extra_A);
      const rest = voltage_V.inside[time_s.findIndex((t) => t > 0.99)];
      return { rest, peak: Math.max(...voltage_V.inside.filter((_, k) => time_s[k] > 0.99)) };
    };
    const [none, all, more] = [0.05e-12, 0.1e-12, 0.2e-12].map(pulse);
    expectClose(none.peak, -0.203, 0, 1e-3);
    expectClose(all.peak, 0.275, 0, 1e-3);
    expectClose(more.peak - more.rest, all.peak - all.rest, 0.2);
  });

  it("test 29: the Memriki oscillator shows a period of one, a longer one and chaos", () => {
    const regimes = run("memriki").regimes.map((row: { regime: string }) => row.regime);
    expect(regimes).toContain("period 1");
    expect(regimes).toContain("chaotic");
    expect(regimes.some((regime: string) => /^period (?!1$)/.test(regime))).toBe(true);
  });

  it.each(["memriki-xor", "memriki-nand"])("test 29: %s gives its truth table for different input noise", (name) => {
    for (const seed of [0, 7]) {
      const { table, right } = run(name, { seed });
      expect(right).toBe(true);
      const rms = (wanted: number) =>
        table.filter((row: Quarter) => row.output === wanted).map((row: Quarter) => row.rms_V);
      expect(Math.min(...rms(1))).toBeGreaterThan(10 * Math.max(...rms(0)));
    }
  });

  it("test 30: the 15-edge network reproduces the oracle's voltages and the published NRMSE and mean power", () => {
    const file = readCircuit(files.text("network15.yaml"), "network15.yaml");
    const sine = Array.from({ length: 400 }, (_, k) => 0.8 * Math.sin((2 * Math.PI * k * 0.1) / 20));
    const { voltage_V } = driveNetwork(file, sine, 400);
    oracle.network15.deterministic_input.V_at_step_250.forEach((expected: number, k: number) =>
      expectClose(voltage_V[`v${[1, 3, 4, 5, 6, 7][k]}`][250], expected, 1e-9),
    );
    const { nrmse, meanPower_pW } = run("network15");
    // the authors' notebook prints "NRMSE: 0.059066" and 15.798745550787046
    expect(nrmse.toFixed(6)).toBe("0.059066");
    expectClose(meanPower_pW, 15.798745550787046, 1e-9);
  });

  it("test 31: the relaxation oscillator's file has the closed form's period to 1e-4", () => {
    expectClose(run("relaxation").period_s, oracle.lif.T_charge + oracle.lif.T_discharge, 1e-4);
  });

  it("test 23: the files of van der Pol, FitzHugh-Nagumo and Chua have the known numbers", () => {
    expectClose(run("van-der-pol").period_s, oracle.vdp_period["1"], 1e-4);
    expectClose(run("fitzhugh-nagumo").period_s, oracle.fhn["0.5"].period, 1e-4);
    const { largest_V, smallest_V } = run("chua");
    // chaotic: the extent is that of the attractor, not of one orbit
    expectClose(largest_V, oracle.chua.xmax, 0.01);
    expectClose(smallest_V, oracle.chua.xmin, 0.01);
  });

  it("the pore with negative resistance and the two slits spike by themselves; slits without thresholds settle", () => {
    expect(run("ndr-neuron").period_s).toBeGreaterThan(0);
    const { period_s, peak_V, rest_V } = run("slit-neuron");
    expect(period_s).toBeGreaterThan(0);
    expect(peak_V - rest_V).toBeGreaterThan(0.1);
    // g_inf = g u^2 rises with |u| alone: both feedbacks are negative, and a real root follows for any times
    const slit = (tau: string) => `{ kind: junction, model: wien-slit, parameters: { tau_s: ${tau} }, `;
    const smooth = files
      .text("slit-neuron.yaml")
      .replace(/sodium: .*/u, `sodium: ${slit("1 ms")}from: inside, to: high }`)
      .replace(/potassium: .*/u, `potassium: ${slit("10 ms")}from: inside, to: low }`)
      .replace(/duration_s: 5 ms/u, "duration_s: 500 ms");
    expect(runCircuitFile(smooth, "smooth.yaml").metrics.period_s).toBeNull();
  });

  it("every file that is shipped is readable and names its source", () => {
    for (const { file } of SHIPPED_CIRCUITS) expect(readCircuit(files.text(file), file).source).not.toBe("");
  });
});

describe("a circuit file with a mistake", () => {
  const good = files.text("relaxation.yaml");
  const cases: [string, RegExp | string, string, RegExp][] = [
    [
      "a dangling node",
      "to: membrane, resistance",
      "to: elsewhere, resistance",
      /^x\.yaml:6:\d+: .*charging: node "elsewhere" is connected to nothing else/,
    ],
    [
      "a loop of sources",
      /run:/,
      "  other: { kind: battery, from: rail, to: ground, voltage_V: 2 V }\nrun:",
      /^x\.yaml:9:3: elements\.other: other: closes a loop of ideal sources with supply/,
    ],
    ["an unknown kind", "kind: capacitor", "kind: capacitr", /^x\.yaml:7:\d+: elements\.storing\.kind: .*capacitor/],
    [
      "a unit that does not fit",
      "10 Mohm",
      "10 MV",
      /^x\.yaml:6:\d+: elements\.charging\.resistance_ohm: .*does not fit, expected ohm/,
    ],
    [
      "an unknown key",
      "off_V: 0.2 V",
      "ofV: 0.2 V",
      /^x\.yaml:8:\d+: elements\.pore\.ofV: unknown key "ofV".* allowed are .*off_V/,
    ],
    [
      "a measure of nothing",
      "node: membrane, level_V",
      "node: membrain, level_V",
      /^x\.yaml:11:\d+: measure\.period_s\.node: there is no node "membrain"/,
    ],
  ];
  it("a state that no element has, after which a run is measured", () => {
    const text = good.replace(/^measure:/mu, "measure:\n  open: { kind: final, state: pore.gate }");
    expect(() => runCircuitFile(text, "x.yaml")).toThrow(
      /^x\.yaml:11:\d+: measure\.open\.state: there is no state "pore\.gate"/,
    );
  });

  it("more nodes than dense matrices take, at the element that brings one too many", () => {
    const ladder = Array.from(
      { length: 300 },
      (_, k) => `  r${k}: { kind: resistor, from: n${k}, to: n${k + 1}, resistance_ohm: 1 kohm }`,
    );
    const text = `circuit: Ladder\nelements:\n  last: { kind: resistor, from: n300, to: ground, resistance_ohm: 1 kohm }\n${ladder.join("\n")}\nrun: { duration_s: 1 s }\n`;
    expect(() => readCircuit(text, "x.yaml")).toThrow(
      /^x\.yaml:258:\d+: elements\.r254\.to: r254: node "n255" is one too many/,
    );
  });

  it("warns where a junction leaves the voltages of its model", () => {
    const file = (voltage: string) =>
      `circuit: Cone\nelements:\n  supply: { kind: battery, from: a, to: ground, voltage_V: ${voltage} }\n  cone: { kind: junction, from: a, to: ground, model: conical-channel }\nrun: { duration_s: 0.1 s }\n`;
    expect(runCircuitFile(file("1 V"), "x.yaml").warnings).toEqual([]);
    expect(runCircuitFile(file("1 kV"), "x.yaml").warnings[0]).toMatch(
      /^cone: conical-channel: voltages from .* 1000 V leave/,
    );
  });

  it.each(cases)("%s is refused at its line", (_name, from, to, message) => {
    expect(() => readCircuit(good.replace(from, to), "x.yaml")).toThrow(message);
  });
});
