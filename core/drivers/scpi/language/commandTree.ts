interface Branch<Command> {
  readonly children: Map<string, Branch<Command>>;
  command: Command | undefined;
}

/**
 * Headers as manuals print them, `[:SENSe[1]]:CURRent[:DC]:RANGe`: capitals are the short form, brackets what may be left out.
 * Found in short or long form, with or without the optional nodes.
 */
export class CommandTree<Command> {
  readonly #root: Branch<Command> = { children: new Map(), command: undefined };

  constructor(commands: Readonly<Record<string, Command>>) {
    for (const [pattern, command] of Object.entries(commands)) this.#add(this.#root, parsePattern(pattern), command);
  }

  /** @param header nodes in capitals */
  find(header: readonly string[]): Command | undefined {
    let branch: Branch<Command> | undefined = this.#root;
    for (const node of header) branch = branch?.children.get(node);
    return branch?.command;
  }

  #add(branch: Branch<Command>, nodes: readonly PatternNode[], command: Command): void {
    const [first, ...rest] = nodes;
    if (!first) {
      branch.command ??= command;
      return;
    }
    if (first.optional) this.#add(branch, rest, command);
    // all spellings of one node lead to one branch, whichever pattern came first
    const known = first.spellings.map((spelling) => branch.children.get(spelling)).find((found) => found);
    const child = known ?? { children: new Map(), command: undefined };
    for (const spelling of first.spellings) branch.children.set(spelling, child);
    this.#add(child, rest, command);
  }
}

interface PatternNode {
  readonly optional: boolean;
  readonly spellings: readonly string[];
}

function parsePattern(pattern: string): readonly PatternNode[] {
  const nodes = pattern.match(/\[:?[*A-Za-z]+\d*(?:\[\d\])?\]|:?[*A-Za-z]+\d*(?:\[\d\])?/g) ?? [];
  return nodes.map((node) => {
    const optional = node.startsWith("[");
    const [, name = "", digit = "", optionalDigit = ""] = /^\[?:?([*A-Za-z]+)(\d*)(?:\[(\d)\])?\]?$/.exec(node) ?? [];
    const short = name.replaceAll(/[a-z]/g, "");
    const names = [...new Set([short, name.toUpperCase()])];
    const endings = optionalDigit === "" ? [digit] : ["", optionalDigit];
    return { optional, spellings: names.flatMap((one) => endings.map((ending) => one + ending)) };
  });
}
