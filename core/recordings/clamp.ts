import { checkCovers, type CommandTable, playTable } from "./commandTable.ts";
import type { Recording, Series } from "./recording.ts";

/** Which of the channels and outputs of a recording are a current and its voltage, and what a user says about it. */
export interface ClampChoice {
  /** Name or number of a channel; absent: every recorded current. */
  readonly current?: string;
  /**
   * "channel 1" or "output 0" (number or name) of the recording, or a constant voltage, another recording, or a
   * table over the time of a sweep; absent: a recorded voltage, or else the outputs in their order.
   */
  readonly command?:
    | string
    | { readonly voltage_V: number }
    | { readonly recording: Recording }
    | { readonly table: CommandTable };
}

/** Currents under voltage control: what an array measures, in base SI. One column per current. */
export interface ClampedSeries {
  readonly series: Series;
  /** Channels that are the columns. */
  readonly currents: readonly number[];
  /** Where the voltage comes from, in words; "" where there is none. */
  readonly voltageFrom: string;
  /** Ampere; `overload`, if given, is 1 where the converter was at its end. */
  readCurrent(sweep: number, column: number, from: number, current_A: Float64Array, overload?: Uint8Array): void;
  /** Volt; NaN where there is none. */
  readVoltage(sweep: number, column: number, from: number, voltage_V: Float64Array): void;
}

/** @throws RangeError in words when a channel that is asked for is not there, or no current is */
export function clampSeries(series: Series, choice: ClampChoice): ClampedSeries {
  const currents = findCurrents(series, choice.current);
  const { read, from: voltageFrom } = findVoltage(series, currents, choice.command);
  return {
    series,
    currents,
    voltageFrom,
    readCurrent(sweep, column, from, current_A, overload) {
      const number = currents[column] ?? 0;
      const { toSi = 1, limits } = series.channels[number] ?? {};
      series.read(sweep, number, from, current_A);
      if (overload && limits)
        current_A.forEach((value, n) => {
          overload[n] = value <= limits[0] || value >= limits[1] ? 1 : 0;
        });
      for (let n = 0; n < current_A.length; n++) current_A[n] = (current_A[n] ?? 0) * toSi;
    },
    readVoltage: read,
  };
}

/** @throws RangeError naming what there is */
export function findChannel(series: Series, text: string): number {
  return findNamed(series.channels, text, "channel");
}

function findNamed(
  list: readonly { readonly name: string; readonly unit: string }[],
  text: string,
  what: string,
): number {
  const byName = list.findIndex(({ name }) => name.toLowerCase() === text.trim().toLowerCase());
  if (byName >= 0) return byName;
  const number = /^\d{1,3}$/u.test(text.trim()) ? Number(text) : Number.NaN;
  if (number < list.length) return number;
  const there = list.map(({ name, unit }, k) => `${k} (${name}, ${unit})`).join(", ");
  throw new RangeError(`no ${what} "${text}", ${there === "" ? "there are none" : `there are ${there}`}`);
}

function findCurrents(series: Series, asked: string | undefined): number[] {
  const all = series.channels.flatMap(({ quantity, isDerived }, k) =>
    quantity === "current" && !isDerived ? [k] : [],
  );
  if (asked === undefined) {
    if (all.length === 0)
      throw new RangeError(
        `no channel of current among ${series.channels.map(({ name, unit }) => `${name} (${unit})`).join(", ")}; where they are volts of an integrating amplifier, --feedback turns them into current`,
      );
    return all;
  }
  const channel = findChannel(series, asked);
  if (series.channels[channel]?.quantity !== "current")
    throw new RangeError(`channel ${channel} has the unit ${series.channels[channel]?.unit}, a current is needed`);
  return [channel];
}

interface VoltageSource {
  readonly from: string;
  readonly read: ClampedSeries["readVoltage"];
}

function findVoltage(series: Series, currents: readonly number[], asked: ClampChoice["command"]): VoltageSource {
  if (typeof asked === "object") {
    if ("voltage_V" in asked)
      return {
        from: `${asked.voltage_V} V, as told`,
        read: (_s, _c, _f, voltage_V) => voltage_V.fill(asked.voltage_V),
      };
    return "table" in asked ? fromTable(series, asked.table) : fromOtherFile(series, asked.recording);
  }
  if (asked !== undefined) {
    const match = /^(channel|output)\s+(.+)$/u.exec(asked.trim());
    if (!match) throw new RangeError(`command "${asked}", allowed are "channel N", "output N", a voltage and a file`);
    return match[1] === "channel"
      ? fromChannels(series, [findChannel(series, match[2] ?? "")])
      : fromOutputs(series, [findNamed(series.commands, match[2] ?? "", "output")]);
  }
  const recorded = currents.map((current) => findRecorded(series, current));
  if (recorded.every((channel): channel is number => channel !== undefined)) return fromChannels(series, recorded);
  const driving = findDriving(series, currents);
  if (driving.every((output): output is number => output !== undefined)) return fromOutputs(series, driving);
  return { from: "", read: (_s, _c, _f, voltage_V) => voltage_V.fill(Number.NaN) };
}

