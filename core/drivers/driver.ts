import type { Grid } from "../crossbar/grid.ts";
import type { MakeEmulatedInstrument } from "./emulation/emulatedInstrument.ts";
import type { Conditioner, Identity, Potentiostat, Selector } from "./instrument.ts";
import type { Timer } from "./timer.ts";
import type { SerialSettings } from "./transports/serial.ts";
import type { Transport } from "./transport.ts";

/** What opens an instrument beside its port. */
export interface OpenOptions {
  readonly timer: Timer;
  /** Everything behind the question mark of the address but `driver` and `baud`. @throws ProtocolError for unknown ones */
  readonly options: ReadonlyMap<string, string>;
  /** Marks the session: what the instrument says before it has said this back is of another one. Absent: drawn (session.ts). */
  readonly nonce?: number;
}

/** What is behind one port: a channel, a selector, a channel with a selector built in, or an amplifier in front of one. */
export interface OpenInstrument {
  readonly instrument?: Potentiostat;
  readonly selector?: Selector;
  readonly conditioner?: Conditioner;
}

/**
 * One kind of instrument: one folder, one entry in registry.ts. `open` says hello, checks the identity and leaves the
 * output at 0 V and off; `identify` only asks.
 */
export interface Driver {
  /** Kebab-case, named after the protocol. */
  readonly name: string;
  readonly title: string;
  /** Line settings from the manual; `path` and baud come from the address. */
  readonly line: Omit<SerialSettings, "path">;
  /** Matches `product` of the ports that it may be on, for `crosspore ports`. */
  readonly productPattern: RegExp;
  /** @throws TransportError when nobody answers, InstrumentError when somebody else does */
  identify(transport: Transport, timer: Timer): Promise<Identity>;
  open(transport: Transport, options: OpenOptions): Promise<OpenInstrument>;
  /** The same instrument in software, and the largest grid that it addresses by itself. */
  readonly emulate: MakeEmulatedInstrument;
  readonly largestGrid: Grid;
  /** What its own selector leaves the other lines; a bench around it does the same. Absent where it has none. */
  readonly unselectedLines?: Selector["unselectedLines"];
}
