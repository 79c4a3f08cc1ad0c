import type { Marked } from "../../runEvent.ts";
import type { RunData } from "../../record/runData.ts";
import { formatSI } from "../../units.ts";
import { numberTag, type RunStep, textTag, windowOf } from "../runSteps.ts";
import { mean, sampleDeviation } from "../statistics.ts";
import { conductanceOfStep, groupBy, junctionKey } from "../stepGroups.ts";
import { DRAWN, type ExperimentReader, type ExperimentResult, placeOf } from "./experiment.ts";

const UNITS: Readonly<Record<string, string>> = { S: "S", V: "V", J: "J", A: "A", ohm: "ohm", s: "s" };

/** Outcomes that the protocol itself wrote down, by junction. */
function outcomes(run: RunData, protocol: number, label?: string): ExperimentResult[] {
  return run.events
    .filter(
      (event): event is Marked =>
        event.kind === "marked" && event.protocol === protocol && (label === undefined || event.label === label),
    )
    .flatMap(({ data, label: name }) => {
      const where = data.row === undefined ? "array" : `r${String(data.row)} c${String(data.column)}`;
      return Object.entries(data).flatMap(([key, value]): ExperimentResult[] => {
        if (key === "row" || key === "column" || (typeof value !== "number" && typeof value !== "string")) return [];
        const unit = UNITS[/_([A-Za-z]+)$/u.exec(key)?.[1] ?? ""] ?? "";
        return [
          {
            where,
            label:
              key === "status"
                ? name
                : key.replace(/_[A-Za-z]+$/u, "").replace(/([A-Z])/gu, (letter) => ` ${letter.toLowerCase()}`),
            unit,
            value,
          },
        ];
      });
    });
}

/** Conductance on its way to a target, and how many pulses it took. */
export const readWriteVerify: ExperimentReader = (run, { protocol, steps }) => {
  const probes = steps.filter(({ intended }) => intended.role === "probe" && intended.tags.target_S !== undefined);
  if (probes.length === 0) return undefined;
  const cells = groupBy(probes, (step) => `${junctionKey(step)} ${step.intended.tags.target_S}`);
  const verified = (of: readonly RunStep[]) => of.filter(({ intended }) => textTag(intended, "phase") === "verify");
  const marks = run.events.filter(
    (event): event is Marked =>
      event.kind === "marked" && event.protocol === protocol && event.label === "write-verify",
  );
  const pulses = marks
    .filter(({ data }) => data.status === "reached")
    .map(({ data }) => Number(data.pulses))
    .toSorted((a, b) => a - b);
  return {
    panels: [
      {
        kind: "curves",
        title: "Conductance on the way to the target",
        caption: `Relative error after each pulse, n = ${cells.length} junctions, the first ${Math.min(cells.length, DRAWN)} drawn.`,
        x: { quantity: "pulse", unit: "", whole: true },
        y: { quantity: "error / %", unit: "", zero: true },
        curves: cells.slice(0, DRAWN).map((of) => ({
          label: of[0] ? placeOf(of[0]) : "",
          style: "points",
          role: "data",
          x: verified(of).map(({ intended }) => numberTag(intended, "pulse") ?? Number.NaN),
          y: verified(of).map(
            (step) => 100 * (conductanceOfStep(step) / (numberTag(step.intended, "target_S") ?? Number.NaN) - 1),
          ),
        })),
      },
      ...(pulses.length > 1
        ? [
            {
              kind: "curves",
              title: "Pulses to target",
              caption: `Share of all ${marks.length} junctions that have reached their target; ${pulses.length} did.`,
              x: { quantity: "pulses", unit: "", whole: true },
              y: { quantity: "reached / %", unit: "", zero: true },
              curves: [
                {
                  label: "",
                  style: "line",
                  role: "data",
                  x: pulses.flatMap((n) => [n, n]),
                  y: pulses.flatMap((_, k) => [(100 * k) / marks.length, (100 * (k + 1)) / marks.length]),
                },
              ],
            } as const,
          ]
        : []),
    ],
    results: outcomes(run, protocol, "write-verify"),
    notes: [],
  };
};

/** Energy of a pulse against what it changed. */
export const readSwitchingEnergy: ExperimentReader = (run, { protocol, steps }) => {
  const pulses = steps.filter(({ intended }) => intended.role === "pulse" && textTag(intended, "phase") === "energy");
  if (pulses.length === 0) return undefined;
  const probes = steps.filter(({ intended }) => intended.role === "probe");
  const measured = pulses.map((pulse) => {
    const number = pulse.intended.step;
    const before = probes.findLast(({ intended }) => intended.step < number && textTag(intended, "phase") === "before");
    const after = probes.find(({ intended }) => intended.step > number && textTag(intended, "phase") === "after");
    const voltage_V = numberTag(pulse.intended, "amplitude_V") ?? Number.NaN;
    const width_s = numberTag(pulse.intended, "width_s") ?? Number.NaN;
    const current_A = (pulse.reading && windowOf(pulse.reading, "whole")?.current_A[0]) ?? Number.NaN;
    return {
      where: placeOf(pulse),
      voltage_V,
      width_s,
      energy_J: voltage_V * current_A * width_s,
      change: before && after ? 100 * (conductanceOfStep(after) / conductanceOfStep(before) - 1) : Number.NaN,
    };
  });
  const curves = groupBy(measured, ({ where, voltage_V }) => `${where} ${voltage_V}`);
  return {
    panels: [
      {
        kind: "curves",
        title: "Change against energy",
        caption: `Change of conductance against the energy of the pulse, integral of V I dt, n = 1 per pulse.`,
        x: { quantity: "energy", unit: "J", log: true },
        y: { quantity: "change of conductance / %", unit: "", zero: true },
        curves: curves.slice(0, DRAWN).map((of) => ({
          label: curves.length > 1 ? formatSI(of[0]?.voltage_V ?? 0, "V") : "",
          style: "points",
          role: "data",
          x: of.map(({ energy_J }) => energy_J),
          y: of.map(({ change }) => change),
        })),
      },
    ],
    results: [
      ...measured.map(({ where, voltage_V, width_s, energy_J }) => ({
        where,
        label: `energy at ${formatSI(voltage_V, "V")}, ${formatSI(width_s, "s")}`,
        unit: "J",
        value: energy_J,
      })),
      ...outcomes(run, protocol),
    ],
    notes: [],
  };
};

