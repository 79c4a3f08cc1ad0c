import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import { CALIBRATION_SCHEMA, type Calibration } from "../../core/calibration/calibration.ts";
import type { ArrayBackend } from "../../core/arrayBackend.ts";
import { type CalibrationRequest, readCalibrationRequest } from "../../core/calibration/calibrationRequest.ts";
import { type DummyReadings, fitCalibration } from "../../core/calibration/fitCalibration.ts";
import { measureDummies } from "../../core/calibration/measureDummies.ts";
import { openInstrumentArray } from "../../core/drivers/openArray.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { ProtocolError, RecordError } from "../../core/errors.ts";
import { formatSI } from "../../core/units.ts";
import { nodeFs } from "../../runtime/nodeFs.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import { writeAtomically } from "../../runtime/writeAll.ts";
import { askEnter } from "../askOperator.ts";
import { DUMMY_READINESS, quantityOf } from "../dummyCell.ts";
import { checkTarget, readText } from "../files.ts";
import { completeAddress } from "../../lab/arrays/openInstrument.ts";
import { log, printJson, printText } from "../terminal.ts";

/** `crosspore calibrate [FILE] [--on PORT]`: measures known resistors, fits, and writes a calibration or refuses it. */
export function add(program: Command): void {
  program
    .command("calibrate")
    .summary("make a calibration from resistors of known value")
    .description(
      "Measure resistors of known value in place of junctions and write what the amplifiers' currents mean: polarity, offset, gain, series resistance.",
    )
    .argument("[measurement]", "file that names array and resistors, YAML or JSON")
    .requiredOption("--out <file>", "calibration file to write, YAML")
    .option(
      "--on <address...>",
      "instrument (and its selector) that measures them, e.g. serial:/dev/ttyUSB0?driver=rodeostat",
    )
    .option(
      "--resistor <ohms...>",
      "in place of a file: the resistor at row 0, column 0, or several that are connected there in turn",
    )
    .option("--tolerance <fraction>", "what their maker promises, e.g. 0.1%", quantityOf(""))
    .option("--voltage <volts>", "largest voltage on them", quantityOf("V"))
    .option("--series <ohms>", "series resistance, where one resistor cannot tell it from gain", quantityOf("ohm"))
    .option("--operator <name>", "who measures")
    .option("--cable <text>", "what lies between")
    .option("--force", "replace an existing file")
    .option("--json", "the calibration as JSON")
    .action(calibrate);
}

