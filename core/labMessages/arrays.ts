import { z } from "zod";
import type { Capabilities } from "../arrayBackend.ts";
import type { DeepReadonly } from "./deepReadonly.ts";
import { DOSE_QUANTITIES, EXPOSURES } from "../disturbBook.ts";
import { capabilitiesSchema, limitsSchema, tripSchema } from "../record/eventCodec.ts";
import {
  address,
  cells,
  count,
  finite,
  grid,
  id,
  long,
  real,
  reals,
  sentence,
  short,
  source,
  stamp,
} from "./fields.ts";

/**
 * What a map of an array can show, row-major, one double per junction on the side of the service, a float32 in frames.
 * The order is the number in map frames: append only.
 *
 * | quantity            | what                                                                                         |
 * |---------------------|----------------------------------------------------------------------------------------------|
 * | `conductance_S`     | emulated: chord conductance now; measured: current over voltage of the latest read; NaN = never read |
 * | `current_A`         | of the latest read                                                                           |
 * | `voltage_V`         | command voltage of that read                                                                 |
 * | `readTime_s`        | array time of that read                                                                      |
 * | `change_S`          | conductance minus that at the mark (`mark-map`)                                              |
 * | `target_S`          | what was asked for with `set-target`, or what the run's write-verify aims at                 |
 * | `error_S`           | conductance minus target                                                                     |
 * | `rowNode_V`, `columnNode_V` | line potentials at each junction at the last solution (emulated only)                |
 * | `junctionVoltage_V` | their difference                                                                             |
 * | `dropFactor`        | junction voltage over read voltage, all rows driven and all columns clamped: 1 = no IR drop  |
 * | `mask`              | 1 = left out by the user                                                                     |
 * | `EXPOSURE.DOSE`     | disturb doses of the live or latest run, e.g. `halfSelected.voltage_Vs` (disturbBook.ts)     |
 *
 * Resistance is 1 / `conductance_S`: the page's own.
 */
export const MAP_QUANTITIES = [
  "conductance_S",
  "current_A",
  "voltage_V",
  "readTime_s",
  "change_S",
  "target_S",
  "error_S",
  "rowNode_V",
  "columnNode_V",
  "junctionVoltage_V",
  "dropFactor",
  "mask",
  ...EXPOSURES.flatMap((exposure) => DOSE_QUANTITIES.map((dose) => `${exposure}.${dose}` as const)),
] as const;

export type MapQuantity = (typeof MAP_QUANTITIES)[number];
export const mapQuantity = z.enum(MAP_QUANTITIES);

/** Who the instrument says it is; cleaned of control and direction characters, and still nothing to trust. */
export const identitySchema = z.strictObject({ manufacturer: short, model: short, serial: short, firmware: short });

/** As the waist has them, which nobody changes. */
const capabilities: z.ZodType<Capabilities> = capabilitiesSchema;

/**
 * An array that the service owns: everything a card in the instruments panel shows.
 */
export const arrayCardSchema = z.strictObject({
  array: id,
  /** The number of this array in binary frames. */
  handle: count,
  name: short,
  source,
  /** The mark SIMULATED: an emulated array, or an emulated instrument behind a real port. */
  simulated: z.boolean(),
  /** Of an instrument. */
  identity: identitySchema.nullable(),
  /** Addresses as in `run --on`; empty for emulated arrays. */
  addresses: z.array(short),
  /** Junction model of an emulated array, "" otherwise. */
  model: short,
  /**
   * `idle`: outputs safe, ready. `running`, `paused`, `stopping`: a run has it. `latched`: a limit tripped; nothing is sent until
   * `rearm`. `vanished`: the port is gone; close it and open it again. `unsafe`: nobody knows what the outputs do.
   */
  state: z.enum(["idle", "running", "paused", "stopping", "latched", "vanished", "unsafe"]),
  /** What happened and what to do, for people; "" when all is well. */
  notice: sentence,
  outputs: z.enum(["safe", "driven", "held", "unknown"]),
  /** The trip that latched it. */
  latch: tripSchema.nullable(),
  grid,
  capabilities,
  /** The safety envelope in force: the strictest of instrument, chip and what it was opened with. Infinity = none. */
  limits: limitsSchema,
  /** Whether the outputs reach 0 V by themselves when the computer falls silent. */
  safeOnSilence: z.boolean(),
  calibration: z.strictObject({ file: short, identity: short, date: short }).nullable(),
  /** The job that has it. */
  job: id.nullable(),
  /** The run that is being recorded. */
  run: id.nullable(),
  /** Array time, seconds. */
  time_s: real,
  /** What can be shown of it. `why` says why not, for the tooltip of a disabled choice. */
  quantities: z.array(z.strictObject({ quantity: mapQuantity, available: z.boolean(), why: sentence })),
  opened: stamp,
  /** Reads itself in the background so that its volatile junctions can be watched; emulated arrays only. */
  living: z.boolean(),
});

export type ArrayCard = DeepReadonly<z.output<typeof arrayCardSchema>>;

const portSchema = z.strictObject({
  path: short,
  byId: short.nullable(),
  manufacturer: short.nullable(),
  product: short.nullable(),
  serialNumber: short.nullable(),
  /** Drivers that may fit by the names of the port, most likely first. */
  drivers: z.array(short),
  /** An array of ours that has it open. */
  array: id.nullable(),
});

