import { AVOGADRO_PER_MOL, ELEMENTARY_CHARGE_C, ROOM_TEMPERATURE_K, thermalVoltage_V } from "../constants.ts";
import { derived, numberOf, ours, ParameterError, published, switchOf } from "../models/parameters.ts";
import { normal, streamOf } from "../random.ts";
import type { EffectSpec, Moment } from "./effect.ts";

/**
 * Ag/AgCl (or blocking) electrodes at the end of every line. i: current density from the electrode into the liquid
 * (anodic, Ag + Cl- -> AgCl + e-), eta: potential of the electrode above its equilibrium.
 *
 *   Nernst        E = E_0 - (kT/e) ln a_Cl                      59.16 mV per decade at 25 C
 *   kinetics      i_F = 2 i_0 x sinh((eta + V_T ln x) / (2 V_T))     eta = -V_T ln x + 2 V_T asinh(i_F / (2 i_0 x))
 *   chloride      x' = (1 - x) / tau_d - i_F / (F delta c_0),   x = c_s / c_0,   tau_d = delta^2 / (2 D)
 *   double layer  C_dl eta' = i - i_F
 *   reserve       q' = i_F; at q = 0 no AgCl is left to reduce: a cathodic i_F ends, the electrode polarises
 *
 *   i_0   A/m^2  exchange current density      delta  m       diffusion layer    V_T  V  kT/e
 *   C_dl  F/m^2  double layer capacitance      c_0    mM      chloride of the bulk
 *
 * Butler and Volmer with equal transfer coefficients: Bard, Faulkner, Electrochemical Methods, chapter 3 (3.4.11).
 * At the diffusion limit, |i| = 2 F D c_0 / delta, the potential rises and the current does not; x is cut at 1e-6. Chloride,
 * double layer and kinetics of all electrodes are stepped together and implicitly (backward Euler, Newton in a bracket):
 * stable for any step, first order. An independent integration of one cell: fixtures/physics/electrodeLoops.json.
 */
export const FARADAY_C_MOL = ELEMENTARY_CHARGE_C * AVOGADRO_PER_MOL;
/** Density and molar mass of AgCl: a film of 1 um holds 3743 C/m^2. */
const AGCL_KG_M3 = 5560;
const AGCL_KG_MOL = 0.14332;
const LEAST_CHLORIDE = 1e-6;
const NEWTON_STEPS = 60;

/** R_ct A = kT / (e i_0), ohm m^2: the slope of the kinetics at equilibrium. */
export function chargeTransfer_ohm_m2(exchange_A_m2: number, temperature_K = ROOM_TEMPERATURE_K): number {
  return thermalVoltage_V(temperature_K) / exchange_A_m2;
}

/** Potential difference per decade of chloride, volt. */
export function nernstSlope_V(temperature_K = ROOM_TEMPERATURE_K): number {
  return thermalVoltage_V(temperature_K) * Math.LN10;
}

/** Charge in an AgCl film, C/m^2. */
export function chlorideReserve_C_m2(thickness_m: number): number {
  return (FARADAY_C_MOL * AGCL_KG_M3 * thickness_m) / AGCL_KG_MOL;
}

/** How long a direct current finds AgCl to reduce, seconds. */
export function electrodeLife_s(thickness_m: number, area_m2: number, current_A: number): number {
  return (chlorideReserve_C_m2(thickness_m) * area_m2) / Math.abs(current_A);
}

/** One kind of electrode, per electrode and not per area. */
interface Kinetics {
  readonly thermal_V: number;
  /** 2 i_0 A; 0 for a blocking electrode. */
  readonly twice_A: number;
  readonly layer_F: number;
  readonly depletion_s: number;
  /** F A delta c_0: charge that empties the diffusion layer. */
  readonly layer_C: number;
}

/**
 * Electrodes of one side of the array; row-like sign: current is positive from the electrode into the liquid.
 * @internal exported for tests
 */
