import { collectSteps } from "../analysis/runSteps.ts";
import {
  type AnalysisSection,
  type LoopSection,
  type MapSection,
  type PairSection,
  type PlasticitySection,
  type ProductSection,
  type ReservoirSection,
  sweptLoops,
} from "../analysis/sections.ts";
import { gatherProducts } from "../analysis/collect.ts";
import type { ConductanceMap } from "../analysis/conductanceMap.ts";
import type { RunData } from "../record/runData.ts";
import { describeExponential, percent, plural, quantity, withInterval } from "./format.ts";
import { heatMap } from "./heatMap.ts";
import { figure, type Html, html, list, NOTHING, table } from "./html.ts";
import { frequencyLabel, plotLoop } from "./loopFigure.ts";
import { plotPairs } from "./pairFigure.ts";
import { plotProducts } from "./productFigure.ts";
import { plotReservoir } from "./reservoirFigure.ts";
import { renderExperiment } from "./experimentReport.ts";
import { plotTrain } from "./trainFigure.ts";

/** Figures of one kind per section; the rest of the junctions are in the table. */
const FIGURES = 6;
/** Overlaid loops of one junction that an eye can still tell apart. */
const OVERLAID = 4;
/** Maps up to this side have a table twin. */
const TABLE_SIDE = 32;

type Source = "measured" | "emulated";

const TITLE: Readonly<Record<AnalysisSection["kind"], string>> = {
  loops: "Current-voltage loops",
  plasticity: "Potentiation and depression",
  pairs: "Paired pulses",
  map: "Conductance map",
  products: "Vector products",
  reservoir: "Reservoir states",
  experiment: "Experiment",
  steps: "Other steps",
};

/** One section of the report: heading, figures with captions, notes and the table of metrics. */
export function renderSection(section: AnalysisSection, run: RunData, source: Source, map?: ConductanceMap): Html {
  const notes = section.notes.map((note) => html`<p class="note">${note}</p>`);
  return html`<section><h2>${TITLE[section.kind]} <small>${section.name}</small></h2>${notes}${renderBody(section, run, source, map)}</section>`;
}

function renderBody(section: AnalysisSection, run: RunData, source: Source, map?: ConductanceMap): Html {
  switch (section.kind) {
    case "loops":
      return renderLoops(section, run, source);
    case "plasticity":
      return renderTrains(section, source);
    case "pairs":
      return renderPairs(section, source);
    case "map":
      return renderMap(section, source);
    case "products":
      return renderProducts(section, run, source, map);
    case "reservoir":
      return renderReservoir(section, source);
    case "experiment":
      return renderExperiment(section, source);
    case "steps":
      return table(
        ["role", "steps", "with an outcome"],
        section.roles.map(({ role, steps, finished }) => [role, String(steps), String(finished)]),
        "Steps that no analysis interprets; their samples are in the run folder.",
      );
  }
}

const FIGURE = { standalone: false } as const;
const junction = ({ row, column }: { row: number; column: number }) => `r${row} c${column}`;
const left = (count: number, what: string) =>
  count > 0 ? html`<p class="note">${plural(count, what)} more in the table without a figure.</p>` : NOTHING;

function renderLoops(section: LoopSection, run: RunData, source: Source): Html {
  const wanted = [...new Set(section.loops.map(junction))];
  const chosen = wanted.slice(0, FIGURES);
  const steps = collectSteps(run).find((group) => group.protocol === section.protocol)?.steps ?? [];
  const sweeps = steps.filter((step) => step.intended.role === "sweep");
  const curves = new Map<
    string,
    { voltage_V: Float64Array; current_A: Float64Array; label: string; source: Source; frequency_Hz: number }[]
  >();
  for (const loop of sweptLoops(run, sweeps)) {
    if (!chosen.includes(junction(loop))) continue;
    const overlay = curves.get(junction(loop)) ?? [];
    curves.set(junction(loop), overlay);
    overlay.push({ ...loop.cycle, label: frequencyLabel(loop.frequency_Hz), source, frequency_Hz: loop.frequency_Hz });
  }
  const figures = [...curves].map(([where, loops]) => {
    // of a long frequency series the ends and two between are drawn
    const ordered = loops.sort((a, b) => a.frequency_Hz - b.frequency_Hz);
    const picked =
      ordered.length <= OVERLAID
        ? ordered
        : [0, 1, 2, 3].flatMap((k) => ordered[Math.round((k * (ordered.length - 1)) / 3)] ?? []);
    const metrics = section.loops.filter((loop) => junction(loop) === where);
    const reach = `${quantity(Math.min(...metrics.map((m) => m.smallest_V)), "V")} to ${quantity(Math.max(...metrics.map((m) => m.largest_V)), "V")}`;
    const shown = picked.length < ordered.length ? `, ${picked.length} of ${ordered.length} frequencies drawn` : "";
    return figure(
      plotLoop(picked, { ...FIGURE, title: `Current against voltage, ${where}` }),
      `${where}: last cycle, ${reach}, n = 1 cycle per frequency${shown}; ${source}.`,
    );
  });
  const rows = section.loops.map((loop) => [
    junction(loop),
    quantity(loop.frequency_Hz, "Hz"),
    quantity(loop.loopAreaPositive_W, "W"),
    quantity(loop.loopAreaNegative_W, "W"),
    loop.loopStyle,
    `${quantity(loop.onOffPositive, "")} / ${quantity(loop.onOffNegative, "")}`,
    `±${quantity(Math.abs(loop.read_V), "V")}`,
    quantity(loop.rectification, ""),
    quantity(loop.pinchOffset_A, "A"),
    quantity(loop.energy_J, "J"),
  ]);
  return html`<div class="figures">${figures}</div>${left(wanted.length - chosen.length, "junction")}${table(
    [
      "junction",
      "frequency",
      "area V > 0",
      "area V < 0",
      "style",
      "on/off + / −",
      "read at",
      "I(+V)/|I(−V)|",
      "|I| at 0 V",
      "energy per cycle",
    ],
    rows,
    "Loop metrics. Area is the integral of I dV over a lobe, negative where the return branch lies higher; rectification at the largest voltage both sides reach.",
  )}`;
}

