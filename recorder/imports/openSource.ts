import { gunzipSync } from "node:zlib";
import { type ImportSource, refuse } from "../../core/record/imports/importReader.ts";
import { type ByteSource, memorySource } from "../../core/recordings/byteSource.ts";
import { openFileSource } from "../../runtime/fileSource.ts";

/** Tables, stores and what was packed are held in memory; ten million samples of a table are about 400 MB. Recordings are not. */
export const LARGEST_IMPORT_BYTES = 1024 ** 3;
/** Text per piece when lines are split, so that a file larger than a string can be is still text. */
const PIECE_BYTES = 1 << 20;
/** A line beyond this is no line. */
const LONGEST_LINE = 1 << 20;

const HEAD_BYTES = 4096;

/** An opened file; closing it makes what was not read yet unreadable. */
export interface OpenedSource extends ImportSource, Disposable {}

/** @throws ProtocolError when the file cannot be read, is damaged, or too large for what is asked of it */
export function openSource(file: string, partial = false, largest = LARGEST_IMPORT_BYTES): OpenedSource {
  const opened = openFileSource(file);
  try {
    const magic = readAll(opened, Math.min(2, opened.size));
    if (magic[0] !== 0x1f || magic[1] !== 0x8b) return describe(opened, false, largest, () => opened[Symbol.dispose]());
    const { bytes, cut } = unpack(file, readBounded(opened, largest), partial, largest);
    opened[Symbol.dispose]();
    return describe(memorySource(file, bytes), cut, largest, () => undefined);
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}

function describe(source: ByteSource, cut: boolean, largest: number, close: () => void): OpenedSource {
  const { file, size } = source;
  if (size === 0) throw refuse(file, 1, 1, "the file is empty");
  let whole: Uint8Array | undefined;
  const bytes = () => (whole ??= readBounded(source, largest));
  const last = new Uint8Array(1);
  source.read(size - 1, last);
  return {
    file,
    head: readAll(source, Math.min(HEAD_BYTES, size)),
    source,
    get bytes() {
      return bytes();
    },
    lines: () => splitLines(file, bytes()),
    unended: cut || last[0] !== 0x0a,
    [Symbol.dispose]: close,
  };
}

function readBounded(source: ByteSource, largest: number): Uint8Array {
  if (source.size > largest) throw refuse(source.file, 0, 0, `has ${source.size} bytes, allowed are ${largest}`);
  return readAll(source, source.size);
}

function readAll(source: ByteSource, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  source.read(0, bytes);
  return bytes;
}

function unpack(
  file: string,
  packed: Uint8Array,
  partial: boolean,
  largest: number,
): { bytes: Uint8Array; cut: boolean } {
  try {
    return { bytes: gunzipSync(packed, { maxOutputLength: largest }), cut: false };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw refuse(file, 0, 0, `is more than ${largest} bytes when unpacked, allowed are ${largest}`);
    if (code === "Z_BUF_ERROR") {
      if (!partial) throw refuse(file, 0, 0, "the packed file was cut; --partial takes what can be unpacked");
      // a cut stream gives what it holds when it is not asked for its end
      const finishFlush = 2;
      return { bytes: gunzipSync(packed, { maxOutputLength: largest, finishFlush }), cut: true };
    }
    throw refuse(file, 0, 0, `cannot be unpacked (${error instanceof Error ? error.message : String(error)})`);
  }
}

function* splitLines(file: string, bytes: Uint8Array): Generator<string, void, undefined> {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw refuse(file, 1, 1, "is text in UTF-16, allowed is UTF-8; save it as UTF-8");
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let number = 0;
  for (let at = 0; at < bytes.length || at === 0; at += PIECE_BYTES) {
    const end = Math.min(bytes.length, at + PIECE_BYTES);
    let text: string;
    try {
      text = rest + utf8.decode(bytes.subarray(at, end), { stream: end < bytes.length });
    } catch {
      throw refuse(file, number + 1, 1, "the file is not text in UTF-8");
    }
    const lines = text.split(/\r\n|\n|\r(?!\n|$)/u);
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE)
      throw refuse(file, number + lines.length + 1, 1, `a line has more than ${LONGEST_LINE} characters`);
    for (const line of lines) {
      number++;
      yield line;
    }
  }
  if (rest !== "") yield rest.replace(/\r$/u, "");
}
