import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadExperiment } from "../../../core/protocol/experiment.ts";
import { limitFields, LIBRARY, nameField, protocolFields } from "./describeFields.ts";
import { setInYaml } from "./editYaml.ts";
import { readForm } from "./experimentForm.ts";

const TEXT = `crosspore: 1
name: loop
array: { rows: 2, columns: 2, junction: { model: ohmic }, access_ohm: 1 kohm }
limits: { voltage_V: 2 V }
protocol:
  - iv-sweep: { amplitude_V: 500 mV, cells: [[0, 1]] }
  - read-map
  - repeat: 2
    do: [read-map]
`;

describe("an experiment as a form", () => {
  it("shows what is written and what holds otherwise", () => {
    const form = readForm(TEXT);
    const [sweep, map, statement] = form?.items ?? [];
    if (sweep?.kind !== "protocol" || map?.kind !== "protocol" || statement?.kind !== "statement")
      throw new Error("kinds of items");
    const by = (label: string) => sweep.fields.find((field) => field.label === label);
    expect(by("amplitude")).toMatchObject({ written: "500 mV", unit: "V", kind: "quantity" });
    expect(by("cells")).toMatchObject({ written: "[[0, 1]]", fallback: "all" });
    expect(by("cycles")).toMatchObject({ written: undefined, fallback: "3", kind: "count" });
    expect(by("wave")).toMatchObject({ kind: "choice", choices: ["sine", "triangle"], fallback: "sine" });
    expect(map).toMatchObject({ name: "read-map", line: 7 });
    expect(statement).toMatchObject({ name: "repeat", line: 8 });
    expect(form?.more).toEqual(["access_ohm"]);
    expect(form?.limits.find(({ label }) => label === "voltage")?.written).toBe("2 V");
  });

  it("has no form while the text is no YAML", () => {
    expect(readForm("a: [")).toBeUndefined();
    expect(readForm("just words")).toBeUndefined();
  });

  it("knows the fields of every protocol of the library", () => {
    for (const name of LIBRARY) {
      // three of them act on the whole array
      const fields = protocolFields(name);
      expect(fields.length, name).toBeGreaterThan(0);
      for (const { label, kind, choices } of fields) {
        expect(label, name).not.toBe("");
        if (kind === "choice") expect(choices.length, name).toBeGreaterThan(1);
      }
    }
    expect(limitFields().map(({ label }) => label)).toContain("slew");
    expect(nameField("slew_V_s")).toEqual({ label: "slew", unit: "V/s" });
    expect(nameField("samplesPerCycle")).toEqual({ label: "samples per cycle", unit: "" });
  });

  it("offers fallbacks that mean the default: writing one out changes nothing", () => {
    const base = (name: string) =>
      `crosspore: 1\nname: x\narray: { rows: 4, columns: 4, junction: { model: ohmic } }\nprotocol:\n  - ${name}\n`;
    let tried = 0;
    for (const name of LIBRARY) {
      let resolved: unknown;
      try {
        resolved = loadExperiment(base(name), "x.yaml").resolved["protocol"];
      } catch {
        continue; // has a field that must be written
      }
      for (const { keys, fallback } of protocolFields(name)) {
        if (fallback === undefined) continue;
        const written = setInYaml(base(name), ["protocol", 0, name, ...keys], fallback);
        expect(
          loadExperiment(written, "x.yaml").resolved["protocol"],
          `${name} ${keys.join(".")}: ${fallback}`,
        ).toEqual(resolved);
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(100);
  });

  it("reads every example", () => {
    for (const name of ["first-loop", "effects", "on-hardware"]) {
      const form = readForm(readFileSync(`examples/${name}.yaml`, "utf8"));
      expect(form?.items.length, name).toBeGreaterThan(0);
    }
  });
});
