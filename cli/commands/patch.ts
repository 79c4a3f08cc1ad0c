import type { Command } from "commander";
import { parseAddress } from "../../core/drivers/address.ts";
import { ElementsEr4 } from "../../core/drivers/elementsEr4/driver.ts";
import { isSimulated } from "../../core/drivers/instrument.ts";
import { driverNames, openPort } from "../../core/drivers/openArray.ts";
import { findDriver } from "../../core/drivers/registry.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import { ArmError, UnsupportedError } from "../../core/errors.ts";
import { Arming } from "../../core/limiter/arming.ts";
import { testMembrane } from "../../core/patchClamp/membraneTest.ts";
import { decodeTelegraphs, findTelegraphed, TELEGRAPHED } from "../../core/patchClamp/telegraphs.ts";
import { formatSI } from "../../core/units.ts";
import { completeAddress } from "../../lab/arrays/openInstrument.ts";
import { openRecorded } from "../openRecorded.ts";
import { addModes } from "../patchMode.ts";
import { addNoise } from "../patchNoise.ts";
import { quantityOf, refusePatch as refuse } from "../patchFlags.ts";
import { printJson, printText } from "../terminal.ts";

export function add(program: Command): void {
  const patch = program
    .command("patch")
    .description(
      "What a voltage clamp needs beside its driver: membrane test, telegraphs, noise, state and mode, offsets, zap.",
    );
  patch
    .command("membrane")
    .description("R, Rs and C of every junction of a run, from the edges of its seal tests.")
    .argument("<run>", "run folder")
    .option("--json", "as JSON on stdout")
    .action(showMembranes);
  patch
    .command("telegraph")
    .description("What an amplifier without computer control is set to, from its telegraph voltages.")
    .argument("<amplifier>", TELEGRAPHED.map(({ name }) => name).join(", "))
    .option("--gain <volts>", "gain telegraph, e.g. 2.5V", quantityOf("V"))
    .option("--frequency <volts>", "filter telegraph", quantityOf("V"))
    .option("--mode <volts>", "mode telegraph", quantityOf("V"))
    .option("--json", "as JSON on stdout")
    .action(showTelegraphs);
  addNoise(patch);
  addModes(patch);
  patch
    .command("offsets")
    .description(
      "Take away the offsets of the electrodes digitally (er4 amplifiers), with nothing but them in the bath.",
    )
    .argument("<port>", "serial:PATH?driver=e4")
    .action(compensate);
  patch
    .command("zap")
    .description("Break through a membrane with the amplifier's own pulse (eNPR, e4, e16). Only with --arm.")
    .argument("<port>", "serial:PATH?driver=enpr")
    .option("--input <number>", "which input, 0-based", Number, 0)
    .option("--arm", "yes, send it")
    .action(zap);
}

function showMembranes(folder: string, flags: { readonly json?: boolean }): void {
  const run = openRecorded(folder, false);
  const found = run.events.flatMap((event) => {
    if (event.kind !== "step-intended" || event.role !== "seal") return [];
    const { voltage_V, width_s, pulses } = event.tags;
    const [target] = event.targets;
    if (typeof voltage_V !== "number" || typeof width_s !== "number" || typeof pulses !== "number" || !target)
      return [];
    const samples: number[] = [];
    let period_s = 0;
    for (const { block } of run.blocks(event.step)) {
      samples.push(...block.current_A);
      period_s = block.samplePeriod_s;
    }
    const plateau = Math.round(width_s / period_s);
    if (!(plateau >= 8) || samples.length < 2 * plateau) return [];
    return [{ ...target, samplePeriod_s: period_s, ...testMembrane(samples, period_s, voltage_V, plateau) }];
  });
  if (found.length === 0) throw refuse(`${folder} holds no seal test of 8 and more samples a pulse`);
  if (flags.json) {
    printJson(found);
    return;
  }
  for (const one of found) {
    const where = `row ${one.row} column ${one.column}`;
    if ("reason" in one) {
      printText(
        `${where}: R + Rs = ${formatSI(one.total_ohm, "ohm")}; Rs and C unknown: ${one.reason} (a sample each ${formatSI(one.samplePeriod_s, "s")})\n`,
      );
      continue;
    }
    printText(
      `${where}: R = ${formatSI(one.seal_ohm, "ohm")}, Rs = ${formatSI(one.access_ohm, "ohm")}, C = ${formatSI(one.capacitance_F, "F")} (by charge ${formatSI(one.chargedCapacitance_F, "F")}), tau = ${formatSI(one.tau_s, "s")}\n`,
    );
  }
}

function showTelegraphs(
  name: string,
  flags: { readonly gain?: number; readonly frequency?: number; readonly mode?: number; readonly json?: boolean },
): void {
  const amplifier = findTelegraphed(name);
  if (!amplifier)
    throw refuse(
      `"${name}" is no amplifier with telegraphs, there are ${TELEGRAPHED.map((one) => one.name).join(", ")}`,
    );
  const state = decodeTelegraphs(amplifier, {
    ...(flags.gain !== undefined && { gain_V: flags.gain }),
    ...(flags.frequency !== undefined && { frequency_V: flags.frequency }),
    ...(flags.mode !== undefined && { mode_V: flags.mode }),
  });
  if (flags.json) {
    printJson(state);
    return;
  }
  const { gain_V_A, lowPass_Hz, mode, reasons } = state;
  const gain = gain_V_A === "unknown" ? gain_V_A : `${gain_V_A / 1e9} mV/pA`;
  const filter = lowPass_Hz === "unknown" ? lowPass_Hz : formatSI(lowPass_Hz, "Hz");
  printText(
    `${amplifier.title}: gain ${gain}, filter ${filter}, mode ${mode}\n${reasons.map((reason) => `  ${reason}\n`).join("")}`,
  );
}

async function openEr4(text: string): Promise<ElementsEr4> {
  const address = parseAddress(completeAddress(text), driverNames());
  const driver = findDriver(address.driver ?? "");
  if (!driver) throw refuse(`${text} names no driver: add ?driver=enpr, enpr-hc, e4 or e16`);
  const transport = await openPort(address, driver, wallTimer);
  const opened = await driver
    .open(transport, { timer: wallTimer, options: address.options })
    .catch(async (error: unknown) => {
      await transport.close();
      throw error;
    });
  if (opened.instrument instanceof ElementsEr4) return opened.instrument;
  await opened.instrument?.[Symbol.asyncDispose]();
  throw new UnsupportedError("amplifier", `${driver.name} has neither a zap nor a digital offset compensation`);
}

async function compensate(port: string): Promise<void> {
  const amplifier = await openEr4(port);
  try {
    const offsets_V = await amplifier.compensateOffsets();
    if (offsets_V.length === 0) printText("compensated; this amplifier does not tell what it found\n");
    offsets_V.forEach((offset_V, input) => printText(`input ${input}: ${formatSI(offset_V, "V")}\n`));
  } finally {
    await amplifier[Symbol.asyncDispose]();
  }
}

async function zap(port: string, flags: { readonly input: number; readonly arm?: boolean }): Promise<void> {
  if (!flags.arm)
    throw new ArmError([{ code: "disarmed", reason: "a zap breaks membranes; say --arm when that is what you want" }]);
  const amplifier = await openEr4(port);
  try {
    const arming = new Arming();
    const token = arming.arm([]);
    await amplifier.zap(flags.input, arming, token);
    arming.disarm(token);
    printText(`${isSimulated(amplifier.identity) ? "SIMULATED: " : ""}one zap on input ${flags.input}\n`);
  } finally {
    await amplifier[Symbol.asyncDispose]();
  }
}
