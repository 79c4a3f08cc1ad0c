import { describe, expect, it } from "vitest";
import { findModel, MODELS } from "./registry.ts";

/** Where every number comes from, and that the catalogue is complete. */

const NUMBERS = MODELS.flatMap((model) => model.parameters.map((spec) => [model.name, spec.name, spec] as const));

/**
 * What no paper states, by model: the parameters whose names match may never be called published. Mechanism and form of
 * these devices are published; these numbers are not.
 */
const UNPUBLISHED: readonly (readonly [alias: string, parameters: RegExp])[] = [
  // absolute current, times of the slow ordering
  ["mosse", /^(conductance_S|orderingTau_s|relaxationTau_s|scaleTau_s)$/],
  // which electrolyte selects which loop style
  ["fourloop", /./],
  // charges and currents of the blister switch
  ["hac", /^(conductance_S|.*_C|.*Tau_s)$/],
  // rates and number of pores of hydrophobic gating
  ["frac", /per_?s|pores|_s$/i],
  ["electrodry", /per_?s|pores|_s$/i],
  // constants of alamethicin and of droplet bilayers: the form is known
  ["alamethicin", /./],
  ["dib-memcap", /./],
  ["dib-spiking", /./],
  ["aerolysin", /per_?s|_s$/i],
  // kinetics of precipitation
  ["precip", /./],
  ["precip-osc", /./],
  ["phosphate-gate", /./],
  // time constants of the brush, diffusion in gels, heating of the gate
  ["brush", /./],
  ["gel-stack", /./],
  ["gel-cone", /^(gelDiffusion_m2_s|swelling.*)$/],
  ["pnipam", /^(heating_K_W|.*_s|openConductance_S)$/],
  // optical constants but for tens of mV and 50 ms
  ["photo-junction", /^(?!photoTau_s$)/],
  ["mof", /./],
  ["go-dendrite", /./],
  // whatever follows from our rates
  ["np-plug", /per_s|_V$|_S$/],
  ["soft-plug", /per_s|_V$|_S$/],
  ["sio2-elastic", /./],
];

/** Every row of the device catalogue, by its short id. */
const CATALOGUE = [
  ["cone", "cone-bipolar", "cone-pressure", "cone-chemical", "ncnm", "multipore", "conical-NDR"],
  ["wien-slit-l1", "wien-slit-l2", "adsorb-slit-l1", "adsorb-slit-l2", "fourloop", "hac", "il-piston"],
  ["photo-junction", "mof", "go-dendrite", "precip", "precip-osc", "phosphate-gate", "mosse", "bication", "multi-ion"],
  ["frac", "electrodry", "aerolysin", "alamethicin", "dib-memcap", "dib-bare", "dib-network", "dib-spiking"],
  ["polymer", "nafion", "bpm", "alginate", "peptide", "oect"],
  ["gel-stack", "gel-cone", "brush", "pnipam", "droplet-chip", "np-plug", "sio2-elastic"],
].flat();

describe("every parameter", () => {
  it.each(NUMBERS)("of %s: %s says unit, range, provenance and source", (_model, _name, spec) => {
    expect(typeof spec.unit).toBe("string");
    expect(["published", "derived", "default of ours"]).toContain(spec.provenance);
    expect(spec.source.trim().length).toBeGreaterThan(2);
    expect(spec.description.trim().length).toBeGreaterThan(2);
    if (typeof spec.default !== "number") return;
    const [least, most] = spec.range ?? [];
    expect(least).toBeLessThan(most ?? Number.NaN);
  });

  it("that is published names a paper or the review that quotes it, not a reason", () => {
    for (const [model, name, spec] of NUMBERS) {
      if (spec.provenance !== "published") continue;
      expect(spec.source, `${model} ${name}`).toMatch(/10\.\d{4,}\/|arXiv|et al\.|\(20\d\d\)|authors|reviewed|code/);
    }
  });
});

describe("what no paper states", () => {
  it.each(UNPUBLISHED)("is not called published: %s", (alias, pattern) => {
    const named = findModel(alias).parameters.filter(({ name }) => pattern.test(name));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ provenance }) => provenance === "published").map(({ name }) => name)).toEqual([]);
  });
});

describe("the device catalogue", () => {
  it.each(CATALOGUE)("has %s", (alias) => expect(() => findModel(alias)).not.toThrow());
});
