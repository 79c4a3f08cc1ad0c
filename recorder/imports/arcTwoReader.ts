import type { Dataset, Group } from "h5wasm/node";
import type { ImportedRun, ImportedStep } from "../../core/record/imports/importedRun.ts";
import { type ImportReader, type ImportSource, refuse } from "../../core/record/imports/importReader.ts";

/**
 * Stores of ArC TWO (arc2control, H5DS 0.1): per crosspoint a growing table of current, voltage, pulse_width, read_voltage and
 * op_type (1 read, 2 pulse, 3 pulse then read), of which the first NROWS are filled. Words are rows, bits are columns,
 * both from 0. No times; experiment tables repeat points of the history and are named, not read twice.
 */
export const arcTwoReader: ImportReader = {
  name: "arc-two",
  title: "store of ArC TWO (HDF5)",
  version: 1,
  recognise: ({ head }) => (isHdf5(head) ? "possible" : "no"),
  read: readStore,
};

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const FIELDS = ["current", "voltage", "pulse_width", "read_voltage", "op_type"] as const;
const READ = 1;
const PULSE = 2;
/** Events of a store; beyond it something is wrong with the file. */
const MOST_ROWS = 20_000_000;
const LARGEST_SIDE = 4096;

function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, k) => bytes[k] === byte);
}

async function readStore({ file, bytes }: ImportSource): Promise<ImportedRun> {
  if (!isHdf5(bytes)) throw refuse(file, 0, 0, "is no HDF5 file");
  const h5 = await import("h5wasm/node");
  const { FS, activate_throwing_error_handler: throwErrors } = await h5.ready;
  throwErrors();
  const name = `import-${Math.random().toString(36).slice(2)}.h5`;
  FS.writeFile(name, bytes);
  try {
    const store = new h5.File(name, "r");
    try {
      return describe(
        store,
        file,
        (item): item is Group => item instanceof h5.Group,
        (item): item is Dataset => item instanceof h5.Dataset,
      );
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof Error && "reason" in error) throw error;
    // what the library says is a trace of its functions
    throw refuse(file, 0, 0, `is an HDF5 file that was damaged or cut, ${bytes.length} bytes are there`);
  } finally {
    FS.unlink(name);
  }
}

type IsGroup = (item: unknown) => item is Group;
type IsDataset = (item: unknown) => item is Dataset;