interface CalibrateFlags {
  readonly out: string;
  readonly on?: readonly string[];
  readonly resistor?: readonly string[];
  readonly tolerance?: number;
  readonly voltage?: number;
  readonly series?: number;
  readonly operator?: string;
  readonly cable?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Levels of each sign, and the time of a reading that every instrument takes. */
const LEVELS = 5;
const READ_S = 0.1;
const SAMPLES_PER_READ = 10;

async function calibrate(file: string | undefined, flags: CalibrateFlags): Promise<void> {
  const { out, force = false, json } = flags;
  const request = file === undefined ? requestOf(flags) : readCalibrationRequest(readText(file), file);
  if (file !== undefined && (flags.resistor ?? flags.tolerance ?? flags.voltage ?? flags.series) !== undefined)
    throw refuse("resistors, tolerance, voltage and series resistance stand in the file");
  checkTarget(out, force);
  await using array = await openFor(request, flags.on);
  const readings = await measureInTurn(array, request, file === undefined);
  const { operator, cable, notes } = request;
  const calibration: Calibration = {
    calibration: CALIBRATION_SCHEMA,
    identity: array.capabilities.name,
    date: new Date().toISOString(),
    operator,
    cable,
    notes,
    ...fitCalibration(readings, request.series_ohm),
  };
  if (flags.on && calibration.polarity < 0)
    log(
      "a positive voltage gives a negative current: row and column leads are swapped; the calibration turns them round",
    );
  try {
    await nodeFs.removeFile(`${out}.tmp`).catch(() => undefined);
    await writeAtomically(nodeFs, dirname(out), basename(out), new TextEncoder().encode(stringify(calibration)));
  } catch (error) {
    throw new RecordError(`${out}: ${describeSystemError(error)}`, { cause: error });
  }
  if (json) printJson(calibration);
  else printText(`${describe(calibration)}${out}\n`);
}

function refuse(reason: string): ProtocolError {
  return new ProtocolError({ file: "calibrate", line: 0, column: 0, path: "" }, reason);
}

/** What stands in a file, from flags: one junction and its resistors. */
function requestOf(flags: CalibrateFlags): CalibrationRequest {
  const { on, resistor = [], tolerance, voltage = 0.1, series = 0, operator = "", cable = "" } = flags;
  if (!on || resistor.length === 0)
    throw refuse(
      "name a file that says what to measure, or an instrument (--on PORT) and its resistor (--resistor 1Mohm)",
    );
  if (tolerance === undefined) throw refuse("--tolerance is missing: what the maker of the resistor promises, e.g. 1%");
  if (!(tolerance >= 0 && tolerance < 1)) throw refuse(`--tolerance is ${tolerance}, allowed are 0 to 100 %`);
  const dummies = resistor.map((text) => {
    const resistance_ohm = quantityOf("ohm")(text);
    if (!(resistance_ohm > 0)) throw refuse(`--resistor is ${text}, allowed are values above 0`);
    return { row: 0, column: 0, resistance_ohm, tolerance };
  });
  if (!(voltage > 0)) throw refuse(`--voltage is ${voltage} V, allowed are values above 0`);
  const array = { rows: 1, columns: 1, junction: { model: "ohmic" } };
  const measurement = { dummies, voltage_V: voltage, levels: LEVELS, width_s: READ_S, series_ohm: series };
  return { array, operator, cable, notes: "", seed: 0, ...measurement };
}

function openFor({ array, seed, voltage_V }: CalibrationRequest, on: readonly string[] | undefined) {
  if (!on) return Promise.resolve(new EmulatedArray(array, { seed }));
  return openInstrumentArray({
    addresses: on.map(completeAddress),
    grid: { rows: array.rows, columns: array.columns },
    timer: wallTimer,
    limits: { voltage_V },
    readiness: DUMMY_READINESS,
  });
}

/** @param byHand whether all resistors have the same place, so that somebody has to change them */
async function measureInTurn(
  array: ArrayBackend,
  request: CalibrationRequest,
  byHand: boolean,
): Promise<readonly DummyReadings[]> {
  const { seed, voltage_V } = request;
  const { clock, unselectedLines } = array.capabilities;
  const read =
    clock === "wall"
      ? { width_s: Math.max(READ_S, request.width_s), samplesPerRead: SAMPLES_PER_READ }
      : { width_s: request.width_s };
  const bias = unselectedLines === "floating" ? "float" : "ground";
  const options = { seed, limits: { voltage_V } };
  if (!byHand) return measureDummies(array, { ...request, ...read, bias }, options);
  const readings: DummyReadings[] = [];
  for (const dummy of request.dummies) {
    if (request.dummies.length > 1)
      await askEnter(`Connect ${formatSI(dummy.resistance_ohm, "ohm", 6)} between row 0 and column 0`);
    readings.push(...(await measureDummies(array, { ...request, dummies: [dummy], ...read, bias }, options)));
  }
  return readings;
}

function describe({ polarity, series_ohm, seriesError_ohm, channels }: Calibration): string {
  const lines = channels.map(
    ({ column, gain, gainError, offset_A, offsetError_A }) =>
      `column ${column}: gain ${gain.toPrecision(6)} ± ${gainError.toPrecision(2)}, offset ${formatSI(offset_A, "A", 5)} ± ${formatSI(offsetError_A, "A", 2)}\n`,
  );
  const series = `series ${formatSI(series_ohm, "ohm", 5)} ± ${formatSI(seriesError_ohm, "ohm", 2)}`;
  return `polarity ${polarity > 0 ? "+1" : "-1"}, ${series}\n${lines.join("")}`;
}
