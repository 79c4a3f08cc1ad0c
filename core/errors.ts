/**
 * Everything a user can be told. Each error has a literal `code`; the command line turns it into an exit code.
 * Measurement quality (overload, gap, drift) is data and never an error.
 */
export abstract class CrossporeError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The user's file or parameter is wrong. `line` and `column` are 1-based, 0 where a script gave the value; `path` is the field, e.g. `protocol[0].iv-sweep.amplitude_V`. */
export class ProtocolError extends CrossporeError {
  readonly code = "PROTOCOL";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** The sentence without its position. */
  readonly reason: string;

  constructor(at: { file: string; line: number; column: number; path: string }, reason: string) {
    const place = at.line === 0 ? at.file : `${at.file}:${at.line}:${at.column}`;
    super(`${place}: ${at.path === "" ? "" : `${at.path}: `}${reason}`);
    this.file = at.file;
    this.line = at.line;
    this.column = at.column;
    this.path = at.path;
    this.reason = reason;
  }
}

/** A limit would be exceeded; nothing was sent. */
export class LimitError extends CrossporeError {
  readonly code = "LIMIT";
  readonly quantity: string;
  readonly asked: string;
  readonly allowed: string;
  readonly where: string;

  constructor(quantity: string, asked: string, allowed: string, where = "") {
    super(`${where === "" ? "" : `${where}: `}${quantity} of ${asked} refused, allowed is ${allowed}`);
    this.quantity = quantity;
    this.asked = asked;
    this.allowed = allowed;
    this.where = where;
  }
}

/** The line to an instrument failed. */
export class TransportError extends CrossporeError {
  readonly code = "TRANSPORT";
  readonly kind: "disconnected" | "timeout" | "canceled";

  constructor(kind: "disconnected" | "timeout" | "canceled", message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Bytes that are not what the protocol says. */
export class FrameError extends CrossporeError {
  readonly code = "FRAME";
  readonly expected: string;
  readonly found: string;
  readonly bytes: Uint8Array;

  constructor(expected: string, found: string, bytes: Uint8Array) {
    super(`expected ${expected}, found ${found}`);
    this.expected = expected;
    this.found = found;
    this.bytes = bytes;
  }
}

/** The array or instrument cannot do this; the message says what it can. */
export class UnsupportedError extends CrossporeError {
  readonly code = "UNSUPPORTED";
  readonly capability: string;

  constructor(capability: string, message: string) {
    super(message);
    this.capability = capability;
  }
}

/** A run folder cannot be written, or is not what it should be. */
export class RecordError extends CrossporeError {
  readonly code = "RECORD";
}

/** The user asked to stop (abort or panic); the array is safe. */
export class AbortedError extends CrossporeError {
  readonly code = "ABORTED";
}

/** An instrument refused, failed or is not the one it should be: what was asked, what it said, and how its output is now. */
export class InstrumentError extends CrossporeError {
  readonly code = "INSTRUMENT";
  readonly asked: string;
  readonly said: string;
  /** The state of the outputs in words, e.g. "output off". */
  readonly outputs: string;

  /** @param said the instrument's own words, with code and meaning */
  constructor(port: string, asked: string, said: string, outputs: string) {
    super(`${port}: asked to ${asked}, the instrument said ${said}; ${outputs}`);
    this.asked = asked;
    this.said = said;
    this.outputs = outputs;
  }
}

/** Outputs may not leave 0 V; the message names everything that stands in the way. */
export class ArmError extends CrossporeError {
  readonly code = "ARM";
  readonly blockers: readonly { readonly code: string; readonly reason: string }[];

  constructor(blockers: readonly { readonly code: string; readonly reason: string }[]) {
    super(`not armed: ${blockers.map(({ code, reason }) => `${code} (${reason})`).join("; ")}`);
    this.blockers = blockers;
  }
}