export class ElectrodeBank {
  readonly eta_V: Float64Array;
  /** c_s / c_0. */
  readonly chloride: Float64Array;
  readonly reserve_C: Float64Array;
  /** By how much each electrode's potential rises in the step that was solved for, and what then reacts. */
  readonly rise_V: Float64Array;
  readonly #faradaic_A: Float64Array;
  readonly #kinetics: Kinetics;

  constructor(count: number, kinetics: Kinetics, reserve_C: number) {
    this.#kinetics = kinetics;
    this.eta_V = new Float64Array(count);
    this.chloride = new Float64Array(count).fill(1);
    this.reserve_C = new Float64Array(count).fill(reserve_C);
    this.rise_V = new Float64Array(count);
    this.#faradaic_A = new Float64Array(count);
  }

  /**
   * Solves for the end of a step of electrode k; nothing moves before `take`.
   * @param current_A at its end, had this electrode kept its potential
   * @param slope_S by which the current falls per volt that the electrode rises
   */
  solve(k: number, dt_s: number, current_A: number, slope_S: number): void {
    const { twice_A, layer_F } = this.#kinetics;
    const stiff_S = layer_F / dt_s + slope_S;
    const faradaic_A = twice_A === 0 ? 0 : this.#react(k, dt_s, current_A, stiff_S);
    this.#faradaic_A[k] = faradaic_A;
    this.rise_V[k] = stiff_S > 0 ? (current_A - faradaic_A) / stiff_S : 0;
  }

  /** Makes the step that was solved for. */
  take(dt_s: number): void {
    const blocking = this.#kinetics.twice_A === 0;
    for (let k = 0; k < this.eta_V.length; k++) {
      this.eta_V[k] += this.rise_V[k];
      if (blocking) continue;
      const { rested, perAmpere } = this.#layer(k, dt_s);
      this.chloride[k] = Math.max(LEAST_CHLORIDE, rested - perAmpere * this.#faradaic_A[k]);
      this.reserve_C[k] = Math.max(0, this.reserve_C[k] + this.#faradaic_A[k] * dt_s);
    }
  }

  /** Chloride at the end of a step falls with i_F along a line: x = rested - perAmpere i_F. */
  #layer(k: number, dt_s: number): { rested: number; perAmpere: number } {
    const { depletion_s, layer_C } = this.#kinetics;
    const lapse = -Math.expm1(-dt_s / depletion_s);
    return { rested: this.chloride[k] + (1 - this.chloride[k]) * lapse, perAmpere: (lapse * depletion_s) / layer_C };
  }

  /**
   * i_F at the end of the step: the potential that the kinetics ask for, less the one that the rest of the current leaves,
   *
   *   f(i) = stiff (2 V_T asinh(i / (2 i_0 x)) - V_T ln x - eta) + i - current,   x(i) = rested - perAmpere i
   *
   * rises with i, without bound towards the current that would empty the layer.
   */
  #react(k: number, dt_s: number, current_A: number, stiff_S: number): number {
    const { thermal_V, twice_A } = this.#kinetics;
    const { rested, perAmpere } = this.#layer(k, dt_s);
    const eta = this.eta_V[k];
    const emptying_A = (rested - LEAST_CHLORIDE) / perAmpere;
    // what flows now at the present potential, and what would if all of the current reacted, hold the answer between them
    const a = twice_A * rested;
    const present =
      a * Math.sinh(Math.max(-500, Math.min(500, (eta + thermal_V * Math.log(rested)) / (2 * thermal_V))));
    let low = Math.min(present, current_A, 0);
    let high = Math.min(emptying_A, Math.max(present, current_A, 0));
    let i = Math.max(low, Math.min(high, Math.abs(present) < Math.abs(current_A) ? present : current_A));
    for (let round = 0; round < NEWTON_STEPS; round++) {
      const x = rested - perAmpere * i;
      const part = i / (twice_A * x);
      const f = stiff_S * (2 * thermal_V * Math.asinh(part) - thermal_V * Math.log(x) - eta) + i - current_A;
      if (f > 0) high = i;
      else low = i;
      const perPart = (1 / twice_A + part * perAmpere) / x;
      const slope = stiff_S * thermal_V * ((2 * perPart) / Math.sqrt(1 + part * part) + perAmpere / x) + 1;
      const next = i - f / slope;
      const inside = next > low && next < high;
      const step = inside ? next - i : 0.5 * (low + high) - i;
      i += step;
      if (Math.abs(step) <= 1e-10 * (Math.abs(i) + a)) break;
    }
    return i < 0 && this.reserve_C[k] <= 0 ? 0 : i;
  }
}

