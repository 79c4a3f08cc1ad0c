import { FARADAY_C_MOL } from "./electrodes.ts";
import { numberOf, ours, ParameterError, published } from "../models/parameters.ts";
import type { EffectSpec } from "./effect.ts";

/**
 * Salt that a permselective pore takes from its neighbours. A pore in an insulating membrane is a point sink in a half
 * space; J is positive for salt taken up, and starts at t = 0:
 *
 *   dc(r, t) = J / (2 pi D r) erfc(r / sqrt(4 D t)),   J = I (t_pore - t_bulk) / F,   onset r^2 / (4 D)
 *
 *   per nA with J = I / (2 F): 0.434 mM at 1 um, 4.3e-3 mM at 100 um     D = 1.9e-9 m^2/s
 *   t_pore - t_bulk = (w_1 s_1 + w_2 s_2) / (2 (w_1 + w_2)),   w = 1 / sqrt(1 - s^2)
 *
 * with the selectivities s (-1 anions ... 1 cations) of both halves of the pore: a unipolar pore (1, 1) gives 1/2, a bipolar
 * diode (s, -s) takes as much as it gives back. A half of fixed charge X per salt c has s = X / sqrt(X^2 + 4 c^2) and lets
 * salt diffuse as 1/w (Teorell, Meyer, Sievers), so that the more selective half decides; two layers in series, exact at
 * small currents, within 2 % at I L / (F D c) = 0.2 (fixtures/physics/coupledPores.json).
 *
 * A current that changes is the convolution of its rate with this answer: erfc is a sum of exponentials of t / onset
 * (largest error 0.010 of the final value from 0.05 to 3e4 onsets, least squares), each of which is one state per
 * distance. g of a neighbour follows its own salt, g *= 1 - dc / c_0, never below `floor`. Dukhin number and selectivity
 * of the neighbour are not moved: the junction contract has one environment for all.
 * Valid for dc < c_0 / 2 and pores far smaller than their distance.
 */
export function steadyDepletion_mM(
  current_A: number,
  excess: number,
  distance_m: number,
  diffusion_m2_s: number,
): number {
  return (current_A * excess) / FARADAY_C_MOL / (2 * Math.PI * diffusion_m2_s * distance_m);
}

export function onset_s(distance_m: number, diffusion_m2_s: number): number {
  return distance_m ** 2 / (4 * diffusion_m2_s);
}

/** t_pore - t_bulk of a pore with halves of these selectivities, -1 ... 1. */
export function excessTransference(first: number, second: number): number {
  const [one, two] = [Math.sqrt(1 - first * first), Math.sqrt(1 - second * second)];
  // both perfectly selective: weights that are equal
  return one + two === 0 ? (first + second) / 4 : (two * first + one * second) / (2 * (one + two));
}

/** erfc(1 / sqrt(s)) = sum w_m (1 - exp(-s / T_m)), T_m = 0.4 x 3.5^m: weights sum to 1. */
const POLES = [0.4, 1.4, 4.9, 17.15, 60.025, 210.0875, 735.30625, 2573.571875];
const WEIGHTS = [-0.1938106, 0.5274479, 0.2275589, 0.244040559, 0.0532077, 0.1059044, -0.0293894, 0.0650411];

/** What the sum of exponentials says at t = s onsets. */
export function couplingResponse(s: number): number {
  let sum = 0;
  for (let m = 0; m < POLES.length; m++) sum -= WEIGHTS[m] * Math.expm1(-s / POLES[m]);
  return sum;
}

/** Junctions at one distance: pairs of row and column offsets, and what they do. */
interface Ring {
  readonly offsets: readonly (readonly [rows: number, columns: number])[];
  readonly perAmpere_mM: number;
  readonly onset_s: number;
  /** One list per exponential: where the filtered current of each source stands. */
  readonly filtered_A: readonly Float64Array[];
}

