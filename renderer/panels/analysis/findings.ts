import type { AnalysisSection } from "../../../core/analysis/sections.ts";
import { heatMap } from "../../../core/report/heatMap.ts";
import { plotExperiment } from "../../../core/report/experimentReport.ts";
import { plotPairs } from "../../../core/report/pairFigure.ts";
import { plotReservoir } from "../../../core/report/reservoirFigure.ts";
import { plotTrain } from "../../../core/report/trainFigure.ts";
import { percent, quantity } from "../../components/quantity.ts";

type Source = "emulated" | "measured";

/** A figure of one section, of one junction where it has several. */
export interface Finding {
  /** Junction, "r0 c1"; "" for the array as a whole. */
  readonly where: string;
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}

/** A line of a table of figures of merit, with its 95 % confidence interval where it was fitted. */
export interface Merit {
  readonly where: string;
  readonly label: string;
  /** "40 Hz"; "" where there is but one. */
  readonly condition: string;
  readonly value: string;
  readonly interval: string;
}

export const SECTION_TITLE: Readonly<Record<AnalysisSection["kind"], string>> = {
  loops: "Loops",
  plasticity: "LTP / LTD",
  pairs: "PPF",
  map: "Map",
  products: "Products",
  reservoir: "Reservoir",
  experiment: "Experiment",
  steps: "Other steps",
};

export function placeText({ row, column }: { readonly row: number; readonly column: number }): string {
  return `r${row} c${column}`;
}

/** Junctions that a section tells apart, in its order. */
export function placesOf(section: AnalysisSection): readonly string[] {
  const places = ((): readonly string[] => {
    switch (section.kind) {
      case "loops":
        return section.loops.map(placeText);
      case "plasticity":
        return section.trains.map(placeText);
      case "pairs":
        return section.junctions.map(placeText);
      case "reservoir":
        return section.ladders.map(({ where }) => where);
      case "experiment":
        return section.results.map(({ where }) => where);
      default:
        return [];
    }
  })();
  return [...new Set(places)].filter((place) => place !== "");
}

/**
 * Figures drawn here from the analysis alone. Loops need samples and are drawn by LoopFigure; products are the service's.
 * @param where one junction, or undefined for all
 */
export function drawFindings(section: AnalysisSection, where: string | undefined, source: Source): Finding[] {
  const wanted = (place: string) => where === undefined || place === where;
  switch (section.kind) {
    case "plasticity":
      return section.trains
        .filter((train) => wanted(placeText(train)))
        .slice(0, MOST)
        .map((train) => ({
          where: placeText(train),
          title: `Conductance after each pulse, ${placeText(train)}`,
          caption: `Read at ${quantity(train.read_V, "V")} after each of ${Math.max(0, train.potentiation_S.length - 1)} potentiation (filled) and ${Math.max(0, train.depression_S.length - 1)} depression pulses (open), n = 1 read per point; line: fit.`,
          svg: plotTrain(train, source),
        }));
    case "pairs":
      return section.junctions
        .filter((junction) => wanted(placeText(junction)))
        .slice(0, MOST)
        .map((junction) => ({
          where: placeText(junction),
          title: `Paired-pulse index, ${placeText(junction)}`,
          caption:
            junction.fit.kind === "fit"
              ? `Second current over the first against the gap, n = ${Math.max(0, ...junction.indices.map(({ n }) => n))} per gap; line: fitted exponential with its 95 % band.`
              : `Second current over the first against the gap; no fit: ${junction.fit.reason}.`,
          svg: plotPairs(junction, source),
        }));
    case "reservoir":
      return section.ladders
        .filter((ladder) => wanted(ladder.where))
        .slice(0, MOST)
        .map((ladder) => ({
          where: ladder.where,
          title: `States, ${ladder.where}`,
          caption: "State after each pulse train, 1 = pulse, 0 = rest, in order of time.",
          svg: plotReservoir(ladder, section.unit, source),
        }));
    case "map": {
      const rows = section.conductance_S.length;
      const columns = section.conductance_S[0]?.length ?? 0;
      const title = "Conductance map";
      const caption = `Read at ${quantity(section.read_V, "V")}, n = ${section.statistics.n} of ${rows * columns} junctions; crossed cells were not read.`;
      return [
        {
          where: "",
          title,
          caption,
          svg: heatMap(section.conductance_S.flat(), { rows, columns }, { title, quantity: "conductance", unit: "S" }),
        },
      ];
    }
    case "experiment":
      return section.panels.map((panel) => ({
        where: "",
        title: panel.title,
        caption: panel.caption,
        svg: plotExperiment(panel, source),
      }));
    default:
      return [];
  }
}

/** Figures of one kind at once; the junction is chosen to see the others. */
const MOST = 4;

