/** What an ATF file is made of: sweeps of the same channels and length, side by side. */
export interface AtfContents {
  readonly channels: readonly { readonly name: string; readonly unit: string }[];
  readonly samplePeriod_s: number;
  readonly startTimes_s: readonly number[];
  readonly points: number;
  readonly comment: string;
  /** A sample in its unit. */
  value(sweep: number, channel: number, point: number): number;
}

/** Axon Text File 1.0, line by line, CRLF; numbers in the fewest digits that read back to the same. */
export function* atfLines(contents: AtfContents): Generator<string, void, undefined> {
  const { channels, samplePeriod_s, startTimes_s, points, comment, value } = contents;
  const sweeps = startTimes_s.length;
  const names = channels.map(({ name }) => name.replace(/[",\t\r\n]/gu, " "));
  const units = channels.map(({ unit }) => unit.replace(/["()\t\r\n]/gu, ""));
  const unit = Math.fround((samplePeriod_s * 1e6) / channels.length);
  const records = [
    `"AcquisitionMode=${sweeps === 1 ? "Gap Free" : "Episodic Stimulation"}"`,
    `"Comment=${comment.replace(/["\t\r\n]/gu, " ")}"`,
    `"YTop=${channels.map(() => "1000").join(",")}"`,
    `"YBottom=${channels.map(() => "-1000").join(",")}"`,
    `"SyncTimeUnits=${unit}"`,
    `"SweepStartTimesMS=${startTimes_s.map((time_s) => (time_s * 1e3).toFixed(3)).join(",")}"`,
    `"SignalsExported=${names.join(",")}"`,
    ['"Signals="', ...startTimes_s.flatMap(() => names.map((name) => `"${name}"`))].join("\t"),
  ];
  yield "ATF\t1.0\r\n";
  yield `${records.length}\t${1 + sweeps * channels.length}\r\n`;
  for (const record of records) yield `${record}\r\n`;
  const titles = startTimes_s.flatMap((_, k) => units.map((own) => `"Trace #${k + 1} (${own})"`));
  yield `${['"Time (s)"', ...titles].join("\t")}\r\n`;
  for (let n = 0; n < points; n++) {
    let line = String(n * samplePeriod_s);
    for (let k = 0; k < sweeps; k++)
      for (let channel = 0; channel < channels.length; channel++) line += `\t${value(k, channel, n)}`;
    yield `${line}\r\n`;
  }
}
