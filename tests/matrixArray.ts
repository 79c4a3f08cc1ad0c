import type { ArrayBackend } from "../core/arrayBackend.ts";
import { Bench } from "../core/drivers/emulation/bench.ts";
import type { Driver } from "../core/drivers/driver.ts";
import { InstrumentArray } from "../core/drivers/instrumentArray.ts";
import { limitSelector } from "../core/drivers/limitSelector.ts";
import type { Transport } from "../core/drivers/transport.ts";
import { NONCE, pipeTo } from "./emulatedLine.ts";
import { patientTimer } from "./patientTimer.ts";

/** An instrument with one channel and a switch matrix on a port of its own, around one device under test. */
export async function makeMatrixArray(
  driver: Driver,
  matrix: Driver,
  device: ArrayBackend,
  options: {
    readonly open?: (bench: Bench) => Promise<readonly [Transport, Transport]>;
    readonly instrumentOptions?: ReadonlyMap<string, string>;
  } = {},
): Promise<InstrumentArray> {
  const bench = new Bench(device);
  const timer = patientTimer(40);
  const ports = (await options.open?.(bench)) ?? [pipeTo(driver, bench), pipeTo(matrix, bench)];
  const { instrument } = await driver.open(ports[0], {
    timer,
    options: options.instrumentOptions ?? new Map(),
    nonce: NONCE,
  });
  const { selector } = await matrix.open(ports[1], { timer, options: new Map(), nonce: NONCE });
  if (!instrument || !selector) throw new Error(`${driver.name} and ${matrix.name} make no array`);
  return new InstrumentArray({ instrument, selector: limitSelector(selector, device.grid), timer });
}

/** An instrument with one channel, wired for good to one junction. */
export async function makeWiredArray(
  driver: Driver,
  device: ArrayBackend,
  options: {
    readonly compliance_A?: number;
    readonly transport?: Transport;
    readonly instrumentOptions?: ReadonlyMap<string, string>;
  } = {},
): Promise<InstrumentArray> {
  const timer = patientTimer(40);
  const { transport = pipeTo(driver, new Bench(device)), instrumentOptions = new Map(), compliance_A } = options;
  const { instrument } = await driver.open(transport, { timer, options: instrumentOptions, nonce: NONCE });
  if (!instrument) throw new Error(`${driver.name} has no channel`);
  return new InstrumentArray({
    instrument,
    selector: {
      grid: device.grid,
      unselectedLines: "floating",
      select: async () => {},
      open: async () => {},
      [Symbol.asyncDispose]: async () => {},
    },
    timer,
    ...(compliance_A === undefined ? {} : { compliance_A }),
  });
}