/** Conductance after each pulse of a conditioning ramp. */
export const readConditioning: ExperimentReader = (run, { protocol, steps, name }) => {
  const probes = steps.filter(
    ({ intended }) => intended.role === "probe" && ["initial", "verify"].includes(textTag(intended, "phase") ?? ""),
  );
  if (probes.length === 0 || name !== "conditioning") return undefined;
  return {
    panels: [
      {
        kind: "curves",
        title: "Conditioning",
        caption: "Conductance after each pulse of the ramp, n = 1 per pulse.",
        x: { quantity: "pulse", unit: "", whole: true },
        y: { quantity: "conductance", unit: "S" },
        curves: groupBy(probes, junctionKey)
          .slice(0, DRAWN)
          .map((of) => ({
            label: of[0] ? placeOf(of[0]) : "",
            style: "points",
            role: "data",
            x: of.map(({ intended }, k) => numberTag(intended, "pulse") ?? k),
            y: of.map(conductanceOfStep),
          })),
      },
    ],
    results: outcomes(run, protocol),
    notes: [],
  };
};

/** Known resistors: what was read against what it is. */
export const readDummyCells: ExperimentReader = (run, { protocol, steps }) => {
  const probes = steps.filter(
    ({ intended }) => intended.role === "probe" && intended.tags.resistance_ohm !== undefined,
  );
  if (probes.length === 0) return undefined;
  const dummies = groupBy(probes, junctionKey).map((of) => {
    const known_ohm =
      numberTag(of[0]?.intended ?? ({ tags: {} } as RunStep["intended"]), "resistance_ohm") ?? Number.NaN;
    const read_ohm = of.map((step) => 1 / conductanceOfStep(step)).filter(Number.isFinite);
    const found_ohm = mean(read_ohm);
    return {
      where: of[0] ? placeOf(of[0]) : "",
      known_ohm,
      found_ohm,
      deviation_ohm: read_ohm.length > 1 ? sampleDeviation(read_ohm) : Number.NaN,
      reads: read_ohm.length,
    };
  });
  const reads = [...new Set(dummies.map((dummy) => dummy.reads))].join(" or ");
  return {
    panels: [
      {
        kind: "curves",
        title: "Known resistors",
        caption: `Error of the resistance that was read, mean and standard deviation of n = ${reads} reads per resistor.`,
        x: { quantity: "resistance", unit: "ohm", log: true },
        y: { quantity: "error / %", unit: "", zero: true },
        curves: [
          {
            label: "",
            style: "points",
            role: "data",
            x: dummies.map(({ known_ohm }) => known_ohm),
            y: dummies.map(({ known_ohm, found_ohm }) => 100 * (found_ohm / known_ohm - 1)),
            deviation: dummies.map(({ known_ohm, deviation_ohm }) => (100 * deviation_ohm) / known_ohm),
          },
        ],
      },
    ],
    results: [
      ...dummies.flatMap(({ where, known_ohm, found_ohm, deviation_ohm, reads }): ExperimentResult[] => [
        { where, label: "resistor", unit: "ohm", value: known_ohm },
        { where, label: "read", unit: "ohm", value: found_ohm },
        { where, label: "standard deviation", unit: "ohm", value: deviation_ohm },
        { where, label: "n", unit: "", value: reads },
        { where, label: "error", unit: "%", value: 100 * (found_ohm / known_ohm - 1) },
      ]),
      ...outcomes(run, protocol),
    ],
    notes: [],
  };
};

/** Resistance of every junction as the seal test found it; its verdicts are the protocol's own outcomes. */
export const readSeal: ExperimentReader = (run, { protocol, steps }) => {
  if (!steps.some(({ intended }) => intended.role === "seal")) return undefined;
  const grid = run.events.find((event) => event.kind === "run-started")?.grid;
  const results = outcomes(run, protocol);
  const found = new Map(
    results.flatMap(({ where, label, value }) =>
      label === "resistance" && typeof value === "number" ? [[where, value] as const] : [],
    ),
  );
  const map =
    grid && found.size > 1
      ? [
          {
            kind: "map",
            title: "Seal test",
            caption: `Resistance of ${found.size} junctions, n = 1 seal test each; hatched: not tested.`,
            quantity: "resistance",
            unit: "ohm",
            colours: "sequential",
            values: Array.from({ length: grid.rows }, (_row, row) =>
              Array.from({ length: grid.columns }, (_column, column) => found.get(`r${row} c${column}`) ?? Number.NaN),
            ),
          } as const,
        ]
      : [];
  return { panels: map, results, notes: [] };
};
