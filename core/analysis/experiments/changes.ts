import { analyseRates } from "../srdp.ts";
import { numberTag, type RunStep, textTag, windowOf } from "../runSteps.ts";
import { analyseShortTermTrain } from "../shortTermTrain.ts";
import { conductanceOfStep, groupBy, junctionKey } from "../stepGroups.ts";
import { evaluateSide, fitStdp } from "../stdp.ts";
import { evaluateExponential } from "../expFit.ts";
import { DRAWN, type ExperimentReader, noteOf, placeOf } from "./experiment.ts";

/** Change between the probes around a stimulus, in order. */
function changesOf(probes: readonly RunStep[], tag: string): { at: number; change: number }[] {
  const before = probes.filter(({ intended }) => textTag(intended, "phase") === "before");
  const after = probes.filter(({ intended }) => textTag(intended, "phase") === "after");
  return before.flatMap((step, k) => {
    const next = after[k];
    return next
      ? [
          {
            at: numberTag(step.intended, tag) ?? Number.NaN,
            change: conductanceOfStep(next) / conductanceOfStep(step) - 1,
          },
        ]
      : [];
  });
}

/** Change against the delay between two spikes, with the fitted window. */
export const readStdp: ExperimentReader = (_, { steps }) => {
  const probes = steps.filter(({ intended }) => intended.role === "probe" && intended.tags.delay_s !== undefined);
  if (probes.length === 0) return undefined;
  const junctions = groupBy(probes, junctionKey);
  const notes: string[] = [];
  const panels = junctions.slice(0, DRAWN).map((of) => {
    const where = of[0] ? placeOf(of[0]) : "";
    const points = changesOf(of, "delay_s");
    const window = fitStdp(points.map(({ at, change }) => ({ delay_s: at, change })));
    const fits = (
      [
        ["before", -1],
        ["after", 1],
      ] as const
    ).flatMap(([side, sign]) => {
      const fit = window[side];
      if (fit.kind === "none") {
        notes.push(noteOf(`${where}, post ${side} pre`, fit));
        return [];
      }
      const longest = Math.max(...points.filter(({ at }) => at * sign > 0).map(({ at }) => Math.abs(at)));
      const t = Array.from({ length: 81 }, (__, k) => (longest * k) / 80);
      return [
        {
          label: "",
          style: "line",
          role: "fit",
          x: t.map((x) => sign * x),
          y: t.map((x) => 100 * evaluateSide(fit, fit.amplitude.value, fit.tau_s.value, x)),
        } as const,
      ];
    });
    return {
      kind: "curves",
      title: `Change by spike timing, ${where}`,
      caption: `${where}: change of conductance by spikes (pairs per delay: ${of[0]?.intended.tags.pairs ?? "?"}), n = 1 per delay; delay above 0: post after pre; lines: fitted window, ${window.kind}.`,
      x: { quantity: "delay, post − pre", unit: "s" },
      y: { quantity: "change of conductance / %", unit: "", zero: true },
      curves: [
        ...fits,
        {
          label: "",
          style: "points",
          role: "data",
          x: points.map(({ at }) => at),
          y: points.map(({ change }) => 100 * change),
        },
      ],
    } as const;
  });
  const results = junctions.flatMap((of) => {
    const window = fitStdp(changesOf(of, "delay_s").map(({ at, change }) => ({ delay_s: at, change })));
    const where = of[0] ? placeOf(of[0]) : "";
    return [
      { where, label: "window", unit: "", value: window.kind },
      ...(["after", "before"] as const).flatMap((side) => {
        const fit = window[side];
        return fit.kind === "none"
          ? []
          : [
              { where, label: `amplitude, post ${side} pre`, unit: "%", value: 100 * fit.amplitude.value },
              { where, label: `time constant, post ${side} pre`, unit: "s", value: fit.tau_s.value },
            ];
      }),
    ];
  });
  return { panels, results, notes };
};