/** Figures of merit of a section, all junctions or one. */
export function meritsOf(section: AnalysisSection, where?: string): Merit[] {
  const merits: Merit[] = [];
  const add = (place: string, label: string, value: string, interval = "", condition = "") => {
    if (where === undefined || place === where || place === "")
      merits.push({ where: place, label, condition, value, interval });
  };
  const range = (ends: readonly [number, number] | null | undefined, unit: string) =>
    ends ? `${quantity(ends[0], unit)} to ${quantity(ends[1], unit)}` : "";
  switch (section.kind) {
    case "loops":
      for (const loop of section.loops) {
        const place = placeText(loop);
        const at = Number.isNaN(loop.frequency_Hz) ? "" : quantity(loop.frequency_Hz, "Hz");
        const put = (label: string, value: string) => add(place, label, value, "", at);
        put("area, V > 0", quantity(loop.loopAreaPositive_W, "W"));
        put("area, V < 0", quantity(loop.loopAreaNegative_W, "W"));
        put("style", loop.loopStyle);
        put(`on/off at ${quantity(loop.read_V, "V")}`, quantity(loop.onOffPositive, ""));
        put("rectification", quantity(loop.rectification, ""));
        put("|I| at 0 V", quantity(loop.pinchOffset_A, "A"));
        put("largest |I|", quantity(loop.largest_A, "A"));
        put("energy per cycle", quantity(loop.energy_J, "J"));
        put("samples", loop.lost > 0 ? `${loop.samples}, ${loop.lost} lost` : String(loop.samples));
      }
      break;
    case "plasticity":
      for (const train of section.trains) {
        const place = placeText(train);
        for (const name of ["potentiation", "depression"] as const) {
          const phase = train[name];
          if (!phase) continue;
          add(
            place,
            `nonlinearity, ${name}`,
            phase.nonlinearity === null ? phase.note : quantity(phase.nonlinearity, ""),
            range(phase.interval95, ""),
          );
          add(place, `conductance, ${name}`, `${quantity(phase.smallest_S, "S")} to ${quantity(phase.largest_S, "S")}`);
        }
        add(place, "asymmetry", train.asymmetry === null ? "–" : quantity(train.asymmetry, ""));
        add(place, "dynamic range", quantity(train.dynamicRange, ""));
      }
      break;
    case "pairs":
      for (const junction of section.junctions) {
        const place = placeText(junction);
        const [first] = junction.indices;
        add(place, "behaviour", junction.behaviour);
        if (first) add(place, `index at ${quantity(first.gap_s, "s")}`, quantity(first.index, "", 4));
        if (junction.fit.kind === "fit") {
          const { tau, offset, amplitude, interval95 } = junction.fit;
          add(place, "time constant τ", quantity(tau, "s"), range(interval95.tau, "s"));
          add(place, "A₀", quantity(offset, ""), range(interval95.offset, ""));
          add(place, "A₁", quantity(amplitude, ""), range(interval95.amplitude, ""));
        } else add(place, "fit", junction.fit.reason);
      }
      break;
    case "map": {
      const { statistics } = section;
      for (const [label, value] of [
        ["smallest", statistics.smallest_S],
        ["median", statistics.median_S],
        ["mean", statistics.mean_S],
        ["largest", statistics.largest_S],
        ["standard deviation", statistics.deviation_S],
      ] as const)
        add("", label, quantity(value, "S"));
      add("", "junctions read", String(statistics.n));
      break;
    }
    case "products":
      if (section.errors) {
        const { errors } = section;
        add("", "relative error", percent(errors.relative).replace("+", ""));
        add("", "calibrated per column", percent(errors.relativeCalibrated).replace("+", ""));
        add("", "effective bits", quantity(errors.enob, ""));
        add("", "correlation", quantity(errors.correlation, "", 6));
      }
      break;
    case "reservoir":
      for (const ladder of section.ladders) {
        add(ladder.where, "states", String(ladder.states.length));
        add(ladder.where, "span", quantity(ladder.span, section.unit));
        add(ladder.where, "smallest gap", quantity(ladder.smallestGap, section.unit));
        add(ladder.where, "gap over scatter", quantity(ladder.separability, ""));
      }
      break;
    case "experiment":
      for (const { where: place, label, unit, value } of section.results) {
        const shown =
          typeof value === "string" ? value : unit === "%" ? `${quantity(value, "")} %` : quantity(value, unit);
        // "3.2 ms (2.9 ms to 3.5 ms)" is a value and its interval
        const parts = /^(.*?)\s*\(([^()]* to [^()]*)\)$/u.exec(shown);
        add(place, label, parts?.[1] ?? shown, parts?.[2] ?? "");
      }
      break;
    case "steps":
      for (const { role, steps, finished } of section.roles)
        add("", `steps "${role}"`, `${steps}, ${finished} with an outcome`);
      break;
  }
  return merits;
}
