import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../main.ts";

/** Results as they are printed: the terminal's writer is not that of the test runner. */
let shown = "";
let complaint = "";
vi.mock(import("../terminal.ts"), async (original) => ({
  ...(await original()),
  printText: (text: string) => {
    shown += text;
    return true;
  },
  printJson: (value: unknown) => {
    shown += `${JSON.stringify(value)}\n`;
  },
  log: (text: string) => {
    complaint += `${text}\n`;
  },
}));

beforeEach(() => {
  shown = "";
  complaint = "";
});
afterEach(() => vi.restoreAllMocks());

describe("crosspore circuit", () => {
  it("without a name lists what is shipped, as text and as JSON", async () => {
    expect(await main(["circuit"])).toBe(0);
    expect(shown).toMatch(/^network15 {2,}Kirchhoff/mu);
    shown = "";
    expect(await main(["circuit", "--json"])).toBe(0);
    const listed: { name: string }[] = JSON.parse(shown);
    expect(listed.map(({ name }) => name)).toContain("spiking");
  });

  it("prints metrics as JSON and for people", async () => {
    expect(await main(["circuit", "relaxation", "--json"])).toBe(0);
    expect(JSON.parse(shown).period_s).toBeGreaterThan(0.08);
    shown = "";
    expect(await main(["circuit", "relaxation"])).toBe(0);
    expect(shown).toMatch(/period_s +83\.88\d* ms/u);
  });

  it("answers the spiking circuit under another current", async () => {
    expect(await main(["circuit", "spiking", "--current_pA", "1.1", "--json"])).toBe(0);
    const { firing, period_s, peak_V } = JSON.parse(shown);
    expect([firing, period_s]).toEqual([false, null]);
    expect(peak_V).toBeLessThan(-0.25);
  });

  it("runs a file", async () => {
    expect(await main(["circuit", "examples/circuits/van-der-pol.yaml", "--json"])).toBe(0);
    expect(JSON.parse(shown).period_s).toBeGreaterThan(6.6);
  });

  it.each([
    [["circuit", "spikin"], /no circuit "spikin", did you mean "spiking"/],
    [["circuit", "nowhere.yaml"], /nowhere\.yaml:1:1/],
    [["circuit", "imp", "--seed", "-1"], /--seed: -1 is refused/],
    [["circuit", "imp", "--current_pA", "1"], /--current_pA: goes with the spiking circuit/],
    [["circuit", "spiking", "--current_pA", "much"], /"much" is no finite number/],
  ])("%j is wrong usage", async (argv, message) => {
    expect(await main(argv)).toBe(2);
    expect(complaint).toMatch(message);
  });
});

describe("crosspore design", () => {
  it("prints the table and the figures of a chip", async () => {
    expect(await main(["design", "examples/chips/wide-channels.yaml"])).toBe(0);
    expect(shown).toContain("kappa = N^2 R_segment mean(G)");
    shown = "";
    expect(await main(["design", "examples/chips/wide-channels.yaml", "--json"])).toBe(0);
    const { segment_ohm, error } = JSON.parse(shown);
    expect(Math.round(segment_ohm)).toBe(7764);
    expect(error.exact).toBeLessThan(error.rule);
  });

  it("refuses a file of another kind at its line", async () => {
    expect(await main(["design", "examples/circuits/imp.yaml"])).toBe(2);
    expect(complaint).toMatch(/imp\.yaml:\d+:\d+: circuit: unknown key "circuit"/u);
  });
});
