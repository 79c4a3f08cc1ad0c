import { type ImportReader, type ImportSource, refuse } from "../../core/record/imports/importReader.ts";
import { READERS } from "./readers.ts";

/**
 * The reader of a file: the one asked for, the only one that is certain, or else the only one that may be.
 * @throws ProtocolError when there is none, or when several are
 */
export function chooseReader(source: ImportSource, asked: string | undefined): ImportReader {
  const all = READERS.map(({ name, title }) => `${name}: ${title}`).join("; ");
  if (asked !== undefined) {
    const reader = READERS.find(({ name }) => name === asked);
    if (!reader) throw refuse(source.file, 0, 0, `no reader "${asked}", there are ${all}`);
    return reader;
  }
  const answers = READERS.map((reader) => ({ reader, answer: reader.recognise(source) }));
  for (const wanted of ["certain", "possible"] as const) {
    const [first, second] = answers.filter(({ answer }) => answer === wanted).map(({ reader }) => reader);
    if (first && second)
      throw refuse(source.file, 0, 0, `may be read by ${first.name} and by ${second.name}; say which by --reader`);
    if (first) return first;
  }
  throw refuse(source.file, 0, 0, `is of no format that is known here (${all})`);
}
