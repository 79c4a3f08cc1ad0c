import { describe, expect, it } from "vitest";
import { worstRelative } from "../../../tests/relativeError.ts";
import { type KernelSet, loadKernels } from "./loadKernels.ts";

const worlds: [name: string, kernels: KernelSet][] = [
  ["compiled", loadKernels("simd")],
  ["reference", loadKernels("reference")],
];

/** Places `lists` in memory, calls, and gives back the list named last. */
function run(kernels: KernelSet, lists: Float64Array[], call: (...addresses: number[]) => void): Float64Array {
  const addresses = lists.map((list) => {
    const address = kernels.memory.reserve(8 * list.length);
    kernels.memory.doubles(address, list.length).set(list);
    return address;
  });
  call(...addresses);
  const last = lists.length - 1;
  const result = kernels.memory.doubles(addresses[last], lists[last].length).slice();
  addresses.forEach((address, k) => kernels.memory.free(address, 8 * lists[k].length));
  return result;
}

describe.each(worlds)("relaxation kernels, %s", (_name, kernels) => {
  const { call } = kernels;

  it("exponential is right to 4e-16 over the whole range and clamps beyond", () => {
    const x = Float64Array.from({ length: 20_000 }, (_, k) => -708 + (k / 20_000) * 1417);
    const found = run(kernels, [x, new Float64Array(x.length)], (from, into) => call.exponential(x.length, from, into));
    expect(worstRelative(found, x.map(Math.exp))).toBeLessThan(4e-16);
    const far = run(kernels, [Float64Array.of(-1e9, 1e9), new Float64Array(2)], (from, into) =>
      call.exponential(2, from, into),
    );
    expect(worstRelative(far, [Math.exp(-708), Math.exp(709)])).toBeLessThan(4e-16);
  });

  it("a state relaxes by 1 - exp(-dt / tau), digits kept for dt far below and far above tau", () => {
    // from 0 to 1: the state is the gain itself
    const tau = Float64Array.from({ length: 4000 }, (_, k) => 10 ** (-4 + (k / 4000) * 20));
    const ones = new Float64Array(tau.length).fill(1);
    const gains = run(kernels, [tau, ones, new Float64Array(tau.length)], (taus, target, state) =>
      call.relaxStates(tau.length, 0.01, state, target, taus),
    );
    expect(
      worstRelative(
        gains,
        tau.map((value) => -Math.expm1(-0.01 / value)),
      ),
    ).toBeLessThan(5e-16);
  });

  it("two half steps are one step, and a settled state stays", () => {
    const tau = Float64Array.from({ length: 64 }, (_, k) => 0.1 + k);
    const target = tau.map((value) => Math.sin(value));
    const start = tau.map((value) => Math.cos(value));
    const once = run(kernels, [tau, target, start], (taus, to, state) => call.relaxStates(64, 1, state, to, taus));
    const twice = run(kernels, [tau, target, start], (taus, to, state) => {
      call.relaxStates(64, 0.5, state, to, taus);
      call.relaxStates(64, 0.5, state, to, taus);
    });
    once.forEach((value, k) => expect(Math.abs(value - twice[k])).toBeLessThan(5e-16));
    const settled = run(kernels, [tau, target, target], (taus, to, state) => call.relaxStates(64, 1, state, to, taus));
    expect(settled).toEqual(target);
  });

  it("one gain for all", () => {
    const target = Float64Array.of(1, 2, 3, 4);
    const found = run(kernels, [target, new Float64Array(4)], (to, state) => call.relaxUniform(4, 0.25, state, to));
    expect([...found]).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it("a table is exact on straight lines and constant beyond its ends", () => {
    const table = Float64Array.from({ length: 11 }, (_, k) => 3 + 2 * (-1 + 0.2 * k));
    const x = Float64Array.of(-5, -1, -0.95, 0, 0.123, 0.999, 1, 7);
    const found = run(kernels, [table, x, new Float64Array(8)], (values, from, into) =>
      call.interpolateTable(8, -1, 5, 11, values, from, into),
    );
    found.forEach((value, k) =>
      expect(Math.abs(value - (3 + 2 * Math.min(Math.max(x[k], -1), 1)))).toBeLessThan(2e-15),
    );
  });
});
