import { escapeText, readText, standAlone } from "./svg.ts";

/** Markup that is safe to put into a page: everything from files has been escaped on its way in. */
export interface Html {
  readonly markup: string;
}

/** Template of markup: plain values are escaped, `Html` and lists of it pass. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  let markup = parts[0] ?? "";
  values.forEach((value, k) => {
    markup +=
      (typeof value === "object"
        ? ("markup" in value ? [value] : value).map((part) => part.markup).join("")
        : escapeText(String(value))) + (parts[k + 1] ?? "");
  });
  return { markup };
}

/** Drawings are made here and escape their own texts. */
export function trusted(markup: string): Html {
  return { markup };
}

export const NOTHING: Html = { markup: "" };

/** A table with a head; the first column names the row, the others hold figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], caption: string): Html {
  return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, k) => (k === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`,
  )}</tbody></table></div>`;
}

/** Pairs of term and figure. */
export function list(pairs: readonly (readonly [string, string])[]): Html {
  return html`<dl>${pairs.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function figure(svg: string, caption: string): Html {
  return html`<figure>${trusted(svg)}<figcaption>${caption}</figcaption></figure>`;
}

const FIGURE = /<figure>(<svg[\s\S]*?<\/svg>)<figcaption>([\s\S]*?)<\/figcaption><\/figure>/g;

/** The figures in markup that was made here, each a file of its own, with its caption as plain text. */
export function takeFigures({ markup }: Html): { readonly svg: string; readonly caption: string }[] {
  return [...markup.matchAll(FIGURE)].map(([, svg = "", caption = ""]) => ({
    svg: standAlone(svg),
    caption: readText(caption),
  }));
}