/** Change against the rate of a train. */
export const readSrdp: ExperimentReader = (_, { steps }) => {
  const probes = steps.filter(({ intended }) => intended.role === "probe" && intended.tags.rate_Hz !== undefined);
  if (probes.length === 0) return undefined;
  const junctions = groupBy(probes, junctionKey).map((of) => ({
    where: of[0] ? placeOf(of[0]) : "",
    curve: analyseRates(changesOf(of, "rate_Hz").map(({ at, change }) => ({ rate_Hz: at, change }))),
  }));
  return {
    panels: junctions.slice(0, DRAWN).map(({ where, curve }) => ({
      kind: "curves",
      title: `Change by rate, ${where}`,
      caption: `${where}: change of conductance by a train of pulses, n = ${Math.max(0, ...curve.points.map(({ n }) => n))} per rate.`,
      x: { quantity: "rate", unit: "Hz", log: true },
      y: { quantity: "change of conductance / %", unit: "", zero: true },
      curves: [
        {
          label: "",
          style: "points",
          role: "data",
          x: curve.points.map(({ rate_Hz }) => rate_Hz),
          y: curve.points.map(({ change }) => 100 * change),
          deviation: curve.points.map(({ deviation }) => 100 * deviation),
        },
      ],
    })),
    results: junctions.flatMap(({ where, curve }) => [
      { where, label: "gain, highest over lowest rate", unit: "", value: curve.gain },
      { where, label: "change per decade of rate", unit: "%", value: 100 * curve.slope_perDecade },
      {
        where,
        label: "threshold, depression below and potentiation above",
        unit: "Hz",
        value: Number.isNaN(curve.threshold_Hz) ? "none in this range" : curve.threshold_Hz,
      },
    ]),
    notes: [],
  };
};

/** Current of every pulse of a train over that of the first. */
export const readShortTerm: ExperimentReader = (_, { steps }) => {
  const bursts = steps.filter(({ intended }) => intended.role === "burst");
  if (bursts.length === 0) return undefined;
  const trains = bursts.flatMap((step) => {
    const { intended, reading } = step;
    const pulses = numberTag(intended, "pulses") ?? 0;
    if (!reading || pulses < 2) return [];
    const current_A = Array.from(
      { length: pulses },
      (__, k) => windowOf(reading, `pulse ${k + 1}`)?.current_A[0] ?? Number.NaN,
    );
    const gap_s = numberTag(intended, "gap_s") ?? 0;
    return [
      {
        where: placeOf(step),
        gap_s,
        ...analyseShortTermTrain(current_A, gap_s + (numberTag(intended, "width_s") ?? 0)),
      },
    ];
  });
  const junctions = groupBy(trains, ({ where }) => where);
  return {
    panels: junctions.slice(0, DRAWN).map((of) => ({
      kind: "curves",
      title: `Pulse trains, ${of[0]?.where ?? ""}`,
      caption: `${of[0]?.where ?? ""}: current of every pulse over that of the first, n = 1 train per gap; lines: fitted exponentials.`,
      x: { quantity: "pulse number", unit: "", whole: true },
      y: { quantity: "index Iₙ / I₁", unit: "" },
      curves: of.slice(0, DRAWN).flatMap(({ gap_s, indices, fit }) => {
        const n = indices.map((___, k) => k + 1);
        const line =
          fit.kind === "fit"
            ? [
                {
                  label: "",
                  style: "line",
                  role: "fit",
                  x: n,
                  y: n.map((pulse) => evaluateExponential(fit, pulse - 1)),
                } as const,
              ]
            : [];
        return [
          ...line,
          {
            label: of.length > 1 ? `gap ${Number(gap_s.toPrecision(3))} s` : "",
            style: "points",
            role: "data",
            x: n,
            y: indices,
          } as const,
        ];
      }),
    })),
    results: trains.flatMap(({ where, last, memory_s, behaviour }) => [
      { where, label: `${behaviour}, index of the last pulse`, unit: "", value: last },
      { where, label: "memory time", unit: "s", value: memory_s },
    ]),
    notes: [],
  };
};
