import type { Grid } from "../crossbar/grid.ts";
import { InstrumentError, TransportError, UnsupportedError } from "../errors.ts";
import type { Arming } from "../limiter/arming.ts";
import { type InstrumentAddress, parseAddress } from "./address.ts";
import type { Driver, OpenInstrument } from "./driver.ts";
import type { Identity, Potentiostat, Selector } from "./instrument.ts";
import { type ArrayParts, InstrumentArray, type InstrumentArrayOptions } from "./instrumentArray.ts";
import { limitSelector } from "./limitSelector.ts";
import { enterBridge } from "./piBridge/handshake.ts";
import { readToken } from "./piBridge/token.ts";
import { DRIVERS, findDriver } from "./registry.ts";
import type { Timer } from "./timer.ts";
import { openFolder } from "./transports/folder.ts";
import { openSerial } from "./transports/serial.ts";
import { openTcp } from "./transports/tcp.ts";
import type { Transport } from "./transport.ts";

/** Opens the port of an address with the line settings of its driver. @throws TransportError naming the port, ProtocolError of a bridge */
export async function openPort(address: InstrumentAddress, driver: Driver, timer: Timer): Promise<Transport> {
  const { place, baud, through } = address;
  if (place.kind === "folder") return openFolder(place.path, timer);
  if (place.kind === "tcp") {
    const line = await openTcp(place.host, place.port);
    if (through === undefined) return line;
    try {
      return await enterBridge(line, timer, through, readToken());
    } catch (error) {
      await line.close();
      throw error;
    }
  }
  return openSerial({ ...driver.line, path: place.path, baudRate: baud ?? driver.line.baudRate });
}

/** Names and drivers that may stand in an address. */
export const driverNames = (): readonly string[] => DRIVERS.map(({ name }) => name);

/**
 * Asks the instrument at an address who it is, with its driver or with one after the other.
 * @throws InstrumentError when nobody that we know answers, TransportError when the port cannot be opened
 */
export async function identifyAt(
  text: string,
  timer: Timer,
): Promise<{ readonly driver: Driver; readonly identity: Identity }> {
  const address = parseAddress(text, driverNames());
  const named = address.driver === undefined ? undefined : findDriver(address.driver);
  const tried: string[] = [];
  for (const driver of named ? [named] : DRIVERS) {
    const transport = await openPort(address, driver, timer);
    try {
      return { driver, identity: await greet(address, driver, () => driver.identify(transport, timer)) };
    } catch (error) {
      if (named) throw error;
      tried.push(driver.name);
    } finally {
      await transport.close();
    }
  }
  throw new InstrumentError(
    text,
    `say who it is (as ${tried.join(", ")})`,
    "nothing that any of them says",
    "nothing was driven",
  );
}

/** A silent port tells nothing by itself: what was asked, what may be wrong, what the outputs do. */
async function greet<T>({ place, baud }: InstrumentAddress, driver: Driver, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.kind !== "timeout")
      throw new TransportError(
        error.kind,
        `${error.message}; it was asked who it is, as ${driver.name}: nothing was driven, the outputs are as they were`,
      );
    const rate = place.kind === "serial" ? ` at ${baud ?? driver.line.baudRate} baud` : "";
    throw new TransportError(
      "timeout",
      `${error.message}; it was asked who it is, as ${driver.name}${rate}: is it that model${rate && " and that rate"}, and switched on? ` +
        "crosspore identify PORT tries every driver; nothing was driven, the outputs are as they were",
    );
  }
}

export interface OpenArrayOptions
  extends Pick<InstrumentArrayOptions, "limits" | "chip" | "readiness" | "compliance_A"> {
  readonly timer: Timer;
  /** The instrument, and the selector where it is on a port of its own. */
  readonly addresses: readonly string[];
  readonly grid: Grid;
  /** For an instrument without a selector: a person, or nothing where one junction is wired for good. */
  readonly manual?: (grid: Grid) => Selector;
  /** The latch of the instrument that answers; absent: one that lives as long as the array. */
  readonly armingFor?: (identity: Identity) => Arming;
  /** Wraps every port (a tap that records transcripts). */
  readonly wrap?: (transport: Transport) => Transport;
}

/**
 * The array behind one or two addresses.
 * @throws ProtocolError for an address that is none, TransportError, InstrumentError, UnsupportedError
 */
export async function openInstrumentArray(options: OpenArrayOptions): Promise<InstrumentArray> {
  const parts = await openParts(options);
  const arming = options.armingFor?.(parts.instrument.identity);
  return new InstrumentArray({ ...options, ...parts, reopen: () => openParts(options), ...(arming && { arming }) });
}

async function openParts(options: OpenArrayOptions): Promise<ArrayParts> {
  const { addresses, grid, timer, wrap = (transport: Transport) => transport } = options;
  const opened: OpenInstrument[] = [];
  try {
    for (const text of addresses) {
      const address = parseAddress(text, driverNames());
      const driver = address.driver === undefined ? (await identifyAt(text, timer)).driver : findDriver(address.driver);
      if (!driver) throw new UnsupportedError("driver", `${text}: no driver`);
      const transport = wrap(await openPort(address, driver, timer));
      try {
        const open = () => driver.open(transport, { timer, options: address.options });
        opened.push(await greet(address, driver, open));
      } catch (error) {
        await transport.close();
        throw error;
      }
    }
    const instrument = opened.find((one) => one.instrument)?.instrument;
    if (!instrument)
      throw new UnsupportedError("channel", `${addresses.join(" and ")}: there is no channel that sources a voltage`);
    const selector = opened.findLast((one) => one.selector)?.selector ?? wired(grid, options.manual, instrument);
    return {
      instrument,
      selector: limitSelector(selector, grid),
      conditioners: opened.flatMap(({ conditioner }) => conditioner ?? []),
    };
  } catch (error) {
    for (const { instrument, selector, conditioner } of opened) {
      for (const part of [selector, instrument, conditioner]) await leave(part);
    }
    throw error;
  }
}

/** What failed before is what the user must hear. */
async function leave(part: AsyncDisposable | undefined): Promise<void> {
  try {
    await part?.[Symbol.asyncDispose]();
  } catch {
    // the port may be what failed
  }
}

function wired(grid: Grid, manual: OpenArrayOptions["manual"], instrument: Potentiostat): Selector {
  const { inputs = 1 } = instrument.channel;
  if (manual) return manual(grid);
  if (grid.rows > 1 || grid.columns > inputs)
    throw new UnsupportedError(
      "selector",
      `${instrument.port} has ${inputs === 1 ? "one channel" : `one output and ${inputs} inputs`} and no selector, the array has ${grid.rows} x ${grid.columns} junctions: name a selector, or wire a 1 x ${inputs} array`,
    );
  return {
    grid,
    unselectedLines: "floating",
    select: async () => {},
    open: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