/** The first recorded voltage that is not the monitor of another amplifier. */
function findRecorded(series: Series, current: number): number | undefined {
  const own = series.channels[current]?.amplifier;
  const found = series.channels.findIndex(
    ({ quantity, isDerived, amplifier }) =>
      quantity === "voltage" && !isDerived && (amplifier === undefined || own === undefined || amplifier === own),
  );
  return found < 0 ? undefined : found;
}

/** The outputs that the file names; else one that drives all, or each its own, as an amplifier of several channels is wired. */
function findDriving(series: Series, currents: readonly number[]): (number | undefined)[] {
  const isRebuilt = (output: number) => {
    const { quantity, source } = series.commands[output] ?? {};
    return quantity === "voltage" && source !== "elsewhere";
  };
  const named = currents.map((current) => series.channels[current]?.output);
  if (named.every((output) => output !== undefined))
    return named.map((output) => (output !== undefined && isRebuilt(output) ? output : undefined));
  const outputs = series.commands.flatMap((_, k) => (isRebuilt(k) ? [k] : []));
  return currents.map((_, k) => outputs[currents.length <= outputs.length ? k : 0]);
}

function fromChannels(series: Series, channels: readonly number[]): VoltageSource {
  for (const channel of channels) {
    const { unit = "", quantity } = series.channels[channel] ?? {};
    if (quantity !== "voltage") throw new RangeError(`channel ${channel} has the unit ${unit}, a voltage is needed`);
  }
  const names = [...new Set(channels)].map((channel) => `${channel} (${series.channels[channel]?.name ?? ""})`);
  return {
    from: `${names.length === 1 ? "channel" : "channels"} ${names.join(", ")}, as recorded`,
    read: (sweep, column, from, voltage_V) => {
      const channel = channels[Math.min(column, channels.length - 1)] ?? 0;
      series.read(sweep, channel, from, voltage_V);
      scale(voltage_V, series.channels[channel]?.toSi ?? 1);
    },
  };
}

function fromOutputs(series: Series, outputs: readonly number[]): VoltageSource {
  for (const output of outputs) {
    const { unit = "", quantity, source, remark } = series.commands[output] ?? {};
    if (quantity !== "voltage") throw new RangeError(`output ${output} has the unit ${unit}, a voltage is needed`);
    if (source === "elsewhere") throw new RangeError(`output ${output}: ${remark}`);
  }
  const names = [...new Set(outputs)].map((output) => `${output} (${series.commands[output]?.name ?? ""})`);
  return {
    from: `${names.length === 1 ? "output" : "outputs"} ${names.join(", ")}, from the epochs of the protocol`,
    read: (sweep, column, from, voltage_V) => {
      const output = outputs[Math.min(column, outputs.length - 1)] ?? 0;
      series.command(sweep, output, from, voltage_V);
      scale(voltage_V, series.commands[output]?.toSi ?? 1);
    },
  };
}

/** The first voltage of another recording with as many samples; a single sweep serves all. */
function fromOtherFile(series: Series, recording: Recording): VoltageSource {
  const [other] = recording.series;
  const channel = other?.channels.findIndex(({ quantity }) => quantity === "voltage") ?? -1;
  if (!other || channel < 0) throw new RangeError(`${recording.file} has no channel of voltage`);
  if (Math.abs(other.samplePeriod_s / series.samplePeriod_s - 1) > 1e-6)
    throw new RangeError(
      `${recording.file} has a sample every ${other.samplePeriod_s} s, the currents every ${series.samplePeriod_s} s`,
    );
  if (other.sweeps !== 1 && other.sweeps !== series.sweeps)
    throw new RangeError(`${recording.file} has ${other.sweeps} sweeps, allowed are 1 and ${series.sweeps}`);
  const sweepOf = (sweep: number) => (other.sweeps === 1 ? 0 : sweep);
  for (let k = 0; k < series.sweeps; k++)
    if (other.sweep(sweepOf(k)).points < series.sweep(k).points)
      throw new RangeError(
        `${recording.file} has ${other.sweep(sweepOf(k)).points} samples, sweep ${k + 1} of the currents has ${series.sweep(k).points}`,
      );
  const toSi = other.channels[channel]?.toSi ?? 1;
  return {
    from: `channel ${channel} of ${recording.file}`,
    read: (sweep, _column, from, voltage_V) => {
      other.read(sweepOf(sweep), channel, from, voltage_V);
      scale(voltage_V, toSi);
    },
  };
}

/** The same in every sweep, from its start on. */
function fromTable(series: Series, table: CommandTable): VoltageSource {
  const { samplePeriod_s, sweeps } = series;
  for (let k = 0; k < sweeps; k++) checkCovers(table, samplePeriod_s, series.sweep(k).points, `sweep ${k + 1}`);
  return {
    from: `the table ${table.file}, in every sweep`,
    read: (_sweep, _column, from, voltage_V) => playTable(table, samplePeriod_s, from, voltage_V),
  };
}

function scale(values: Float64Array, factor: number): void {
  for (let n = 0; n < values.length; n++) values[n] = (values[n] ?? 0) * factor;
}
