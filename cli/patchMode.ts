import type { Command } from "commander";
import { type InstrumentAddress, parseAddress } from "../core/drivers/address.ts";
import { HekaBatch } from "../core/drivers/hekaBatch/driver.ts";
import { hekaBatch, openAsItIs } from "../core/drivers/hekaBatch/index.ts";
import { type InstrumentState, isSimulated, type Potentiostat } from "../core/drivers/instrument.ts";
import { driverNames, openPort } from "../core/drivers/openArray.ts";
import { findDriver } from "../core/drivers/registry.ts";
import { wallTimer } from "../core/drivers/timer.ts";
import { ArmError, UnsupportedError } from "../core/errors.ts";
import { CLAMP_MODES, type ClampMode } from "../core/patchClamp/modes.ts";
import { describeSetting } from "../core/report/format.ts";
import { completeAddress } from "../lab/arrays/openInstrument.ts";
import { refusePatch } from "./patchFlags.ts";
import { printJson, printText } from "./terminal.ts";

/** `crosspore patch state|mode`: what an amplifier is set to, and the way between voltage and current clamp. */
export function addModes(patch: Command): void {
  patch
    .command("state")
    .description(
      "What an amplifier says it is set to: mode, gain, range, filter. Connecting puts outputs to 0 V, as every run does; heka-batch is only asked.",
    )
    .argument("<port>", "e.g. serial:PATH?driver=enpr, folder:PATH?driver=heka-batch")
    .option("--json", "as JSON on stdout")
    .action(showState);
  patch
    .command("mode")
    .description(
      `Switch an amplifier between voltage and current clamp, through I = 0 with the command at 0 (heka-batch). Only with --arm.`,
    )
    .argument("<port>", "folder:PATH?driver=heka-batch")
    .argument("<mode>", CLAMP_MODES.join(", "))
    .option("--arm", "yes, switch it")
    .action(switchMode);
}

function readAddress(text: string): { readonly address: InstrumentAddress; readonly driver: string } {
  const address = parseAddress(completeAddress(text), driverNames());
  if (address.driver === undefined) throw refusePatch(`${text} names no driver: add ?driver=NAME`);
  return { address, driver: address.driver };
}

async function openHeka(address: InstrumentAddress): Promise<HekaBatch> {
  const transport = await openPort(address, hekaBatch, wallTimer);
  try {
    return await openAsItIs(transport, { timer: wallTimer, options: address.options });
  } catch (error) {
    await transport.close();
    throw error;
  }
}

async function openAny(text: string): Promise<Potentiostat> {
  const { address, driver: name } = readAddress(text);
  // of its states current clamp is one, which a run would be refused for
  if (name === hekaBatch.name) return openHeka(address);
  const driver = findDriver(name);
  if (!driver) throw refusePatch(`"${name}" is no driver`);
  const transport = await openPort(address, driver, wallTimer);
  const opened = await driver
    .open(transport, { timer: wallTimer, options: address.options })
    .catch(async (error: unknown) => {
      await transport.close();
      throw error;
    });
  if (opened.instrument) return opened.instrument;
  await opened.selector?.[Symbol.asyncDispose]();
  await opened.conditioner?.[Symbol.asyncDispose]();
  throw new UnsupportedError("state", `${name} has no channel`);
}

async function showState(port: string, flags: { readonly json?: boolean }): Promise<void> {
  const instrument = await openAny(port);
  try {
    const { identity } = instrument;
    const state = stateOf(instrument);
    if (flags.json) printJson({ identity, simulated: isSimulated(identity), state });
    else
      printText(
        `${isSimulated(identity) ? "SIMULATED: " : ""}${identity.manufacturer} ${identity.model}\n${linesOf(state)}`,
      );
  } finally {
    // nothing was driven: what another program holds stays as it is
    await (instrument instanceof HekaBatch ? instrument.release() : instrument[Symbol.asyncDispose]());
  }
}

/** The last one that was told. */
function stateOf({ states }: Potentiostat): InstrumentState {
  let last: InstrumentState = {};
  states?.subscribe((state) => (last = state)).unsubscribe();
  return last;
}

function linesOf(state: InstrumentState): string {
  const rows = Object.entries(state);
  if (rows.length === 0) return "  it tells no settings\n";
  return rows.map(([name, value]) => `  ${name.padEnd(22)} ${describeSetting(name, value)}\n`).join("");
}

async function switchMode(port: string, text: string, flags: { readonly arm?: boolean }): Promise<void> {
  const mode = CLAMP_MODES.find((own) => own.toLowerCase() === text.toLowerCase());
  if (mode === undefined) throw refusePatch(`"${text}" is no mode, allowed are ${CLAMP_MODES.join(", ")}`);
  const { address, driver } = readAddress(port);
  if (driver !== hekaBatch.name)
    throw new UnsupportedError(
      "mode",
      `${driver} cannot be switched by a computer${driver === "manual-amplifier" ? ": turn its knob, through I = 0" : ", it clamps the voltage alone"}`,
    );
  if (!flags.arm)
    throw new ArmError([
      {
        code: "disarmed",
        reason: "a switch of the mode drives what is connected; say --arm when that is what you want",
      },
    ]);
  const amplifier = await openHeka(address);
  try {
    const before = modeOf(amplifier);
    await amplifier.setMode(mode);
    const simulated = isSimulated(amplifier.identity) ? "SIMULATED: " : "";
    const way = mode === "I=0" ? "nothing is commanded" : `in ${modeOf(amplifier)}`;
    printText(before === mode ? `${simulated}in ${mode} already\n` : `${simulated}${before} -> ${mode}, ${way}\n`);
  } finally {
    await amplifier.release();
  }
}

function modeOf(amplifier: HekaBatch): ClampMode | "unknown" {
  const { mode } = amplifier.states.value;
  return CLAMP_MODES.find((own) => own === mode) ?? "unknown";
}
