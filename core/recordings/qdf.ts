import { checkRange } from "./abfSamples.ts";
import { type ByteReader, latin1, refuseByte } from "./byteSource.ts";
import type { Recording, Series } from "./recording.ts";
import { refuse } from "../record/imports/importReader.ts";

export const QDF_MAGIC = "QUB_(;-)_QFS";
const NODE_BYTES = 32;
const MOST_NODES = 100_000;

interface QdfNode {
  readonly name: string;
  readonly byte: number;
  readonly type: number;
  readonly size: number;
  readonly count: number;
  readonly data: number;
  readonly children: readonly QdfNode[];
}

/** Width of a number by its type; other types are no samples. */
const WIDTHS: Readonly<Record<number, number>> = { 7: 2, 9: 4, 12: 4, 13: 8 };

/**
 * A tree file of QUB, as the nanopore amplifier of Electronic BioSciences writes it: voltages at the output of an integrating
 * amplifier. Which current that is, its feedback tells: `withFeedback`.
 */
export function readQdf(reader: ByteReader): Recording {
  const { file } = reader;
  const seen = new Set<number>();
  const root = readNodes(reader, QDF_MAGIC.length, seen, 0)[0];
  if (root?.name !== "DataFile") throw refuseByte(file, QDF_MAGIC.length, 'expected a tree "DataFile"');
  const sampling = child(file, root, "Sampling");
  const samplePeriod_s = numberOf(reader, sampling, 0);
  if (!(samplePeriod_s > 0 && Number.isFinite(samplePeriod_s)))
    throw refuseByte(file, sampling.data, `a sampling interval of ${samplePeriod_s} s, expected one above 0`);
  const scale = child(file, root, "Scaling");
  const scaling = numberOf(reader, scale, 0);
  if (!Number.isFinite(1 / scaling))
    throw refuseByte(file, scale.data, `a scale of ${scaling}, expected one that is not 0`);
  const counted = root.children.find(({ name }) => name === "ADChannelCount");
  const width = counted ? numberOf(reader, counted, 0) : 1;
  if (!(Number.isInteger(width) && width >= 1 && width <= 64))
    throw refuseByte(file, counted?.data ?? 0, `${width} channels, expected 1 to 64`);
  const segments = child(file, root, "Segments").children.map((segment) => {
    const samples = child(file, segment, "Channels");
    if (WIDTHS[samples.type] === undefined)
      throw refuseByte(file, samples.byte, `samples of type ${samples.type}, expected 7, 9, 12 or 13`);
    const start = segment.children.find(({ name }) => name === "StartTime");
    return {
      samples,
      points: Math.floor(samples.count / width),
      startTime_s: start ? numberOf(reader, start, 0) * START_UNIT_S : 0,
    };
  });
  if (segments.length === 0 || segments.some(({ points }) => points === 0))
    throw refuse(file, 0, 0, "holds no samples");
  const series: Series = {
    name: "",
    protocol: "",
    mode: "gap-free",
    samplePeriod_s,
    channels: Array.from({ length: width }, (_, k) => ({
      name: `AD ${k}`,
      unit: "V",
      quantity: "voltage",
      toSi: 1,
      gain: {},
    })),
    commands: [],
    sweeps: segments.length,
    sweep: (k) => segments[k]!,
    read: (k, channel, from, into) => {
      checkRange(series, k, from, into.length);
      readSamples(reader, segments[k]!.samples, width, channel, scaling, from, into);
    },
    command: (_sweep, output) => {
      throw new RangeError(`output ${output}, there is none`);
    },
  };
  return {
    format: "qdf",
    version: "1",
    file,
    program: "QUB tree file",
    started: "",
    comment: "",
    tags: [],
    series: [series],
    notes: [
      "samples are volts at the amplifier's output; a current needs its feedback (--feedback RESISTANCE,CAPACITANCE or its state file)",
    ],
  };
}

/** Times of segments are in milliseconds in QUB's files; the samples here have 0 alone. */
const START_UNIT_S = 1e-3;

/** Siblings from `byte` on, with their children. A node that is met twice is a loop. */
function readNodes(reader: ByteReader, byte: number, seen: Set<number>, depth: number): QdfNode[] {
  const nodes: QdfNode[] = [];
  if (depth > 32) throw refuseByte(reader.file, byte, "a tree of more than 32 levels");
  for (let at = byte; at !== 0; at = reader.u32(at + 20, "the next node")) {
    if (reader.whole(at, NODE_BYTES, 1, "nodes of the tree, with what is below them,") === 0) break;
    if (seen.has(at) || seen.size >= MOST_NODES)
      throw refuseByte(reader.file, at, `a node that was read already, or more than ${MOST_NODES} nodes`);
    seen.add(at);
    const type = reader.u8(at + 3, "the type of a node");
    const size = reader.u32(at + 4, "the size of a node");
    const count = reader.u32(at + 8, "the count of a node");
    const data = reader.u32(at + 12, "the data of a node");
    const below = reader.u32(at + 16, "the first child of a node");
    const length = reader.u8(at + 31, "the name of a node");
    let there = data === 0 ? 0 : count;
    if (data !== 0) {
      const width = WIDTHS[type];
      if (width !== undefined && width !== size)
        throw refuseByte(reader.file, at + 4, `numbers of type ${type} with ${size} bytes, expected ${width}`);
      there = reader.whole(data, size, count, "numbers of a node");
    }
    if (reader.whole(at + NODE_BYTES, 1, length, "characters of the name of a node") < length) break;
    nodes.push({
      name: latin1(reader.bytes(at + NODE_BYTES, length, "the name of a node")),
      byte: at,
      type,
      size,
      count: there,
      data,
      children: below === 0 ? [] : readNodes(reader, below, seen, depth + 1),
    });
  }
  return nodes;
}

function child(file: string, node: QdfNode, name: string): QdfNode {
  const found = node.children.find((other) => other.name === name);
  if (!found) throw refuseByte(file, node.byte, `expected a node "${name}" in "${node.name}"`);
  return found;
}

function numberOf(reader: ByteReader, { name, byte, type, count, data }: QdfNode, index: number): number {
  const width = WIDTHS[type];
  if (width === undefined || index >= count)
    throw refuseByte(reader.file, byte, `expected a number in "${name}", found type ${type} with ${count}`);
  return valueAt(new DataView(reader.bytes(data + index * width, width, "a number").buffer), 0, type);
}

function valueAt(view: DataView, at: number, type: number): number {
  if (type === 7) return view.getInt16(at, true);
  if (type === 9) return view.getInt32(at, true);
  return type === 12 ? view.getFloat32(at, true) : view.getFloat64(at, true);
}

const CHUNK = 1 << 14;

function readSamples(
  reader: ByteReader,
  { type, data }: QdfNode,
  width: number,
  channel: number,
  scaling: number,
  from: number,
  into: Float64Array,
): void {
  const size = WIDTHS[type]!;
  for (let done = 0; done < into.length; ) {
    const count = Math.min(Math.max(1, Math.floor(CHUNK / width)), into.length - done);
    const view = new DataView(
      reader.bytes(data + (from + done) * width * size, count * width * size, "samples").buffer,
    );
    for (let n = 0; n < count; n++) into[done + n] = valueAt(view, (n * width + channel) * size, type) / scaling;
    done += count;
  }
}
