import { MAP_QUANTITIES, type MapQuantity } from "./arrays.ts";

/**
 * Binary frames, little-endian, one per WebSocket message or transferred buffer. All begin alike:
 *
 * | offset | type | what                                   |
 * |--------|------|----------------------------------------|
 * | 0      | u16  | 0x5043, the letters "CP"               |
 * | 2      | u8   | version, 1                             |
 * | 3      | u8   | kind: 1 samples, 2 map                 |
 * | 4      | u32  | stream (`watch-samples`, `watch-map`)  |
 * | 8      | u32  | sequence within the stream, from 0     |
 * | 12     | u32  | handle of the array                    |
 *
 * Samples go on:
 *
 * | offset | type | what                                                                       |
 * |--------|------|----------------------------------------------------------------------------|
 * | 16     | u32  | column                                                                     |
 * | 20     | u32  | n, pixels                                                                  |
 * | 24     | f64  | array time at which the first pixel begins, seconds                        |
 * | 32     | f64  | array time of one pixel, seconds                                           |
 * | 40     | u32  | pixels of this column dropped before this frame because it was not read    |
 * | 44     | u32  | samples lost by the array within it                                        |
 * | 48     | f32  | n least currents, n largest; n least voltages, n largest; n least conductances, n largest |
 * | 48+24n | u8   | n flags, 1 = the amplifier saturated                                       |
 *
 * Maps go on:
 *
 * | offset | type | what                                              |
 * |--------|------|---------------------------------------------------|
 * | 16     | u32  | rows                                              |
 * | 20     | u32  | columns                                           |
 * | 24     | f64  | array time, seconds                               |
 * | 32     | u32  | quantity, index into MAP_QUANTITIES               |
 * | 36     | u32  | 0                                                 |
 * | 40     | f32  | rows x columns values, row-major, NaN = unknown   |
 */
export type LabFrame = SampleFrame | MapFrame;

interface Frame {
  readonly stream: number;
  readonly sequence: number;
  readonly handle: number;
}

/**
 * Consecutive pixels of one column. Pixel k covers [start_s + k pixel_s, start_s + (k + 1) pixel_s) of array time;
 * NaN where it holds no valid sample. Frames of one column follow in time; time between them was not sampled.
 */
export interface SampleFrame extends Frame {
  readonly kind: "samples";
  readonly column: number;
  readonly start_s: number;
  readonly pixel_s: number;
  readonly dropped: number;
  readonly lost: number;
  readonly leastCurrent_A: Float32Array;
  readonly largestCurrent_A: Float32Array;
  readonly leastVoltage_V: Float32Array;
  readonly largestVoltage_V: Float32Array;
  readonly leastConductance_S: Float32Array;
  readonly largestConductance_S: Float32Array;
  readonly overload: Uint8Array;
}

export interface MapFrame extends Frame {
  readonly kind: "map";
  readonly rows: number;
  readonly columns: number;
  readonly time_s: number;
  readonly quantity: MapQuantity;
  readonly values: Float32Array;
}

const MAGIC = 0x5043;
const VERSION = 1;
const SAMPLES = 1;
const MAP = 2;
const SAMPLES_HEADER = 48;
const MAP_HEADER = 40;

const PIXEL_LISTS = [
  "leastCurrent_A",
  "largestCurrent_A",
  "leastVoltage_V",
  "largestVoltage_V",
  "leastConductance_S",
  "largestConductance_S",
] as const;

/** @returns a fresh buffer, fit to be transferred */
export function encodeFrame(frame: LabFrame): ArrayBuffer {
  return frame.kind === "samples" ? encodeSamples(frame) : encodeMap(frame);
}

function encodeSamples(frame: SampleFrame): ArrayBuffer {
  const n = frame.overload.length;
  const buffer = new ArrayBuffer(SAMPLES_HEADER + 25 * n);
  const view = begin(buffer, SAMPLES, frame);
  view.setUint32(16, frame.column, true);
  view.setUint32(20, n, true);
  view.setFloat64(24, frame.start_s, true);
  view.setFloat64(32, frame.pixel_s, true);
  view.setUint32(40, frame.dropped, true);
  view.setUint32(44, frame.lost, true);
  PIXEL_LISTS.forEach((list, k) => putFloats(buffer, SAMPLES_HEADER + 4 * n * k, frame[list]));
  new Uint8Array(buffer, SAMPLES_HEADER + 24 * n).set(frame.overload);
  return buffer;
}

