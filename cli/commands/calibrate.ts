import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import { CALIBRATION_SCHEMA, type Calibration } from "../../core/calibration/calibration.ts";
import { readCalibrationRequest } from "../../core/calibration/calibrationRequest.ts";
import { fitCalibration } from "../../core/calibration/fitCalibration.ts";
import { measureDummies } from "../../core/calibration/measureDummies.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { RecordError } from "../../core/errors.ts";
import { formatSI } from "../../core/units.ts";
import { nodeFs } from "../../runtime/nodeFs.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import { writeAtomically } from "../../runtime/writeAll.ts";
import { checkTarget, readText } from "../files.ts";
import { printJson, printText } from "../terminal.ts";

/** `crosspore calibrate FILE --out CAL`: measures known resistors, fits, and writes a calibration or refuses it. */
export function add(program: Command): void {
  program
    .command("calibrate")
    .summary("make a calibration from resistors of known value")
    .description("Measure resistors of known value in place of junctions and write what the amplifiers' currents mean.")
    .argument("<measurement>", "file that names array and resistors, YAML or JSON")
    .requiredOption("--out <file>", "calibration file to write, YAML")
    .option("--force", "replace an existing file")
    .option("--json", "the calibration as JSON")
    .action((file: string, flags: CalibrateFlags) => calibrate(file, flags));
}

interface CalibrateFlags {
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

async function calibrate(file: string, { out, force = false, json }: CalibrateFlags): Promise<void> {
  const request = readCalibrationRequest(readText(file), file);
  checkTarget(out, force);
  await using array = new EmulatedArray(request.array, { seed: request.seed });
  const readings = await measureDummies(array, request, { seed: request.seed });
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
  try {
    await nodeFs.removeFile(`${out}.tmp`).catch(() => undefined);
    await writeAtomically(nodeFs, dirname(out), basename(out), new TextEncoder().encode(stringify(calibration)));
  } catch (error) {
    throw new RecordError(`${out}: ${describeSystemError(error)}`, { cause: error });
  }
  if (json) printJson(calibration);
  else printText(`${describe(calibration)}${out}\n`);
}

function describe({ polarity, series_ohm, seriesError_ohm, channels }: Calibration): string {
  const lines = channels.map(
    ({ column, gain, gainError, offset_A, offsetError_A }) =>
      `column ${column}: gain ${gain.toPrecision(6)} ± ${gainError.toPrecision(2)}, offset ${formatSI(offset_A, "A", 5)} ± ${formatSI(offsetError_A, "A", 2)}\n`,
  );
  const series = `series ${formatSI(series_ohm, "ohm", 5)} ± ${formatSI(seriesError_ohm, "ohm", 2)}`;
  return `polarity ${polarity > 0 ? "+1" : "-1"}, ${series}\n${lines.join("")}`;
}
