import { crc32 } from "node:zlib";

/** Bytes that mean something between frames only; inside they are escaped. */
const END = 0xc0;
const ESCAPE = 0xdb;
const FLIP = 0x20;
/** Opens every switch, whatever the line is busy with: no frame contains it. */
export const EMERGENCY_BYTE = 0x18;

export const PROTOCOL = 1;
export const LARGEST_CONTENT_BYTES = 62;
const CRC_BYTES = 4;
/** version, type, nonce, sequence; what a device sends has its clock behind them. */
const HEADER_BYTES = 10;
const TICK_BYTES = 8;

/** Host to device. */
export interface Request {
  readonly type: number;
  readonly nonce: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Device to host. */
export interface Reply extends Request {
  readonly protocol: number;
  /** The device's clock when it made this frame, ticks of 0.5 us. */
  readonly tick: bigint;
}

/** A request on the wire. */
export function encodeRequest({ type, nonce, sequence, payload }: Request, protocol = PROTOCOL): Uint8Array {
  const content = Buffer.alloc(HEADER_BYTES + payload.length);
  content[0] = protocol;
  content[1] = type;
  content.writeUInt32LE(nonce, 2);
  content.writeUInt32LE(sequence, 6);
  content.set(payload, HEADER_BYTES);
  return encodeFrame(content);
}

/** A reply on the wire, for what plays the device. */
export function encodeReply(reply: Reply): Uint8Array {
  const content = Buffer.alloc(HEADER_BYTES + TICK_BYTES + reply.payload.length);
  content[0] = reply.protocol;
  content[1] = reply.type;
  content.writeUInt32LE(reply.nonce, 2);
  content.writeUInt32LE(reply.sequence, 6);
  content.writeBigUInt64LE(reply.tick, HEADER_BYTES);
  content.set(reply.payload, HEADER_BYTES + TICK_BYTES);
  return encodeFrame(content);
}

/** The request in a frame's content, undefined when it is too short to be one. */
export function decodeRequest(content: Buffer): (Request & { readonly protocol: number }) | undefined {
  if (content.length < HEADER_BYTES) return undefined;
  return { ...decodeHeader(content), payload: content.subarray(HEADER_BYTES) };
}

/** The reply in a frame's content, undefined when it is too short to be one. */
export function decodeReply(content: Buffer): Reply | undefined {
  if (content.length < HEADER_BYTES + TICK_BYTES) return undefined;
  const { protocol, type, nonce, sequence } = decodeHeader(content);
  return {
    protocol,
    type,
    nonce,
    sequence,
    tick: content.readBigUInt64LE(HEADER_BYTES),
    payload: content.subarray(HEADER_BYTES + TICK_BYTES),
  };
}

function decodeHeader(content: Buffer) {
  return {
    protocol: content[0] ?? 0,
    type: content[1] ?? 0,
    nonce: content.readUInt32LE(2),
    sequence: content.readUInt32LE(6),
  };
}

/** END content CRC END, escaped. */
export function encodeFrame(content: Uint8Array): Uint8Array {
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32LE(crc32(content));
  const bytes = [END];
  for (const byte of [...content, ...crc])
    if (byte === END || byte === ESCAPE || byte === EMERGENCY_BYTE) bytes.push(ESCAPE, byte ^ FLIP);
    else bytes.push(byte);
  bytes.push(END);
  return Uint8Array.from(bytes);
}

/** CRC-32 of each byte value behind nothing. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/** The CRC-32 of zlib, without the call into it that takes longer than sixty bytes do. */
function checksum(bytes: Uint8Array, length: number): number {
  let remainder = 0xffffffff;
  for (let at = 0; at < length; at++)
    remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~remainder >>> 0;
}

export type FrameEvent =
  | { readonly kind: "frame"; readonly content: Buffer }
  /** Something between two ENDs that was no frame. */
  | { readonly kind: "garbage" }
  | { readonly kind: "emergency" };

/** Bytes to frames. Total, invariant to how the stream was chunked, bounded: of a frame that is too long nothing is kept. */
export class FrameReader {
  readonly #content = Buffer.alloc(LARGEST_CONTENT_BYTES);
  #length = 0;
  #escaping = false;
  #broken = false;

  /** Bytes that are kept of a frame that has not ended. */
  get pending(): number {
    return this.#length;
  }

  append(chunk: Uint8Array): FrameEvent[] {
    const events: FrameEvent[] = [];
    const content = this.#content;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === END) this.#end(events);
      else if (byte === EMERGENCY_BYTE) events.push({ kind: "emergency" });
      else if (byte === ESCAPE && !this.#escaping) this.#escaping = true;
      else {
        if (this.#length === LARGEST_CONTENT_BYTES) this.#broken = true;
        else content[this.#length++] = this.#escaping ? byte ^ FLIP : byte;
        this.#escaping = false;
      }
    }
    return events;
  }

  #end(events: FrameEvent[]): void {
    const length = this.#length - CRC_BYTES;
    const whole = !this.#broken && !this.#escaping;
    const empty = this.#length === 0 && whole;
    this.#length = 0;
    this.#broken = false;
    this.#escaping = false;
    if (empty) return;
    if (whole && length > 0 && checksum(this.#content, length) === this.#content.readUInt32LE(length)) {
      const content = Buffer.allocUnsafe(length);
      this.#content.copy(content, 0, 0, length);
      events.push({ kind: "frame", content });
    } else events.push({ kind: "garbage" });
  }
}
