import { kclConductivity_S_m, debyeLength_m } from "../crossbar/electrolyte.ts";
import { plateCapacitance_F } from "../crossbar/effects/capacitance.ts";
import { electrodeLife_s } from "../crossbar/effects/electrodes.ts";
import { poreHeating_K } from "../crossbar/effects/heating.ts";
import { carrierCount, noiseVariances } from "../crossbar/effects/noise.ts";
import { onset_s, steadyDepletion_mM } from "../crossbar/effects/saltCoupling.ts";
import {
  accessResistance_ohm,
  coneResistance_ohm,
  cylinderResistance_ohm,
  poreConductivity_S_m,
  segmentResistance_ohm,
} from "../crossbar/line.ts";
import { buildNetwork } from "../crossbar/solve/buildNetwork.ts";
import { nearEnds } from "../crossbar/solve/connectedEnds.ts";
import { compileEffective } from "../crossbar/solve/compiled/compileEffective.ts";
import { solveOnce } from "../crossbar/solve/solveNetwork.ts";
import { estimateError, lineLossNumber, productError, usefulSize } from "../crossbar/usefulSize.ts";
import type { Chip } from "./chip.ts";

/** Diffusion of KCl in water at 25 degrees Celsius, m^2/s. */
const SALT_M2_S = 1.9e-9;
/** Permselective pore: half of the current is salt that the other side does not get. */
const EXCESS = 0.5;
/** Amplifier and membrane losses: 3 nV/sqrt(Hz), tan delta 0.01; Hooge 1.1e-4. */
const NOISE = { exponent: 1, shotFactor: 0, hooge: 1.1e-4, lossTangent: 0.01, voltage_V_rtHz: 3e-9 };
const WIDEST_TRIED = 256;

/** A figure of merit: the rule of thumb, and what the solver or an exact formula says, where there is one. */
export interface Estimate {
  readonly rule: number;
  readonly exact: number;
}

export interface ChipDesign {
  readonly conductivity_S_m: number;
  readonly debyeLength_m: number;
  readonly pore_ohm: number;
  readonly access_ohm: number;
  /** As it stands, switched off, and half of each. */
  readonly on_S: number;
  readonly off_S: number;
  readonly mean_S: number;
  readonly segment_ohm: number;
  readonly line_ohm: number;
  readonly terminal_ohm: number;
  /** N^2 R_segment mean(G). */
  readonly kappa: number;
  /** Relative rms error of products: x / (1 + x), and by the solver over uniform inputs. */
  readonly error: Estimate;
  /** Apparent on/off of a cell read with floating lines: on ideal wires, and by the solver with these lines. */
  readonly floatingOnOff: Estimate;
  /** The same with all other lines grounded, by the solver. */
  readonly groundedOnOff: number;
  readonly crossing_F: number;
  /** Slowest time constant of a row: R C / 2, and that of the ladder. */
  readonly lineRC_s: Estimate;
  /** Salt of a neighbour: onset r^2 / 4 D, and its part of the salt after a long time at the read current. */
  readonly coupling_s: number;
  readonly coupling_mM: number;
  /** Rms current noise of a column, and the current of one junction at the read voltage. */
  readonly noise_A: number;
  readonly readCurrent_A: number;
  readonly poreHeating_K: number;
  readonly electrodeLife_s: number;
  /** Largest square array within the allowed error. */
  readonly largest: Estimate;
}

