import { RecordError } from "../core/errors.ts";
import { type OpenedRun, openRun } from "../recorder/openRun.ts";

/**
 * A run folder as a command reads it. An interrupted run is taken as it is: it never closed, nothing that was
 * committed is missing. A closed run that lost samples or events since is damaged and refused, unless `partial`.
 * @throws RecordError
 */
export function openRecorded(folder: string, partial: boolean): OpenedRun {
  const run = openRun(folder);
  const { closing, rows, events, warnings } = run;
  if (partial || closing === undefined) return run;
  const { counts } = closing;
  if (rows >= counts.rows && events.length >= counts.events) return run;
  const [first = `${folder}: damaged`] = warnings;
  const left = `${rows} of ${counts.rows} samples and ${events.length} of ${counts.events} events are left`;
  throw new RecordError(`${first}; ${left}, --partial takes them`);
}
