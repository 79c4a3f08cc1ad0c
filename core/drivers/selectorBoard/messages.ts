import { crc32 } from "node:zlib";
import type { Grid } from "../../crossbar/grid.ts";

/** What a host asks; the answer's type is the command's with ANSWER added. Numbers from firmware-bridge/PROTOCOL.md. */
export const COMMAND = {
  hello: 0x01,
  configure: 0x02,
  arm: 0x03,
  disarm: 0x04,
  select: 0x05,
  open: 0x06,
  trigger: 0x07,
  status: 0x08,
  heartbeat: 0x09,
  prove: 0x0a,
  clear: 0x0b,
  goodbye: 0x0c,
} as const;
export const ANSWER = 0x80;
export const REFUSED = 0x7f;
export const TRIPPED = 0x70;

export const STATES = ["idle", "armed", "switching", "closed", "proving", "tripped"] as const;
export type State = (typeof STATES)[number];

export const CAUSES = ["none", "silence", "emergency", "link", "too-long", "hardware"] as const;
export type Cause = (typeof CAUSES)[number];

/** For people: why a device has let go. */
export const CAUSE_TEXT: Readonly<Record<Cause, string>> = {
  none: "nothing",
  silence: "this computer was silent for longer than its dead-man allows",
  emergency: "the emergency byte came",
  link: "too much of what came over the line was garbled",
  "too-long": "a junction was connected for longer than its limit",
  hardware: "one of its lines could not be written",
};

export const REFUSALS = {
  noSession: 1,
  owned: 2,
  notNow: 3,
  outsideGrid: 4,
  wrongCrc: 5,
  latched: 6,
  notProved: 7,
  badArgument: 8,
  unknownCommand: 9,
  otherProtocol: 10,
  stale: 11,
  canceled: 12,
} as const;

/** Reason and remedy of every refusal. */
export const REFUSAL_TEXT: ReadonlyMap<number, string> = new Map([
  [
    REFUSALS.noSession,
    "it has no session with this host (it was reset, or another host has taken over): open it again",
  ],
  [REFUSALS.owned, "another host owns it and is alive: end that program, or wait until its heartbeats have stopped"],
  [REFUSALS.notNow, "not in this state"],
  [REFUSALS.outsideGrid, "the address is outside the grid that was frozen at arming"],
  [
    REFUSALS.wrongCrc,
    "its geometry and limits are not the ones that this host means (other CRC): configure it again, then arm",
  ],
  [REFUSALS.latched, "it has tripped and stays open until it is cleared: open it again"],
  [REFUSALS.notProved, "its dead-man was not demonstrated since its limits were set: prove it, then arm"],
  [REFUSALS.badArgument, "an argument is out of range"],
  [REFUSALS.unknownCommand, "it does not know this command: its firmware is older than this program, flash it again"],
  [REFUSALS.otherProtocol, "it speaks another version of the protocol: flash the firmware of this release"],
  [REFUSALS.stale, "a later command overtook it; it was not executed"],
  [REFUSALS.canceled, "the switches were opened before it was done"],
]);

export type Wiring = "mux-active-low" | "mux-active-high" | "relays";
export const WIRINGS: readonly Wiring[] = ["mux-active-low", "mux-active-high", "relays"];

/** Geometry and limits, frozen on the device at ARM. */
export interface Setup extends Grid {
  readonly wiring: Wiring;
  /** Channels of one multiplexer. */
  readonly channels: 8 | 16;
  /** What is wired to lines that are not selected. */
  readonly unselectedLines: "floating" | "grounded";
  readonly deadman_ms: number;
  /** Between opening one junction and closing the next. */
  readonly dead_us: number;
  /** Between closing and the answer. */
  readonly settle_us: number;
  /** A junction that is connected for longer trips the device; 0 = no limit. */
  readonly longest_ms: number;
}

export const SETUP_BYTES = 20;
export const SETUP_BOUNDS = {
  deadman_ms: [50, 5000],
  dead_us: [10, 1_000_000],
  settle_us: [0, 10_000_000],
  longest_ms: [0, 4_294_967_295],
} as const;

export function encodeSetup(setup: Setup): Buffer {
  const bytes = Buffer.alloc(SETUP_BYTES);
  bytes[0] = 1;
  bytes[1] = WIRINGS.indexOf(setup.wiring);
  bytes[2] = setup.rows;
  bytes[3] = setup.columns;
  bytes[4] = setup.channels;
  bytes[5] = setup.unselectedLines === "grounded" ? 1 : 0;
  bytes.writeUInt16LE(setup.deadman_ms, 6);
  bytes.writeUInt32LE(setup.dead_us, 8);
  bytes.writeUInt32LE(setup.settle_us, 12);
  bytes.writeUInt32LE(setup.longest_ms, 16);
  return bytes;
}

/** Undefined for what no host of ours would send. */
export function decodeSetup(bytes: Buffer): Setup | undefined {
  const wiring = WIRINGS[bytes[1] ?? 255];
  const channels = bytes[4];
  if (bytes.length !== SETUP_BYTES || bytes[0] !== 1 || !wiring || (channels !== 8 && channels !== 16))
    return undefined;
  return {
    wiring,
    rows: bytes[2] ?? 0,
    columns: bytes[3] ?? 0,
    channels,
    unselectedLines: bytes[5] === 1 ? "grounded" : "floating",
    deadman_ms: bytes.readUInt16LE(6),
    dead_us: bytes.readUInt32LE(8),
    settle_us: bytes.readUInt32LE(12),
    longest_ms: bytes.readUInt32LE(16),
  };
}

