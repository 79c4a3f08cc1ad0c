import type { ImportedStep } from "./importedRun.ts";
import { type ImportOptions, refuse } from "./importReader.ts";

/** One event of a device as ArC instruments keep it. */
export interface ArcRow {
  readonly line: number;
  /** 0-based. */
  readonly row: number;
  readonly column: number;
  /** Of the read, after the pulse if there was one; Infinity where nothing flowed. */
  readonly resistance_ohm: number;
  /** Of the pulse; of the read where there was no pulse. */
  readonly amplitude_V: number;
  /** 0: no pulse, a read alone. */
  readonly width_s: number;
  /** "S R", "P", "CT_s", "CT_i_1", "FF_e", "RET_1580000000.1". */
  readonly tag: string;
  readonly read_V: number;
}

/** Modules of ArC ONE by the beginning of their tags (lab-software table; arc1_pyqt). */
const MODULES: Readonly<Record<string, string>> = {
  CT: "CurveTracer",
  CTLive: "CurveTracer live",
  FF: "FormFinder",
  SS: "SwitchSeeker",
  SS2: "SwitchSeeker",
  EN: "Endurance",
  RET: "Retention",
  VOL: "VolatilityRead",
  CRA: "ChronoAmperometry",
  CTS: "ConvergeToState",
  MSS1: "MultiStateSeeker",
  MSS2: "MultiStateSeeker",
  MSS3: "MultiStateSeeker",
  stdp: "STDP",
  MPF: "ParameterFit",
  MB: "MultiBias",
};

/**
 * Steps in the order of the file. A curve tracer's points become one sweep per cycle; everything else becomes a read,
 * after a pulse where there was one. Times: those of retention tags; anything else has none, and a read lasts nothing.
 */
export function arcSteps(
  rows: readonly ArcRow[],
  file: string,
  options: ImportOptions,
  notes: string[],
): { steps: ImportedStep[]; protocols: string[] } {
  const protocols: string[] = [];
  const steps: ImportedStep[] = [];
  let clock_s = 0;
  const protocolOf = (tag: string): number => {
    const name = MODULES[tag.split("_")[0] ?? ""] ?? "manual";
    const found = protocols.indexOf(name);
    return found >= 0 ? found : protocols.push(name) - 1;
  };
  const pulses = new Map<string, number>();
  let retentionStart = Number.NaN;
  let [swept, lasting] = [false, false];
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k];
    if (!row) continue;
    const place = { protocol: protocolOf(row.tag), row: row.row, column: row.column };
    const where = `${row.row} ${row.column}`;
    if (/^CT(?:Live)?_/u.test(row.tag) && row.width_s === 0) {
      const end = endOfCycle(rows, k);
      const points = rows.slice(k, end);
      k = end - 1;
      const samplePeriod_s = options.period_s ?? 1;
      swept = true;
      steps.push({
        ...place,
        role: "sweep",
        label: `${row.tag.split("_")[0] ?? ""} cycle ${cycleOf(points.at(-1)?.tag ?? "", points[1]?.tag ?? row.tag)}`,
        startTime_s: clock_s,
        duration_s: points.length * samplePeriod_s,
        largest_V: points.reduce((most, point) => Math.max(most, Math.abs(point.amplitude_V)), 0),
        tags: {
          frequency_Hz: 1 / (points.length * samplePeriod_s),
          cycles: 1,
          samplesPerCycle: points.length,
          ...(options.period_s === undefined && { times: "unknown" }),
        },
        samples: {
          samplePeriod_s,
          voltage_V: Float64Array.from(points, (point) => point.amplitude_V),
          current_A: Float64Array.from(points, (point) => point.amplitude_V / point.resistance_ohm),
        },
      });
      clock_s += points.length * samplePeriod_s;
      continue;
    }
    if (row.width_s > 0) {
      const pulse = (pulses.get(where) ?? 0) + 1;
      pulses.set(where, pulse);
      lasting = true;
      steps.push({
        ...place,
        role: "pulse",
        label: `pulse ${pulse}, ${row.tag}`,
        startTime_s: clock_s,
        duration_s: row.width_s,
        largest_V: Math.abs(row.amplitude_V),
        tags: { pulse, voltage_V: row.amplitude_V, width_s: row.width_s, tag: row.tag },
      });
      clock_s += row.width_s;
    }
    // without a pulse the amplitude is what the device was read at
    const read_V = row.width_s === 0 && row.amplitude_V !== 0 ? row.amplitude_V : row.read_V;
    if (!Number.isFinite(read_V) || read_V === 0)
      throw refuse(
        file,
        row.line,
        1,
        "the read voltage is neither in ReadVoltage nor in ReadTag, so resistances have no currents",
      );
    const stamp = /^RET_(\d+(?:\.\d+)?)$/u.exec(row.tag)?.[1];
    if (stamp !== undefined) {
      if (Number.isNaN(retentionStart)) retentionStart = Number(stamp) - clock_s;
      clock_s = Math.max(clock_s, Number(stamp) - retentionStart);
    }
    steps.push({
      ...place,
      role: "read",
      label: `read, ${row.tag}`,
      startTime_s: clock_s,
      duration_s: 0,
      largest_V: Math.abs(read_V),
      tags: {
        voltage_V: read_V,
        tag: row.tag,
        ...(row.width_s > 0 && { after_V: row.amplitude_V, width_s: row.width_s }),
        ...(stamp !== undefined && { time_s: Number(stamp) - retentionStart }),
      },
      read: { voltage_V: read_V, current_A: read_V / row.resistance_ohm },
    });
  }
  if (swept && options.period_s === undefined)
    notes.push(
      "the file does not say how long a point of a sweep lasted: frequencies and energies of sweeps are left out (--period says it)",
    );
  if (lasting) notes.push("the file has no times: the clock adds up pulse widths alone");
  return { steps, protocols };
}

/** A cycle ends with its experiment, with its number, or with its device. */
function endOfCycle(rows: readonly ArcRow[], start: number): number {
  const first = rows[start];
  const number = /_i_(\d+)$/u.exec(rows[start + (first?.tag.endsWith("_s") ? 1 : 0)]?.tag ?? "")?.[1];
  let end = start + 1;
  for (; end < rows.length; end++) {
    const row = rows[end];
    if (!row || !/^CT(?:Live)?_/u.test(row.tag) || row.tag.endsWith("_s")) break;
    if (row.row !== first?.row || row.column !== first.column || row.width_s !== 0) break;
    if (row.tag.endsWith("_e")) return end + 1;
    const own = /_i_(\d+)$/u.exec(row.tag)?.[1];
    if (own !== number) break;
  }
  return end;
}

function cycleOf(last: string, other: string): string {
  return /_i_(\d+)$/u.exec(last)?.[1] ?? /_i_(\d+)$/u.exec(other)?.[1] ?? "";
}
