import { z } from "zod";
import { strictObject } from "../core/document.ts";
import { type Complain, SOLVE_FIELDS } from "./solveFields.ts";

/** A field read by a plain function, which complains at most once and then returns undefined. */
function field<T>(read: (input: unknown, complain: Complain) => T | undefined) {
  return z
    .unknown()
    .transform((input, context): T => {
      const value = read(input, (path, message) => context.addIssue({ code: "custom", path: [...path], message }));
      return value === undefined ? z.NEVER : value;
    })
    .optional();
}

/** The same fields as a schema, for requests with a fault and for those in YAML: it places complaints in the file. */
export const solveRequest = strictObject({
  conductance_S: field(SOLVE_FIELDS.conductance_S),
  rowSegment_ohm: field(SOLVE_FIELDS.rowSegment_ohm),
  columnSegment_ohm: field(SOLVE_FIELDS.columnSegment_ohm),
  rowSource_ohm: field(SOLVE_FIELDS.rowSource_ohm),
  columnSense_ohm: field(SOLVE_FIELDS.columnSense_ohm),
  row_V: field(SOLVE_FIELDS.row_V),
  column_V: field(SOLVE_FIELDS.column_V),
  rightRow_V: field(SOLVE_FIELDS.rightRow_V),
  topColumn_V: field(SOLVE_FIELDS.topColumn_V),
  law: field(SOLVE_FIELDS.law),
  method: field(SOLVE_FIELDS.method),
  report: field(SOLVE_FIELDS.report),
});
