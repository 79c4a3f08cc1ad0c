import { EmulatedArray } from "../emulated/emulatedArray.ts";
import type { EmulatedArrayConfig } from "../emulated/config.ts";
import { findModel } from "../crossbar/models/registry.ts";
import { runInMemory } from "../runInMemory.ts";
import type { Protocol } from "../protocol/protocol.ts";
import type { MemoryRun } from "../record/memoryRun.ts";
import { chooseDrive, type SheetDrive } from "./chooseDrive.ts";
import { collectDatasheet } from "./collectDatasheet.ts";
import type { Datasheet } from "./datasheet.ts";
import { SHEET_SIDE, SHEET_TEMPERATURES_K, standardSet, standardSweep } from "./standardSet.ts";
import { formatSI } from "../units.ts";

/** Runs the standard set on an emulated array of one model, at its own temperature and at three others. */
export async function measureModel(
  name: string,
  about: { readonly crosspore: string; readonly drive?: Partial<SheetDrive>; readonly signal?: AbortSignal },
): Promise<Datasheet> {
  const model = findModel(name);
  const drive = { ...chooseDrive(model), ...about.drive };
  const base: EmulatedArrayConfig = {
    rows: SHEET_SIDE,
    columns: SHEET_SIDE,
    junction: { model: model.name },
    unselectedLines: "biased",
  };
  const measure = async (
    config: EmulatedArrayConfig,
    protocols: readonly Protocol[],
    title: string,
  ): Promise<MemoryRun> => {
    await using array = new EmulatedArray(config, { seed: 1 });
    const resolved = {
      array: config,
      protocol: protocols.map((protocol) => ({ [protocol.name]: protocol.parameters })),
    };
    return await runInMemory(array, protocols, {
      seed: 1,
      manifest: { name: title, resolved },
      ...(about.signal && { signal: about.signal }),
    });
  };
  // every experiment from rest, on an array of its own
  const runs: MemoryRun[] = [];
  for (const protocol of standardSet(drive)) runs.push(await measure(base, [protocol], protocol.name));
  for (const temperature_K of SHEET_TEMPERATURES_K)
    runs.push(
      await measure(
        { ...base, environment: { temperature_K } },
        [standardSweep(drive, [drive.frequency_Hz])],
        `sweep at ${temperature_K} K`,
      ),
    );
  return collectDatasheet(model.title, runs, {
    crosspore: about.crosspore,
    device: [
      ["model", model.name],
      ["mechanism", model.summary],
      ["source of the model", model.source],
      ["grade of the model", model.grade],
      ["array", `${SHEET_SIDE} × ${SHEET_SIDE}, ideal lines and amplifiers, identical junctions`],
      ["amplitude", formatSI(drive.amplitude_V, "V")],
      ["frequency", formatSI(drive.frequency_Hz, "Hz")],
      ["writes by", drive.polarity > 0 ? "positive pulses" : "negative pulses"],
    ],
    notes: [drive.note],
  });
}
