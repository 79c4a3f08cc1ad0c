import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";

/**
 * Edits of a YAML text that change nothing but what was asked: every other byte, comment and blank stays. An edit cuts
 * the text at the places that yaml's Document knows, and is believed only if the result parses to the same value as the
 * same edit of the Document; where it does not (unusual layout), the Document writes the text anew, comments kept.
 */
export type YamlPath = readonly (string | number)[];

/**
 * @param source value as YAML in one line ("1 V", "[[0, 0]]"); undefined removes the key
 * @throws SyntaxError when the text or the value is no YAML
 */
export function setInYaml(text: string, path: YamlPath, source: string | undefined): string {
  const document = parse(text);
  if (source === undefined) {
    if (!document.hasIn(path)) return text;
    const expected = clone(document);
    expected.deleteIn(path);
    dropEmpty(expected, path.slice(0, -1));
    return agree(cutPair(text, document, path), expected);
  }
  const value = parseValue(source);
  const expected = clone(document);
  materialise(expected, path);
  expected.setIn(path, value);
  return agree(spliceValue(text, document, path, source.trim()), expected);
}

/** Puts an item, YAML in one line, at the end of a list or before item `at`. */
export function insertInYaml(text: string, list: YamlPath, source: string, at?: number): string {
  const document = parse(text);
  const items = itemsOf(document, list);
  const place = Math.min(at ?? items.length, items.length);
  const expected = clone(document);
  const node = expected.getIn(list);
  const value = expected.createNode(parseDocument(source).toJS());
  if (isSeq(node)) node.items.splice(place, 0, value);
  else expected.setIn(list, [parseDocument(source).toJS()]);
  const blocks = blocksOf(text, document, list);
  if (!blocks) return expected.toString(STYLE);
  const lines = [...blocks.items.slice(0, place), `${blocks.indent}- ${source}\n`, ...blocks.items.slice(place)];
  return agree(blocks.head + lines.join("") + blocks.tail, expected);
}

/** Takes item `at` out of a list. An empty list stays as []. */
export function removeInYaml(text: string, list: YamlPath, at: number): string {
  const document = parse(text);
  const expected = clone(document);
  expected.deleteIn([...list, at]);
  const blocks = blocksOf(text, document, list);
  if (!blocks || blocks.items.length < 2) return expected.toString(STYLE);
  const kept = blocks.items.filter((_, k) => k !== at);
  return agree(blocks.head + kept.join("") + blocks.tail, expected);
}

/** Moves item `from` of a list so that it becomes item `to`; comments above it go with it. */
export function moveInYaml(text: string, list: YamlPath, from: number, to: number): string {
  const document = parse(text);
  const expected = clone(document);
  const node = expected.getIn(list);
  if (!isSeq(node) || from === to) return text;
  node.items.splice(to, 0, ...node.items.splice(from, 1));
  const blocks = blocksOf(text, document, list);
  if (!blocks) return expected.toString(STYLE);
  const items = [...blocks.items];
  items.splice(to, 0, ...items.splice(from, 1));
  return agree(blocks.head + items.join("") + blocks.tail, expected);
}

