import { expect } from "vitest";

/** Elements of HTML that have no end. */
const VOID = new Set(["meta", "br", "hr", "img", "input", "link"]);

/**
 * Every element is closed in order, attributes are quoted and distinct, text holds no bare "<" or "&".
 * A small parser of our own: enough for the markup that we write ourselves.
 */
export function checkMarkup(markup: string): void {
  const open: string[] = [];
  const token =
    /<!doctype html>|<style>[^<]*<\/style>|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z0-9:-]+="[^"<]*")*)\s*(\/?)>|[^<]+|</g;
  for (const match of markup.matchAll(token)) {
    const [whole, closing, name, attributes = "", empty] = match;
    if (whole === "<") expect.fail(`"<" that opens nothing: ${markup.slice(match.index, match.index + 60)}`);
    if (name === undefined) {
      if (!whole.startsWith("<")) checkText(whole);
      continue;
    }
    checkText(attributes);
    const names = [...attributes.matchAll(/([a-zA-Z0-9:-]+)="/g)].map((found) => found[1]);
    if (new Set(names).size !== names.length) expect.fail(`attribute twice: ${whole}`);
    if (closing === "/") {
      const last = open.pop();
      if (last !== name) expect.fail(`</${name}> closes <${last}> at ${match.index}`);
    } else if (empty !== "/" && !VOID.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
}

function checkText(text: string): void {
  const bare = /&(?!(?:amp|lt|gt|quot|#39);)/.exec(text);
  if (bare) expect.fail(`bare "&": ${text.slice(bare.index, bare.index + 40)}`);
  // oxlint-disable-next-line no-control-regex -- XML allows none of them
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) expect.fail("control character in text");
}

/** The texts that a drawing shows. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? "");
}