/** Sweeps end when the currents that electrodes push through each other move less than this part of the largest. */
const SETTLED = 1e-6;
const MOST_SWEEPS = 100;

/**
 * One backward Euler step of all electrodes at once. An electrode that rises by x pushes g x less into its line and as much
 * less through every electrode across it; rows and columns are solved in turn (Gauss-Seidel) until neither moves. Behind
 * membranes one turn is enough, in bulk electrolyte at the diffusion limit it takes some tens. Lines are ideal here.
 */
function solveTogether(rows: ElectrodeBank, columns: ElectrodeBank, moment: Moment, dt_s: number): void {
  const { rowCurrent_A, columnCurrent_A, rowSlope_S, columnSlope_S, rowRise_A, columnRise_A } = moment;
  const [m, n] = [rowCurrent_A.length, columnCurrent_A.length];
  const pushed_A = new Float64Array(m);
  const across_A = new Float64Array(n);
  let most_A = 0;
  for (let i = 0; i < m; i++) most_A = Math.max(most_A, Math.abs(rowCurrent_A[i] + rowRise_A[i]));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    for (let i = 0; i < m; i++) rows.solve(i, dt_s, rowCurrent_A[i] + rowRise_A[i] + pushed_A[i], rowSlope_S[i]);
    pushColumns(moment, rows.rise_V, across_A);
    for (let j = 0; j < n; j++)
      columns.solve(j, dt_s, across_A[j] - columnCurrent_A[j] - columnRise_A[j], columnSlope_S[j]);
    const moved_A = pushRows(moment, columns.rise_V, pushed_A);
    if (moved_A <= SETTLED * most_A) return;
  }
}

/** What rows that rise push into the columns. */
function pushColumns({ conductance_S, access_ohm }: Moment, rise_V: Float64Array, into_A: Float64Array): void {
  into_A.fill(0);
  for (let i = 0, k = 0; i < rise_V.length; i++)
    for (let j = 0; j < into_A.length; j++, k++) {
      const own = conductance_S[k];
      into_A[j] += (own / (1 + own * access_ohm)) * rise_V[i];
    }
}

/** What columns that rise push into the rows. @returns the largest change of it */
function pushRows({ conductance_S, access_ohm }: Moment, rise_V: Float64Array, into_A: Float64Array): number {
  let moved = 0;
  for (let i = 0, k = 0; i < into_A.length; i++) {
    let sum = 0;
    for (let j = 0; j < rise_V.length; j++, k++) {
      const own = conductance_S[k];
      sum += (own / (1 + own * access_ohm)) * rise_V[j];
    }
    moved = Math.max(moved, Math.abs(sum - into_A[i]));
    into_A[i] = sum;
  }
  return moved;
}