/** The text of the value at `path` as it is written, on one line; undefined where there is none. */
export function sourceAt(text: string, document: Document, path: YamlPath): string | undefined {
  const node = document.getIn(path, true);
  if (!isNode(node) || !node.range) return undefined;
  if (isScalar(node) && node.value === null) return "";
  const written = text.slice(node.range[0], contentEnd(node));
  if (isScalar(node) && !/[\n]/u.test(written)) return written;
  return isCollection(node) && node.flow && !/[\n#]/u.test(written) ? written : JSON.stringify(node.toJSON());
}

const STYLE = { lineWidth: 0, flowCollectionPadding: true } as const;

function parse(text: string): Document {
  const document = parseDocument(text, { merge: false, uniqueKeys: true });
  const [problem] = document.errors;
  if (problem) throw new SyntaxError(problem.message.split("\n")[0] ?? "not YAML");
  return document;
}

function clone(document: Document): Document {
  return document.clone();
}

function parseValue(source: string): unknown {
  if (/[\n]/u.test(source)) throw new SyntaxError("write the value on one line");
  // as it would stand behind a key, so that "a: b" and "# c" are caught
  const document = parseDocument(`- ${source}\n`);
  const [problem] = document.errors;
  if (problem) throw new SyntaxError(problem.message.split("\n")[0] ?? "not YAML");
  const value: unknown = document.toJS();
  if (!Array.isArray(value) || value.length !== 1) throw new SyntaxError("write one value");
  return document.getIn([0], true);
}

/** The text of a cut edit where it means what the edited Document means, the Document's own text otherwise. */
function agree(text: string | undefined, expected: Document): string {
  if (text !== undefined) {
    const found = parseDocument(text, { merge: false, uniqueKeys: true });
    if (found.errors.length === 0 && JSON.stringify(found.toJS()) === JSON.stringify(expected.toJS())) return text;
  }
  return expected.toString(STYLE);
}

/** A map where the path needs one: "- iv-sweep" and "read:" hold nothing yet. */
function materialise(document: Document, path: YamlPath): void {
  for (let depth = 1; depth < path.length; depth++) {
    const at = path.slice(0, depth);
    const node = document.getIn(at, true);
    if (isCollection(node)) continue;
    const key = path[depth];
    if (isScalar(node) && typeof node.value === "string" && node.value === key)
      document.setIn(at, document.createNode({ [key]: document.createNode({}) }));
    else {
      const map = document.createNode({});
      if (isCollection(map)) map.flow = true;
      document.setIn(at, map);
    }
  }
}

/** Maps that the removal emptied go too ("read: {}"), but never the last word of an item or of the root. */
function dropEmpty(document: Document, path: YamlPath): void {
  const node = document.getIn(path, true);
  if (path.length < 2 || !isMap(node) || node.items.length > 0) return;
  if (typeof path[path.length - 2] === "number") return;
  document.deleteIn(path);
  dropEmpty(document, path.slice(0, -1));
}

function spliceValue(text: string, document: Document, path: YamlPath, source: string): string | undefined {
  const node = document.getIn(path, true);
  if (isNode(node) && node.range && !(isScalar(node) && node.value === null && node.range[0] === node.range[1])) {
    if (isCollection(node) && !node.flow) return undefined;
    return text.slice(0, node.range[0]) + source + text.slice(contentEnd(node));
  }
  // the deepest map that is there takes the rest of the path
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const map = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    const [key, ...rest] = path.slice(depth);
    if (typeof key !== "string") return undefined;
    const value = rest.reduceRight<string>((inner, name) => `{ ${name}: ${inner} }`, source);
    if (isMap(map)) return addPair(text, map, `${key}: ${value}`);
    if (!isScalar(map) || !map.range) continue;
    const [start, end] = [map.range[0], contentEnd(map)];
    // "- iv-sweep" becomes "- iv-sweep: { amplitude_V: 1 V }"
    if (map.value === key) return `${text.slice(0, end)}: ${value}${text.slice(end)}`;
    if (map.value === null) {
      const inner = `{ ${key}: ${value} }`;
      const before = text.slice(0, start);
      return `${before}${/\s$/u.test(before) ? "" : " "}${inner}${text.slice(end)}`;
    }
    return undefined;
  }
  return undefined;
}

function addPair(text: string, map: YAMLMap, pair: string): string | undefined {
  if (!map.range) return undefined;
  const last = map.items.at(-1);
  if (map.flow) {
    const close = map.range[1] - 1;
    if (text[close] !== "}") return undefined;
    if (!last) return `${text.slice(0, map.range[0])}{ ${pair} }${text.slice(close + 1)}`;
    const end = endOfPair(last);
    return end === undefined ? undefined : `${text.slice(0, end)}, ${pair}${text.slice(end)}`;
  }
  const [first] = map.items;
  if (!first || !last || !isNode(first.key) || !first.key.range) return undefined;
  const end = endOfPair(last);
  if (end === undefined) return undefined;
  const start = first.key.range[0];
  const indent = " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
  const lineEnd = endOfLine(text, end);
  const newline = text[lineEnd - 1] === "\n" ? "" : "\n";
  return `${text.slice(0, lineEnd)}${newline}${indent}${pair}\n${text.slice(lineEnd)}`;
}