/** Every figure of a chip. @param chip as `readChip` accepts it */
export function designChip(chip: Chip): ChipDesign {
  const { rows, columns, channel, pitch_m, electrolyte, terminal_ohm, read } = chip;
  const conductivity_S_m = kclConductivity_S_m(electrolyte.salt_mM, electrolyte.temperature_K);
  const junction = describePore(chip, conductivity_S_m);
  const on_S = 1 / (junction.pore_ohm + junction.access_ohm);
  const off_S = on_S / chip.onOff;
  const mean_S = (on_S + off_S) / 2;
  const segment_ohm = segmentResistance_ohm({ ...channel, length_m: pitch_m, conductivity_S_m });
  const lines = {
    rowSegment_ohm: segment_ohm,
    columnSegment_ohm: segment_ohm,
    rowSource_ohm: terminal_ohm,
    columnSense_ohm: terminal_ohm,
  };
  const network = buildNetwork({
    grid: { rows, columns },
    conductance_S: new Float64Array(rows * columns).fill(mean_S),
    ...lines,
  });
  const effective = compileEffective(network, nearEnds(network));
  const largest = usefulSize({ conductance_S: mean_S, segment_ohm, terminal_ohm }, chip.allowedError, WIDEST_TRIED);
  const crossing_F = plateCapacitance_F({
    permittivity: chip.membrane.permittivity,
    area_m2: channel.width_m ** 2,
    thickness_m: chip.membrane.thickness_m,
  });
  const readOne = (target_S: number, others: "floating" | "grounded"): number =>
    readCell(chip, on_S, target_S, others, lines);
  const readCurrent_A = on_S * read.voltage_V;
  const noise = noiseVariances(
    {
      ...NOISE,
      temperature_K: electrolyte.temperature_K,
      carriers: junction.carriers,
      capacitance_F: crossing_F,
    },
    mean_S,
    mean_S * read.voltage_V,
    read.bandwidth_Hz,
  );
  return {
    conductivity_S_m,
    debyeLength_m: debyeLength_m(electrolyte.salt_mM),
    pore_ohm: junction.pore_ohm,
    access_ohm: junction.access_ohm,
    on_S,
    off_S,
    mean_S,
    segment_ohm,
    line_ohm: segment_ohm * columns,
    terminal_ohm,
    kappa: lineLossNumber(network),
    error: {
      rule: estimateError(Math.sqrt(rows * columns), mean_S, segment_ohm, segment_ohm + terminal_ohm),
      exact: productError(network, network.conductance_S, effective),
    },
    floatingOnOff: {
      rule: sneakRatio(Math.round(Math.sqrt(rows * columns)), chip.onOff),
      exact: readOne(on_S, "floating") / readOne(off_S, "floating"),
    },
    groundedOnOff: readOne(on_S, "grounded") / readOne(off_S, "grounded"),
    crossing_F,
    lineRC_s: {
      rule: (columns ** 2 * segment_ohm * crossing_F) / 2,
      exact: (segment_ohm * crossing_F) / (4 * Math.sin(Math.PI / (2 * (2 * columns + 1))) ** 2),
    },
    coupling_s: onset_s(pitch_m, SALT_M2_S),
    coupling_mM: steadyDepletion_mM(readCurrent_A, EXCESS, pitch_m, SALT_M2_S),
    noise_A: Math.sqrt(rows * noise.total_A2_Hz),
    readCurrent_A,
    poreHeating_K: poreHeating_K(readCurrent_A * read.voltage_V, junction.narrow_m / 2) / junction.count,
    electrodeLife_s:
      electrodeLife_s(chip.electrode.thickness_m, chip.electrode.area_m2, rows * mean_S * read.voltage_V) / read.duty,
    largest: { rule: largest.ruleOfThumb, exact: largest.size },
  };
}

/** A floating read on ideal wires: the cell beside three resistances in series, N - 1, (N - 1)^2 and N - 1 cells wide. */
export function sneakRatio(n: number, onOff: number): number {
  if (n < 2) return onOff;
  const path = 1 / (2 / (n - 1) + 1 / (n - 1) ** 2);
  return (1 + path) / (1 / onOff + path);
}

function describePore({ pore, membrane, electrolyte }: Chip, conductivity_S_m: number) {
  const length_m = pore.length_m ?? membrane.thickness_m;
  if (pore.shape === "cone") {
    const [baseRadius_m, tipRadius_m] = [pore.baseDiameter_m / 2, pore.tipDiameter_m / 2];
    return {
      pore_ohm: coneResistance_ohm({ length_m, baseRadius_m, tipRadius_m, conductivity_S_m }),
      access_ohm: accessResistance_ohm({ firstRadius_m: baseRadius_m, secondRadius_m: tipRadius_m, conductivity_S_m }),
      narrow_m: pore.tipDiameter_m,
      // the cylinder of the same volume
      carriers: carrierCount(
        electrolyte.salt_mM,
        2 * Math.sqrt((baseRadius_m ** 2 + baseRadius_m * tipRadius_m + tipRadius_m ** 2) / 3),
        length_m,
      ),
      count: 1,
    };
  }
  const { diameter_m, surfaceCharge_C_m2, count, patchDiameter_m = diameter_m } = pore;
  const inside_S_m = poreConductivity_S_m({
    conductivity_S_m,
    diameter_m,
    surfaceCharge_C_m2,
    salt_mM: electrolyte.salt_mM,
  });
  const mouth_m = count > 1 ? patchDiameter_m : diameter_m;
  return {
    pore_ohm: cylinderResistance_ohm({ length_m, diameter_m, conductivity_S_m: inside_S_m }) / count,
    // of many pores: that of the patch, once
    access_ohm: accessResistance_ohm({ firstRadius_m: mouth_m / 2, secondRadius_m: mouth_m / 2, conductivity_S_m }),
    narrow_m: diameter_m,
    carriers: carrierCount(electrolyte.salt_mM, diameter_m, length_m) * count,
    count,
  };
}

/** Current of the corner cell at the read voltage, every other cell on. */
function readCell(
  { rows, columns, read }: Chip,
  on_S: number,
  target_S: number,
  others: "floating" | "grounded",
  lines: Omit<Parameters<typeof buildNetwork>[0], "grid" | "conductance_S">,
): number {
  const conductance_S = new Float64Array(rows * columns).fill(on_S);
  conductance_S[0] = target_S;
  const idle = others === "floating" ? Number.NaN : 0;
  const row_V = new Float64Array(rows).fill(idle);
  const column_V = new Float64Array(columns).fill(idle);
  row_V[0] = read.voltage_V;
  column_V[0] = 0;
  const { columnCurrent_A } = solveOnce(buildNetwork({ grid: { rows, columns }, conductance_S, ...lines }), {
    row_V,
    column_V,
  });
  return columnCurrent_A[0] ?? Number.NaN;
}