export const setupCrc = (setup: Setup): number => crc32(encodeSetup(setup));

export interface Hello {
  readonly nonce: number;
  readonly firmware: string;
  readonly state: State;
  readonly cause: Cause;
  /** Why the processor started last: bits of MCUSR. */
  readonly resetCause: number;
  readonly proved: boolean;
  /** Session before this one, and the last command of it that came to be executed: what became of a host's last wish. */
  readonly previousNonce: number;
  readonly previousCommand: number;
  readonly largest: Grid;
  readonly serial: string;
}

const HELLO_BYTES = 28;

export function encodeHello(hello: Hello): Buffer {
  const bytes = Buffer.alloc(HELLO_BYTES, " ");
  const [major = 0, minor = 0] = hello.firmware.split(".").map(Number);
  bytes.writeUInt32LE(hello.nonce, 0);
  bytes[4] = major;
  bytes[5] = minor;
  bytes[6] = STATES.indexOf(hello.state);
  bytes[7] = CAUSES.indexOf(hello.cause);
  bytes[8] = hello.resetCause;
  bytes[9] = hello.proved ? 1 : 0;
  bytes.writeUInt32LE(hello.previousNonce, 10);
  bytes.writeUInt32LE(hello.previousCommand, 14);
  bytes[18] = hello.largest.rows;
  bytes[19] = hello.largest.columns;
  bytes.write(hello.serial.slice(0, 8), 20, "latin1");
  return bytes;
}

/** Undefined when it is none. */
export function decodeHello(payload: Uint8Array): Hello | undefined {
  const bytes = Buffer.from(payload);
  const [state, cause] = [STATES[bytes[6] ?? 255], CAUSES[bytes[7] ?? 255]];
  if (bytes.length < HELLO_BYTES || !state || !cause) return undefined;
  return {
    nonce: bytes.readUInt32LE(0),
    firmware: `${bytes[4]}.${bytes[5]}`,
    state,
    cause,
    resetCause: bytes[8] ?? 0,
    proved: bytes[9] === 1,
    previousNonce: bytes.readUInt32LE(10),
    previousCommand: bytes.readUInt32LE(14),
    largest: { rows: bytes[18] ?? 0, columns: bytes[19] ?? 0 },
    serial: bytes
      .toString("latin1", 20, 28)
      .replaceAll(/[^\x21-\x7e]/g, " ")
      .trim(),
  };
}

export interface Status {
  readonly state: State;
  readonly cause: Cause;
  /** The junction that is connected or being connected. */
  readonly junction: { readonly row: number; readonly column: number } | undefined;
  readonly proved: boolean;
  readonly configured: boolean;
  /** How full the bucket of garbled frames is; 200 trips. */
  readonly bucket: number;
  readonly badFrames: number;
  readonly setupCrc: number;
  readonly lastCommand: number;
  /** Edges on the trigger input, modulo 65536, and when the last came. */
  readonly triggers: number;
  readonly triggerTick: bigint;
}

const STATUS_BYTES = 26;
const NO_LINE = 0xff;

export function encodeStatus(status: Status): Buffer {
  const bytes = Buffer.alloc(STATUS_BYTES);
  bytes[0] = STATES.indexOf(status.state);
  bytes[1] = CAUSES.indexOf(status.cause);
  bytes[2] = status.junction?.row ?? NO_LINE;
  bytes[3] = status.junction?.column ?? NO_LINE;
  bytes[4] = (status.proved ? 1 : 0) | (status.configured ? 2 : 0);
  bytes[5] = status.bucket;
  bytes.writeUInt16LE(status.badFrames, 6);
  bytes.writeUInt32LE(status.setupCrc, 8);
  bytes.writeUInt32LE(status.lastCommand, 12);
  bytes.writeUInt16LE(status.triggers, 16);
  bytes.writeBigUInt64LE(status.triggerTick, 18);
  return bytes;
}

/** Undefined when it is none. */
export function decodeStatus(payload: Uint8Array): Status | undefined {
  const bytes = Buffer.from(payload);
  const [state, cause] = [STATES[bytes[0] ?? 255], CAUSES[bytes[1] ?? 255]];
  if (bytes.length < STATUS_BYTES || !state || !cause) return undefined;
  const [row = NO_LINE, column = NO_LINE, flags = 0] = bytes.subarray(2, 5);
  return {
    state,
    cause,
    junction: row === NO_LINE || column === NO_LINE ? undefined : { row, column },
    proved: (flags & 1) !== 0,
    configured: (flags & 2) !== 0,
    bucket: bytes[5] ?? 0,
    badFrames: bytes.readUInt16LE(6),
    setupCrc: bytes.readUInt32LE(8),
    lastCommand: bytes.readUInt32LE(12),
    triggers: bytes.readUInt16LE(16),
    triggerTick: bytes.readBigUInt64LE(18),
  };
}

/** State and cause, as heartbeats and trips carry them; undefined when it is none. */
export function decodeState(payload: Uint8Array): { readonly state: State; readonly cause: Cause } | undefined {
  const [state, cause] = [STATES[payload[0] ?? 255], CAUSES[payload[1] ?? 255]];
  return state && cause ? { state, cause } : undefined;
}

export function encodeU32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
