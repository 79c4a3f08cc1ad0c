import { refuse } from "../record/imports/importReader.ts";
import { readAbf1 } from "./abf1.ts";
import { readAbf2 } from "./abf2.ts";
import { readAtf } from "./atf.ts";
import { ByteReader, type ByteSource, latin1 } from "./byteSource.ts";
import { isHeka, readHeka } from "./heka.ts";
import { QDF_MAGIC, readQdf } from "./qdf.ts";
import type { Recording, RecordingFormat } from "./recording.ts";

const READERS: Readonly<Record<RecordingFormat, (reader: ByteReader) => Recording>> = {
  abf1: readAbf1,
  abf2: readAbf2,
  atf: readAtf,
  heka: readHeka,
  qdf: readQdf,
};

/** What people call the formats. */
export const RECORDING_TITLES: Readonly<Record<RecordingFormat, string>> = {
  abf1: "Axon Binary Format 1",
  abf2: "Axon Binary Format 2",
  atf: "Axon Text File",
  heka: "HEKA PATCHMASTER bundle",
  qdf: "QUB tree file (QDF)",
};

/** By the first bytes, never by the name. @param head the first 16 bytes or more */
export function recogniseRecording(head: Uint8Array): RecordingFormat | undefined {
  const text = latin1(head.subarray(0, QDF_MAGIC.length));
  if (text === QDF_MAGIC) return "qdf";
  if (text.startsWith("ABF2")) return "abf2";
  if (text.startsWith("ABF ")) return "abf1";
  if (/^ATF[\t ]/u.test(text)) return "atf";
  return isHeka(head) === "bundle" ? "heka" : undefined;
}

/**
 * Opens a recording of a patch-clamp or nanopore program. Only tables are read; samples when they are asked for.
 * @param partial what is whole of a file that was cut, with a note on what was lost, instead of a refusal
 * @throws ProtocolError in one line with the byte, or line and column, and what was expected there
 */
export function openRecording(source: ByteSource, { partial = false } = {}): Recording {
  const head = new Uint8Array(Math.min(16, source.size));
  source.read(0, head);
  const format = recogniseRecording(head);
  if (format) {
    const reader = new ByteReader(source, { partial });
    const recording = READERS[format](reader);
    const { losses } = reader;
    return losses.length === 0 ? recording : { ...recording, cut: true, notes: [...recording.notes, ...losses] };
  }
  if (source.size === 0) throw refuse(source.file, 0, 0, "byte 0: the file is empty, expected a recording");
  if (isHeka(head) === "old")
    throw refuse(
      source.file,
      0,
      0,
      `byte 0: ${latin1(head.subarray(0, 4))} is an older HEKA file, expected a bundle ("DAT2"); PATCHMASTER saves it as one`,
    );
  if (latin1(head.subarray(0, 4)) === "2FBA")
    throw refuse(source.file, 0, 0, "byte 0: an ABF file with the bytes the other way round, expected ABF of a PC");
  throw refuse(
    source.file,
    0,
    0,
    `byte 0: expected ${Object.values(RECORDING_TITLES).join(", ")} ("ABF ", "ABF2", "ATF", "DAT2", "${QDF_MAGIC}")`,
  );
}
