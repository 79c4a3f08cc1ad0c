import { discoverPorts } from "../../core/drivers/discoverPorts.ts";
import { isSimulated } from "../../core/drivers/instrument.ts";
import { identifyAt } from "../../core/drivers/openArray.ts";
import { DRIVERS } from "../../core/drivers/registry.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import type { ARRAY_ASKS, Cell } from "../../core/labMessages/arrays.ts";
import { NO_LIMITS } from "../../core/limits.ts";
import { DOSE_QUANTITIES, EXPOSURES } from "../../core/disturbBook.ts";
import { readArrayFile, readEnvelope } from "../../core/protocol/readArrayFile.ts";
import { cleanText } from "../../core/cleanText.ts";
import { recordCalibration } from "../../recorder/makeManifest.ts";
import type { LabArray } from "../arrays/labArray.ts";
import { completeAddress } from "../arrays/openInstrument.ts";
import type { AskHandlers } from "../clientSession.ts";
import type { LabService } from "../labService.ts";
import { Refusal } from "../refusal.ts";
import { writePulses, writeReads } from "./cellExperiments.ts";

type Asks = keyof typeof ARRAY_ASKS;

/** Questions about arrays and their junctions. */
export function answerArrays(lab: LabService): Pick<AskHandlers, Asks> {
  const submitCells = async (array: LabArray, text: string, kind: "read" | "pulse", by: string) => {
    const file = `${kind}.yaml`;
    const job = await lab.queue.submit({
      text,
      file,
      array,
      own: false,
      kind,
      by,
      manyPulses: false,
      confirmPrompts: false,
      first: true,
      notes: "",
    });
    return { job: job.job };
  };
  return {
    "list-arrays": () => ({ arrays: lab.arrays.map((array) => array.card()) }),
    "discover-ports": async () => ({
      ports: (await discoverPorts()).map((port) => ({
        path: port.path,
        byId: port.byId ?? null,
        manufacturer: port.manufacturer ?? null,
        product: port.product ?? null,
        serialNumber: port.serialNumber ?? null,
        drivers: DRIVERS.filter(({ productPattern }) => port.product && productPattern.test(port.product)).map(
          ({ name }) => name,
        ),
        array:
          lab.arrays.find(({ parts }) => parts.addresses.some((address) => address.startsWith(`serial:${port.path}`)))
            ?.id ?? null,
      })),
      drivers: DRIVERS.map(({ name }) => name),
    }),
    identify: async ({ address }) => {
      const { driver, identity } = await identifyAt(completeAddress(address), wallTimer);
      const { manufacturer, model, serial, firmware } = identity;
      const short = (text: string) => cleanText(text).slice(0, 500);
      return {
        driver: driver.name,
        identity: {
          manufacturer: short(manufacturer),
          model: short(model),
          serial: short(serial),
          firmware: short(firmware),
        },
        simulated: isSimulated(identity),
      };
    },
    "open-emulated": ({ text, file, name, seed = 0, living = false }) => {
      const { array: config, limits, chip } = readArrayFile(text, file);
      const { rows, columns, junction } = config;
      const array = lab.openEmulated({
        config,
        limits,
        chip,
        name: name ?? `${rows} × ${columns} ${junction.model}`,
        seed,
        living,
      });
      return { array: array.card() };
    },
    "open-instrument": async ({ addresses, grid, name, envelope, calibration, uncalibrated = false }) => {
      const { limits, chip } = envelope ? readEnvelope(envelope.text, envelope.file) : { limits: NO_LIMITS, chip: {} };
      const array = await lab.openInstrument({
        addresses: addresses.map(completeAddress),
        grid,
        name,
        limits,
        chip,
        calibration: calibration && recordCalibration(calibration.text, calibration.file),
        uncalibrated,
      });
      return { array: array.card() };
    },
    "close-array": async ({ array: id, abort = false }, session) => {
      const array = lab.findArray(id);
      const job = array.job;
      if (job !== undefined) {
        if (!abort) throw new Refusal("BUSY", `${array.parts.name} runs ${job}`, "abort it first, or close with abort");
        await lab.queue.control(job, "abort", session.name);
      }
      await lab.closeArray(array);
      return {};
    },
    "make-safe": async ({ array: id, how }, session) => {
      const array = lab.findArray(id);
      if (array.job !== undefined) await lab.queue.control(array.job, how === "ramp" ? "abort" : "panic", session.name);
      else await array.parts.backend.makeSafe(how);
      return { array: array.card() };
    },
    rearm: ({ array: id }, session) => {
      const array = lab.findArray(id);
      if (array.parts.arming.state.kind !== "tripped")
        throw new Refusal("ARM", `${array.parts.name} is not latched`, "there is nothing to clear");
      array.parts.arming.rearm();
      lab.log.write("warning", "client", `${session.name} cleared the latch of ${array.parts.name}`, { array: id });
      lab.alarms.settle(`tripped ${id}`);
      lab.tellArray(array);
      lab.queue.go();
      return { array: array.card() };
    },
    "set-living": async ({ array: id, living }) => {
      const array = lab.findArray(id);
      if (!array.parts.emulated)
        throw new Refusal("UNSUPPORTED", "only emulated arrays live by themselves", "read a real one with read-cells");
      array.living = living;
      if (living) lab.resumeLiving(array);
      else if (array.job === undefined) await lab.quieten(array);
      lab.tellArray(array);
      return { array: array.card() };
    },
    "mark-map": ({ array: id }) => {
      const array = lab.findArray(id);
      array.mark();
      lab.tellArray(array);
      return {};
    },
    "set-target": ({ array: id, target_S }) => {
      const array = lab.findArray(id);
      const count = array.book.masked.length;
      if (target_S && target_S.length !== count)
        throw new Refusal("MESSAGE", `the target has ${target_S.length} values, the array ${count} junctions`);
      array.setTarget(target_S ? Float64Array.from(target_S) : undefined);
      lab.tellArray(array);
      return {};
    },
    "set-mask": ({ array: id, masked }) => {
      const array = lab.findArray(id);
      array.book.masked.fill(0);
      for (const { row, column } of masked) array.book.masked[indexOf(array, row, column)] = 1;
      array.changes.next();
      return {};
    },
    "read-cells": ({ array: id, cells, voltage_V, width_s }, session) => {
      const array = lab.findArray(id);
      return submitCells(array, writeReads(array, cells, voltage_V, width_s), "read", session.name);
    },
    "pulse-cells": ({ array: id, cells, voltage_V, width_s }, session) => {
      const array = lab.findArray(id);
      return submitCells(array, writePulses(array, cells, voltage_V, width_s), "pulse", session.name);
    },
    cell: ({ array: id, row, column }) => describeCell(lab, lab.findArray(id), row, column),
    "add-note": ({ array: id, row, column, text }, session) => {
      const array = lab.findArray(id);
      indexOf(array, row, column);
      lab.notes.add(array.parts.name, row, column, text, session.name);
      return describeCell(lab, array, row, column);
    },
    "read-map": ({ array: id, quantities }) => {
      const array = lab.findArray(id);
      const maps = quantities.map((quantity) => {
        const values = array.map(quantity);
        if (typeof values === "string") throw new Refusal("UNSUPPORTED", `${quantity}: ${values}`);
        return [quantity, [...values]] as const;
      });
      return { time_s: array.parts.time_s(), grid: array.parts.backend.grid, maps: Object.fromEntries(maps) };
    },
  };
}

function describeCell(lab: LabService, array: LabArray, row: number, column: number): Cell {
  const k = indexOf(array, row, column);
  const conductance = array.map("conductance_S");
  const { disturb } = array;
  const doses = disturb
    ? EXPOSURES.flatMap((exposure) =>
        DOSE_QUANTITIES.map((dose) => [`${exposure}.${dose}`, disturb.doses[exposure][dose][k] ?? Number.NaN] as const),
      )
    : [];
  return {
    row,
    column,
    conductance_S: typeof conductance === "string" ? Number.NaN : (conductance[k] ?? Number.NaN),
    history: array.book.history(row, column),
    notes: lab.notes.read(array.parts.name, row, column),
    loop: array.book.loop(row, column),
    doses: Object.fromEntries(doses),
    masked: array.book.masked[k] === 1,
  };
}

/** @throws Refusal for a junction outside */
function indexOf(array: LabArray, row: number, column: number): number {
  const { rows, columns } = array.parts.backend.grid;
  if (row >= rows || column >= columns)
    throw new Refusal(
      "MESSAGE",
      `there is no junction r${row} c${column}`,
      `allowed are r0 c0 to r${rows - 1} c${columns - 1}`,
    );
  return row * columns + column;
}
