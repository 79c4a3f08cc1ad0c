import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type ImportSource, refuse } from "../../core/record/imports/importReader.ts";
import { describeSystemError } from "../../runtime/systemError.ts";

/** A file and what is packed in it are held in memory; ten million samples of a table are about 400 MB. */
export const LARGEST_IMPORT_BYTES = 1024 ** 3;
/** Text per piece when lines are split, so that a file larger than a string can be is still text. */
const PIECE_BYTES = 1 << 20;
/** A line beyond this is no line. */
const LONGEST_LINE = 1 << 20;

/** @throws ProtocolError when the file cannot be read, is too large, or is damaged */
export function openSource(file: string, partial = false, largest = LARGEST_IMPORT_BYTES): ImportSource {
  let bytes = readBounded(file, largest);
  let packedCut = false;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) ({ bytes, cut: packedCut } = unpack(file, bytes, partial, largest));
  if (bytes.length === 0) throw refuse(file, 1, 1, "the file is empty");
  return { file, bytes, lines: () => splitLines(file, bytes), unended: packedCut || bytes.at(-1) !== 0x0a };
}

function readBounded(file: string, largest: number): Uint8Array {
  try {
    const fd = openSync(file, "r");
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) throw refuse(file, 0, 0, "is no plain file, allowed are plain files");
      if (stat.size > largest) throw refuse(file, 0, 0, `has ${stat.size} bytes, allowed are ${largest}`);
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof Error && "path" in error && "reason" in error) throw error;
    throw refuse(file, 0, 0, describeSystemError(error));
  }
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