function describe(store: Group, file: string, isGroup: IsGroup, isDataset: IsDataset): ImportedRun {
  const number = (owner: Group | Dataset, attribute: string): number => {
    const value: unknown = owner.attrs[attribute]?.value;
    const single: unknown =
      ArrayBuffer.isView(value) || Array.isArray(value) ? (value as ArrayLike<unknown>)[0] : value;
    return typeof single === "number" || typeof single === "bigint" ? Number(single) : Number.NaN;
  };
  const [rows, columns] = [number(store, "words"), number(store, "bits")];
  const crosspoints = store.get("crosspoints");
  if (!isGroup(crosspoints) || !(rows >= 1) || !(columns >= 1))
    throw refuse(file, 0, 0, "is no store of ArC TWO: expected a group crosspoints and the attributes words and bits");
  if (rows > LARGEST_SIDE || columns > LARGEST_SIDE)
    throw refuse(file, 0, 0, `says ${rows} words and ${columns} bits, allowed are up to ${LARGEST_SIDE}`);
  const major = number(store, "H5DS_VERSION_MAJOR");
  if (major !== 0) throw refuse(file, 0, 0, `has version ${major} of the store, known is 0`);
  const steps: ImportedStep[] = [];
  const experiments: string[] = [];
  let clock_s = 0;
  let total = 0;
  for (const key of crosspoints.keys().toSorted()) {
    const address = /^W(\d+)B(\d+)$/u.exec(key);
    const group = crosspoints.get(key);
    if (!address || !isGroup(group)) continue;
    const [row, column] = [Number(address[1]), Number(address[2])];
    if (row >= rows || column >= columns)
      throw refuse(file, 0, 0, `/crosspoints/${key}: outside of ${rows} words and ${columns} bits`);
    const tables = group.get("experiments");
    if (isGroup(tables)) experiments.push(...tables.keys().map((table) => `${key}/${table}`));
    const series = group.get("timeseries");
    if (!isDataset(series)) continue;
    const path = `/crosspoints/${key}/timeseries`;
    const filled = number(series, "NROWS");
    const length = series.shape?.[0] ?? 0;
    if (!Number.isInteger(filled) || filled < 0 || filled > length)
      throw refuse(file, 0, 0, `${path}: NROWS is ${filled}, allowed are 0 to its ${length} rows`);
    total += filled;
    if (total > MOST_ROWS) throw refuse(file, 0, 0, `holds more than ${MOST_ROWS} events`);
    for (const [index, event] of readEvents(series, filled, file, path).entries()) {
      const { current_A, voltage_V, width_s, read_V, kind } = event;
      const place = { protocol: 0, row, column };
      if (kind & PULSE && width_s > 0) {
        steps.push({
          ...place,
          role: "pulse",
          label: `pulse, event ${index}`,
          startTime_s: clock_s,
          duration_s: width_s,
          largest_V: Math.abs(voltage_V),
          tags: { voltage_V, width_s },
        });
        clock_s += width_s;
      }
      if ((kind & READ) === 0) continue;
      steps.push({
        ...place,
        role: "read",
        label: `read, event ${index}`,
        startTime_s: clock_s,
        duration_s: 0,
        largest_V: Math.abs(read_V),
        tags: { voltage_V: read_V, ...(kind & PULSE && { after_V: voltage_V, width_s }) },
        read: { voltage_V: read_V, current_A },
      });
    }
  }
  if (steps.length === 0) throw refuse(file, 0, 0, "holds no event");
  const title: unknown = store.attrs["TITLE"]?.value;
  return {
    grid: { rows, columns },
    instrument: "ArC TWO",
    protocols: ["history"],
    facts: { title: typeof title === "string" ? title : "", events: total, experiments: experiments.length },
    notes: [
      "the file has no times: the clock adds up pulse widths alone, and the order between junctions is that of their addresses",
      ...(experiments.length > 0
        ? [
            `${experiments.length} tables of experiments are not read: their points are in the history (${experiments.slice(0, 5).join(", ")}${experiments.length > 5 ? ", …" : ""})`,
          ]
        : []),
    ],
    cut: false,
    steps,
  };
}

function readEvents(series: Dataset, filled: number, file: string, path: string) {
  const metadata = series.metadata as { compound_type?: { members: readonly { name: string }[] } };
  const members = metadata.compound_type?.members.map((member) => member.name) ?? [];
  const at = FIELDS.map((field) => members.indexOf(field));
  if (at.some((place) => place < 0))
    throw refuse(file, 0, 0, `${path}: has the columns ${members.join(", ") || "none"}, expected ${FIELDS.join(", ")}`);
  const values = filled === 0 ? [] : series.slice([[0, filled]]);
  if (!Array.isArray(values)) throw refuse(file, 0, 0, `${path}: is no table`);
  return values.map((entry: unknown, index) => {
    const numbers = at.map((place) => (Array.isArray(entry) ? Number(entry[place]) : Number.NaN));
    const [current_A = Number.NaN, voltage_V = Number.NaN, width_s = Number.NaN, read_V = Number.NaN, kind = 0] =
      numbers;
    if (!Number.isFinite(voltage_V + width_s) || width_s < 0 || kind < 1 || kind > 3)
      throw refuse(
        file,
        0,
        0,
        `${path}[${index}]: voltage ${voltage_V} V, width ${width_s} s, op_type ${kind}, allowed are numbers, widths from 0 and 1 to 3`,
      );
    return { current_A, voltage_V, width_s, read_V, kind };
  });
}