export const saltCoupling: EffectSpec = {
  name: "salt-coupling",
  title: "Salt coupling",
  summary: "A selective pore takes salt from the pores around it, after the time that diffusion needs.",
  source: "point source in a half space, Crank, The Mathematics of Diffusion, 3.3",
  parameters: [
    ours("pitch_m", "m", 100e-6, [1e-9, 1e-1], "distance of neighbouring junctions", "one channel and its wall"),
    ours("salt_mM", "mM", 100, [1e-3, 5000], "salt at the pores", "100 mM KCl"),
    published("diffusion_m2_s", "m2/s", 1.9e-9, [1e-12, 1e-7], "salt diffusion", "KCl at 25 C, rounded"),
    ours("selectivityRow", "", 1, [-1, 1], "of the half on the row side, 1 cations alone", "strongly charged pore"),
    ours("selectivityColumn", "", 1, [-1, 1], "of the half on the column side", "strongly charged pore"),
    ours("reach", "", 2, [1, 16], "neighbours up to so many pitches", "shares fall as 1/r"),
    ours("floor", "", 0.05, [1e-3, 1], "smallest factor on a conductance", "surface conduction is left"),
  ],
  make(given, { grid }) {
    const read = (name: string) => numberOf(given, name);
    const [pitch_m, salt_mM, diffusion_m2_s, floor] = ["pitch_m", "salt_mM", "diffusion_m2_s", "floor"].map(read);
    const excess = excessTransference(read("selectivityRow"), read("selectivityColumn"));
    const reach = read("reach");
    if (!Number.isInteger(reach))
      throw new ParameterError("reach", `salt-coupling: reach is ${reach}, allowed are whole numbers from 1 to 16`);
    const { rows, columns } = grid;
    const count = rows * columns;
    const rings = makeRings(reach, count, (distance) => ({
      perAmpere_mM: steadyDepletion_mM(1, excess, distance * pitch_m, diffusion_m2_s),
      onset_s: onset_s(distance * pitch_m, diffusion_m2_s),
    }));
    const factor = new Float64Array(count).fill(1);
    const depleted_mM = new Float64Array(count);
    const charge_C = new Float64Array(count);
    const share = new Float64Array(count);
    /** Sources are filtered in steps of this length, far below the first onset. */
    const tick_s = onset_s(pitch_m, diffusion_m2_s) / 50;
    let waited_s = 0;
    let largest = 0;

    const tick = (): void => {
      depleted_mM.fill(0);
      for (const ring of rings) {
        share.fill(0);
        POLES.forEach((pole, m) => {
          const y = ring.filtered_A[m];
          const gain = -Math.expm1(-waited_s / (pole * ring.onset_s));
          const weight = WEIGHTS[m] * ring.perAmpere_mM;
          for (let k = 0; k < count; k++) {
            y[k] += (charge_C[k] / waited_s - y[k]) * gain;
            share[k] += weight * y[k];
          }
        });
        for (const [down, right] of ring.offsets) {
          const [firstRow, lastRow] = [Math.max(0, -down), Math.min(rows, rows - down)];
          const [first, last] = [Math.max(0, -right), Math.min(columns, columns - right)];
          for (let i = firstRow; i < lastRow; i++) {
            const to = i * columns;
            const from = (i + down) * columns + right;
            for (let j = first; j < last; j++) depleted_mM[to + j] += share[from + j];
          }
        }
      }
      for (let k = 0; k < count; k++) {
        factor[k] = Math.max(floor, 1 - depleted_mM[k] / salt_mM);
        const change = Math.abs(factor[k] - 1);
        if (change > largest) largest = change;
      }
      charge_C.fill(0);
      waited_s = 0;
    };

    return {
      name: "salt-coupling",
      gains(gain) {
        for (let k = 0; k < count; k++) gain[k] *= factor[k];
      },
      advance({ voltage_V, conductance_S }, dt_s) {
        for (let k = 0; k < count; k++) charge_C[k] += conductance_S[k] * voltage_V[k] * dt_s;
        waited_s += dt_s;
        if (waited_s < tick_s) return false;
        tick();
        return true;
      },
      figures: () => ({
        onset_s: onset_s(pitch_m, diffusion_m2_s),
        excessTransference: excess,
        largestChange: largest,
      }),
    };
  },
};

function makeRings(
  reach: number,
  count: number,
  at: (distance: number) => { perAmpere_mM: number; onset_s: number },
): Ring[] {
  const bySquare = new Map<number, [number, number][]>();
  for (let down = -reach; down <= reach; down++)
    for (let right = -reach; right <= reach; right++) {
      const square = down * down + right * right;
      if (square === 0 || square > reach * reach) continue;
      const known = bySquare.get(square);
      if (known) known.push([down, right]);
      else bySquare.set(square, [[down, right]]);
    }
  return [...bySquare].map(([square, offsets]) => ({
    offsets,
    ...at(Math.sqrt(square)),
    filtered_A: POLES.map(() => new Float64Array(count)),
  }));
}
