import { z } from "zod";
import { errorAt, readDocument, strictObject } from "../core/document.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import type { EmulatedArrayConfig } from "../core/emulated/config.ts";
import { type Fault, faultsSchema } from "../core/drivers/emulation/faults.ts";
import type { Place } from "../core/drivers/emulation/serve.ts";
import type { Driver } from "../core/drivers/driver.ts";
import { DRIVERS, findDriver } from "../core/drivers/registry.ts";
import { arraySchema, resolveArray } from "../core/protocol/arraySchema.ts";
import { readArrayFile } from "../core/protocol/readArrayFile.ts";
import { readText } from "./files.ts";

/** Several emulated instruments on several ports around one device under test. */
export interface BenchFile {
  readonly array: EmulatedArrayConfig;
  readonly instruments: readonly {
    readonly driver: Driver;
    readonly place: Place;
    readonly faults: readonly Fault[];
  }[];
}

const driverSchema = z.string().transform((name, context) => {
  const driver = findDriver(name);
  if (driver) return driver;
  context.addIssue({
    code: "custom",
    message: `"${name}" is no driver, allowed are ${DRIVERS.map((one) => one.name).join(", ")}`,
  });
  return z.NEVER;
});

const benchSchema = strictObject({
  crosspore: z.literal(1),
  array: arraySchema,
  instruments: z
    .array(
      strictObject({
        driver: driverSchema,
        link: z.string().min(1).optional(),
        tcp: z.int().min(0).max(65_535).optional(),
        faults: faultsSchema.shape.faults.optional(),
      }),
    )
    .min(1)
    .max(16),
});

/** @throws ProtocolError at the line and column of the first mistake */
export function readBench(file: string): BenchFile {
  const text = readText(file);
  const { array, instruments } = readDocument(text, file, benchSchema);
  const config = resolveArray(array);
  if ("mistake" in config) throw errorAt(text, file, ["array", ...config.mistake.path], config.mistake.reason);
  return {
    array: config,
    instruments: instruments.map(({ driver, link, tcp, faults = [] }, k) => {
      if ((link === undefined) === (tcp === undefined))
        throw errorAt(
          text,
          file,
          ["instruments", k],
          "write either link (a name for a pseudo-terminal) or tcp (a port)",
        );
      return { driver, place: link === undefined ? { tcp: tcp ?? 0 } : { link }, faults };
    }),
  };
}

/** The `array:` of an experiment file (or of a file with nothing else) as a device under test. */
export function readDevice(file: string): EmulatedArrayConfig {
  return readArrayFile(readText(file), file).array;
}

/** @throws ProtocolError at the line and column of the first mistake */
export function readFaults(file: string): readonly Fault[] {
  return readDocument(readText(file), file, faultsSchema).faults;
}

/**
 * A resistor of 1 Mohm at every crossing that can be read alone: what is measured when no device is named. Where the other lines
 * float it is one resistor, because its neighbours would be read with it.
 */
export function dummyDevice({ largestGrid, unselectedLines }: Driver): EmulatedArrayConfig {
  const { rows, columns } = unselectedLines === "grounded" ? largestGrid : { rows: 1, columns: 1 };
  return { rows, columns, junction: { model: "ohmic", parameters: { conductance_S: 1e-6 } } };
}

export function makeDevice(config: EmulatedArrayConfig, seed: number): EmulatedArray {
  return new EmulatedArray({ ...config, unselectedLines: "biased" }, { seed });
}
