import { z } from "zod";
import { debyeLength_m, kclConductivity_S_m } from "../crossbar/electrolyte.ts";
import { errorAt, quantity, readDocument, strictObject } from "../document.ts";
import { formatSI } from "../units.ts";

/** A chip as an experimentalist writes it down: geometry, electrolyte, how it is read. */

const above0 = (unit: string) => quantity(unit).refine((value) => value > 0, { error: "must be above 0" });
const within = (unit: string, least: number, most: number) =>
  quantity(unit).refine((value) => value >= least && value <= most, {
    error: `outside the range, allowed are ${least} to ${most} ${unit}`.trimEnd(),
  });

const pore = z.discriminatedUnion("shape", [
  strictObject({
    shape: z.literal("cylinder"),
    diameter_m: above0("m"),
    /** Length; the membrane's thickness if absent. */
    length_m: within("m", 1e-10, 1e-2).exactOptional(),
    surfaceCharge_C_m2: within("C/m2", -1, 1).default(0),
    count: z.int().min(1).default(1),
    /** Of the patch that holds several pores. */
    patchDiameter_m: above0("m").exactOptional(),
  }),
  strictObject({
    shape: z.literal("cone"),
    baseDiameter_m: above0("m"),
    tipDiameter_m: above0("m"),
    length_m: within("m", 1e-10, 1e-2).exactOptional(),
  }),
]);

const schema = strictObject({
  chip: z.string(),
  rows: z.int().min(1).max(256),
  columns: z.int().min(1).max(256),
  pitch_m: within("m", 1e-9, 0.1),
  channel: strictObject({ width_m: above0("m"), height_m: above0("m") }),
  electrolyte: strictObject({
    salt_mM: within("mM", 1, 1000),
    temperature_K: within("K", 273.15, 323.15).default(298.15),
  }),
  membrane: strictObject({
    thickness_m: within("m", 1e-10, 1e-2),
    permittivity: z.number().min(1).max(100).default(7.5),
  }),
  pore,
  /** Conductance of the pore as it stands over that of a junction switched off. */
  onOff: z.number().min(1).default(10),
  /** Source of a row and amplifier of a column, each with its feed line. */
  terminal_ohm: quantity("ohm").refine((value) => value >= 0, { error: "must not be negative" }),
  electrode: strictObject({ area_m2: within("m2", 1e-14, 1), thickness_m: within("m", 1e-10, 1e-3) }),
  read: strictObject({
    voltage_V: within("V", 1e-6, 10),
    bandwidth_Hz: within("Hz", 1, 1e6).default(100),
    /** Part of the time that reading lasts, for the life of the electrodes. */
    duty: within("", 1e-9, 1).default(1),
  }),
  /** Relative rms error of products that an array may have. */
  allowedError: within("", 1e-4, 0.9).default(0.05),
});

export type Chip = z.output<typeof schema>;

/** @throws ProtocolError at the line of what is wrong, an impossible geometry by the name of its part */
export function readChip(text: string, file: string): Chip {
  const chip = readDocument(text, file, schema);
  const refuse = (path: readonly string[], reason: string): never => {
    throw errorAt(text, file, path, reason);
  };
  const length = (length_m: number) => formatSI(length_m, "m", 4);
  const { channel, pitch_m, electrolyte } = chip;
  if (channel.width_m > pitch_m)
    refuse(["channel", "width_m"], `channels of ${length(channel.width_m)} overlap at a pitch of ${length(pitch_m)}`);
  const [field, mouth_m, narrow_m] =
    chip.pore.shape === "cone"
      ? (["baseDiameter_m", chip.pore.baseDiameter_m, chip.pore.tipDiameter_m] as const)
      : (["diameter_m", chip.pore.diameter_m, chip.pore.diameter_m] as const);
  if (mouth_m > channel.width_m)
    refuse(["pore", field], `the pore is ${length(mouth_m)} wide, its channel ${length(channel.width_m)}`);
  if (chip.pore.shape === "cone" && chip.pore.tipDiameter_m > chip.pore.baseDiameter_m)
    refuse(["pore", "tipDiameter_m"], `the tip of the pore is wider than its base, ${length(mouth_m)}`);
  if (chip.pore.shape === "cylinder" && chip.pore.count === 1 && chip.pore.patchDiameter_m !== undefined)
    refuse(["pore", "patchDiameter_m"], "holds several pores, and count is 1");
  if (chip.pore.shape === "cylinder" && chip.pore.count > 1) {
    const { count, patchDiameter_m, diameter_m } = chip.pore;
    if (patchDiameter_m === undefined)
      return refuse(["pore", "count"], `${count} pores need patchDiameter_m, the width of the patch that holds them`);
    if (count * diameter_m ** 2 > 0.9 * patchDiameter_m ** 2)
      refuse(
        ["pore", "patchDiameter_m"],
        `${count} pores of ${length(diameter_m)} do not fit into ${length(patchDiameter_m)}`,
      );
    if (patchDiameter_m > channel.width_m)
      refuse(
        ["pore", "patchDiameter_m"],
        `the patch is ${length(patchDiameter_m)} wide, its channel ${length(channel.width_m)}`,
      );
  }
  const debye_m = debyeLength_m(electrolyte.salt_mM);
  if (debye_m > narrow_m / 2)
    refuse(
      ["pore", chip.pore.shape === "cone" ? "tipDiameter_m" : "diameter_m"],
      `the Debye length at ${electrolyte.salt_mM} mM is ${length(debye_m)}, above the radius of the pore, ${length(narrow_m / 2)}: bulk conductivity does not hold there, allowed are wider pores or more salt`,
    );
  const narrowest = channel.height_m < channel.width_m ? "height_m" : "width_m";
  if (debye_m > channel[narrowest] / 2)
    refuse(
      ["channel", narrowest],
      `the Debye length at ${electrolyte.salt_mM} mM is ${length(debye_m)}, above half of the channel, ${length(channel[narrowest] / 2)}: bulk conductivity does not hold there`,
    );
  // the table of conductivities has the last word
  kclConductivity_S_m(electrolyte.salt_mM, electrolyte.temperature_K);
  return chip;
}