function cutPair(text: string, document: Document, path: YamlPath): string | undefined {
  const parent = document.getIn(path.slice(0, -1), true) ?? document.contents;
  const map = path.length === 1 ? document.contents : parent;
  if (!isMap(map)) return undefined;
  const at = map.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === path.at(-1));
  const pair = map.items[at];
  if (!pair || !isNode(pair.key) || !pair.key.range || map.items.length < 2) return undefined;
  const end = endOfPair(pair);
  if (end === undefined) return undefined;
  const start = pair.key.range[0];
  if (map.flow) {
    if (at > 0) {
      const before = map.items[at - 1];
      const from = before ? endOfPair(before) : undefined;
      return from === undefined ? undefined : text.slice(0, from) + text.slice(end);
    }
    const next = map.items[1];
    if (!next || !isNode(next.key) || !next.key.range) return undefined;
    return text.slice(0, start) + text.slice(next.key.range[0]);
  }
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  // the first pair behind a dash shares its line with it
  if (text.slice(lineStart, start).trim() !== "") return undefined;
  return text.slice(0, lineStart) + text.slice(endOfLine(text, end));
}

/** The lines of each item of a block list, comments above an item included; undefined for any other layout. */
function blocksOf(text: string, document: Document, list: YamlPath) {
  const node = document.getIn(list, true);
  if (!isSeq(node) || node.flow || node.items.length === 0) return undefined;
  const ends: number[] = [];
  for (const item of node.items) {
    if (!isNode(item)) return undefined;
    ends.push(endOfLine(text, contentEnd(item)));
  }
  const [first] = node.items;
  if (!isNode(first) || !first.range) return undefined;
  const dash = text.lastIndexOf("-", first.range[0] - 1);
  const lineStart = text.lastIndexOf("\n", dash) + 1;
  const indent = text.slice(lineStart, dash);
  if (dash < 0 || indent.trim() !== "") return undefined;
  const items = ends.map((end, k) => text.slice(k === 0 ? lineStart : ends[k - 1], end));
  const last = items.length - 1;
  if (!items[last]?.endsWith("\n")) items[last] = `${items[last]}\n`;
  // comments above the first item go with it too
  const above = /(?:^[ \t]*#.*\n)+$/mu.exec(text.slice(0, lineStart))?.[0] ?? "";
  items[0] = above + (items[0] ?? "");
  return { head: text.slice(0, lineStart - above.length), items, tail: text.slice(ends[last]), indent };
}

function itemsOf(document: Document, list: YamlPath): readonly unknown[] {
  const node = document.getIn(list);
  return isSeq(node) ? node.items : [];
}

function endOfPair(pair: unknown): number | undefined {
  if (!isPair(pair)) return undefined;
  const { value } = pair;
  if (isNode(value) && value.range && !(isScalar(value) && value.range[0] === value.range[1])) return contentEnd(value);
  return undefined;
}

/** End of the last character that belongs to a node, trailing blanks and comments left out. */
function contentEnd(node: Node): number {
  const end = node.range?.[1] ?? 0;
  if (!isCollection(node) || node.flow) return end;
  const last: unknown = node.items.at(-1);
  if (isPair(last)) {
    if (isNode(last.value) && last.value.range && last.value.range[1] > last.value.range[0])
      return contentEnd(last.value);
    return isNode(last.key) ? (last.key.range?.[1] ?? end) + 1 : end;
  }
  return isNode(last) ? contentEnd(last) : end;
}

/** Behind the newline that ends the line of `at`; a trailing comment belongs to the line. */
function endOfLine(text: string, at: number): number {
  // a block scalar ends behind its newline already
  if (at > 0 && text[at - 1] === "\n") return at;
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isCollection(value);
}
