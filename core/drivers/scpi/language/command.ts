import { formatScpi, type NumberRange, parseBoolean, parseNumber, parseWord } from "./parameters.ts";
import { ScpiError } from "./scpiError.ts";

/** What an instrument does when a header is set, and what it answers when it is asked. */
export interface ScpiCommand {
  readonly set?: (parameters: readonly string[]) => void | Promise<void>;
  readonly get?: (parameters: readonly string[]) => string | Promise<string>;
}

/** One parameter, no more, no less. @throws ScpiError -108 | -109 */
export function only(parameters: readonly string[]): string {
  const [first] = parameters;
  if (first === undefined) throw new ScpiError(-109);
  if (parameters.length > 1) throw new ScpiError(-108);
  return first;
}

/** @throws ScpiError -108 */
export function none(parameters: readonly string[]): void {
  if (parameters.length > 0) throw new ScpiError(-108);
}

/** An event: no parameters, no query. */
export function event(act: () => void | Promise<void>): ScpiCommand {
  return {
    set: (parameters) => {
      none(parameters);
      return act();
    },
  };
}

/** A query without parameters. */
export function query(ask: () => string | Promise<string>): ScpiCommand {
  return {
    get: (parameters) => {
      none(parameters);
      return ask();
    },
  };
}

/** A number that can be asked back, its limits too (`? MAX`). */
export function numeric(
  range: NumberRange | (() => NumberRange),
  get: () => number,
  set: (value: number) => void | Promise<void>,
  print: (value: number) => string = formatScpi,
): ScpiCommand {
  const limits = typeof range === "function" ? range : () => range;
  return {
    set: (parameters) => set(parseNumber(only(parameters), limits())),
    get: (parameters) => print(parameters.length === 0 ? get() : parseNumber(only(parameters), limits())),
  };
}

export function whole(
  range: NumberRange,
  get: () => number,
  set: (value: number) => void | Promise<void>,
): ScpiCommand {
  return numeric(
    range,
    get,
    (value) => set(Math.round(value)),
    (value) => String(Math.round(value)),
  );
}

export function flag(get: () => boolean, set: (on: boolean) => void | Promise<void>): ScpiCommand {
  return {
    set: (parameters) => set(parseBoolean(only(parameters))),
    get: (parameters) => {
      none(parameters);
      return get() ? "1" : "0";
    },
  };
}

/** A word; the answer is its short form. */
export function word(
  words: readonly string[],
  get: () => string,
  set: (short: string) => void | Promise<void>,
): ScpiCommand {
  return {
    set: (parameters) => set(parseWord(only(parameters), words)),
    get: (parameters) => {
      none(parameters);
      return get();
    },
  };
}