function encodeMap(frame: MapFrame): ArrayBuffer {
  const buffer = new ArrayBuffer(MAP_HEADER + 4 * frame.rows * frame.columns);
  const view = begin(buffer, MAP, frame);
  view.setUint32(16, frame.rows, true);
  view.setUint32(20, frame.columns, true);
  view.setFloat64(24, frame.time_s, true);
  view.setUint32(32, MAP_QUANTITIES.indexOf(frame.quantity), true);
  putFloats(buffer, MAP_HEADER, frame.values);
  return buffer;
}

/**
 * @returns undefined for what is no frame, is cut short, or is of a newer version; never throws. The lists are views of
 * the buffer where the machine is little-endian.
 */
export function decodeFrame(buffer: ArrayBuffer): LabFrame | undefined {
  if (buffer.byteLength < MAP_HEADER) return undefined;
  const view = new DataView(buffer);
  if (view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== VERSION) return undefined;
  const common = {
    stream: view.getUint32(4, true),
    sequence: view.getUint32(8, true),
    handle: view.getUint32(12, true),
  };
  const kind = view.getUint8(3);
  if (kind === SAMPLES) return decodeSamples(view, common);
  return kind === MAP ? decodeMap(view, common) : undefined;
}

function decodeSamples(view: DataView<ArrayBuffer>, common: Frame): SampleFrame | undefined {
  const { buffer } = view;
  if (buffer.byteLength < SAMPLES_HEADER) return undefined;
  const n = view.getUint32(20, true);
  if (buffer.byteLength !== SAMPLES_HEADER + 25 * n) return undefined;
  const list = (k: number) => getFloats(buffer, SAMPLES_HEADER + 4 * n * k, n);
  return {
    kind: "samples",
    ...common,
    column: view.getUint32(16, true),
    start_s: view.getFloat64(24, true),
    pixel_s: view.getFloat64(32, true),
    dropped: view.getUint32(40, true),
    lost: view.getUint32(44, true),
    leastCurrent_A: list(0),
    largestCurrent_A: list(1),
    leastVoltage_V: list(2),
    largestVoltage_V: list(3),
    leastConductance_S: list(4),
    largestConductance_S: list(5),
    overload: new Uint8Array(buffer, SAMPLES_HEADER + 24 * n, n),
  };
}

function decodeMap(view: DataView<ArrayBuffer>, common: Frame): MapFrame | undefined {
  const { buffer } = view;
  const rows = view.getUint32(16, true);
  const columns = view.getUint32(20, true);
  const quantity = MAP_QUANTITIES[view.getUint32(32, true)];
  if (quantity === undefined || buffer.byteLength !== MAP_HEADER + 4 * rows * columns) return undefined;
  const values = getFloats(buffer, MAP_HEADER, rows * columns);
  return { kind: "map", ...common, rows, columns, time_s: view.getFloat64(24, true), quantity, values };
}

function begin(buffer: ArrayBuffer, kind: number, { stream, sequence, handle }: Frame): DataView<ArrayBuffer> {
  const view = new DataView(buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, VERSION);
  view.setUint8(3, kind);
  view.setUint32(4, stream, true);
  view.setUint32(8, sequence, true);
  view.setUint32(12, handle, true);
  return view;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function putFloats(buffer: ArrayBuffer, offset: number, values: Float32Array): void {
  if (LITTLE_ENDIAN) return new Float32Array(buffer, offset, values.length).set(values);
  const view = new DataView(buffer, offset);
  values.forEach((value, k) => view.setFloat32(4 * k, value, true));
}

function getFloats(buffer: ArrayBuffer, offset: number, length: number): Float32Array {
  if (LITTLE_ENDIAN) return new Float32Array(buffer, offset, length);
  const view = new DataView(buffer, offset);
  return Float32Array.from({ length }, (_, k) => view.getFloat32(4 * k, true));
}
