import { arcOneReader } from "../../core/record/imports/arcOneReader.ts";
import type { ImportReader } from "../../core/record/imports/importReader.ts";
import { RECORDING_READERS } from "../../core/record/imports/recordingReader.ts";
import { tableReader } from "../../core/record/imports/tableReader.ts";
import { arcTwoReader } from "./arcTwoReader.ts";

/** Every foreign format that can be read; a new one is one file and one line here. */
export const READERS: readonly ImportReader[] = [arcOneReader, arcTwoReader, ...RECORDING_READERS, tableReader];