export const electrodes: EffectSpec = {
  name: "electrodes",
  title: "Electrodes",
  summary:
    "An Ag/AgCl electrode at the end of every line: kinetics, double layer, chloride depletion, AgCl reserve, offset, " +
    "drift; or a blocking (Pt) electrode with a double layer alone.",
  source: "Bard and Faulkner, Electrochemical Methods, 2nd edition, 3.4",
  parameters: [
    ours("area_m2", "m2", 1e-7, [1e-14, 1], "area of an electrode", "0.3 mm square pad"),
    ours("exchange_A_m2", "A/m2", 10, [1e-6, 1e5], "exchange current density i_0", "1 to 10 A/m2 for Ag/AgCl"),
    ours("doubleLayer_F_m2", "F/m2", 0.2, [1e-4, 100], "double layer capacitance", "20 uF/cm2, a smooth metal"),
    ours("layer_m", "m", 100e-6, [1e-7, 1e-2], "diffusion layer at the electrode", "50 to 200 um without stirring"),
    published("diffusion_m2_s", "m2/s", 2.03e-9, [1e-12, 1e-7], "diffusion of chloride", "CRC Handbook, Cl-, 25 C"),
    ours("salt_mM", "mM", 100, [1e-3, 5000], "chloride of the bulk", "100 mM KCl"),
    ours("film_m", "m", 1e-6, [0, 1e-3], "thickness of the AgCl film at the start", "chlorided for minutes"),
    ours("offsetSpread_V", "V", 3e-3, [0, 1], "standard deviation of the potential offsets", "pairs differ by mV"),
    ours("driftSpread_V_h", "V/h", 1e-3, [0, 1], "standard deviation of the drifts per hour", "1 mV/h"),
    ours("blocking", "", 0, [0, 1], "1: no reaction at all (Pt in KCl); 0: Ag/AgCl", "switch"),
    derived("temperature_K", "K", ROOM_TEMPERATURE_K, [250, 400], "temperature of the electrodes", "environment"),
  ],
  make(given, { grid, environment, seed }) {
    const read = (name: string) => numberOf(given, name);
    const blocking = switchOf(given, "blocking");
    const [area_m2, layer_m, salt_mM] = [read("area_m2"), read("layer_m"), read("salt_mM")];
    const thermal_V = thermalVoltage_V(environment.temperature_K ?? read("temperature_K"));
    const kinetics: Kinetics = {
      thermal_V,
      twice_A: blocking ? 0 : 2 * read("exchange_A_m2") * area_m2,
      layer_F: read("doubleLayer_F_m2") * area_m2,
      depletion_s: layer_m ** 2 / (2 * read("diffusion_m2_s")),
      layer_C: FARADAY_C_MOL * area_m2 * layer_m * salt_mM,
    };
    if (!blocking && read("film_m") === 0)
      throw new ParameterError(
        "film_m",
        "electrodes: film_m is 0 m of AgCl, allowed are values above 0, or blocking: 1",
      );
    const reserve_C = chlorideReserve_C_m2(read("film_m")) * area_m2;
    const rows = new ElectrodeBank(grid.rows, kinetics, reserve_C);
    const columns = new ElectrodeBank(grid.columns, kinetics, reserve_C);
    const { saltLeft_mM = salt_mM, saltRight_mM = salt_mM } = environment;
    // more chloride pulls the electrode down, and the liquid up against a given electrode
    const cell_V = blocking ? 0 : thermal_V * Math.log(saltLeft_mM / saltRight_mM);
    const lines = grid.rows + grid.columns;
    const draw = (stream: string, spread: number) =>
      Float64Array.from({ length: lines }, (_, k) => spread * normal(seed, streamOf(stream), k));
    const offset_V = draw("electrode-offset", read("offsetSpread_V"));
    const drift_V_s = draw("electrode-drift", read("driftSpread_V_h") / 3600);
    const least_C = () => Math.min(...rows.reserve_C, ...columns.reserve_C);
    let now_s = 0;
    return {
      name: "electrodes",
      levels(row_V, column_V) {
        for (let i = 0; i < row_V.length; i++) row_V[i] += cell_V - rows.eta_V[i] - offset_V[i] - drift_V_s[i] * now_s;
        for (let j = 0; j < column_V.length; j++) {
          const k = grid.rows + j;
          column_V[j] += -columns.eta_V[j] - offset_V[k] - drift_V_s[k] * now_s;
        }
      },
      largestStep_s: () => kinetics.depletion_s / 20,
      advance(moment, dt_s) {
        now_s = moment.time_s + dt_s;
        solveTogether(rows, columns, moment, dt_s);
        rows.take(dt_s);
        columns.take(dt_s);
        return false;
      },
      figures: () => ({
        doubleLayer_F: kinetics.layer_F,
        ...(blocking
          ? {}
          : {
              chargeTransfer_ohm: (2 * thermal_V) / kinetics.twice_A,
              depletion_s: kinetics.depletion_s,
              reserve_C,
              leastReserve_C: least_C(),
            }),
      }),
    };
  },
};
