import { PROTOCOLS } from "../../library/index.ts";
import type { FileEntry, ProtocolFunction } from "../../defineProtocol.ts";
import type { At } from "../compiler.ts";
import type { Operation } from "../machine.ts";
import { compileParameters } from "../parameterExpressions.ts";
import { VERBS } from "../verbs/index.ts";

type AnyProtocol = Pick<ProtocolFunction<never, Record<string, unknown>>, "fileEntry">;

const ALL: Readonly<Record<string, AnyProtocol>> = { ...PROTOCOLS, ...VERBS };

/** A protocol of the library or a verb. */
export function findProtocol(name: string): AnyProtocol | undefined {
  return Object.hasOwn(ALL, name) ? ALL[name] : undefined;
}

export function protocolNames(): string[] {
  return Object.keys(ALL);
}

/** How many readings of parameters are kept; a loop over an array and a sweep has fewer. */
const MOST_KEPT = 4096;

/**
 * A protocol inside a program: its parameters are computed, read by its own schema, and its steps taken. Parameters
 * without expressions are read when the file is.
 */
export function compileProtocolStatement(name: string, given: unknown, { compiler, path, scope }: At): Operation {
  const place = compiler.place(path.slice(0, -1));
  const read = (value: unknown): FileEntry => {
    const entry = compiler.check(value, (findProtocol(name) as AnyProtocol).fileEntry, path);
    const mistake = entry.findMistake(compiler.grid);
    if (mistake) throw compiler.fail([...path, ...mistake.path], mistake.reason);
    return entry;
  };
  const parameters = compileParameters(given, { compiler, path, scope });
  if (!parameters) {
    const { protocol } = read(given);
    return (machine) => machine.performAll(protocol, place);
  }
  const known = new Map<string, FileEntry>();
  return function* (machine) {
    const value = parameters(machine);
    const key = JSON.stringify(value);
    let entry = known.get(key);
    if (!entry) {
      entry = read(value);
      if (known.size >= MOST_KEPT) known.clear();
      known.set(key, entry);
    }
    yield* machine.performAll(entry.protocol, place);
  };
}