export type FoundPortCard = DeepReadonly<z.output<typeof portSchema>>;

/** One look at, or touch of, a junction, newest last. */
const historyEntrySchema = z.strictObject({
  wall: stamp,
  time_s: real,
  run: id,
  step: count,
  /** Role of the step: "read", "pulse", "sweep", "map" ... */
  role: short,
  label: short,
  /** Mean over the last window; NaN where there was none. */
  voltage_V: real,
  current_A: real,
  conductance_S: real,
});

const noteSchema = z.strictObject({ wall: stamp, by: short, text: sentence });

export const cellSchema = z.strictObject({
  row: count,
  column: count,
  conductance_S: real,
  /** At most the latest 500. */
  history: z.array(historyEntrySchema),
  notes: z.array(noteSchema),
  /** Last current-voltage sweep, thinned to at most 2000 points in the order of time. */
  loop: z.strictObject({ run: id, step: count, voltage_V: reals, current_A: reals }).nullable(),
  /** `EXPOSURE.DOSE` of the live or latest run. */
  doses: z.record(z.string(), real),
  masked: z.boolean(),
});

export type Cell = DeepReadonly<z.output<typeof cellSchema>>;

const array = { array: id };
const card = z.strictObject({ array: arrayCardSchema });
const nothing = z.strictObject({});

export const ARRAY_ASKS = {
  "list-arrays": { body: nothing, answer: z.strictObject({ arrays: z.array(arrayCardSchema) }) },
  /** Serial ports of the service's machine; one that is not listed can still be named. */
  "discover-ports": { body: nothing, answer: z.strictObject({ ports: z.array(portSchema), drivers: z.array(short) }) },
  /** Asks who is at an address, and closes it again. */
  identify: {
    body: z.strictObject({ address: short }),
    answer: z.strictObject({ driver: short, identity: identitySchema, simulated: z.boolean() }),
  },
  /** An emulated array from the `array:` of an experiment file (`text` is the whole file). */
  "open-emulated": {
    body: z.strictObject({
      text: long,
      file: short,
      name: short.exactOptional(),
      seed: count.exactOptional(),
      living: z.boolean().exactOptional(),
    }),
    answer: card,
  },
  /** Instruments at addresses as in `run --on`: opening asks who it is and puts its output to 0 V. */
  "open-instrument": {
    body: z.strictObject({
      addresses: z.array(short).min(1).max(8),
      grid: grid.default({ rows: 1, columns: 1 }),
      name: short.exactOptional(),
      /** An experiment file whose `limits` and `chip` become the envelope. */
      envelope: z.strictObject({ text: long, file: short }).exactOptional(),
      /** A calibration file (JSON). Without one a real instrument is not armed unless `uncalibrated`. */
      calibration: z.strictObject({ text: long, file: short }).exactOptional(),
      uncalibrated: z.boolean().exactOptional(),
    }),
    answer: card,
  },
  /** Outputs safe, port free. A running array is aborted only with `abort`. */
  "close-array": { body: z.strictObject({ ...array, abort: z.boolean().exactOptional() }), answer: nothing },
  /** Outputs to 0 V without ending anything else; a run on it ends. Answered when they are safe. */
  "make-safe": { body: z.strictObject({ ...array, how: z.enum(["ramp", "immediate"]) }), answer: card },
  /** Clears the latch of a trip. Do so knowing why it tripped: the next run records it. */
  rearm: { body: z.strictObject({ ...array }), answer: card },
  /** Switches the background reads of an emulated array. */
  "set-living": { body: z.strictObject({ ...array, living: z.boolean() }), answer: card },
  /** From now on `change_S` counts from the present map. */
  "mark-map": { body: z.strictObject({ ...array }), answer: nothing },
  /** rows x columns, NaN = no target there; null takes the target away. */
  "set-target": { body: z.strictObject({ ...array, target_S: reals.nullable() }), answer: nothing },
  /** Junctions that maps grey out and `read-cells all` leaves out. Replaces the mask. */
  "set-mask": { body: z.strictObject({ ...array, masked: z.array(address).max(1 << 20) }), answer: nothing },
  /**
   * Reads junctions now, through engine and limiter, as a recorded run of its own at the head of the queue.
   * @returns the job; results come as news `cells-read` and in the maps
   */
  "read-cells": {
    body: z.strictObject({
      ...array,
      cells,
      /** Default: that of the protocol read-map. */
      voltage_V: finite.exactOptional(),
      width_s: finite.exactOptional(),
    }),
    answer: z.strictObject({ job: id }),
  },
  /** One pulse to each junction, then a read; the same way. */
  "pulse-cells": {
    body: z.strictObject({ ...array, cells, voltage_V: finite, width_s: finite }),
    answer: z.strictObject({ job: id }),
  },
  cell: { body: z.strictObject({ ...array, row: count, column: count }), answer: cellSchema },
  /** Notes are kept beside the runs (`lab-notes.json`), by array name and junction. */
  "add-note": { body: z.strictObject({ ...array, row: count, column: count, text: sentence }), answer: cellSchema },
  /** Whole maps at once, for tables and scripts; windows watch them (`watch-map`). */
  "read-map": {
    body: z.strictObject({ ...array, quantities: z.array(mapQuantity).min(1).max(40) }),
    answer: z.strictObject({ time_s: real, grid, maps: z.record(z.string(), reals) }),
  },
} as const;