function renderTrains(section: PlasticitySection, source: Source): Html {
  const figures = section.trains.slice(0, FIGURES).map((train) => {
    const [up, down] = [Math.max(0, train.potentiation_S.length - 1), Math.max(0, train.depression_S.length - 1)];
    return figure(
      plotTrain(train, source, FIGURE),
      `${junction(train)}: conductance read at ${quantity(train.read_V, "V")} after each of ${plural(up, "potentiation pulse")} (filled) and ${plural(down, "depression pulse")} (open), n = 1 read per point; line: fit of f_A; ${source}.`,
    );
  });
  const rows = section.trains.flatMap((train) =>
    (["potentiation", "depression"] as const).flatMap((name) => {
      const phase = train[name];
      if (!phase) return [];
      const verdict =
        phase.nonlinearity === null
          ? `linear (${phase.note})`
          : phase.shape === "linear"
            ? "linear"
            : quantity(phase.nonlinearity, "");
      const interval = phase.interval95
        ? `${quantity(phase.interval95[0], "")} to ${quantity(phase.interval95[1], "")}`
        : "–";
      return [
        [
          junction(train),
          name,
          String(phase.pulses),
          quantity(phase.smallest_S, "S"),
          quantity(phase.largest_S, "S"),
          verdict,
          interval,
          quantity(phase.a, ""),
          quantity(train.asymmetry, ""),
        ],
      ];
    }),
  );
  return html`<div class="figures">${figures}</div>${left(section.trains.length - FIGURES, "junction")}${table(
    ["junction", "train", "pulses", "smallest", "largest", "NL", "95 % CI", "A", "asymmetry"],
    rows,
    "Nonlinearity NL = 10.1015 max |f_A(x) − x|, positive where a rise saturates, negative where a fall does; asymmetry is the distance of both.",
  )}`;
}

function renderPairs(section: PairSection, source: Source): Html {
  const figures = section.junctions.slice(0, FIGURES).map((result) => {
    const repeats = Math.max(0, ...result.indices.map((point) => point.n));
    const fitted =
      result.fit.kind === "fit"
        ? `line: ${describeExponential(result.fit)} with its 95 % confidence band`
        : `no fit: ${result.fit.reason}`;
    return figure(
      plotPairs(result, source, FIGURE),
      `${junction(result)}: current of the second pulse over the first, n = ${repeats} per gap${repeats > 1 ? " (bars: standard deviation)" : ""}; ${fitted}; ${source}.`,
    );
  });
  const rows = section.junctions.map(({ fit, behaviour, indices, ...where }) => [
    junction(where),
    behaviour,
    indices[0] ? `${quantity(indices[0].index, "")} at ${quantity(indices[0].gap_s, "s")}` : "–",
    ...(fit.kind === "fit"
      ? [
          withInterval(fit.tau, fit.interval95.tau, "s"),
          withInterval(fit.offset, fit.interval95.offset, ""),
          withInterval(fit.amplitude, fit.interval95.amplitude, ""),
        ]
      : [fit.reason, "–", "–"]),
  ]);
  const points = section.junctions.flatMap((result) =>
    result.indices.map((point) => [
      junction(result),
      quantity(point.gap_s, "s"),
      quantity(point.index, "", 4),
      quantity(point.deviation, ""),
      String(point.n),
    ]),
  );
  return html`<div class="figures">${figures}</div>${left(section.junctions.length - FIGURES, "junction")}${table(["junction", "behaviour", "index", "τ (95 % CI)", "A₀ (95 % CI)", "A₁ (95 % CI)"], rows, "Paired-pulse fits.")}<details><summary>Index per gap</summary>${table(["junction", "gap", "index", "deviation", "n"], points, "Paired-pulse index I₂ / I₁.")}</details>`;
}

