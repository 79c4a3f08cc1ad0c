import type { AnyStatement } from "../statement.ts";
import { forStatement } from "./forStatement.ts";
import { ifStatement } from "./ifStatement.ts";
import { letStatement } from "./letStatement.ts";
import { limitsStatement } from "./limitsStatement.ts";
import { markStatement, promptStatement } from "./notes.ts";
import { repeatStatement } from "./repeatStatement.ts";
import { untilStatement } from "./untilStatement.ts";
import { waitStatement } from "./waitStatement.ts";

/** Every statement by the key that begins it; protocols of the library and verbs are statements too. */
export const STATEMENTS: Readonly<Record<string, AnyStatement>> = {
  let: letStatement,
  for: forStatement,
  repeat: repeatStatement,
  if: ifStatement,
  until: untilStatement,
  limits: limitsStatement,
  wait: waitStatement,
  mark: markStatement,
  prompt: promptStatement,
};
