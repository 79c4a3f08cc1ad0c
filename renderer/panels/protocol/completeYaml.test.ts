import { describe, expect, it } from "vitest";
import { completeYaml } from "./completeYaml.ts";

const HEAD = "crosspore: 1\nprotocol:\n";
const labels = (before: string) => completeYaml(before).options.map(({ label }) => label);

describe("completion of an experiment file", () => {
  it("offers protocols behind a dash of the list", () => {
    expect(labels(`${HEAD}  - `)).toContain("iv-sweep");
    expect(labels(`${HEAD}  - pai`)).toEqual(["paired-pulse"]);
    expect(labels(`${HEAD}- iv`)).toEqual(["iv-sweep"]);
  });

  it("offers the fields of the protocol that the line stands under", () => {
    expect(labels(`${HEAD}  - iv-sweep:\n      am`)).toEqual(["amplitude_V"]);
    expect(labels(`${HEAD}  - read-map\n  - eis: { amplitude_V: 5 mV, bia`)).toEqual(["biases_V", "bias"]);
    expect(labels("limits:\n  vol")).toEqual(["voltage_V"]);
  });

  it("offers the words of a choice", () => {
    expect(labels(`${HEAD}  - iv-sweep:\n      wave: `)).toEqual(["sine", "triangle"]);
    expect(labels(`${HEAD}  - iv-sweep: { wave: tr`)).toEqual(["triangle"]);
  });

  it("offers the keys of the file at its margin, and says where the word begins", () => {
    expect(labels("na")).toEqual(["name"]);
    expect(completeYaml("crosspore: 1\nna").from).toBe(13);
    expect(labels("name: my lo")).toEqual([]);
  });
});