function renderMap(section: MapSection, source: Source): Html {
  const grid = { rows: section.conductance_S.length, columns: section.conductance_S[0]?.length ?? 0 };
  const { statistics } = section;
  const caption = `Conductance read at ${quantity(section.read_V, "V")}, n = ${statistics.n} of ${grid.rows * grid.columns} junctions; crossed cells were not read; ${source}.`;
  const picture = figure(
    heatMap(section.conductance_S.flat(), grid, {
      ...FIGURE,
      title: "Conductance map",
      description: caption,
      quantity: "conductance",
      unit: "S",
    }),
    caption,
  );
  const twin =
    grid.rows <= TABLE_SIDE && grid.columns <= TABLE_SIDE
      ? html`<details><summary>Conductance of every junction</summary>${table(
          ["row", ...Array.from({ length: grid.columns }, (_, k) => `c${k}`)],
          section.conductance_S.map((row, k) => [`r${k}`, ...row.map((g) => quantity(g, "S"))]),
          "Conductance per junction.",
        )}</details>`
      : NOTHING;
  return html`<div class="figures">${picture}${list([
    ["smallest", quantity(statistics.smallest_S, "S")],
    ["median", quantity(statistics.median_S, "S")],
    ["mean", quantity(statistics.mean_S, "S")],
    ["largest", quantity(statistics.largest_S, "S")],
    ["standard deviation", quantity(statistics.deviation_S, "S")],
    ["junctions read", String(statistics.n)],
  ])}</div>${twin}`;
}

function renderProducts(section: ProductSection, run: RunData, source: Source, map?: ConductanceMap): Html {
  const { errors } = section;
  if (!errors)
    return html`<p class="note">${plural(section.vectors, "vector")} of at most ${quantity(section.largest_V, "V")}; no ideal product to compare with.</p>`;
  const steps = collectSteps(run).find((group) => group.protocol === section.protocol)?.steps ?? [];
  const gathered = gatherProducts(
    steps.filter((step) => step.intended.action === "multiply"),
    map,
  );
  return html`<div class="figures">${figure(
    plotProducts({ ...gathered, errors }, source, FIGURE),
    `${plural(section.vectors, "vector")} of at most ${quantity(section.largest_V, "V")}, n = ${errors.n} products over ${plural(errors.columns.length, "column")}; dashed: ideal array with the ${section.reference ?? ""}. Below: residual after one gain and one offset per column; ${source}.`,
  )}</div>${table(
    ["error", "as taken", "calibrated per column"],
    [
      ["relative, ‖y − ideal‖ / ‖ideal‖", percent(errors.relative), percent(errors.relativeCalibrated)],
      ["RMSE", quantity(errors.rmse_A, "A"), quantity(errors.rmseCalibrated_A, "A")],
      ["effective bits", quantity(errors.enob, ""), quantity(errors.enobCalibrated, "")],
      ["correlation", quantity(errors.correlation, "", 6), "–"],
    ],
    "Error of products against the ideal array.",
  )}<details><summary>Gain and offset per column</summary>${table(
    ["column", "gain", "offset"],
    errors.columns.map((fit) => [`c${fit.column}`, quantity(fit.gain, "", 5), quantity(fit.offset_A, "A")]),
    "Least squares of product = gain × ideal + offset.",
  )}</details>`;
}

function renderReservoir(section: ReservoirSection, source: Source): Html {
  const figures = section.ladders
    .slice(0, FIGURES)
    .map((ladder) =>
      figure(
        plotReservoir(ladder, section.unit, source, FIGURE),
        `${ladder.where}: state after each pulse train (1 = pulse, 0 = rest, in order of time), n = ${Math.max(0, ...ladder.states.map((state) => state.n))} per train; ${source}.`,
      ),
    );
  const rows = section.ladders.map((ladder) => [
    ladder.where,
    String(ladder.states.length),
    quantity(ladder.span, section.unit),
    quantity(ladder.smallestGap, section.unit),
    ladder.smallestGapBetween ? ladder.smallestGapBetween.join(" and ") : "–",
    quantity(ladder.evenness, ""),
    quantity(ladder.separability, ""),
  ]);
  const states = section.ladders.flatMap((ladder) =>
    ladder.states.map((state) => [
      ladder.where,
      state.pattern,
      quantity(state.value, section.unit, 4),
      quantity(state.deviation, section.unit),
      String(state.n),
    ]),
  );
  return html`<div class="figures">${figures}</div>${left(section.ladders.length - FIGURES, "junction")}${table(
    ["where", "states", "span", "smallest gap", "between", "evenness", "gap / scatter"],
    rows,
    "Separation of states. Evenness is the smallest gap over the gap of evenly spaced states.",
  )}<details><summary>State of every train</summary>${table(["where", "train", "state", "deviation", "n"], states, "States, ascending.")}</details>`;
}
