import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Timer } from "../core/drivers/timer.ts";
import type { News, Policy } from "../core/labMessages/session.ts";
import { NO_LIMITS } from "../core/limits.ts";
import { readArrayFile } from "../core/protocol/readArrayFile.ts";
import { recordCalibration } from "../recorder/makeManifest.ts";
import { readVersion } from "../runtime/readVersion.ts";
import { completeAddress, type InstrumentChoice } from "./arrays/openInstrument.ts";
import { FIRST_ARRAY } from "./firstMinute.ts";
import { type LabServer, serveHttp } from "./http/serveHttp.ts";
import { LabService } from "./labService.ts";

/** A file that was read: its text and its name. */
export interface TextFile {
  readonly text: string;
  readonly file: string;
}

export interface StartOptions {
  readonly runsFolder: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Experiment files whose arrays are emulated; none, and no instrument either = the first array. */
  readonly arrays: readonly TextFile[];
  /** One instrument (and its selector); its grid and envelope are those of the first array file, 1 x 1 without one. */
  readonly on: readonly string[];
  readonly calibration?: TextFile;
  readonly uncalibrated: boolean;
  readonly policy?: Policy;
  readonly token?: string;
  /** Folder of the built page; default: the one of this package. */
  readonly pageFolder?: string;
  readonly onLog?: (line: News<"log">) => void;
  readonly onShutDown?: () => void;
  readonly wrapPort?: InstrumentChoice["wrap"];
  /** What instruments are timed by; default: the wall clock. */
  readonly timer?: Timer;
}

export interface RunningLab extends AsyncDisposable {
  readonly lab: LabService;
  readonly server: LabServer;
}

/** Beside this file in dist/, or below dist/ when run from source. */
export function builtPage(): string {
  const place = import.meta.url.endsWith(".ts") ? "../dist/renderer" : "../renderer";
  return fileURLToPath(new URL(place, import.meta.url));
}

/** The service with its first arrays; disposing ends it safely. @throws as opening arrays and ports does */
export async function openLab(options: Omit<StartOptions, "port" | "token" | "pageFolder">): Promise<LabService> {
  const { runsFolder, arrays, on, calibration, uncalibrated, policy, onLog, onShutDown, wrapPort, timer } = options;
  const lab = new LabService({
    runsFolder: resolve(runsFolder),
    version: await readVersion(),
    ...(policy && { policy }),
    ...(onLog && { onLog }),
    ...(onShutDown && { onShutDown }),
    ...(wrapPort && { wrapPort }),
    ...(timer && { timer }),
  });
  try {
    const read = arrays.map((one) => ({ ...one, ...readArrayFile(one.text, one.file) }));
    if (on.length > 0) {
      const [first] = read.splice(0, 1);
      await lab.openInstrument({
        addresses: on.map(completeAddress),
        grid: first ? { rows: first.array.rows, columns: first.array.columns } : { rows: 1, columns: 1 },
        name: undefined,
        limits: first?.limits ?? NO_LIMITS,
        chip: first?.chip ?? {},
        calibration: calibration && recordCalibration(calibration.text, calibration.file),
        uncalibrated,
      });
    }
    for (const { file, array: config, limits, chip } of read)
      lab.openEmulated({ config, limits, chip, name: file, seed: 0, living: true });
    if (arrays.length === 0 && on.length === 0) {
      const { array: config, limits, chip } = readArrayFile(FIRST_ARRAY.text, FIRST_ARRAY.file);
      lab.openEmulated({ config, limits, chip, name: FIRST_ARRAY.name, seed: FIRST_ARRAY.seed, living: true });
    }
  } catch (error) {
    await lab.close("it could not begin");
    throw error;
  }
  return lab;
}

/** The service behind a port of this machine. */
export async function startLab(options: StartOptions): Promise<RunningLab> {
  const { port, token, pageFolder = builtPage(), ...rest } = options;
  const lab = await openLab(rest);
  try {
    const server = await serveHttp({ lab, port, pageFolder, ...(token !== undefined && { token }) });
    return {
      lab,
      server,
      async [Symbol.asyncDispose]() {
        await lab.close("crosspore lab ends");
        await server[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lab.close("it could not begin");
    throw error;
  }
}
